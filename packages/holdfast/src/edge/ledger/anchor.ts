// Anchors: the newest signed checkpoint of a ledger, read without a lock, to be kept where this machine cannot change it.
import { text as textOf } from '../../core/model/index.ts';
import { isCheckpoint, isWhole } from '../../core/record/index.ts';
import { LedgerError } from './errors.ts';
import { contentEnd, listSegments, SegmentBuffer } from './layout.ts';
import { checkpointOf } from './walk.ts';

/** The newest checkpoint as a signed note. It vouches for what stands before it; `audit verify` tells how far that is. */
export function exportAnchor(dir: string): string {
  const buffer = new SegmentBuffer();
  for (const segment of listSegments(dir).reverse()) {
    const bytes = buffer.read(segment);
    const end = contentEnd(bytes);
    let newest: string | undefined;
    for (let from = 0; from < end;) {
      const newline = bytes.indexOf(0x0a, from);
      const to = newline < 0 ? end : newline + 1;
      if (isWhole(bytes, from, to) && isCheckpoint(bytes, from))
        newest = textOf(checkpointOf(bytes, from, to), 'note') ?? newest;
      from = to;
    }
    if (newest !== undefined) return newest;
  }
  throw new LedgerError('ledger-missing', `the ledger in ${dir} has no checkpoint yet`);
}
