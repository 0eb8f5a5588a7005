// Reading records back from segment files, without a lock and beside a writer; what is read is checked against its own hash and chain.
import { setImmediate as turn } from 'node:timers/promises';
import { isObject, type Body, type Json, type RawHash } from '../../core/model/index.ts';
import {
  bodyRange,
  chainHash,
  frameHashIs,
  frameLeaf,
  framePrev,
  framePrevIs,
  frameSeq,
  isFrame,
} from '../../core/record/index.ts';
import { LedgerError } from './errors.ts';
import { contentEnd, covering, listSegments, SegmentBuffer } from './layout.ts';

/** One record with where it stands. */
export type Stored = { readonly body: Body; readonly hash: RawHash };

/**
 * Records `from` to `to`, both included, in order; without `to` as far as the ledger goes now. A line that is still being
 * written ends the reading. Throws `ledger-damaged` at the first record that is not what it was.
 */
export async function* readRecords(dir: string, from: number, to = Infinity): AsyncGenerator<Body> {
  for await (const { body } of readStored(dir, from, to)) yield body;
}

export async function* readStored(dir: string, from: number, to = Infinity): AsyncGenerator<Stored> {
  const buffer = new SegmentBuffer();
  let next = from;
  let prev: RawHash | undefined;
  for (const segment of covering(listSegments(dir), from, to)) {
    if (segment.first > next) throw new LedgerError('ledger-damaged', `the ledger in ${dir} has no record ${next}`);
    const bytes = buffer.read(segment);
    const end = contentEnd(bytes);
    for (let at = 0; at < end;) {
      const newline = bytes.indexOf(0x0a, at);
      if (newline < 0 || newline >= end) break;
      const start = at;
      at = newline + 1;
      const seq = isFrame(bytes, start, at) ? frameSeq(bytes, start) : -1;
      if (seq >= 0 && seq < from) continue;
      if (seq > to) return;
      const before = prev ?? framePrev(bytes, start);
      const hash = before === undefined || seq !== next ? undefined : chainHash(before, frameLeaf(bytes, start, at));
      if (
        hash === undefined ||
        before === undefined ||
        !frameHashIs(hash, bytes, start) ||
        !framePrevIs(before, bytes, start)
      ) {
        throw new LedgerError('ledger-damaged', `record ${next} of the ledger in ${dir} is not what it was`);
      }
      [prev, next] = [hash, seq + 1];
      const [open, close] = bodyRange(start, at);
      yield { body: bodyOf(bytes.toString('utf8', open, close)), hash };
    }
    // Segments are read at once; between them others get their turn.
    await turn();
  }
}

/** The records of ascending `seqs`, each checked against its own hash; one that is not there is left out. Throws as above. */
export async function* readPicked(dir: string, seqs: readonly number[]): AsyncGenerator<Body> {
  const buffer = new SegmentBuffer();
  const segments = listSegments(dir);
  for (const [index, segment] of segments.entries()) {
    const wanted = seqs.filter((seq) => seq >= segment.first && seq < (segments[index + 1]?.first ?? Infinity));
    if (wanted.length === 0) continue;
    const bytes = buffer.read(segment);
    const end = contentEnd(bytes);
    for (let at = 0, found = 0; at < end && found < wanted.length;) {
      const start = at;
      const newline = bytes.indexOf(0x0a, at);
      if (newline < 0 || newline >= end) break;
      at = newline + 1;
      const seq = isFrame(bytes, start, at) ? frameSeq(bytes, start) : -1;
      if (seq < wanted[found]!) continue;
      found += 1;
      const before = framePrev(bytes, start);
      const whole = before !== undefined && frameHashIs(chainHash(before, frameLeaf(bytes, start, at)), bytes, start);
      if (!whole || seq !== wanted[found - 1])
        throw new LedgerError(
          'ledger-damaged',
          `record ${wanted[found - 1]} of the ledger in ${dir} is not what it was`,
        );
      const [open, close] = bodyRange(start, at);
      yield bodyOf(bytes.toString('utf8', open, close));
    }
    await turn();
  }
}

/** The text was written from a Body and has the hash it had then. */
function bodyOf(text: string): Body {
  const parsed = JSON.parse(text) as Json;
  if (!isObject(parsed)) throw new LedgerError('ledger-damaged', 'a record holds no object');
  return parsed as unknown as Body;
}
