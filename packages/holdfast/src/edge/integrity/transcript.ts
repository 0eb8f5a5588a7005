// Watches an agent's transcripts: tells the gate of every tool call and result, so that one no seam decided is noticed, and of every folder.
import { watch, type FSWatcher } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { SeenCall } from '../../ports/index.ts';
import { Tail } from './tail.ts';
import { readLine } from './transcript-line.ts';

/** Called in order of the lines of one file. None of them may throw. */
export type TranscriptSink = {
  readonly call: (call: SeenCall) => void;
  /** A folder that an agent works in, the first time it is seen. */
  readonly folder: (folder: string, session: string) => void;
  /** Something that could not be followed: one lower-case sentence, each once per file. */
  readonly trouble: (text: string) => void;
};

export type TranscriptOptions = {
  /** Absolute folders of transcripts; they need not exist yet. */
  readonly roots: readonly string[];
  /** Entries the agent dated before this are history, also in a file that is new: a resumed session copies its past. Milliseconds. */
  readonly since: number;
  /** Time between two looks, milliseconds; 0: only `look()` looks. */
  readonly everyMs?: number;
  /** The wall clock; milliseconds. */
  readonly now?: () => number;
};

const EVERY_MS = 250;
/** Folders and files looked at in every turn beside those the system told of; so all of them come round. */
const FOLDERS_PER_TURN = 32;
const FILES_PER_TURN = 128;
/** Looked at side by side. */
const AT_ONCE = 64;
/** Folders that get a notification of the system each: those of projects first, then the newest. */
const WATCHED = 1_024;
/** A file that grew within this many turns is looked at in every turn. */
const HOT_TURNS = 240;
/** Transcripts lie at `<project>/<session>/subagents/…`; deeper is not followed. */
const DEPTH = 6;
/** Folders of sessions that rested longer are entered only when their session goes on. */
const RESTED_MS = 86_400_000;
/** Calls whose name is remembered until their result comes. */
const NAMES = 65_536;
/** An entry that is older than the start by less than this is not history. */
const SLACK_MS = 2_000;
/** Two changes within one tick of the file system's clock have one time: a fresh time proves nothing. */
const FRESH_MS = 2_000;

type Folder = { readonly path: string; readonly depth: number; mtime: number; watcher: FSWatcher | undefined };
/** `tail` is made when the file grows for the first time. */
type Followed = { tail: Tail | undefined; size: number; ino: number; hot: number; readonly troubled: Set<string> };

export class TranscriptWatch {
  readonly #options: TranscriptOptions;
  readonly #sink: TranscriptSink;
  readonly #folders = new Map<string, Folder>();
  readonly #files = new Map<string, Followed>();
  readonly #names = new Map<string, string>();
  readonly #seenFolders = new Set<string>();
  readonly #dirty = new Set<string>();
  #nextFolder = 0;
  #nextFile = 0;
  #watched = 0;
  #busy = false;
  #first = true;
  #timer: NodeJS.Timeout | undefined;
  #turn: Promise<void> = Promise.resolve();
  #closed = false;
  /** `since`, or the earliest time the clock has shown after it: a clock that goes back must not turn what comes into history. */
  #since: number;

  constructor(options: TranscriptOptions, sink: TranscriptSink) {
    this.#options = options;
    this.#since = options.since;
    this.#sink = sink;
  }

  /** Takes what is there as known (read from its end on) and begins to watch. */
  async start(): Promise<void> {
    for (const root of this.#options.roots) await this.#enter(root, 0, false);
    this.#first = false;
    const order = [...this.#folders.values()].sort(
      (a, b) => Number(a.depth > 1) - Number(b.depth > 1) || b.mtime - a.mtime,
    );
    for (const folder of order.slice(0, WATCHED)) this.#listen(folder);
    const every = this.#options.everyMs ?? EVERY_MS;
    if (every > 0 && !this.#closed) this.#timer = setInterval(() => void this.#step(false), every).unref();
  }

  /** Looks at everything now and waits until all of it was told. */
  look(): Promise<void> {
    return this.#step(true);
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    for (const folder of this.#folders.values()) this.#deaf(folder);
    await this.#turn;
  }

  /** One turn after the other. */
  #step(all: boolean): Promise<void> {
    if (!all && this.#busy) return this.#turn;
    this.#busy = true;
    this.#since = Math.min(this.#since, (this.#options.now ?? Date.now)());
    this.#turn = this.#turn
      .then(() => (this.#closed ? undefined : all ? this.#all() : this.#some()))
      .finally(() => (this.#busy = false));
    return this.#turn;
  }

  async #all(): Promise<void> {
    for (const root of this.#options.roots) await this.#enter(root, 0, true);
    for (const path of this.#files.keys()) await this.#check(path);
  }

  /** What the system told of, the roots, files that grew lately, and some of all the others in turn. */
  async #some(): Promise<void> {
    const dirty = [...this.#dirty];
    this.#dirty.clear();
    for (const path of dirty) {
      const folder = this.#folders.get(path);
      if (folder !== undefined) await this.#enter(path, folder.depth, false);
      else if (this.#files.has(path)) await this.#check(path);
    }
    for (const root of this.#options.roots) await this.#enter(root, 0, false);
    const folders = [...this.#folders.values()];
    for (let i = 0; i < Math.min(FOLDERS_PER_TURN, folders.length); i++) {
      const folder = folders[this.#nextFolder++ % folders.length];
      if (folder !== undefined) await this.#enter(folder.path, folder.depth, false);
    }
    const files = [...this.#files.keys()];
    const turn = new Set<string>();
    for (let i = 0; i < Math.min(FILES_PER_TURN, files.length); i++)
      turn.add(files[this.#nextFile++ % files.length] ?? '');
    for (const [path, file] of this.#files) {
      if (file.hot <= 0) continue;
      file.hot--;
      turn.add(path);
    }
    await inBatches([...turn], (path) => this.#check(path));
  }

  /** Looks into a folder when its time of change says so, or when `deep`; then also into all below it. */
  async #enter(path: string, depth: number, deep: boolean): Promise<void> {
    if (depth > DEPTH) return;
    const info = await stat(path).catch(() => undefined);
    if (info?.isDirectory() !== true) return this.#forget(path);
    let folder = this.#folders.get(path);
    if (folder === undefined) {
      folder = { path, depth, mtime: -1, watcher: undefined };
      this.#folders.set(path, folder);
      if (!this.#first) this.#listen(folder);
    }
    if (!deep && folder.mtime === info.mtimeMs && Date.now() - info.mtimeMs > FRESH_MS) return;
    folder.mtime = info.mtimeMs;
    // A folder that cannot be listed any more is gone or was closed to us; the next turn forgets or finds it.
    const names = await readdir(path, { withFileTypes: true }).catch(() => []);
    const fresh = names
      .filter((name) => !name.isDirectory() && name.name.endsWith('.jsonl'))
      .map((name) => join(path, name.name));
    await inBatches(fresh, (at) => this.#follow(at));
    const below = names
      .filter((name) => name.isDirectory() || name.isSymbolicLink())
      .map((name) => join(path, name.name));
    await inBatches(below, async (at) => {
      if (deep || depth === 0 || (!this.#folders.has(at) && (await lives(at)))) await this.#enter(at, depth + 1, deep);
    });
  }

  /** Asks the system to tell of changes; where it cannot, looking in turns still finds what happens there. */
  #listen(folder: Folder): void {
    if (folder.watcher !== undefined || this.#options.everyMs === 0 || this.#closed) return;
    if (this.#watched >= WATCHED) {
      const oldest = [...this.#folders.values()]
        .filter((one) => one.watcher !== undefined)
        .sort((a, b) => a.mtime - b.mtime)[0];
      if (oldest !== undefined) this.#deaf(oldest);
    }
    const { path } = folder;
    try {
      const watcher = watch(path, { persistent: false }, (_, name) => {
        this.#dirty.add(path);
        if (name !== null) this.#dirty.add(join(path, name));
      });
      watcher.on('error', () => this.#deaf(folder));
      folder.watcher = watcher;
      this.#watched++;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error)) throw error;
    }
  }

  #deaf(folder: Folder): void {
    if (folder.watcher === undefined) return;
    folder.watcher.close();
    folder.watcher = undefined;
    this.#watched--;
  }

  #forget(path: string): void {
    const folder = this.#folders.get(path);
    if (folder !== undefined) this.#deaf(folder);
    this.#folders.delete(path);
  }

  /** Takes up a file; one from before the start, or unchanged since, is only told of what comes. */
  async #follow(path: string): Promise<void> {
    if (this.#files.has(path)) return;
    const info = await stat(path).catch(() => undefined);
    if (info?.isFile() !== true || this.#files.has(path)) return;
    const old = this.#first || info.mtimeMs < this.#since - SLACK_MS;
    const state = old
      ? { tail: undefined, size: info.size, hot: 0 }
      : { tail: new Tail(path), size: -1, hot: HOT_TURNS };
    this.#files.set(path, { ...state, ino: info.ino, troubled: new Set() });
    if (!old) await this.#check(path);
  }

  /** Reads a file if it is another size, or another file, than when it was last looked at. */
  async #check(path: string): Promise<void> {
    const file = this.#files.get(path);
    const info = await stat(path).catch(() => undefined);
    if (file === undefined || info?.isFile() !== true) return void this.#files.delete(path);
    if (info.size === file.size && info.ino === file.ino) return;
    try {
      const same = info.ino === file.ino && info.size > file.size;
      file.tail ??= same ? await Tail.after(path, file.size) : new Tail(path);
      file.ino = info.ino;
      file.hot = HOT_TURNS;
      if (await this.#read(path, file, file.tail)) file.size = info.size;
      // The session goes on, so its sub-agents may write below.
      await this.#enter(path.slice(0, -'.jsonl'.length), 2, true);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
      this.#trouble(path, file, `cannot be read (${code}); calls in it are not compared with decisions`);
    }
  }

  async #read(path: string, file: Followed, tail: Tail): Promise<boolean> {
    for (;;) {
      const turn = await tail.turn();
      if (turn === undefined) return false;
      if (turn.restarted) this.#trouble(path, file, 'was cut or replaced and is read again from its start');
      if (turn.passed > 0) this.#trouble(path, file, 'has a line too long to be read');
      for (const line of turn.lines) this.#line(path, file, line);
      if (!turn.more || this.#closed) return true;
    }
  }

  #line(path: string, file: Followed, text: string): void {
    if (text === '') return;
    const line = readLine(text);
    if (line === 'malformed') return this.#trouble(path, file, 'has a line that is no JSON; it was passed over');
    if (line === undefined || (line.time !== undefined && line.time < this.#since - SLACK_MS)) return;
    const { session, cwd } = line;
    if (cwd?.startsWith('/') === true && !this.#seenFolders.has(cwd)) {
      this.#seenFolders.add(cwd);
      this.#sink.folder(cwd, session);
    }
    for (const { callId, tool } of line.calls) {
      this.#name(callId, tool);
      this.#sink.call({ session, callId, tool, cwd, hasResult: false, ran: 'unknown', isError: false });
    }
    for (const { callId, isError, ran, text: resultText } of line.results) {
      const tool = this.#names.get(callId) ?? '';
      this.#names.delete(callId);
      this.#sink.call({
        session,
        callId,
        tool,
        cwd,
        hasResult: true,
        ran,
        isError,
        ...(resultText === undefined ? {} : { resultText }),
      });
    }
  }

  #name(callId: string, tool: string): void {
    this.#names.set(callId, tool);
    if (this.#names.size <= NAMES) return;
    const oldest = this.#names.keys().next();
    if (!oldest.done) this.#names.delete(oldest.value);
  }

  #trouble(path: string, file: Followed, what: string): void {
    if (file.troubled.has(what)) return;
    file.troubled.add(what);
    this.#sink.trouble(`the transcript ${path} ${what}`);
  }
}

/** Whether a folder was changed lately. */
async function lives(path: string): Promise<boolean> {
  const info = await stat(path).catch(() => undefined);
  return info?.isDirectory() === true && Date.now() - info.mtimeMs < RESTED_MS;
}

async function inBatches<T>(all: readonly T[], one: (item: T) => Promise<void>): Promise<void> {
  for (let i = 0; i < all.length; i += AT_ONCE) await Promise.all(all.slice(i, i + AT_ONCE).map(one));
}
