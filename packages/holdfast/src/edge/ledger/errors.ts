// What can go wrong with a ledger: one class, closed codes, sentences that a person can act on.
import { codeOf, CodedError } from '../../core/model/index.ts';

export type LedgerCode =
  | 'ledger-full'
  | 'ledger-io'
  | 'ledger-damaged'
  | 'ledger-locked'
  | 'ledger-key'
  | 'ledger-missing'
  | 'ledger-closed'
  | 'ledger-index'
  | 'record-too-large'
  | 'record-refused';

export class LedgerError extends CodedError<LedgerCode> {
  override readonly name: string = 'LedgerError';

  constructor(code: LedgerCode, what: string, cause?: unknown) {
    super(code, what, 'run `holdfast doctor`', cause);
  }
}

/** No room for the record; it was not written. The very next append may use the reserve, so that the denial can be. */
export class LedgerFull extends LedgerError {
  override readonly name = 'LedgerFull';

  constructor(dir: string, cause?: unknown) {
    super(
      'ledger-full',
      `no space left to record in ${dir}; free some space on that disk, then work goes on by itself`,
      cause,
    );
  }
}

const NO_ROOM = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

export function isNoRoom(error: unknown): boolean {
  return NO_ROOM.has(codeOf(error) ?? '');
}

/** For sentences: the code of a failed system call, else the message. */
export function reasonOf(error: unknown): string {
  return codeOf(error) ?? (error instanceof Error ? error.message : String(error));
}
