// Where a ledger keeps what, and reading its segment files.
import { closeSync, constants, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { LedgerError } from './errors.ts';

/** Records per segment are bounded by bytes: opening reads one segment, so this bounds the time to open. */
export const SEGMENT_BYTES = 8 * 1024 * 1024;
/** A file larger than this is no segment of ours and is not read. */
export const SEGMENT_MAX = 64 * 1024 * 1024;
/** Preallocated room for records on a full disk: more than a thousand denials. */
export const RESERVE_BYTES = 1024 * 1024;
/** At most this many records stand without a checkpoint after them; more means that checkpoints were taken out. */
export const UNSIGNED_MAX = 4096;

export const paths = (dir: string) => ({
  segments: join(dir, 'segments'),
  blobs: join(dir, 'blobs'),
  snapshots: join(dir, 'snapshots'),
  /** What recovery cut off, kept as evidence. */
  torn: join(dir, 'torn'),
  reserve: join(dir, 'reserve'),
  key: join(dir, 'ledger.key'),
  publicKey: join(dir, 'ledger.pub'),
  lock: join(dir, 'writer.lock'),
  owner: join(dir, 'writer.pid'),
  index: join(dir, 'index'),
});

export type Segment = {
  /** Seq of its first record. */ readonly first: number;
  readonly name: string;
  readonly path: string;
};

const DIGITS = 16;

export function segmentName(first: number): string {
  return `${String(first).padStart(DIGITS, '0')}.log`;
}

/** Segments of a ledger, in order. Throws `ledger-missing` when there is no such folder. */
export function listSegments(dir: string): Segment[] {
  const folder = paths(dir).segments;
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch (error) {
    throw new LedgerError('ledger-missing', `there is no ledger in ${dir}`, error);
  }
  return names
    .map((name) => ({ name, first: Number(name.slice(0, DIGITS)), path: join(folder, name) }))
    .filter((segment) => segment.name === segmentName(segment.first))
    .sort((a, b) => a.first - b.first);
}

/** Segments that hold records of [from, to], by their names alone. */
export function covering(segments: readonly Segment[], from: number, to: number): Segment[] {
  return segments.filter((segment, i) => segment.first <= to && (segments[i + 1]?.first ?? Infinity) > from);
}

/** A buffer that grows to the largest segment read through it, so that a long walk allocates once. */
export class SegmentBuffer {
  #buffer = Buffer.alloc(0);

  /** Bytes of a segment; valid until the next call. Throws `ledger-damaged` for what is no regular file of segment size. */
  read(segment: Segment): Buffer {
    // Non-blocking and without following links: what stands under the name may be anything.
    const fd = openSync(segment.path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const stat = fstatSync(fd);
      if (!stat.isFile() || stat.size > SEGMENT_MAX) {
        throw new LedgerError('ledger-damaged', `${segment.path} is no segment file of at most ${SEGMENT_MAX} bytes`);
      }
      if (this.#buffer.length < stat.size) this.#buffer = Buffer.allocUnsafe(Math.max(stat.size, SEGMENT_BYTES));
      let length = 0;
      while (length < stat.size) {
        const read = readSync(fd, this.#buffer, length, stat.size - length, length);
        if (read === 0) break;
        length += read;
      }
      return this.#buffer.subarray(0, length);
    } finally {
      closeSync(fd);
    }
  }
}

/** Where records end: trailing zeros are room of the reserve that was not used. */
export function contentEnd(bytes: Uint8Array): number {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end--;
  return end;
}
