// Stable storage in the background: one fdatasync for all records written meanwhile, waiters told when theirs is safe.
import { closeSync, fdatasync, fdatasyncSync, fsync } from 'node:fs';
import { LedgerError, reasonOf } from './errors.ts';

type Waiter = { readonly size: number; readonly done: () => void; readonly failed: (error: Error) => void };

/** Unsynced bytes after which a write waits for the disk: the bound of what a loss of power can take in relaxed mode. */
const UNSYNCED_MAX = 32 * 1024 * 1024;

export class GroupCommit {
  readonly #delayMs: number;
  readonly #onFailure: (error: LedgerError) => void;
  /** Current segment; retired ones and blobs are synced once more and closed. */
  #current = -1;
  #retired: number[] = [];
  #folders: number[];
  #foldersDirty = false;
  #written = 0;
  #synced = 0;
  #bytes = 0;
  #running: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #waiters: Waiter[] = [];
  #failure: LedgerError | undefined;

  /** `folders`: descriptors of directories in which files appear. Closed by `close`. */
  constructor(size: number, folders: readonly number[], delayMs: number, onFailure: (error: LedgerError) => void) {
    [this.#written, this.#synced] = [size, size];
    this.#folders = [...folders];
    this.#delayMs = delayMs;
    this.#onFailure = onFailure;
  }

  /** Number of records on stable storage. */
  get synced(): number {
    return this.#synced;
  }

  segment(fd: number, before: number): void {
    this.#current = fd;
    if (before >= 0) this.#retired.push(before);
    this.#foldersDirty = true;
  }

  /** A file beside the records that must be as durable as they are; it is closed here. */
  beside(fd: number, bytes: number): void {
    this.#retired.push(fd);
    this.#foldersDirty = true;
    this.#bytes += bytes;
    if (this.#retired.length >= 64) this.#now();
    this.#soon();
  }

  wrote(size: number, bytes: number): void {
    this.#written = size;
    this.#bytes += bytes;
    // The disk is slower than the writers: they have to wait, or memory of the kernel and the loss on a power cut grow without bound.
    if (this.#bytes > UNSYNCED_MAX) this.#now();
    this.#soon();
  }

  wait(size: number): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (size <= this.#synced) return Promise.resolve();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#waiters.push({ size, done: resolve, failed: reject });
    this.#run();
    return promise;
  }

  /** Everything written so far on stable storage; then no descriptor of this class is open any more. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    while (this.#failure === undefined && (this.#synced < this.#written || this.#retired.length > 0)) await this.#run();
    await this.#running;
    clearTimeout(this.#timer);
    for (const fd of [...this.#folders, ...this.#retired]) closeSync(fd);
    [this.#folders, this.#retired] = [[], []];
  }

  #soon(): void {
    this.#timer ??= setTimeout(() => this.#run(), this.#delayMs).unref();
  }

  #run(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#running ??= this.#round().finally(() => {
      this.#running = undefined;
      // Waiters that came during the round need one more; others have time.
      if (this.#waiters.length > 0 && this.#failure === undefined) this.#run();
      else if (this.#synced < this.#written) this.#soon();
    });
    return this.#running;
  }

  async #round(): Promise<void> {
    const [size, retired, folders] = [this.#written, this.#retired, this.#foldersDirty];
    [this.#retired, this.#bytes, this.#foldersDirty] = [[], 0, false];
    const current = this.#current;
    try {
      for (const fd of retired) await synced(fd, fdatasync);
      if (current >= 0) await synced(current, fdatasync);
      if (folders) for (const fd of this.#folders) await synced(fd, fsync);
      this.#done(size);
    } catch (error) {
      this.#fail(error);
    } finally {
      // A segment retired during the round may be `current`; it stands in the new list and is closed by the next round.
      for (const fd of retired) closeSync(fd);
    }
  }

  /** As a round, but at once. A running round goes on beside it: syncing twice does no harm. */
  #now(): void {
    const retired = this.#retired;
    [this.#retired, this.#bytes] = [[], 0];
    try {
      for (const fd of retired) fdatasyncSync(fd);
      if (this.#current >= 0) fdatasyncSync(this.#current);
    } catch (error) {
      this.#fail(error);
    } finally {
      // A running round may be syncing `current` of its start, which is then among these: it closes after it.
      if (this.#running === undefined) for (const fd of retired) closeSync(fd);
      else void this.#running.then(() => retired.forEach((fd) => closeSync(fd)));
    }
  }

  #done(size: number): void {
    this.#synced = Math.max(this.#synced, size);
    const waiting = this.#waiters;
    this.#waiters = waiting.filter((waiter) => waiter.size > this.#synced);
    for (const waiter of waiting) if (waiter.size <= this.#synced) waiter.done();
  }

  /** After a failed sync nobody knows what is on the disk: no further record is taken (retrying would report success for lost pages). */
  #fail(error: unknown): void {
    this.#failure ??= new LedgerError(
      'ledger-io',
      `records could not be brought to the disk (${reasonOf(error)})`,
      error,
    );
    for (const waiter of this.#waiters.splice(0)) waiter.failed(this.#failure);
    this.#onFailure(this.#failure);
  }
}

function synced(fd: number, call: typeof fdatasync): Promise<void> {
  return new Promise((resolve, reject) => call(fd, (error) => (error === null ? resolve() : reject(error))));
}
