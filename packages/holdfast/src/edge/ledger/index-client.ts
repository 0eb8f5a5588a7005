// The index as the watcher sees it: a worker that is there only while it is needed and never holds up a record.
import { Worker } from 'node:worker_threads';
import { LedgerError, reasonOf } from './errors.ts';
import type { IndexAnswer, IndexQuery } from './index-query.ts';
import type { FromIndex, IndexData, ToIndex } from './index-worker.ts';
import type { LedgerOptions } from './options.ts';

type Asked = { readonly done: (answer: IndexAnswer) => void; readonly failed: (error: Error) => void };

/** Questions that may wait at once; more are refused. */
const WAITING_MAX = 256;
/** How often a kept index looks how far the ledger goes: a number, so that nothing can pile up however much is written. */
const KEEP_MS = 1_000;
/** Rest after a worker that was lost, doubled each time up to the second one. */
const REST_MS = 2_000;
const REST_MAX_MS = 5 * 60_000;
/** The worker needs about half; a defect in it must not take the memory of the gate. */
const HEAP_MB = 96;
const YOUNG_MB = 8;

export class LedgerIndex {
  readonly #dir: string;
  readonly #size: () => number;
  readonly #say: (text: string) => void;
  readonly #asked = new Map<number, Asked>();
  #worker: Worker | undefined;
  #ids = 0;
  #closed = false;
  #timer: NodeJS.Timeout | undefined;
  #told = 0;
  #rest = REST_MS;
  #restUntil = 0;
  #said = '';
  /** The file is checked whole once per process; that takes a while where it is large. */
  #checked = false;
  readonly #every: number;
  readonly #restMs: number;
  #kept = -Infinity;
  readonly #retired = new Set<Promise<void>>();

  /** What is younger than a kept index knows is read from the last segments; see LedgerOptions for when it is brought up to date. */
  constructor(
    dir: string,
    size: () => number,
    options: Pick<Required<LedgerOptions>, 'say' | 'indexRecords' | 'indexRestMs'>,
  ) {
    this.#dir = dir;
    this.#size = size;
    this.#say = options.say;
    this.#every = options.indexRecords;
    this.#restMs = options.indexRestMs;
  }

  /** Reads behind the ledger from now on, so that commands find an index beside it. The first look is a while after the call. */
  keep(): void {
    this.#timer ??= setInterval(() => {
      const now = performance.now();
      if (this.#size() - this.#told < this.#every || now - this.#kept < this.#restMs) return;
      this.#kept = now;
      this.catchUp();
    }, KEEP_MS).unref();
  }

  /** Starts reading up to the present end. Does nothing while the ledger stands still, or after a lost worker for a while. */
  catchUp(): void {
    const size = this.#size();
    if (this.#closed || size === this.#told || performance.now() < this.#restUntil) return;
    this.#send({ type: 'size', size });
    this.#told = size;
  }

  /** Rejects with `ledger-index` when the index cannot answer; the ledger is not concerned. */
  query(query: IndexQuery): Promise<IndexAnswer> {
    if (this.#closed) return Promise.reject(new LedgerError('ledger-index', 'the ledger is closed'));
    if (this.#asked.size >= WAITING_MAX)
      return Promise.reject(
        new LedgerError('ledger-index', `${WAITING_MAX} questions are waiting for the index already`),
      );
    const { promise, resolve, reject } = Promise.withResolvers<IndexAnswer>();
    const id = (this.#ids += 1);
    this.#asked.set(id, { done: resolve, failed: reject });
    // A question keeps the process alive until it is answered; an idle index does not.
    this.#send({ type: 'query', id, query, size: this.#size() });
    this.#worker?.ref();
    return promise;
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    if (this.#worker !== undefined) this.#retire(this.#worker);
    await Promise.all(this.#retired);
  }

  /** Ends a worker in order; a new one may start meanwhile. */
  #retire(worker: Worker): void {
    if (this.#asked.size === 0 && this.#worker === worker) this.#worker = undefined;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#retired.add(promise);
    worker.once('exit', () => {
      this.#retired.delete(promise);
      resolve();
    });
    worker.ref();
    worker.postMessage({ type: 'close' } satisfies ToIndex);
  }

  #send(message: ToIndex): void {
    this.#worker ??= this.#start();
    this.#worker.postMessage(message);
  }

  #start(): Worker {
    // The worker stands beside this file, in the sources as in what is built from them.
    const file = import.meta.url.endsWith('.ts') ? './index-worker.ts' : './index-worker.js';
    const worker = new Worker(new URL(file, import.meta.url), {
      workerData: { dir: this.#dir, check: !this.#checked } satisfies IndexData,
      name: 'ledger-index',
      // Flags of the process are about its own entry; some of them no worker can start with.
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB, maxYoungGenerationSizeMb: YOUNG_MB },
    });
    this.#checked = true;
    worker.unref();
    worker.on('message', (message: FromIndex) => this.#take(worker, message));
    worker.on('error', (error) => this.#lost(worker, reasonOf(error)));
    worker.on('exit', () => this.#lost(worker, 'it ended'));
    return worker;
  }

  #take(worker: Worker, message: FromIndex): void {
    if (message.type === 'say') {
      // Said once, not by every worker anew.
      if (message.text !== this.#said) this.#say(message.text);
      this.#said = message.text;
      return;
    }
    if (message.type === 'idle') {
      const kept = this.#timer !== undefined && this.#worker === worker && this.#asked.size === 0;
      if (kept && this.#size() - message.size < this.#every) this.#retire(worker);
      return;
    }
    const asked = this.#asked.get(message.id);
    this.#asked.delete(message.id);
    if (this.#asked.size === 0) this.#worker?.unref();
    this.#rest = REST_MS;
    if (message.type === 'answer') asked?.done({ rows: message.rows, behind: message.behind });
    else asked?.failed(new LedgerError('ledger-index', `the index cannot answer (${message.why})`));
  }

  #lost(worker: Worker, why: string): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    this.#told = 0;
    this.#restUntil = performance.now() + this.#rest;
    this.#rest = Math.min(this.#rest * 2, REST_MAX_MS);
    if (!this.#closed) this.#say(`the worker of the index stopped (${why}); another starts when it is needed`);
    for (const { failed } of this.#asked.values())
      failed(new LedgerError('ledger-index', `the index stopped before it could answer (${why})`));
    this.#asked.clear();
  }
}
