// Errors that a person sees: a stable code, what happened to what, and what to do. Areas extend it with a closed list of codes.

/** `message` says what happened, lower-case, without a full stop; `todo` what to do, as a half sentence. Codes are lower-case and never used again for something else. */
export class CodedError<Code extends string = string> extends Error {
  override readonly name: string = 'CodedError';
  readonly code: Code;
  readonly todo: string;

  constructor(code: Code, what: string, todo: string, cause?: unknown) {
    super(what, cause === undefined ? undefined : { cause });
    this.code = code;
    this.todo = todo;
  }
}

/** The code of a failed system call (`ENOENT`) or of a CodedError; undefined where an error has none. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
