// State on start: the last snapshot whose digest matches, then the events of every record after it.
import { apply, emptyState, loadState } from '../../core/engine/index.ts';
import type { Body, Json, State } from '../../core/model/index.ts';

export type Snapshots = {
  load(): { readonly seq: number; readonly dump: Json } | undefined;
};

/** Folds what the ledger holds. A snapshot that does not load is a cache miss: everything is folded from the start. */
export async function rebuild(
  snapshots: Snapshots,
  read: (from: number) => AsyncIterable<Body>,
): Promise<{ readonly state: State; readonly from: number }> {
  const found = snapshots.load();
  let state = emptyState();
  let from = 0;
  if (found !== undefined) {
    try {
      state = loadState(found.dump);
      from = found.seq;
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      state = emptyState();
    }
  }
  for await (const body of read(from)) for (const event of body.events) apply(state, event);
  return { state, from };
}
