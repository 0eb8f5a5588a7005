// The ledger: append-only, chained, signed records with blobs, snapshots and an index; its verification reads it without a lock.
export { exportAnchor } from './anchor.ts';
export { readBlob } from './blobs.ts';
export { LedgerError, LedgerFull, type LedgerCode } from './errors.ts';
export { findRecords, type Found } from './find.ts';
export { followRecords } from './follow.ts';
export { indexRow, matches, ROWS_MAX, type IndexQuery, type IndexRow, type IndexAnswer } from './index-query.ts';
export { FileLedger } from './ledger.ts';
export { openLedger } from './open.ts';
export type { LedgerOptions } from './options.ts';
export { readRecords } from './read.ts';
export type { Snapshot } from './snapshot.ts';
export { verify, type Verified, type VerifyOptions } from './verify.ts';
export { verifyState, type StateFold, type StateVerified } from './verify-state.ts';
export type { Problem, ProblemCode } from './walk.ts';
