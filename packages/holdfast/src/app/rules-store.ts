// The rules in force above any project: settings and policies of machine and user, followed, swapped whole – or left as they are when a file errs.
import { readdirSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf, type Settings } from '../core/model/index.ts';
import type { EngineRules } from '../core/engine/index.ts';
import type { CompiledRule } from '../core/policy/index.ts';
import { DEFAULT_GROUPS, holdfastGroup } from '../core/settings/index.ts';
import {
  noticeLine,
  openSettings,
  problemLine,
  SettingsInvalid,
  type SettingsPlace,
  type SettingsStore,
} from '../edge/settings/index.ts';
import { UserError } from './cli/errors.ts';
import type { Home } from './home.ts';
import { errorLines, loadPolicies, rulesOf, shortened, type BaseRules } from './load-rules.ts';

export type RulesPlace = {
  readonly home: Home;
  readonly etc: string;
  readonly key: string;
  /** The installed hook client, to be protected like the rest of Holdfast. */
  readonly hook?: string;
};
/** A set that comes into force, or what is wrong with files now. */
export type RulesChange = { readonly digest: string } | { readonly problems: readonly string[] };

const POLL_MS = 500;
/** A change that could not be recorded is tried again after so long. */
const AGAIN_MS = 5_000;

type Policies = Extract<Awaited<ReturnType<typeof loadPolicies>>, { ok: true }>;

export class RulesStore {
  readonly #place: RulesPlace;
  readonly #settings: SettingsStore;
  readonly #shipped: Settings['groups'];
  /** The last policies without an error. */
  #policies: Policies;
  #policyProblems: readonly string[] = [];
  #seen: string;
  #base: BaseRules;
  /** Problems that were told and are still there. */
  #told: ReadonlySet<string> = new Set();
  #timer: NodeJS.Timeout | undefined;
  #again = Infinity;
  #busy: Promise<void> | undefined;
  #pending = false;

  private constructor(place: RulesPlace, settings: SettingsStore, policies: Policies, seen: string) {
    this.#place = place;
    this.#settings = settings;
    this.#shipped = groupsOf(place);
    this.#policies = policies;
    this.#seen = seen;
    this.#base = this.#whole(undefined);
  }

  /** Loads for the first time. A file that errs is no reason to go without rules: the start is refused and says where it errs. */
  static async open(place: RulesPlace): Promise<RulesStore> {
    const settings = openPlaces(place);
    const seen = signature(place);
    const loaded = await load(place);
    if (!loaded.ok)
      throw new UserError('rules-invalid', shortened(errorLines(loaded.problems)), 'correct it and start again');
    return new RulesStore(place, settings, loaded, seen);
  }

  get current(): EngineRules {
    return this.#base.rules;
  }

  /** What a project's own files are put on top of; another object whenever other rules are in force. */
  get base(): BaseRules {
    return this.#base;
  }

  /** What a file asked for and did not get, and why; file, line and column first. */
  get notices(): readonly string[] {
    return this.#settings.current.notices.map(noticeLine);
  }

  /** What is wrong with files now; what they said before is in force. */
  get problems(): readonly string[] {
    return [...this.#settings.current.problems.map(problemLine), ...this.#policyProblems];
  }

  /**
   * Looks for changes; `changed` hears of every set before it comes into force and of every error, once. Where it throws on the
   * former the old set stays; on the latter it must not throw.
   */
  watch(changed: (change: RulesChange) => void): () => void {
    const unwatch = this.#settings.watch(() => void this.#refresh(changed));
    this.#timer = setInterval(() => {
      if (signature(this.#place) !== this.#seen || performance.now() >= this.#again) void this.#refresh(changed);
    }, POLL_MS);
    this.#timer.unref();
    return () => {
      unwatch();
      clearInterval(this.#timer);
    };
  }

  close(): void {
    clearInterval(this.#timer);
    this.#settings.close();
  }

  /** One look at a time; whoever asks meanwhile gets one more after it. Never rejects. */
  #refresh(changed: (change: RulesChange) => void): Promise<void> {
    this.#pending = true;
    this.#busy ??= (async () => {
      while (this.#pending) {
        this.#pending = false;
        this.#again = Infinity;
        try {
          await this.#look(changed);
        } catch (error) {
          // What could not be recorded (a full disk) is not in force, and is tried again.
          this.#again = performance.now() + AGAIN_MS;
          changed({ problems: [error instanceof Error ? error.message : String(error)] });
        }
      }
      this.#busy = undefined;
    })();
    return this.#busy;
  }

  async #look(changed: (change: RulesChange) => void): Promise<void> {
    const now = signature(this.#place);
    if (now !== this.#seen) {
      this.#seen = now;
      const loaded = await load(this.#place);
      this.#policyProblems = loaded.ok ? [] : errorLines(loaded.problems);
      if (loaded.ok) this.#policies = loaded;
    }
    const base = this.#whole(this.#base.rules);
    if (base.rules.digest !== this.#base.rules.digest) {
      changed({ digest: base.rules.digest });
      this.#base = base;
    }
    const { problems } = this;
    const fresh = problems.filter((problem) => !this.#told.has(problem));
    this.#told = new Set(problems);
    if (fresh.length > 0) changed({ problems: fresh });
  }

  /** Settings and policies as they are now, each the last without an error. */
  #whole(like: EngineRules | undefined): BaseRules {
    const { settings, layers } = this.#settings.current;
    const compiled: readonly CompiledRule[] = this.#policies.rules;
    return { rules: rulesOf(settings, this.#policies.policy, like), compiled, layers, shipped: this.#shipped };
  }
}

function openPlaces({ etc, home, key, ...place }: RulesPlace): SettingsStore {
  const places: readonly SettingsPlace[] = [
    { scope: 'machine', file: join(etc, 'holdfast', 'settings.json') },
    { scope: 'user', file: home.settings },
  ];
  try {
    return openSettings({ places, key, shipped: groupsOf({ etc, home, key, ...place }), pollMs: POLL_MS });
  } catch (error) {
    if (!(error instanceof SettingsInvalid)) throw error;
    const problems = shortened(error.problems.map(problemLine));
    throw new UserError('settings-invalid', problems, 'correct it and start again');
  }
}

/** The shipped groups, and this watcher's own files under every name they have. */
function groupsOf({ home, etc, hook }: RulesPlace): Settings['groups'] {
  const own = [home.root, realOf(home.root)].map((root) => ({
    home: root,
    socket: home.socket,
    files: [join(etc, 'holdfast', 'settings.json')],
    policies: [join(etc, 'holdfast', 'policies')],
    ...(hook === undefined ? {} : { hook }),
  }));
  const entries = [...new Set([...(DEFAULT_GROUPS['holdfast'] ?? []), ...own.flatMap(holdfastGroup)])];
  return { ...DEFAULT_GROUPS, holdfast: entries };
}

function realOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    // Not made yet: then it has no other name either.
    return path;
  }
}

function policyDirs({
  home,
  etc,
}: RulesPlace): readonly { readonly dir: string; readonly scope: 'machine' | 'user' }[] {
  return [
    { dir: join(etc, 'holdfast', 'policies'), scope: 'machine' },
    { dir: home.policies, scope: 'user' },
  ];
}

function load(place: RulesPlace): ReturnType<typeof loadPolicies> {
  return loadPolicies(policyDirs(place), { file: join(place.home.root, 'policy-cache.json'), key: place.key });
}

/** What the policy files look like from outside: a change of any of it is a reason to read them. */
function signature(place: RulesPlace): string {
  return policyDirs(place)
    .flatMap(({ dir }) => listFiles(dir))
    .map((file) => `${file}:${looks(file)}`)
    .join('\n');
}

function looks(file: string): string {
  try {
    const { mtimeMs, ctimeMs, size, ino } = statSync(file);
    return `${mtimeMs}:${ctimeMs}:${size}:${ino}`;
  } catch (error) {
    // Gone, or a link that leads nowhere: a state of its own, and reading says what it means.
    return codeOf(error) ?? 'error';
  }
}

function listFiles(dir: string): readonly string[] {
  try {
    return readdirSync(dir, { recursive: true }).map((name) => join(dir, String(name)));
  } catch (error) {
    return [codeOf(error) ?? 'error'];
  }
}
