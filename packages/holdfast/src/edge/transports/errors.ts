// What can go wrong with the socket: one class, closed codes, what happened and what to do.

export type TransportCode =
  | 'socket-path-long'
  | 'socket-dir-open'
  | 'socket-io'
  | 'socket-inherited'
  | 'watcher-running'
  | 'watcher-absent'
  | 'watcher-silent'
  | 'watcher-refused'
  | 'watcher-untrusted'
  | 'hook-key'
  | 'frame-too-large'
  | 'frame-bad';

export class TransportError extends Error {
  override readonly name = 'TransportError';
  readonly code: TransportCode;
  /** What the reader can do about it, without a full stop. */
  readonly todo: string;

  constructor(code: TransportCode, what: string, todo: string, cause?: unknown) {
    super(what, cause === undefined ? undefined : { cause });
    this.code = code;
    this.todo = todo;
  }
}

/** Error code of a failed system call, or undefined. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
