// Checkpoints (c2sp.org/tlog-checkpoint): the signed head of the tree as text, and as data of a checkpoint record.
import { isObject, text as textOf, type Json, type RawHash } from '../model/index.ts';
import { base64ToRaw, hexToRaw, rawToBase64, rawToHex } from './bytes.ts';
import { Frontier } from './merkle.ts';

/** Head of a ledger: the tree over its first `size` records. */
export type Head = { readonly origin: string; readonly size: number; readonly root: RawHash };

/** Note text of a head: origin, size, root, each on a line. */
export function headText(head: Head): string {
  return `${head.origin}\n${head.size}\n${rawToBase64(head.root)}\n`;
}

/** Reads a note text; extension lines are allowed and ignored. Undefined when it is no checkpoint. */
export function parseHead(text: string): Head | undefined {
  const lines = text.split('\n');
  const [origin, size, base64] = lines;
  if (lines.length < 4 || lines.at(-1) !== '' || lines.slice(0, -1).includes('')) return undefined;
  const root = base64 === undefined ? undefined : base64ToRaw(base64);
  const count = Number(size);
  if (
    origin === undefined ||
    root?.length !== 32 ||
    !Number.isSafeInteger(count) ||
    String(count) !== size ||
    count < 0
  )
    return undefined;
  return { origin, size: count, root };
}

/**
 * Data of a checkpoint record at seq n: the signed note over the n records before it, and the frontier whose root it signs,
 * so that reading may begin here. The first record of a ledger and of every segment is one.
 */
export type CheckpointData = { readonly note: string; readonly frontier: Frontier };

export function checkpointJson(
  note: string,
  frontier: Frontier,
  more: { readonly key?: string; readonly before?: number } = {},
): Json {
  // `key`: the first record of a ledger names the key that signs it. `before`: the first record of a segment names the segment
  // before it by its first seq (absent: there is none), so that a missing file and a cut one can be told apart.
  return { note, frontier: frontier.hashes.map(rawToHex), ...more };
}

/** Reads checkpoint data back; `size` is the seq of its record. Undefined when it is not of the form. */
export function parseCheckpoint(data: Json, size: number): CheckpointData | undefined {
  const note = textOf(data, 'note');
  const list = isObject(data) ? data['frontier'] : undefined;
  if (note === undefined || !Array.isArray(list)) return undefined;
  const hashes = (list as readonly Json[]).map((hash) => (typeof hash === 'string' ? hexToRaw(hash) : undefined));
  if (hashes.some((hash) => hash === undefined)) return undefined;
  try {
    return { note, frontier: new Frontier(size, hashes as RawHash[]) };
  } catch (error) {
    // The only thing the constructor throws: the number or length of hashes does not fit the size.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
