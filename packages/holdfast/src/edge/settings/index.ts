// Settings files: read by scope with line and column of every error, merged, and followed while they change.
export { problemLine, readSettingsFile, type FileProblem, type ReadSettings } from './read-file.ts';
export {
  openSettings,
  SettingsInvalid,
  SettingsStore,
  type SettingsChange,
  type SettingsOptions,
  type SettingsPlace,
  type SettingsState,
} from './store.ts';
