// Follows one growing file of lines: remembers how far it was read, survives truncation and replacement, reads in bounded pieces.
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';

/** Bytes read at once, and in one turn before other files get theirs. */
const PIECE = 256 * 1024;
const TURN = 8 * 1024 * 1024;
/** A longer line is passed over, and said so. */
const LINE = 32 * 1024 * 1024;

export type TailTurn = {
  readonly lines: readonly string[];
  /** There is more to read at once. */
  readonly more: boolean;
  /** The file became shorter or is another one: read again from its start. */
  readonly restarted: boolean;
  /** Lines that were too long to be read. */
  readonly passed: number;
};

export class Tail {
  readonly path: string;
  #offset: number;
  #ino: number | undefined;
  #rest: Buffer[] = [];
  #restBytes = 0;
  #passing = false;

  /** Reading begins at `offset`, which is the start of a line. */
  constructor(path: string, offset = 0) {
    this.path = path;
    this.#offset = offset;
  }

  /** A tail of what comes after the first `size` bytes; a line that was being written then is read whole. */
  static async after(path: string, size: number): Promise<Tail> {
    const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const from = Math.max(0, size - PIECE);
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(size - from), 0, size - from, from);
      const end = buffer.subarray(0, bytesRead).lastIndexOf(0x0a);
      const tail = new Tail(path, end < 0 ? from : from + end + 1);
      // A line longer than that is old in its greater part.
      tail.#passing = end < 0 && from > 0;
      return tail;
    } finally {
      await handle.close();
    }
  }

  /** Reads what is new. Undefined when the file is gone. Throws what the file system throws otherwise. */
  async turn(): Promise<TailTurn | undefined> {
    let handle: FileHandle;
    try {
      handle = await open(this.path, constants.O_RDONLY | constants.O_NONBLOCK);
    } catch (error) {
      if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
        return undefined;
      throw error;
    }
    try {
      return await this.#read(handle);
    } finally {
      await handle.close();
    }
  }

  async #read(handle: FileHandle): Promise<TailTurn> {
    const info = await handle.stat();
    const lines: string[] = [];
    let passed = 0;
    if (!info.isFile()) return { lines, more: false, restarted: false, passed };
    const restarted = info.size < this.#offset || (this.#ino !== undefined && this.#ino !== info.ino);
    if (restarted) this.#restart();
    this.#ino = info.ino;
    const piece = Buffer.allocUnsafe(PIECE);
    for (let read = 0; read < TURN;) {
      const { bytesRead } = await handle.read(piece, 0, PIECE, this.#offset);
      if (bytesRead === 0) return { lines, more: false, restarted, passed };
      this.#offset += bytesRead;
      read += bytesRead;
      passed += this.#split(piece.subarray(0, bytesRead), lines);
    }
    return { lines, more: true, restarted, passed };
  }

  #restart(): void {
    this.#offset = 0;
    this.#rest = [];
    this.#restBytes = 0;
    this.#passing = false;
  }

  /** Takes whole lines out of a piece; answers how many were too long. */
  #split(piece: Buffer, lines: string[]): number {
    let passed = 0;
    let from = 0;
    for (;;) {
      const end = piece.indexOf(0x0a, from);
      if (end < 0) break;
      if (!this.#passing) lines.push(Buffer.concat([...this.#rest, piece.subarray(from, end)]).toString('utf8'));
      this.#passing = false;
      this.#rest = [];
      this.#restBytes = 0;
      from = end + 1;
    }
    if (this.#passing || from >= piece.length) return passed;
    // The piece's memory is used again for the next one.
    this.#rest.push(Buffer.from(piece.subarray(from)));
    this.#restBytes += piece.length - from;
    if (this.#restBytes > LINE) {
      this.#passing = true;
      this.#rest = [];
      this.#restBytes = 0;
      passed++;
    }
    return passed;
  }
}
