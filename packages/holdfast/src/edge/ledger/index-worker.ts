// The worker that keeps the index: reads segments behind the writer in bounded steps, answers queries, rebuilds what is damaged.
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn, setTimeout as pause } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { rawToHex } from '../../core/record/index.ts';
import { reasonOf } from './errors.ts';
import { INDEX_FILE, IndexDatabase } from './index-database.ts';
import { indexRow, type IndexQuery, type IndexRow } from './index-query.ts';
import { paths } from './layout.ts';
import { readStored } from './read.ts';

/** To the worker. `size`: how far the ledger goes; a queue of one number, whatever the writer does. */
export type ToIndex =
  | { readonly type: 'size'; readonly size: number }
  | { readonly type: 'query'; readonly id: number; readonly query: IndexQuery; readonly size: number }
  | { readonly type: 'close' };
export type FromIndex =
  | { readonly type: 'answer'; readonly id: number; readonly rows: readonly IndexRow[]; readonly behind: number }
  | { readonly type: 'refused'; readonly id: number; readonly why: string }
  | { readonly type: 'say'; readonly text: string }
  /** Nothing waits; `size`: the ledger's as it was known last. */
  | { readonly type: 'idle'; readonly size: number };
/** `check`: look through the whole file before it is used. */
export type IndexData = { readonly dir: string; readonly check: boolean };

/** Longest rest between two transactions. */
const PAUSE_MAX_MS = 100;

/** Rows per transaction; between two of them queries are answered. */
const STEP = 500;

class Keeper {
  readonly #dir: string;
  readonly #path: string;
  readonly #send: (message: FromIndex) => void;
  readonly #check: boolean;
  #database: IndexDatabase | undefined;
  #size = 0;
  #working: Promise<void> | undefined;
  #waiting: Extract<ToIndex, { type: 'query' }>[] = [];
  /** Why reading stopped; tried again when the ledger has grown. */
  #stuck: string | undefined;
  #closed = false;

  constructor({ dir, check }: IndexData, send: (message: FromIndex) => void) {
    this.#dir = dir;
    this.#path = join(paths(dir).index, INDEX_FILE);
    this.#send = send;
    this.#check = check;
  }

  /** Takes a message; answers true when the worker should end. */
  async take(message: ToIndex): Promise<boolean> {
    if (message.type === 'close') {
      this.#closed = true;
      await this.#working;
      this.#database?.close();
      return true;
    }
    this.#size = Math.max(this.#size, message.size);
    if (message.type === 'query') this.#waiting.push(message);
    this.#start();
    return false;
  }

  #start(): void {
    this.#working ??= this.#work().finally(() => {
      this.#working = undefined;
      if (this.#closed) return;
      // Asked while the last answers were on their way.
      if (this.#waiting.length > 0) this.#start();
      else this.#send({ type: 'idle', size: this.#size });
    });
  }

  /** Catches up; queries are answered after it, or in between when there is much to read. */
  async #work(): Promise<void> {
    try {
      await this.#follow();
      this.#stuck = undefined;
    } catch (error) {
      const why = reasonOf(error);
      // Said once, not at every look.
      if (why !== this.#stuck)
        this.#send({
          type: 'say',
          text: `the index cannot be brought up to date (${why}); the ledger itself is not touched`,
        });
      this.#stuck = why;
    }
    this.#answer();
  }

  async #follow(): Promise<void> {
    // Somebody took the file away: what is still open has no name that a command could find.
    if (this.#database !== undefined && !existsSync(this.#path)) this.#forget();
    this.#database ??= this.#open();
    try {
      await this.#catchUp(this.#database);
    } catch (error) {
      if (!isOf(error, UNFIT)) throw error;
      await this.#rebuild(`SQLite says: ${error.message}`);
    }
  }

  async #catchUp(database: IndexDatabase): Promise<void> {
    let rows: IndexRow[] = [];
    for (let place = database.place(); place.next < this.#size && !this.#closed; place = database.place()) {
      // The last indexed record is read again: another one there is another ledger, and everything is built anew.
      const from = Math.max(place.next - 1, 0);
      let last = '';
      let seen = false;
      let since = performance.now();
      for await (const { body, hash } of readStored(this.#dir, from, this.#size - 1)) {
        const hex = rawToHex(hash);
        seen = true;
        if (body.seq < place.next) {
          if (hex !== place.hash) return this.#rebuild('its last record is not that of the ledger');
          continue;
        }
        rows.push(indexRow(body));
        last = hex;
        if (rows.length < STEP) continue;
        database.add(rows, body.seq + 1, last);
        rows = [];
        this.#answer();
        // Half of the time belongs to others, unless somebody waits: a long ledger is no reason to load the machine.
        const spent = performance.now() - since;
        await (this.#waiting.length > 0 ? turn() : pause(Math.min(spent, PAUSE_MAX_MS)));
        since = performance.now();
        if (this.#closed) return undefined;
      }
      const end = rows.at(-1);
      if (end !== undefined) database.add(rows, end.seq + 1, last);
      rows = [];
      // No progress: the ledger is shorter than was said, or shorter than the index.
      if (database.place().next === place.next)
        return place.next > 0 && !seen ? this.#rebuild('the ledger has fewer records') : undefined;
    }
    return undefined;
  }

  #answer(): void {
    for (const { id, query } of this.#waiting.splice(0)) {
      try {
        if (this.#database === undefined) throw new Error(this.#stuck ?? 'it is not open');
        this.#send({
          type: 'answer',
          id,
          rows: this.#database.query(query),
          behind: Math.max(this.#size - this.#database.place().next, 0),
        });
      } catch (error) {
        this.#send({ type: 'refused', id, why: reasonOf(error) });
        // Built anew at the next look.
        if (isOf(error, DAMAGED)) this.#remove();
      }
    }
  }

  #open(): IndexDatabase {
    const folder = paths(this.#dir).index;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    try {
      return new IndexDatabase(this.#path, this.#check);
    } catch (error) {
      this.#send({
        type: 'say',
        text: `the index was damaged and is built anew (${error instanceof Error ? error.message : reasonOf(error)})`,
      });
      this.#remove();
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      return new IndexDatabase(this.#path, true);
    }
  }

  async #rebuild(why: string): Promise<void> {
    this.#send({ type: 'say', text: `the index does not fit the ledger and is built anew (${why})` });
    this.#remove();
    this.#database = this.#open();
    await this.#catchUp(this.#database);
  }

  #remove(): void {
    this.#forget();
    rmSync(paths(this.#dir).index, { recursive: true, force: true });
  }

  #forget(): void {
    this.#database?.close();
    this.#database = undefined;
  }
}

/** SQLite's primary result codes: a file that is no database, or one that contradicts itself. */
const DAMAGED: readonly number[] = [11, 26];
/** The same, or tables that are not ours: a statement that fits no table, a row that is there already. */
const UNFIT: readonly number[] = [...DAMAGED, 1, 19];

function isOf(error: unknown, codes: readonly number[]): error is Error {
  return error instanceof Error && 'errcode' in error && codes.includes(Number(error.errcode) & 0xff);
}

/** What the index does is never as urgent as a decision. Linux gives each thread a priority of its own; elsewhere this would be the process's. */
function stepBack(): void {
  if (process.platform !== 'linux') return;
  try {
    setPriority(constants.priority.PRIORITY_LOW);
  } catch {
    // Not permitted where priorities are managed from outside: the index then works beside the gate as it always could.
  }
}

const port = parentPort;
if (port !== null) {
  stepBack();
  const keeper = new Keeper(workerData as IndexData, (message) => port.postMessage(message));
  // A rejection ends the worker and reaches the client as its error; nothing here is on the gate path.
  port.on('message', async (message: ToIndex) => {
    if (await keeper.take(message)) port.close();
  });
}
