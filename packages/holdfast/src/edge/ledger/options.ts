// Settings of a ledger and what they are when nobody says.
import type { Clock } from '../../ports/index.ts';
import { RESERVE_BYTES, SEGMENT_BYTES } from './layout.ts';

export type LedgerOptions = {
  readonly clock?: Clock;
  /** Something that is no error of a caller and that people should know: recovery, a lost index, a snapshot not kept. */
  readonly say?: (text: string) => void;
  /** Largest segment file, bytes. */
  readonly segmentBytes?: number;
  readonly reserveBytes?: number;
  /** A checkpoint is written after so many records, or so long after a record that has none; milliseconds. */
  readonly checkpointRecords?: number;
  readonly checkpointMs?: number;
  /** Longest time until records are brought to the disk when nobody waits for it, milliseconds. */
  readonly syncMs?: number;
  /** A kept index is brought up to date when it is so many records behind. */
  readonly indexRecords?: number;
  /** Shortest time between two such times, milliseconds: starting its worker costs more than what it does. */
  readonly indexRestMs?: number;
  /** How long a full disk is taken as full before it is tried again, milliseconds. */
  readonly retryMs?: number;
};

export const DEFAULTS: Required<LedgerOptions> = {
  clock: { now: () => Date.now() },
  say: () => undefined,
  segmentBytes: SEGMENT_BYTES,
  reserveBytes: RESERVE_BYTES,
  checkpointRecords: 1000,
  checkpointMs: 10_000,
  syncMs: 20,
  indexRecords: 2000,
  indexRestMs: 10_000,
  retryMs: 250,
};
