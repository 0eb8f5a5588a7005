// Errors a user sees: what happened, to what, what to do; a stable code; no stack.

/** Exit codes of the command line: 0 done · 1 answered with errors · 2 wrong usage · 3 damaged · 4 not verifiable · 5 cannot do it here. */
export const EXIT = { ok: 0, some: 1, usage: 2, damaged: 3, unverifiable: 4, failed: 5 } as const;

export class UserError extends Error {
  readonly code: string;
  readonly todo: string;
  readonly exit: number;

  constructor(code: string, what: string, todo: string, exit: number = EXIT.failed) {
    super(what);
    this.name = 'UserError';
    this.code = code;
    this.todo = todo;
    this.exit = exit;
  }
}

export function usage(what: string, todo = 'see `holdfast help`'): UserError {
  return new UserError('usage', what, todo, EXIT.usage);
}

/** One line for a terminal. Unexpected errors keep their message and say that they are a defect. */
export function errorLine(error: unknown): { readonly line: string; readonly exit: number } {
  if (error instanceof UserError)
    return { line: `holdfast: ${error.message}; ${error.todo} [${error.code}]`, exit: error.exit };
  // Errors of edges carry a stable lower-case code of their own; those of the system are upper-case and go on below.
  if (error instanceof Error && 'code' in error && typeof error.code === 'string' && /^[a-z]/.test(error.code)) {
    const todo = 'todo' in error && typeof error.todo === 'string' ? error.todo : 'run `holdfast doctor`';
    return { line: `holdfast: ${error.message}; ${todo} [${error.code}]`, exit: EXIT.failed };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { line: `holdfast: unexpected: ${message}; please report this [internal]`, exit: EXIT.failed };
}
