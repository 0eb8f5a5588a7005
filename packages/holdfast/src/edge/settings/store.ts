// Settings in force: files of all scopes merged, watched and swapped whole. A file that errs leaves what was in force before.
import { statSync, watch, type FSWatcher } from 'node:fs';
import { basename, dirname } from 'node:path';
import { CodedError, type Hash, type Settings } from '../../core/model/index.ts';
import { mergeSettings, settingsDigest, type SettingsLayer } from '../../core/settings/index.ts';
import { problemLine, readSettingsFile, type FileProblem, type SettingsScopeName, type Where } from './read-file.ts';
import { placed, type PlacedNotice } from './notice.ts';

export type SettingsPlace = { readonly scope: SettingsScopeName; readonly file: string };

export type SettingsOptions = {
  /** Every file that may say something, whether it exists or not. */
  readonly places: readonly SettingsPlace[];
  /** Key of fingerprints (Settings.key). */
  readonly key: string;
  /** Groups to start from; the shipped ones when left out. */
  readonly shipped?: Settings['groups'];
  /** Milliseconds between looks at the files, at least 500. Watching is a hint that comes sooner; the looks are what is relied on. */
  readonly pollMs?: number;
};

export type SettingsState = {
  readonly settings: Settings;
  readonly digest: Hash;
  /** The files that count, for a weaker scope to be merged on top of them. */
  readonly layers: readonly SettingsLayer[];
  /** What a file asked for and did not get. */
  readonly notices: readonly PlacedNotice[];
  /** Files that err now. Theirs are the values of before, or nothing if they never had any. */
  readonly problems: readonly FileProblem[];
};

/** `digest` says whether the settings changed; problems and notices may change alone. */
export type SettingsChange = SettingsState & { readonly changed: boolean };

/** Thrown by `openSettings`: there is nothing from before that could stay in force. */
export class SettingsInvalid extends CodedError<'settings-invalid'> {
  override readonly name = 'SettingsInvalid';
  readonly problems: readonly FileProblem[];

  constructor(problems: readonly FileProblem[]) {
    const what = `the settings have errors: ${problems.map(problemLine).join('; ')}`;
    super('settings-invalid', what, 'correct them');
    this.problems = problems;
  }
}

const LEAST_POLL_MS = 500;
/** Editors write in several steps; one look after them is enough. */
const SETTLE_MS = 40;

/** Loads all files. Throws SettingsInvalid when one errs: starting with less protection than was asked for is no answer. */
export function openSettings(options: SettingsOptions): SettingsStore {
  const store = new SettingsStore(options);
  if (store.current.problems.length > 0) throw new SettingsInvalid(store.current.problems);
  return store;
}

export class SettingsStore {
  readonly #options: SettingsOptions;
  /** Layer of each file when it was last without error, and where its values stood then. */
  readonly #good = new Map<string, { readonly layer: SettingsLayer; readonly where: Where }>();
  readonly #listeners = new Set<(change: SettingsChange) => void>();
  readonly #watchers: FSWatcher[] = [];
  #state: SettingsState;
  #seen: string;
  #poll: NodeJS.Timeout | undefined;
  #settle: NodeJS.Timeout | undefined;

  constructor(options: SettingsOptions) {
    this.#options = options;
    this.#seen = this.#signature();
    this.#state = this.#load();
  }

  get current(): SettingsState {
    return this.#state;
  }

  /** Tells `listener` about every change until the returned function is called. The first listener starts the watching. */
  watch(listener: (change: SettingsChange) => void): () => void {
    this.#listeners.add(listener);
    if (this.#poll === undefined) this.#start();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.close();
    };
  }

  /** Reads all files now. Tells listeners when anything is different, and answers what is in force. */
  reload(): SettingsState {
    this.#seen = this.#signature();
    const before = this.#state;
    const now = this.#load();
    const changed = now.digest !== before.digest;
    this.#state = changed ? now : { ...now, settings: before.settings };
    if (changed || said(now) !== said(before)) {
      for (const listener of this.#listeners) listener({ ...this.#state, changed });
    }
    return this.#state;
  }

  /** Stops watching. What is in force stays readable. */
  close(): void {
    clearInterval(this.#poll);
    clearTimeout(this.#settle);
    this.#poll = undefined;
    for (const watcher of this.#watchers.splice(0)) watcher.close();
  }

  #load(): SettingsState {
    const problems: FileProblem[] = [];
    const layers: SettingsLayer[] = [];
    for (const { scope, file } of this.#options.places) {
      const read = readSettingsFile(scope, file);
      if (read === undefined) this.#good.delete(file);
      else if ('values' in read)
        this.#good.set(file, { layer: { scope, file, values: read.values }, where: read.where });
      else problems.push(...read.problems);
      const good = this.#good.get(file);
      if (good !== undefined) layers.push(good.layer);
    }
    const { settings, notices } = mergeSettings(layers, this.#options.key, this.#options.shipped);
    const told = notices.map((notice) => placed(notice, this.#good.get(notice.file)?.where));
    return { settings, digest: settingsDigest(settings), layers, notices: told, problems };
  }

  #start(): void {
    const look = (): void => {
      if (this.#signature() !== this.#seen) this.reload();
    };
    this.#poll = setInterval(look, Math.max(LEAST_POLL_MS, this.#options.pollMs ?? 1_000)).unref();
    // A directory is watched, not the file: editors replace files, and one may not exist yet.
    const names = new Map<string, Set<string>>();
    for (const { file } of this.#options.places)
      names.set(dirname(file), (names.get(dirname(file)) ?? new Set()).add(basename(file)));
    for (const [directory, files] of names) {
      const watcher = watchDirectory(directory, (name) => {
        if (name !== null && !files.has(name)) return;
        clearTimeout(this.#settle);
        this.#settle = setTimeout(look, SETTLE_MS).unref();
      });
      if (watcher !== undefined) this.#watchers.push(watcher);
    }
  }

  /** What the files look like from outside; a change of any of it is a reason to read them. */
  #signature(): string {
    return this.#options.places
      .map(({ file }) => {
        try {
          const status = statSync(file);
          return `${status.ino}:${status.size}:${status.mtimeMs}:${status.ctimeMs}`;
        } catch (error) {
          // Absent, or not to be looked at: either is a state of its own, and reading the file says what it means.
          return (error as NodeJS.ErrnoException).code ?? 'error';
        }
      })
      .join('\n');
  }
}

function said(state: SettingsState): string {
  return JSON.stringify([state.problems, state.notices]);
}

/** Watches a directory as far as the system can; where it cannot, the regular looks are all there is, and they are enough. */
function watchDirectory(directory: string, touched: (name: string | null) => void): FSWatcher | undefined {
  try {
    const watcher = watch(directory, { persistent: false }, (_event, name) => touched(name));
    watcher.on('error', () => watcher.close());
    return watcher;
  } catch {
    // Not there, or out of watches: the poll covers it within its interval.
    return undefined;
  }
}
