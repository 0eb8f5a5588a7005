// What can stop an install or uninstall: closed codes, what happened to which file, and what to do about it.
import { CodedError } from '../../core/model/index.ts';

export type InstallCode =
  | 'settings-invalid'
  | 'settings-shape'
  | 'settings-unreadable'
  | 'settings-unwritable'
  | 'settings-changed'
  | 'settings-taken'
  | 'http-not-held'
  | 'service-io'
  | 'hooks-off'
  | 'backup-unusable'
  | 'no-hook';

export class InstallError extends CodedError<InstallCode> {
  override readonly name = 'InstallError';
}
