// Opening after anything: from the last segment alone, where the ledger stands; a torn tail is set aside, damage is refused.
import {
  ftruncateSync,
  fsyncSync,
  openSync,
  closeSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { isObject, sha256, text as textOf, type Hash, type Json, type RawHash } from '../../core/model/index.ts';
import { bodyRange, Frontier, GENESIS, isWhole, type NoteKey } from '../../core/record/index.ts';
import { LedgerError } from './errors.ts';
import { contentEnd, listSegments, paths, SegmentBuffer, type Segment } from './layout.ts';
import { Walk, type Problem } from './walk.ts';

/** Bytes that recovery cut off: they were no whole record, so nobody was told that they are one. */
export type Torn = { readonly bytes: number; readonly digest: Hash; readonly kept: string; readonly seq: number };

export type Recovered = {
  /** Undefined: there is no record yet. */
  readonly segment: Segment | undefined;
  /** Where the next line goes in the segment. */
  readonly offset: number;
  readonly tree: Frontier;
  readonly prev: RawHash;
  /** Rules digest of the last record. */
  readonly rules: Hash | undefined;
  /** Records without a checkpoint after them, and the size the last one vouches for. */
  readonly unsigned: number;
  readonly signed: number;
  readonly torn: readonly Torn[];
};

/**
 * Reads the last segment, whose leading signed checkpoint carries the tree of everything before it. What follows the last
 * good record and holds no whole record is a torn tail (a crash, a loss of power) and is moved to `torn/`.
 * Throws `ledger-damaged` when whole records follow the damage: then it was no crash.
 */
export function recover(dir: string, key: NoteKey): Recovered {
  const segments = listSegments(dir);
  for (const name of readdirSync(paths(dir).segments)) {
    if (name.endsWith('.tmp')) rmSync(join(paths(dir).segments, name));
  }
  const buffer = new SegmentBuffer();
  const torn: Torn[] = [];
  for (let at = segments.length - 1; at >= 0; at--) {
    const segment = segments[at]!;
    const bytes = buffer.read(segment);
    const read = readTail(dir, segment, segments[at - 1]?.first, bytes, key);
    if (read.offset < contentEnd(bytes)) torn.push(setAside(dir, segment, bytes, read.offset, read.walk.next));
    if (read.offset < bytes.length && read.offset > 0) truncate(segment.path, read.offset);
    if (read.offset === 0) {
      // Not even its leading checkpoint arrived on the disk: the ledger ended in the segment before.
      rmSync(segment.path);
      continue;
    }
    const { walk, rules } = read;
    const tree = walk.tree;
    if (tree === undefined || walk.prev === undefined) throw damaged(dir, undefined);
    return {
      segment,
      offset: read.offset,
      tree,
      prev: walk.prev,
      rules,
      unsigned: walk.unsigned,
      signed: walk.signed,
      torn,
    };
  }
  return {
    segment: undefined,
    offset: 0,
    tree: new Frontier(),
    prev: GENESIS,
    rules: undefined,
    unsigned: 0,
    signed: 0,
    torn,
  };
}

function readTail(
  dir: string,
  segment: Segment,
  before: number | undefined,
  bytes: Buffer,
  key: NoteKey,
): { offset: number; walk: Walk; rules: Hash | undefined } {
  let problem: Problem | undefined;
  const walk = new Walk(key, (found) => (problem ??= found));
  walk.jump(segment.first);
  walk.begin(segment.name, before);
  const end = contentEnd(bytes);
  let offset = 0;
  let last: readonly [number, number] | undefined;
  for (let from = 0; from < end;) {
    const newline = bytes.indexOf(0x0a, from);
    const to = newline < 0 || newline >= end ? -1 : newline + 1;
    if (to < 0 || !walk.line(bytes, from, to)) {
      if (holdsWhole(bytes, from, end)) throw damaged(dir, problem);
      break;
    }
    last = [from, to];
    offset = to;
    from = to;
  }
  return {
    offset,
    walk: problem === undefined ? walk : rewalk(segment, before, bytes, offset, key),
    rules: last === undefined ? undefined : rulesOf(bytes, last),
  };
}

/** A walk up to `offset` only: the one that met the torn tail has lost its tree. */
function rewalk(segment: Segment, before: number | undefined, bytes: Buffer, offset: number, key: NoteKey): Walk {
  const walk = new Walk(key, () => undefined);
  walk.jump(segment.first);
  walk.begin(segment.name, before);
  for (let from = 0; from < offset;) {
    const to = bytes.indexOf(0x0a, from) + 1;
    walk.line(bytes, from, to);
    from = to;
  }
  return walk;
}

/** Whether any line of [from, end) is a whole record. */
function holdsWhole(bytes: Buffer, from: number, end: number): boolean {
  for (let at = from; at < end;) {
    const newline = bytes.indexOf(0x0a, at);
    if (newline < 0 || newline >= end) return false;
    if (isWhole(bytes, at, newline + 1)) return true;
    at = newline + 1;
  }
  return false;
}

function rulesOf(bytes: Buffer, [from, to]: readonly [number, number]): Hash | undefined {
  const [start, end] = bodyRange(from, to);
  const body = JSON.parse(bytes.toString('utf8', start, end)) as Json;
  return isObject(body) ? textOf(body, 'rules') : undefined;
}

function setAside(dir: string, segment: Segment, bytes: Buffer, from: number, seq: number): Torn {
  const folder = paths(dir).torn;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const tail = bytes.subarray(from, contentEnd(bytes));
  const digest = sha256(tail);
  const name = `${segment.name}.${digest.slice(0, 16)}`;
  writeFileSync(join(folder, `${name}.tmp`), tail, { mode: 0o600, flush: true });
  renameSync(join(folder, `${name}.tmp`), join(folder, name));
  return { bytes: tail.length, digest, kept: join('torn', name), seq };
}

function truncate(path: string, length: number): void {
  const fd = openSync(path, 'r+');
  try {
    ftruncateSync(fd, length);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function damaged(dir: string, problem: Problem | undefined): LedgerError {
  const what = problem === undefined ? 'its last segment cannot be read' : problem.text;
  return new LedgerError(
    'ledger-damaged',
    `the ledger in ${dir} is damaged: ${what}`,
    undefined,
    'look at it with `holdfast audit verify`, then move the folder aside to begin a new one',
  );
}
