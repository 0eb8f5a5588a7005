// Writing lines to segment files: whole or not at all, rotation, and the reserve for a full disk.
import {
  closeSync,
  fdatasyncSync,
  fsyncSync,
  ftruncateSync,
  fstatSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { codeOf } from '../../core/model/index.ts';
import { reasonOf, LedgerError } from './errors.ts';
import { paths, segmentName } from './layout.ts';

export class SegmentWriter {
  readonly #dir: string;
  readonly #reserveBytes: number;
  #fd = -1;
  #path = '';
  #offset = 0;
  /** End of the preallocated room when the segment is a former reserve; zeros stand from the offset to there. */
  #room = 0;
  /** Bytes after the offset that a failed write left and that could not be taken back yet. */
  #spoiled = 0;

  constructor(dir: string, reserveBytes: number) {
    this.#dir = dir;
    this.#reserveBytes = reserveBytes;
  }

  get fd(): number {
    return this.#fd;
  }

  get offset(): number {
    return this.#offset;
  }

  /** Whether lines go into preallocated room, which a full disk cannot refuse. */
  get inPlace(): boolean {
    return this.#room > 0;
  }

  /** Goes on in an existing segment. */
  resume(path: string, offset: number): void {
    this.#fd = openSync(path, 'r+');
    this.#path = path;
    this.#offset = offset;
  }

  /**
   * Begins a segment whose first line is `line`; answers the descriptor of the one before, to be synced and closed by the caller.
   * The file takes its name only with that line in it, so that every segment begins with its checkpoint. With `useReserve`
   * the file is the preallocated reserve. On failure nothing has changed, and the error of the system is thrown.
   */
  rotate(first: number, line: Uint8Array, useReserve = false): number {
    const { segments, reserve } = paths(this.#dir);
    const path = join(segments, segmentName(first));
    const fresh = useReserve ? reserve : `${path}.tmp`;
    const fd = openSync(fresh, useReserve ? 'r+' : 'wx+', 0o600);
    try {
      writeAll(fd, line, 0);
      renameSync(fresh, path);
    } catch (error) {
      closeSync(fd);
      if (!useReserve) rmSync(fresh, { force: true });
      throw error;
    }
    const before = this.#fd;
    this.#room = useReserve ? fstatSync(fd).size : 0;
    [this.#fd, this.#path, this.#offset, this.#spoiled] = [fd, path, line.length, 0];
    return before;
  }

  /** Appends one line. On failure what was written of it is taken back, and the error of the system is thrown. */
  write(line: Uint8Array): void {
    if (this.#spoiled > 0) this.#takeBack();
    try {
      writeAll(this.#fd, line, this.#offset);
    } catch (error) {
      this.#spoiled = line.length;
      this.#takeBack();
      throw error;
    }
    this.#offset += line.length;
  }

  /** Removes a half line, so that the next one begins where it began. */
  #takeBack(): void {
    try {
      if (this.#offset + this.#spoiled <= this.#room) writeAll(this.#fd, new Uint8Array(this.#spoiled), this.#offset);
      else {
        ftruncateSync(this.#fd, this.#offset);
        this.#room = 0;
      }
      this.#spoiled = 0;
    } catch (error) {
      throw new LedgerError('ledger-io', `${this.#path} cannot be written (${reasonOf(error)})`, error);
    }
  }

  /** Gives unused preallocated room back; the segment goes on as an ordinary one. */
  leaveReserve(): void {
    if (this.#room === 0) return;
    ftruncateSync(this.#fd, this.#offset);
    this.#room = 0;
  }

  /** Lays the reserve in, written out so that its blocks are really there. Throws the error of the system, leaving nothing behind. */
  fillReserve(): void {
    const { reserve } = paths(this.#dir);
    if (this.#reserveBytes === 0 || this.hasReserve()) return;
    const fresh = `${reserve}.tmp`;
    const fd = openSync(fresh, 'w', 0o600);
    try {
      writeAll(fd, new Uint8Array(this.#reserveBytes), 0);
      fdatasyncSync(fd);
      renameSync(fresh, reserve);
    } catch (error) {
      rmSync(fresh, { force: true });
      throw error;
    } finally {
      closeSync(fd);
    }
  }

  /** Whether a reserve stands by whose blocks are allocated: a sparse file of the right length would be none. */
  hasReserve(): boolean {
    try {
      const fd = openSync(paths(this.#dir).reserve, 'r');
      try {
        const { size, blocks } = fstatSync(fd);
        return size === this.#reserveBytes && blocks * 512 >= size;
      } finally {
        closeSync(fd);
      }
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return false;
      throw error;
    }
  }

  close(): void {
    if (this.#fd < 0) return;
    this.leaveReserve();
    fsyncSync(this.#fd);
    closeSync(this.#fd);
    this.#fd = -1;
  }
}

/** All of `bytes` at `position`, however many writes it takes. */
function writeAll(fd: number, bytes: Uint8Array, position: number): void {
  for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done, bytes.length - done, position + done);
}
