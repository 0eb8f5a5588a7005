// `audit verify --state`: the state that the events of all records make, compared with the one that is live.
import type { Event, Hash } from '../../core/model/index.ts';
import { readRecords } from './read.ts';

export type StateFold = {
  /** Applies one event to the state being rebuilt. */
  apply(event: Event): void;
  /** Digest of that state. */
  digest(): Hash;
};

export type StateVerified = {
  readonly equal: boolean;
  readonly records: number;
  readonly digest: Hash;
  readonly live: Hash;
};

/** Folds the records before `live.seq` (all of them, never a snapshot) and compares. Throws `ledger-damaged` as reading does. */
export async function verifyState(
  dir: string,
  fold: StateFold,
  live: { readonly seq: number; readonly digest: Hash },
): Promise<StateVerified> {
  let records = 0;
  if (live.seq > 0) {
    for await (const body of readRecords(dir, 0, live.seq - 1)) {
      records += 1;
      for (const event of body.events) fold.apply(event);
    }
  }
  const digest = fold.digest();
  return { equal: records === live.seq && digest === live.digest, records, digest, live: live.digest };
}
