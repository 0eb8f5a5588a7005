// What can stop an install or uninstall: closed codes, what happened to which file, and what to do about it.

export type InstallCode =
  | 'settings-invalid'
  | 'settings-shape'
  | 'settings-unreadable'
  | 'settings-unwritable'
  | 'settings-changed'
  | 'hooks-off'
  | 'backup-unusable'
  | 'no-hook';

export class InstallError extends Error {
  override readonly name = 'InstallError';
  readonly code: InstallCode;
  /** What to do, as a half sentence. */
  readonly todo: string;

  constructor(code: InstallCode, what: string, todo: string, cause?: unknown) {
    super(what, cause === undefined ? undefined : { cause });
    this.code = code;
    this.todo = todo;
  }
}

/** Error code of a failed system call, or undefined. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
