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

/** What to do about each, where the place that throws knows nothing better. */
const TODO: { readonly [code in LedgerCode]: string } = {
  'ledger-full': 'free some space on that disk, then work goes on by itself',
  'ledger-io': 'check the disk, then restart the watcher',
  'ledger-damaged': 'look at it with `holdfast audit verify`',
  'ledger-locked': 'follow it with `holdfast log --follow`, stop it first, or use another HOLDFAST_HOME',
  'ledger-key': 'restore it, or move the folder aside and begin a new ledger',
  'ledger-missing': 'start the watcher once (`holdfast start`), or see that HOLDFAST_HOME is right',
  'ledger-closed': 'start the watcher again',
  'ledger-index': '`holdfast log` reads the ledger without it',
  'record-too-large': 'run `holdfast doctor`',
  'record-refused': 'run `holdfast doctor`',
};

export class LedgerError extends CodedError<LedgerCode> {
  override readonly name: string = 'LedgerError';

  constructor(code: LedgerCode, what: string, cause?: unknown, todo: string = TODO[code]) {
    super(code, what, todo, cause);
  }
}

/** No room for the record; it was not written. The very next append may use the reserve, so that the denial can be. */
export class LedgerFull extends LedgerError {
  override readonly name = 'LedgerFull';

  constructor(dir: string, cause?: unknown) {
    super('ledger-full', `no space left to record in ${dir}`, cause);
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
