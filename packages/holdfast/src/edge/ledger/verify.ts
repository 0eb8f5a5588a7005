// `audit verify`: everything that can be told from the log alone, and with an anchor what cannot; streaming, without a lock.
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn, setTimeout as pause } from 'node:timers/promises';
import {
  checkSignature,
  frameSeq,
  isFrame,
  parseHead,
  parseNote,
  rawToHex,
  type Head,
  type NoteKey,
} from '../../core/record/index.ts';
import { LedgerError, reasonOf } from './errors.ts';
import { loadVerifier, verifyBytes } from './key.ts';
import { contentEnd, covering, listSegments, paths, SegmentBuffer, type Segment } from './layout.ts';
import { Walk, type Problem, type ProblemCode } from './walk.ts';

export type VerifyOptions = {
  /** First and last record to look at, both included. What stands in the same segments is read with them. */
  readonly from?: number;
  readonly to?: number;
  /** File with the verifier key; without it the key beside the ledger. */
  readonly key?: string;
  /** File with a checkpoint that was kept elsewhere. */
  readonly anchor?: string;
  /** Read blobs too and compare each with its name. Default true. */
  readonly blobs?: boolean;
};

export type Verified = {
  /** Exit codes of the command line: intact 0, damaged 3, unverifiable 4. */
  readonly status: 'intact' | 'damaged' | 'unverifiable';
  readonly records: number;
  /** Records that a good signed checkpoint vouches for. */
  readonly signed: number;
  readonly problems: readonly Problem[];
  /** Problems that were found beyond those listed. */
  readonly more: number;
  /** What this verification says nothing about, in sentences. */
  readonly cannotExclude: readonly string[];
  readonly key?: { readonly name: string; readonly source: 'given' | 'beside the ledger' };
  readonly anchor?: { readonly size: number; readonly holds: boolean };
};

/** Problems that say "could not be looked at" and not "is not what it was". */
const UNVERIFIABLE: ReadonlySet<ProblemCode> = new Set([
  'segment-missing',
  'segment-unreadable',
  'key-missing',
  'ledger-missing',
  'anchor-unusable',
  'anchor-signature',
]);
const PROBLEMS_MAX = 100;

type Anchor = { readonly head: Head; holds: boolean | undefined };

class Report {
  readonly problems: Problem[] = [];
  more = 0;
  damaged = false;

  readonly say = (problem: Problem): void => {
    this.damaged ||= !UNVERIFIABLE.has(problem.code);
    if (this.problems.length < PROBLEMS_MAX) this.problems.push(problem);
    else this.more += 1;
  };

  about(code: ProblemCode, text: string, seq = 0): void {
    this.say({ seq, segment: '', code, text });
  }
}

/** Verifies the ledger in `dir`. Throws LedgerError `ledger-key` when a key file that was asked for cannot be read. */
export async function verify(dir: string, options: VerifyOptions = {}): Promise<Verified> {
  const report = new Report();
  const { from = 0, to = Infinity } = options;
  const key = loadVerifier(dir, options.key);
  if (key === undefined)
    report.about(
      'key-missing',
      `the verifier key ${paths(dir).publicKey} is missing: signatures cannot be checked; give it with --key`,
    );
  const anchor = options.anchor === undefined ? undefined : readAnchor(options.anchor, key, report);
  let segments: Segment[] = [];
  try {
    segments = listSegments(dir);
    if (segments.length === 0) report.about('ledger-missing', `there are no records in ${dir}`);
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error;
    report.about('ledger-missing', error.message);
  }
  const walk = new Walk(key, report.say);
  const chosen = covering(segments, from, to);
  const first = chosen[0];
  // From the start the first record has to be number 0; elsewhere a segment's leading checkpoint says what came before.
  if (first !== undefined && from > 0) walk.jump(first.first);
  const begun = walk.next;
  const buffer = new SegmentBuffer();
  for (const segment of chosen) {
    const at = segments.indexOf(segment);
    await readSegment(segment, segments[at - 1]?.first, at === segments.length - 1, to, buffer, walk, anchor, report);
    await turn();
  }
  if (anchor !== undefined) closeAnchor(anchor, walk, begun, to, report);
  if (options.blobs !== false) await verifyBlobs(dir, report);
  const status = report.damaged ? 'damaged' : report.problems.length > 0 ? 'unverifiable' : 'intact';
  return {
    status,
    records: walk.records,
    signed: walk.signed,
    problems: report.problems,
    more: report.more,
    cannotExclude: openQuestions(walk, begun, to, key, options, anchor),
    ...(key === undefined
      ? {}
      : {
          key: {
            name: key.name,
            source: options.key === undefined ? ('beside the ledger' as const) : ('given' as const),
          },
        }),
    ...(anchor === undefined ? {} : { anchor: { size: anchor.head.size, holds: anchor.holds === true } }),
  };
}

async function readSegment(
  segment: Segment,
  before: number | undefined,
  last: boolean,
  to: number,
  buffer: SegmentBuffer,
  walk: Walk,
  anchor: Anchor | undefined,
  report: Report,
): Promise<void> {
  walk.begin(segment.name, before);
  let bytes: Buffer;
  try {
    bytes = last ? await readGrowing(segment, buffer) : buffer.read(segment);
  } catch (error) {
    report.say({
      seq: walk.next,
      segment: segment.name,
      code: 'segment-unreadable',
      text: `segment ${segment.name} cannot be read (${reasonOf(error)})`,
    });
    return;
  }
  const end = last ? contentEnd(bytes) : bytes.length;
  const begins = isFrame(bytes, 0, bytes.indexOf(0x0a) + 1) ? frameSeq(bytes, 0) : segment.first;
  if (begins !== segment.first) {
    const text = `segment ${segment.name} begins with record ${begins}: files were exchanged, or the record was taken out`;
    report.say({ seq: begins, segment: segment.name, code: 'segment-misplaced', text });
  }
  for (let from = 0; from < end;) {
    if (anchor !== undefined && walk.next === anchor.head.size) compare(anchor, walk, report);
    if (walk.next > to) return;
    const newline = bytes.indexOf(0x0a, from);
    if (newline < 0 || newline >= end) {
      const text = `${end - from} bytes after record ${walk.next - 1} are no whole record: a crash while writing, or a cut`;
      report.say({ seq: walk.next, segment: segment.name, code: 'torn-tail', text });
      return;
    }
    walk.line(bytes, from, newline + 1);
    from = newline + 1;
  }
}

/** The last segment, which a writer may be writing at this moment: a half line is looked at again before it is called torn. */
async function readGrowing(segment: Segment, buffer: SegmentBuffer): Promise<Buffer> {
  for (let tries = 0; ; tries++) {
    const bytes = buffer.read(segment);
    const end = contentEnd(bytes);
    if (end === 0 || bytes[end - 1] === 0x0a || tries === 3) return bytes;
    await pause(20);
  }
}

function readAnchor(path: string, key: NoteKey | undefined, report: Report): Anchor | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    report.about('anchor-unusable', `the anchor ${path} cannot be read (${reasonOf(error)})`);
    return undefined;
  }
  const note = parseNote(text);
  const head = note === undefined ? undefined : parseHead(note.text);
  if (note === undefined || head === undefined) {
    report.about('anchor-unusable', `${path} holds no checkpoint`);
    return undefined;
  }
  if (key === undefined) {
    report.about(
      'anchor-unusable',
      `without the verifier key nobody can say that the anchor ${path} is of this ledger`,
    );
    return undefined;
  }
  if (head.origin !== key.name || checkSignature(note, key, verifyBytes) !== 'good') {
    report.about(
      'anchor-signature',
      `the anchor ${path} is not signed with the key \`${key.name}\`: it is of another ledger, or the key beside the ledger was exchanged`,
    );
    return undefined;
  }
  return { head, holds: undefined };
}

/** Called when the walk stands exactly at the anchor's size. */
function compare(anchor: Anchor, walk: Walk, report: Report): void {
  const root = walk.root();
  if (anchor.holds !== undefined || root === undefined) return;
  anchor.holds = root === anchor.head.root;
  if (!anchor.holds) {
    const text = `the first ${anchor.head.size} records are not those of the anchor (root ${rawToHex(root).slice(0, 16)}…): the ledger was written anew`;
    report.about('anchor-differs', text, anchor.head.size);
  }
}

function closeAnchor(anchor: Anchor, walk: Walk, begun: number, to: number, report: Report): void {
  const { size } = anchor.head;
  if (walk.next === size) compare(anchor, walk, report);
  if (anchor.holds !== undefined) return;
  if (size > walk.next && to === Infinity) {
    anchor.holds = false;
    const text = `the anchor vouches for ${size} records, the ledger ends after ${walk.next}: its tail was cut, or the folder was put back to an older state`;
    report.about('anchor-ahead', text, walk.next);
  } else if (size < begun || size > walk.next) {
    report.about(
      'anchor-unusable',
      `the anchor is at record ${size}, outside of what was verified; leave out --from and --to`,
    );
  } else if (report.problems.length === 0) {
    report.about('anchor-unusable', `the tree at record ${size} is not known, the anchor cannot be compared`);
  }
}

async function verifyBlobs(dir: string, report: Report): Promise<void> {
  const root = paths(dir).blobs;
  if (!existsSync(root)) return;
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    if (entry.isDirectory() || entry.name.endsWith('.tmp')) continue;
    const hash = entry.isFile() ? await hashOf(join(entry.parentPath, entry.name)) : 'no file';
    // A blob that retention dropped is no damage; one with another content is.
    if (hash !== undefined && hash !== entry.name)
      report.about('blob-changed', `blob ${entry.name} does not have the content it is named by`);
  }
}

async function hashOf(path: string): Promise<string | undefined> {
  const hash = createHash('sha256');
  try {
    for await (const part of createReadStream(path)) hash.update(part as Buffer);
  } catch (error) {
    // Dropped by retention while we looked.
    if (reasonOf(error) === 'ENOENT') return undefined;
    throw error;
  }
  return hash.digest('hex');
}

function openQuestions(
  walk: Walk,
  begun: number,
  to: number,
  key: NoteKey | undefined,
  options: VerifyOptions,
  anchor: Anchor | undefined,
): string[] {
  const open: string[] = [];
  const held = anchor?.holds === true ? anchor.head.size : 0;
  const after = held > 0 ? ` after record ${held - 1}, the last that the anchor vouches for` : '';
  if (held < walk.next || held === 0) {
    open.push(`that records were cut from the end${after}`);
    open.push(
      held > 0
        ? `that the folder was put back to an older state that is not older than the anchor`
        : 'that the whole folder was put back to an older state',
    );
    open.push(`that someone who has the signing key wrote records anew${after}`);
  } else open.push('that records newer than the anchor existed and were cut off');
  if (key === undefined) open.push('that anyone wrote records anew: no signature was checked');
  else if (options.key === undefined && held === 0)
    open.push(
      'that the ledger and the key beside it were replaced together; compare the key with one kept elsewhere (--key)',
    );
  // The newest checkpoint record itself is signed in what matters, its note.
  const unsigned = walk.next - Math.max(walk.signed + 1, held);
  if (unsigned > 0 && key !== undefined)
    open.push(
      `that ${unsigned === 1 ? 'the last record was' : `the last ${unsigned} records were`} written anew by someone who may write the folder: no checkpoint signs them yet`,
    );
  if (begun > 0) open.push(`anything about the ${begun} records before: they were not read`);
  if (to !== Infinity) open.push(`anything about records after ${Math.max(walk.next - 1, 0)}: they were not read`);
  return open;
}
