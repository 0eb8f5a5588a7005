// Snapshots of state beside the ledger: a signed cache that shortens a start; `audit verify --state` checks what it stands for.
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isObject, sha256, text as textOf, type Json, type RawHash } from '../../core/model/index.ts';
import { frameHash, frameSeq, isFrame, rawToHex } from '../../core/record/index.ts';
import { reasonOf } from './errors.ts';
import { verifyBytes, type Signer } from './key.ts';
import { covering, listSegments, paths, SegmentBuffer } from './layout.ts';

/** State after the records before `seq`: reading goes on at `seq`. */
export type Snapshot = { readonly seq: number; readonly dump: Json };

const KEEP = 2;
const NAME = /^\d{16}\.json$/;

export class SnapshotStore {
  readonly #dir: string;
  readonly #signer: Signer;
  readonly #say: (text: string) => void;
  #writing: Promise<void> = Promise.resolve();

  constructor(dir: string, signer: Signer, say: (text: string) => void) {
    this.#dir = dir;
    this.#signer = signer;
    this.#say = say;
  }

  /**
   * Keeps the state after `seq` records, of which `last` is the chain hash of the last. The text is made at once, so that
   * the caller may go on changing the state; the file is written in the background, the newest replaces older ones.
   */
  save(seq: number, last: RawHash, dump: Json): void {
    const text = JSON.stringify(dump);
    const record = rawToHex(last);
    const digest = sha256(text);
    const signature = Buffer.from(this.#signer.sign(message(seq, record, digest))).toString('base64');
    const head = JSON.stringify({ seq, record, digest, signature });
    this.#writing = this.#writing
      .then(() => this.#write(`${String(seq).padStart(16, '0')}.json`, `${head}\n${text}\n`))
      // A snapshot is a cache: without it the next start reads more records, nothing is lost.
      .catch((error: unknown) =>
        this.#say(
          `the state after record ${seq - 1} could not be kept (${reasonOf(error)}); the next start takes longer`,
        ),
      );
  }

  /** The newest snapshot that is whole, signed by this ledger, and of the records that the ledger has now. */
  load(): Snapshot | undefined {
    for (const name of this.#names().reverse()) {
      const found = this.#read(name);
      if (typeof found !== 'string') return found;
      this.#say(`snapshot ${name} is not used: ${found}`);
    }
    return undefined;
  }

  async close(): Promise<void> {
    await this.#writing;
  }

  #names(): string[] {
    return readdirSync(paths(this.#dir).snapshots)
      .filter((name) => NAME.test(name))
      .sort();
  }

  async #write(name: string, content: string): Promise<void> {
    const folder = paths(this.#dir).snapshots;
    const fresh = join(folder, `${name}.tmp`);
    try {
      const file = await open(fresh, 'w', 0o600);
      try {
        await file.writeFile(content);
        await file.datasync();
      } finally {
        await file.close();
      }
      await rename(fresh, join(folder, name));
    } catch (error) {
      await rm(fresh, { force: true });
      throw error;
    }
    for (const old of this.#names().slice(0, -KEEP)) rmSync(join(folder, old), { force: true });
  }

  /** The snapshot, or why it is none. */
  #read(name: string): Snapshot | string {
    try {
      const content = readFileSync(join(paths(this.#dir).snapshots, name), 'utf8');
      const cut = content.indexOf('\n');
      const head = JSON.parse(content.slice(0, cut)) as Json;
      const text = content.slice(cut + 1, -1);
      const [record, digest, signature] = [textOf(head, 'record'), textOf(head, 'digest'), textOf(head, 'signature')];
      const seq = isObject(head) ? head['seq'] : undefined;
      if (typeof seq !== 'number' || record === undefined || digest === undefined || signature === undefined)
        return 'its head is no head';
      if (sha256(text) !== digest) return 'its content does not have the digest it names';
      if (!verifyBytes(this.#signer.key.publicKey, message(seq, record, digest), Buffer.from(signature, 'base64')))
        return 'it is not signed with the key of this ledger';
      if (hashOfRecord(this.#dir, seq - 1) !== record) return `record ${seq - 1} is not the one it was made after`;
      return { seq, dump: JSON.parse(text) as Json };
    } catch (error) {
      return `it cannot be read (${reasonOf(error)})`;
    }
  }
}

function message(seq: number, record: string, digest: string): Uint8Array {
  return Buffer.from(`holdfast snapshot v1\n${seq}\n${record}\n${digest}\n`);
}

function hashOfRecord(dir: string, seq: number): string | undefined {
  const [segment] = covering(listSegments(dir), seq, seq);
  if (segment === undefined) return undefined;
  const bytes = new SegmentBuffer().read(segment);
  for (let from = 0; from < bytes.length;) {
    const to = bytes.indexOf(0x0a, from) + 1;
    if (to === 0 || !isFrame(bytes, from, to)) return undefined;
    if (frameSeq(bytes, from) === seq) {
      const hash = frameHash(bytes, from);
      return hash === undefined ? undefined : rawToHex(hash);
    }
    from = to;
  }
  return undefined;
}
