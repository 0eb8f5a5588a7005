// Installing Holdfast into agents: find them, show the change, make it, check it, take it out again.
export {
  EVENTS,
  FAILS_CLOSED_SINCE,
  holes,
  settingsFile,
  type Hole,
  type InstallLevel,
  type Roots,
} from './claude-code.ts';
export { detectClaudeCode, type Detected, type DetectRequest, type SettingsState } from './detect.ts';
export { doctorClaudeCode, type Check, type DoctorRequest } from './doctor.ts';
export { InstallError, type InstallCode } from './errors.ts';
export {
  applyInstall,
  hookArgvs,
  isInstalled,
  planInstall,
  planRemoval,
  removeInstall,
  wantedFor,
  type InstallRequest,
  type Plan,
  type Removal,
} from './install.ts';
export { serviceUnit, UNIT_NAME, type ServiceRequest } from './service.ts';
