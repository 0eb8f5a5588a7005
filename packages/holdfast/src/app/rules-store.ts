// The rules in force: loaded from settings and policy files, watched, swapped whole – or left as they are when a file errs.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { EngineRules } from '../core/engine/index.ts';
import {
  DEFAULT_GROUPS,
  holdfastGroup,
  mergeSettings,
  parseSettings,
  type SettingsFile,
  type SettingsLayer,
} from '../core/settings/index.ts';
import { UserError } from './cli/errors.ts';
import type { Home } from './home.ts';
import { loadRules } from './load-rules.ts';

export type RulesPlace = { readonly home: Home; readonly etc: string; readonly key: string };
export type RulesChange = { readonly digest: string } | { readonly problems: readonly string[] };

const POLL_MS = 500;
/** A change that could not be recorded is tried again after so long. */
const AGAIN_MS = 5_000;

export class RulesStore {
  #current: EngineRules;
  #notices: readonly string[];
  #seen: string;
  readonly #place: RulesPlace;
  #timer: NodeJS.Timeout | undefined;
  #again = Infinity;

  private constructor(place: RulesPlace, loaded: Loaded, seen: string) {
    this.#place = place;
    this.#current = loaded.rules;
    this.#notices = loaded.notices;
    this.#seen = seen;
  }

  /** Loads for the first time. A file that errs is no reason to go without rules: the start is refused and says where it errs. */
  static async open(place: RulesPlace): Promise<RulesStore> {
    const seen = signature(place);
    const loaded = await load(place);
    if ('problems' in loaded)
      throw new UserError('rules-invalid', loaded.problems.join('; '), 'correct the file and start again');
    return new RulesStore(place, loaded, seen);
  }

  get current(): EngineRules {
    return this.#current;
  }

  /** What a file asked for and did not get, and why. */
  get notices(): readonly string[] {
    return this.#notices;
  }

  /**
   * Looks for changes; `changed` hears of every set before it comes into force and of every one that was refused, once. Where
   * it throws on the former the old set stays; on the latter it must not throw.
   */
  watch(changed: (change: RulesChange) => void): () => void {
    let busy = false;
    this.#timer = setInterval(() => {
      const now = signature(this.#place);
      if (busy || (now === this.#seen && performance.now() < this.#again)) return;
      busy = true;
      this.#seen = now;
      this.#again = Infinity;
      load(this.#place)
        .then((loaded) => {
          if ('problems' in loaded) return changed(loaded);
          if (loaded.rules.digest === this.#current.digest) return undefined;
          changed({ digest: loaded.rules.digest });
          this.#current = loaded.rules;
          this.#notices = loaded.notices;
          return undefined;
        })
        .catch((error: unknown) => {
          // What could not be recorded (a full disk) is not in force, and is tried again.
          this.#again = performance.now() + AGAIN_MS;
          changed({ problems: [error instanceof Error ? error.message : String(error)] });
        })
        .finally(() => (busy = false));
    }, POLL_MS);
    this.#timer.unref();
    return () => clearInterval(this.#timer);
  }

  close(): void {
    clearInterval(this.#timer);
  }
}

type Loaded = { readonly rules: EngineRules; readonly notices: readonly string[] };

async function load(place: RulesPlace): Promise<Loaded | { readonly problems: readonly string[] }> {
  const layers: SettingsLayer[] = [];
  const problems: string[] = [];
  for (const [scope, file] of files(place)) {
    const read = readSettings(file);
    if (read === undefined) continue;
    if ('problems' in read) problems.push(...read.problems);
    else layers.push({ scope, file, values: read.values });
  }
  if (problems.length > 0) return { problems };
  const own = holdfastGroup({ home: place.home.root });
  const merged = mergeSettings(layers, place.key, {
    ...DEFAULT_GROUPS,
    holdfast: [...(DEFAULT_GROUPS['holdfast'] ?? []), ...own],
  });
  try {
    const rules = await loadRules({
      settings: merged.settings,
      policies: [place.home.policies],
      cache: { file: join(place.home.root, 'policy-cache.json'), key: place.key },
    });
    return { rules, notices: merged.notices.map((notice) => `${notice.file}: ${notice.key} ${notice.why}`) };
  } catch (error) {
    if (error instanceof UserError) return { problems: [error.message] };
    throw error;
  }
}

function files(place: RulesPlace): readonly (readonly ['machine' | 'user', string])[] {
  return [
    ['machine', join(place.etc, 'holdfast', 'settings.json')],
    ['user', place.home.settings],
  ];
}

function readSettings(
  file: string,
): { readonly values: SettingsFile } | { readonly problems: readonly string[] } | undefined {
  let text: string;
  try {
    if (!statSync(file).isFile()) return { problems: [`${file}: is no regular file`] };
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    return { problems: [`${file}: cannot be read (${(error as NodeJS.ErrnoException).code ?? 'error'})`] };
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    const at = /position (\d+)/.exec(error instanceof Error ? error.message : '')?.[1];
    const line = at === undefined ? text.split('\n').length : text.slice(0, Number(at)).split('\n').length;
    return { problems: [`${file}:${line}: is no JSON`] };
  }
  const parsed = parseSettings(json);
  if ('values' in parsed) return parsed;
  return {
    problems: parsed.problems.map(
      (problem) => `${file}:${lineOf(text, problem.path)}: ${problem.path.join('.')} ${problem.text}`,
    ),
  };
}

/** Line of the last key of a path that stands in the text; good enough to point a human at the place. */
function lineOf(text: string, path: readonly (string | number)[]): number {
  let at = 0;
  for (const key of path) {
    if (typeof key !== 'string') continue;
    const found = text.indexOf(JSON.stringify(key), at);
    if (found >= 0) at = found;
  }
  return text.slice(0, at).split('\n').length;
}

/** What the files look like from outside: a change of any of it is a reason to load again. */
function signature(place: RulesPlace): string {
  const parts: string[] = [];
  const look = (file: string): void => {
    const status = statSync(file, { throwIfNoEntry: false });
    parts.push(`${file}:${status === undefined ? 'absent' : `${status.mtimeMs}:${status.size}:${status.ino}`}`);
  };
  for (const [, file] of files(place)) look(file);
  for (const entry of listFiles(place.home.policies)) look(entry);
  return parts.join('\n');
}

function listFiles(dir: string): readonly string[] {
  try {
    return readdirSync(dir, { recursive: true }).map((name) => join(dir, String(name)));
  } catch (error) {
    return [(error as NodeJS.ErrnoException).code ?? 'error'];
  }
}
