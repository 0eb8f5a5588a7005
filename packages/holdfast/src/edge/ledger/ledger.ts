// The ledger as the gate sees it: append in one synchronous write, chained and signed; what a full disk and a failing disk do.
import { openSync } from 'node:fs';
import type { Body, BodyTexts, FindingCode, Hash, Json, RawHash } from '../../core/model/index.ts';
import {
  bodyText,
  checkpointJson,
  checkSignature,
  formatKey,
  type Frontier,
  headText,
  LINE_MAX,
  parseHead,
  parseNote,
  rawToHex,
  writeFrame,
} from '../../core/record/index.ts';
import type { Blobs, Ledger } from '../../ports/index.ts';
import { fileBlobs } from './blobs.ts';
import { isNoRoom, LedgerError, LedgerFull, reasonOf } from './errors.ts';
import { GroupCommit } from './group-commit.ts';
import { LedgerIndex } from './index-client.ts';
import { signedNote, verifyBytes, type Signer } from './key.ts';
import { paths, UNSIGNED_MAX } from './layout.ts';
import { readRecords } from './read.ts';
import type { Recovered } from './recover.ts';
import { DEFAULTS, type LedgerOptions } from './options.ts';
import { SegmentWriter } from './segment-writer.ts';
import { SnapshotStore, type Snapshot } from './snapshot.ts';

/** Rules digest of records that are written before any rules are known. */
const NO_RULES: Hash = '0'.repeat(64);

export class FileLedger implements Ledger {
  readonly blobs: Blobs;
  readonly index: LedgerIndex;
  readonly #dir: string;
  readonly #signer: Signer;
  readonly #options: Required<LedgerOptions>;
  readonly #unlock: () => void;
  readonly #tree: Frontier;
  readonly #writer: SegmentWriter;
  readonly #commit: GroupCommit;
  readonly #snapshots: SnapshotStore;
  readonly #line = new Uint8Array(LINE_MAX);
  #prev: RawHash;
  #rules: Hash;
  #segment: number | undefined;
  /** Records since the last checkpoint, and the note of that checkpoint. */
  #unsigned: number;
  #note = '';
  #timer: NodeJS.Timeout | undefined;
  /** Set while the disk is full; `grant`: the next append may use the reserve. */
  #full: { grant: boolean; refused: number; triedAt: number } | undefined;
  #failure: LedgerError | undefined;
  #closing: Promise<void> | undefined;

  /** Use openLedger (open.ts), which takes the lock and recovers first. */
  constructor(dir: string, signer: Signer, found: Recovered, options: LedgerOptions, unlock: () => void) {
    this.#dir = dir;
    this.#signer = signer;
    this.#unlock = unlock;
    this.#options = { ...DEFAULTS, ...options };
    [this.#tree, this.#prev, this.#unsigned] = [found.tree, found.prev, found.unsigned];
    [this.#rules, this.#segment] = [found.rules ?? NO_RULES, found.segment?.first];
    this.#writer = new SegmentWriter(dir, this.#options.reserveBytes);
    const folders = [paths(dir).segments, paths(dir).blobs].map((path) => openSync(path, 'r'));
    this.#commit = new GroupCommit(
      found.tree.size,
      folders,
      this.#options.syncMs,
      (error) => (this.#failure ??= error),
    );
    this.#snapshots = new SnapshotStore(dir, signer, this.#options.say);
    this.index = new LedgerIndex(dir, () => this.#tree.size, this.#options);
    this.blobs = fileBlobs(dir, {
      wrote: (fd, bytes) => this.#commit.beside(fd, bytes),
      full: (error) => this.#refuse(error),
    });
    this.#begin(found);
  }

  #begin(found: Recovered): void {
    if (found.segment === undefined) this.#rotate();
    else this.#writer.resume(found.segment.path, found.offset);
    this.#commit.segment(this.#writer.fd, -1);
    try {
      this.#writer.fillReserve();
    } catch (error) {
      if (!isNoRoom(error)) throw error;
      this.#full = { grant: false, refused: 0, triedAt: performance.now() };
      this.#options.say(
        `there is no room for the reserve of the ledger in ${this.#dir}: on a full disk denials could not be recorded`,
      );
    }
    for (const torn of found.torn) {
      const text = `the ledger ended in ${torn.bytes} bytes that are no record (a crash or a loss of power); they are kept in ${torn.kept}`;
      this.#options.say(text);
      this.#tell({ code: 'ledger/torn-tail', text, bytes: torn.bytes, digest: torn.digest, kept: torn.kept });
    }
    if (this.#unsigned > 0) this.#signSoon();
  }

  append(body: Omit<Body, 'seq'>, texts?: BodyTexts): number {
    if (body.type === 'checkpoint')
      throw new LedgerError('record-refused', 'checkpoint records are written by the ledger itself');
    this.#usable();
    const full = this.#full;
    if (full === undefined) return this.#put(body, 0, texts);
    const granted = full.grant;
    full.grant = false;
    if (granted && (this.#writer.inPlace || this.#openReserve())) return this.#put(body);
    if (!this.#roomAgain(full)) throw this.#refuse(undefined);
    this.#full = undefined;
    const seq = this.#put(body, full.refused);
    if (full.refused > 0) {
      this.#tell({
        code: 'ledger/room-again',
        text: `the disk was full; ${full.refused} records were refused before record ${seq}`,
        refused: full.refused,
      });
    }
    return seq;
  }

  flushed(seq: number): Promise<void> {
    return this.#commit.wait(seq + 1);
  }

  read(from: number, to?: number): AsyncIterable<Body> {
    // As far as the ledger goes when the reading is asked for, so that reading beside a writer ends.
    return readRecords(this.#dir, from, Math.min(to ?? Infinity, this.#tree.size - 1));
  }

  head(): { readonly size: number; readonly root: Hash } {
    const tree = this.#tree.copy();
    // The root costs log(n) hashes and most callers want the size.
    return {
      size: tree.size,
      get root() {
        return rawToHex(tree.root());
      },
    };
  }

  /** Keeps the state after `seq` records, all of the caller's included, in the background. */
  saveSnapshot(seq: number, dump: Json): void {
    if (seq !== this.#tree.size)
      throw new RangeError(`a snapshot is of the state after all ${this.#tree.size} records, not after ${seq}`);
    this.#snapshots.save(seq, this.#prev, dump);
  }

  loadSnapshot(): Snapshot | undefined {
    return this.#snapshots.load();
  }

  /** Signs all records so far, when the last checkpoint does not, and answers the newest checkpoint: an anchor to keep elsewhere. */
  checkpoint(): string {
    this.#usable();
    if (this.#unsigned > 0 || this.#note === '') this.#sign();
    return this.#note;
  }

  /** Takes a checkpoint of this ledger that came back with witness signatures. Throws `record-refused` for any other note. */
  cosign(note: string): number {
    const parsed = parseNote(note);
    const head = parsed === undefined ? undefined : parseHead(parsed.text);
    if (parsed === undefined || head === undefined || parsed.signatures.length < 2 || note.length > 8192)
      throw new LedgerError('record-refused', 'this is no checkpoint with witness signatures of at most 8 KB');
    if (head.size > this.#tree.size || checkSignature(parsed, this.#signer.key, verifyBytes) !== 'good') {
      throw new LedgerError('record-refused', 'this checkpoint was not signed by this ledger');
    }
    return this.#own({ cosigned: note }, 'checkpoint');
  }

  /** Last checkpoint, then everything on the disk, then the lock released. Safe to call twice. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    clearTimeout(this.#timer);
    try {
      if (this.#failure === undefined && this.#unsigned > 0) this.#trySign();
    } finally {
      await this.index.close();
      await this.#snapshots.close();
      await this.#commit.close();
      try {
        this.#writer.close();
      } finally {
        this.#unlock();
      }
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  #usable(): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#closing !== undefined) throw new LedgerError('ledger-closed', `the ledger in ${this.#dir} is closed`);
  }

  /** Writes one record; a full disk becomes LedgerFull. */
  #put(body: Omit<Body, 'seq'>, refused = 0, texts?: BodyTexts): number {
    try {
      if (this.#writer.offset + LINE_MAX > this.#options.segmentBytes && !this.#writer.inPlace) this.#rotate();
      const seq = this.#write(body, texts);
      // Usually signed in the background; a storm that never lets timers run is signed in between.
      if (this.#unsigned >= Math.min(2 * this.#options.checkpointRecords, UNSIGNED_MAX - 1)) this.#trySign();
      else this.#signSoon();
      return seq;
    } catch (error) {
      if (isNoRoom(error)) throw this.#refuse(error, refused);
      if (error instanceof LedgerError && error.code === 'ledger-io') this.#failure = error;
      throw error;
    }
  }

  #write(body: Omit<Body, 'seq'>, texts?: BodyTexts): number {
    const seq = this.#tree.size;
    const framed = writeFrame(bodyText({ ...body, seq }, texts), this.#prev, this.#line);
    if (framed === undefined)
      throw new LedgerError('record-too-large', 'a record holds at most 16 KB; larger data belongs into a blob');
    this.#writer.write(this.#line.subarray(0, framed.length));
    this.#tree.add(framed.leaf);
    this.#prev = framed.hash;
    this.#rules = body.rules;
    this.#unsigned += 1;
    this.#commit.wrote(this.#tree.size, framed.length);
    return seq;
  }

  /** A record of the ledger about itself. */
  #own(data: Json, type: 'finding' | 'checkpoint' = 'finding'): number {
    return this.#put({
      time: this.#options.clock.now(),
      type,
      rules: this.#rules,
      data,
      events: [],
      blobs: [],
      commits: [],
    });
  }

  /** As #own, for what need not be recorded for the caller's record to stand. */
  #tell(data: { readonly code: FindingCode; readonly [key: string]: Json }): void {
    try {
      this.#own(data);
    } catch (error) {
      this.#options.say(`the ledger could not record what happened to it (${reasonOf(error)})`);
    }
  }

  #checkpointData(leading: boolean): { readonly note: string; readonly data: Json } {
    const { key } = this.#signer;
    const note = signedNote(
      headText({ origin: key.name, size: this.#tree.size, root: this.#tree.root() }),
      this.#signer,
    );
    const more = {
      ...(this.#tree.size === 0 ? { key: formatKey(key) } : {}),
      ...(leading && this.#segment !== undefined ? { before: this.#segment } : {}),
    };
    return { note, data: checkpointJson(note, this.#tree, more) };
  }

  #sign(): void {
    const { note, data } = this.#checkpointData(false);
    this.#write({
      time: this.#options.clock.now(),
      type: 'checkpoint',
      rules: this.#rules,
      data,
      events: [],
      blobs: [],
      commits: [],
    });
    this.#signed(note);
  }

  #signed(note: string): void {
    this.#unsigned = 0;
    this.#note = note;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** A checkpoint that nobody asked for: on a full disk it is left for later, and the ledger stays as it is. */
  #trySign(): void {
    if (this.#full !== undefined && !this.#writer.inPlace) return;
    try {
      this.#sign();
    } catch (error) {
      if (isNoRoom(error)) this.#refuse(error);
      else if (error instanceof LedgerError) this.#failure ??= error;
      this.#options.say(`a checkpoint could not be written (${reasonOf(error)})`);
    }
  }

  #signSoon(): void {
    const { checkpointRecords, checkpointMs } = this.#options;
    if (this.#timer !== undefined && this.#unsigned !== checkpointRecords) return;
    clearTimeout(this.#timer);
    const delay = this.#unsigned >= checkpointRecords ? 0 : checkpointMs;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.#unsigned > 0 && this.#failure === undefined) this.#trySign();
    }, delay).unref();
  }

  /** Begins a segment; its first record is a checkpoint over everything before. */
  #rotate(useReserve = false): void {
    const { note, data } = this.#checkpointData(true);
    const first = this.#tree.size;
    const framed = writeFrame(
      bodyText({
        seq: first,
        time: this.#options.clock.now(),
        type: 'checkpoint',
        rules: this.#rules,
        data,
        events: [],
        blobs: [],
        commits: [],
      }),
      this.#prev,
      this.#line,
    );
    if (framed === undefined) throw new LedgerError('record-too-large', 'the checkpoint does not fit a record');
    const before = this.#writer.rotate(first, this.#line.subarray(0, framed.length), useReserve);
    this.#commit.segment(this.#writer.fd, before);
    this.#tree.add(framed.leaf);
    [this.#prev, this.#segment] = [framed.hash, first];
    this.#signed(note);
    this.#commit.wrote(this.#tree.size, framed.length);
  }

  /** Notes that there was no room; the next append may use the reserve, so that the denial and its reason are recorded. */
  #refuse(cause: unknown, refused = 0): LedgerFull {
    this.#full ??= { grant: true, refused, triedAt: performance.now() };
    this.#full.grant = true;
    this.#full.refused += 1;
    return new LedgerFull(this.#dir, cause);
  }

  /** Goes on in the reserve; false when there is none any more. */
  #openReserve(): boolean {
    if (!this.#writer.hasReserve()) return false;
    try {
      this.#rotate(true);
      return true;
    } catch (error) {
      // A file system that copies on write has no room to overwrite either.
      if (isNoRoom(error)) return false;
      throw error;
    }
  }

  /** Whether the disk is worth another try. A spent reserve has to be laid in anew before work goes on. */
  #roomAgain(full: { triedAt: number }): boolean {
    if (this.#writer.hasReserve()) return true;
    const now = performance.now();
    if (now - full.triedAt < this.#options.retryMs) return false;
    full.triedAt = now;
    try {
      this.#writer.fillReserve();
      this.#writer.leaveReserve();
      return true;
    } catch (error) {
      if (isNoRoom(error)) return false;
      throw error;
    }
  }
}
