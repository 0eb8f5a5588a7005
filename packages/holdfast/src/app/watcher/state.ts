// State on start: the last snapshot whose digest matches, then the events of every record after it.
import { apply, dumpState, emptyState, loadState, stateDigest } from '../../core/engine/index.ts';
import type { Body, Hash, Json, State } from '../../core/model/index.ts';

export type Snapshots = {
  load(): { readonly seq: number; readonly dump: Json } | undefined;
  save(seq: number, dump: Json): void;
};

/** Folds what the ledger holds. A snapshot that does not load is a cache miss: everything is folded from the start. */
export async function rebuild(snapshots: Snapshots, read: (from: number) => AsyncIterable<Body>): Promise<{ readonly state: State; readonly from: number }> {
  const snapshot = snapshots.load();
  let state = emptyState();
  let from = 0;
  if (snapshot !== undefined) {
    try {
      state = loadState(snapshot.dump);
      from = snapshot.seq;
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      state = emptyState();
    }
  }
  for await (const body of read(from)) for (const event of body.events) apply(state, event);
  return { state, from };
}

export function snapshot(snapshots: Snapshots, seq: number, state: State): Hash {
  snapshots.save(seq, dumpState(state));
  return stateDigest(state);
}
