// Walking records in order and checking all that the log alone can tell: form, own hash, chain, order, tree, signed checkpoints.
import { isObject, text as textOf, type Json, type RawHash } from '../../core/model/index.ts';
import {
  bodyRange,
  chainHash,
  checkSignature,
  frameHash,
  frameHashIs,
  frameLeaf,
  framePrev,
  framePrevIs,
  frameSeq,
  Frontier,
  GENESIS,
  isCheckpoint,
  isFrame,
  parseCheckpoint,
  parseHead,
  parseNote,
  type Head,
  type NoteKey,
} from '../../core/record/index.ts';
import { verifyBytes } from './key.ts';
import { UNSIGNED_MAX } from './layout.ts';

export type ProblemCode =
  | 'record-malformed'
  | 'record-changed'
  | 'records-missing'
  | 'record-misplaced'
  | 'chain-broken'
  | 'checkpoint-malformed'
  | 'checkpoint-missing'
  | 'checkpoint-origin'
  | 'checkpoint-root'
  | 'checkpoint-signature'
  | 'segment-missing'
  | 'segment-misplaced'
  | 'segment-unreadable'
  | 'torn-tail'
  | 'blob-changed'
  | 'key-missing'
  | 'ledger-missing'
  | 'anchor-unusable'
  | 'anchor-signature'
  | 'anchor-ahead'
  | 'anchor-differs';

export type Problem = {
  readonly seq: number;
  readonly segment: string;
  readonly code: ProblemCode;
  readonly text: string;
};

const decoder = new TextDecoder();

export class Walk {
  /** Seq that the next record must have. */
  next = 0;
  /** Chain hash before it; undefined when not known (a walk that begins in the middle, or after damage). */
  prev: RawHash | undefined = GENESIS;
  /** Tree over everything before it; undefined when not known. */
  tree: Frontier | undefined = new Frontier();
  /** Records seen. */
  records = 0;
  /** Size that the last good checkpoint vouches for. */
  signed = 0;
  /** Records since the last checkpoint record. */
  unsigned = 0;
  /** Name of the segment being read, for problems. */
  segment = '';
  readonly #key: NoteKey | undefined;
  readonly #say: (problem: Problem) => void;
  readonly #signed = new Map<number, RawHash>();
  /** The next line is the first of its segment. */
  #leading = false;
  /** First seq of the segment that stands before this one in the folder. */
  #before: number | undefined;
  /** Lines were no records: how many records they stand for is not known. */
  #unsure = false;
  /** The line before stood in a wrong place. */
  #misplaced = false;

  /** Without a key signatures are not looked at. */
  constructor(key: NoteKey | undefined, say: (problem: Problem) => void) {
    this.#key = key;
    this.#say = say;
  }

  /** Starts at a segment without knowing what came before; its leading checkpoint says. */
  jump(first: number): void {
    this.next = first;
    if (first > 0) [this.prev, this.tree] = [undefined, undefined];
  }

  /** Every segment begins with a checkpoint record. */
  begin(name: string, before: number | undefined): void {
    this.segment = name;
    this.#leading = true;
    this.#before = before;
  }

  /** Checks the line at [from, to); true when nothing is wrong with it. */
  line(bytes: Uint8Array, from: number, to: number): boolean {
    const seq = isFrame(bytes, from, to) ? frameSeq(bytes, from) : -1;
    if (seq < 0) {
      if (!this.#unsure)
        this.#lose('record-malformed', this.next, `what stands in the place of record ${this.next} is no record`);
      this.#unsure = true;
      this.prev = undefined;
      return false;
    }
    const leaf = frameLeaf(bytes, from, to);
    const linked = this.prev !== undefined && framePrevIs(this.prev, bytes, from);
    const prev = linked ? this.prev : framePrev(bytes, from);
    const hash = prev === undefined ? undefined : chainHash(prev, leaf);
    if (hash === undefined || !frameHashIs(hash, bytes, from)) {
      this.#lose(
        'record-changed',
        this.next,
        `record ${this.next} was changed: its content does not have the hash it carries`,
      );
      // The next record still points to the hash that this one had.
      this.prev = frameHash(bytes, from);
      this.next += 1;
      return false;
    }
    // Of a line that was no record the place is taken as filled.
    if (this.#unsure && seq > this.next) this.next += 1;
    this.#unsure = false;
    const data = isCheckpoint(bytes, from) ? checkpointOf(bytes, from, to) : undefined;
    const fits = this.#place(seq, linked, data);
    if (seq < this.next) return false;
    const led = !this.#leading || data !== undefined;
    if (!led) this.#lose('checkpoint-missing', seq, `segment ${this.segment} does not begin with a checkpoint`);
    this.#leading = false;
    let good = fits && led;
    if (data !== undefined) good = this.#checkpoint(seq, data) && good;
    else if (++this.unsigned === UNSIGNED_MAX + 1) {
      this.#problem(
        'checkpoint-missing',
        seq,
        `more than ${UNSIGNED_MAX} records up to ${seq} are without a checkpoint`,
      );
      good = false;
    }
    this.tree?.add(leaf);
    this.prev = hash;
    this.next = seq + 1;
    this.records += 1;
    return good;
  }

  /** Root over the first `next` records; undefined when damage before it hides it. */
  root(): RawHash | undefined {
    return this.tree?.root();
  }

  #place(seq: number, linked: boolean, data: Json | undefined): boolean {
    if (seq > this.next) {
      const range = seq - 1 === this.next ? `record ${this.next}` : `records ${this.next} to ${seq - 1}`;
      // The leading checkpoint names the segment before it: when that one is here, its end was cut off.
      const gone = this.#leading && isObject(data) && data['before'] !== this.#before;
      if (gone) this.#lose('segment-missing', this.next, `${range} are in no segment: a segment file is missing`);
      else this.#lose('records-missing', this.next, `${range} should stand before record ${seq}`);
      return false;
    }
    if (seq < this.next) {
      // Once for a run of them: a whole file may stand in a wrong place.
      if (!this.#misplaced) this.#lose('record-misplaced', seq, `record ${seq} stands after record ${this.next - 1}`);
      this.#misplaced = true;
      return false;
    }
    this.#misplaced = false;
    if (!linked && this.prev !== undefined) {
      // The tree is kept: whether the signed root agrees with it tells on which side of the break something was changed.
      this.#problem(
        'chain-broken',
        seq,
        `record ${seq} does not continue record ${seq - 1}: one of them was written anew`,
      );
      return false;
    }
    return true;
  }

  #checkpoint(seq: number, data: Json): boolean {
    const cosigned = textOf(data, 'cosigned');
    if (cosigned !== undefined) return this.#cosigned(seq, cosigned);
    this.unsigned = 0;
    const checkpoint = parseCheckpoint(data, seq);
    const head = checkpoint === undefined ? undefined : this.#note(seq, checkpoint.note);
    if (checkpoint === undefined || head === undefined) return checkpoint === undefined && this.#malformed(seq);
    if (head.size !== seq) return this.#malformed(seq);
    const known = this.tree?.root();
    if (checkpoint.frontier.root() !== head.root || (known !== undefined && known !== head.root)) {
      this.#problem(
        'checkpoint-root',
        seq,
        `the ${seq} records before checkpoint ${seq} are not those that were signed`,
      );
      // The signed tree is the better ground to go on: damage is told once, not at every later checkpoint.
      if (checkpoint.frontier.root() === head.root) this.tree = checkpoint.frontier;
      return false;
    }
    this.tree ??= checkpoint.frontier;
    this.#remember(seq, head.root);
    this.signed = seq;
    return true;
  }

  /** A note of an earlier checkpoint that came back with witness lines. */
  #cosigned(seq: number, text: string): boolean {
    const head = this.#note(seq, text);
    if (head === undefined) return false;
    const known = this.#signed.get(head.size);
    if (head.size <= seq && (known === undefined || known === head.root)) return true;
    this.#problem(
      'checkpoint-root',
      seq,
      `record ${seq} carries a witnessed checkpoint of other records than the first ${head.size}`,
    );
    return false;
  }

  #note(seq: number, text: string): Head | undefined {
    const note = parseNote(text);
    const head = note === undefined ? undefined : parseHead(note.text);
    if (note === undefined || head === undefined) {
      this.#malformed(seq);
      return undefined;
    }
    if (this.#key === undefined) return head;
    if (head.origin !== this.#key.name) {
      this.#problem(
        'checkpoint-origin',
        seq,
        `checkpoint ${seq} is of the ledger \`${head.origin}\`, not of \`${this.#key.name}\``,
      );
      return undefined;
    }
    if (checkSignature(note, this.#key, verifyBytes) === 'good') return head;
    this.#problem('checkpoint-signature', seq, `checkpoint ${seq} is not signed with the key of this ledger`);
    return undefined;
  }

  #malformed(seq: number): false {
    this.#problem('checkpoint-malformed', seq, `checkpoint ${seq} cannot be read`);
    return false;
  }

  #remember(size: number, root: RawHash): void {
    // Witnesses answer soon; an old head need not be kept.
    if (this.#signed.size >= 1024) this.#signed.delete(this.#signed.keys().next().value!);
    this.#signed.set(size, root);
  }

  /** A problem after which chain and tree are not known any more. */
  #lose(code: ProblemCode, seq: number, text: string): void {
    this.#problem(code, seq, text);
    this.tree = undefined;
  }

  #problem(code: ProblemCode, seq: number, text: string): void {
    this.#say({ seq, segment: this.segment, code, text });
  }
}

/** `data` of a checkpoint record whose hash is right; null when its body is no JSON all the same. */
export function checkpointOf(bytes: Uint8Array, from: number, to: number): Json {
  const [start, end] = bodyRange(from, to);
  try {
    const parsed = JSON.parse(decoder.decode(bytes.subarray(start, end))) as Json;
    return isObject(parsed) ? (parsed['data'] ?? null) : null;
  } catch {
    // Well hashed, yet no JSON: reported as a checkpoint that cannot be read.
    return null;
  }
}
