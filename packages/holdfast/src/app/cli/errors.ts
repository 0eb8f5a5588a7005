// Errors a user sees: what happened, to what, what to do; a stable code; no stack.
// Not by way of the model's index: the command line loads no more than it needs before it knows its verb.
import { CodedError } from '../../core/model/coded-error.ts';
import { oneLine } from '../text.ts';

/** Exit codes of the command line: 0 done · 1 answered with errors · 2 wrong usage · 3 damaged · 4 not verifiable · 5 cannot do it here · 130 ctrl-c at a question. */
export const EXIT = { ok: 0, some: 1, usage: 2, damaged: 3, unverifiable: 4, failed: 5, interrupted: 130 } as const;

export class UserError extends CodedError {
  override readonly name = 'UserError';
  readonly exit: number;

  constructor(code: string, what: string, todo: string, exit: number = EXIT.failed) {
    super(code, what, todo);
    this.exit = exit;
  }
}

export function usage(what: string, todo = 'see `holdfast help`'): UserError {
  return new UserError('usage', what, todo, EXIT.usage);
}

/** One line for a terminal. Unexpected errors keep their message and say that they are a defect. */
export function errorLine(error: unknown): { readonly line: string; readonly exit: number } {
  const { line, exit } = told(error);
  return { line: oneLine(line), exit };
}

function told(error: unknown): { readonly line: string; readonly exit: number } {
  if (error instanceof CodedError) {
    const exit = error instanceof UserError ? error.exit : EXIT.failed;
    return { line: `holdfast: ${error.message}; ${error.todo} [${error.code}]`, exit };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { line: `holdfast: unexpected: ${message}; please report this [internal]`, exit: EXIT.failed };
}
