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
  installedHttpPort,
  isInstalled,
  planInstall,
  planRemoval,
  removeInstall,
  wantedFor,
  type InstallRequest,
  type Plan,
  type Removal,
} from './install.ts';
export { httpBase, type HttpHook } from './claude-code.ts';
export { placeId } from './entries.ts';
export { MEMORY_FLAGS, portOf, UNITS, type ServiceScope } from './service.ts';
export {
  applyService,
  planService,
  planServiceRemoval,
  removeService,
  serviceState,
  type ServiceInstall,
  type ServicePlan,
  type ServiceRemoval,
  type ServiceState,
} from './service-install.ts';
export {
  afterOrders,
  findManager,
  give,
  startOrders,
  stopOrders,
  type Manager,
  type Ordered,
} from './service-manager.ts';
