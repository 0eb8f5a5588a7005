// Settings files: read by scope with line and column of every error, merged, and followed while they change.
export { noticeLine, placed, type PlacedNotice } from './notice.ts';
export {
  problemLine,
  readSettingsFile,
  readSettingsText,
  type FileProblem,
  type ParsedText,
  type ReadSettings,
  type Where,
} from './read-file.ts';
export {
  openSettings,
  SettingsInvalid,
  SettingsStore,
  type SettingsChange,
  type SettingsOptions,
  type SettingsPlace,
  type SettingsState,
} from './store.ts';
