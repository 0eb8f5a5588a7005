// Rules of a workspace: the rules above it, tightened by its own `.holdfast`; the last good ones stay when its files err.
import type { FactSource } from '../ports/index.ts';
import type { EngineRules } from '../core/engine/index.ts';
import { mergeSettings, type SettingsLayer } from '../core/settings/index.ts';
import { noticeLine, placed, problemLine, readSettingsText, type Where } from '../edge/settings/index.ts';
import { errorLines, extendRules, rulesOf, type BaseRules } from './load-rules.ts';
import { readProject, type ProjectFile, type ProjectFiles } from './project-files.ts';

/** What a workspace's own files make of the rules above it. */
export type ProjectStanding = {
  readonly rules: EngineRules;
  /** What is wrong with its files, file and line first; what they said before, or the rules above alone, is in force. */
  readonly problems: readonly string[];
  /** What it asked for and may not have. */
  readonly notices: readonly string[];
};

type Good = { readonly layer: SettingsLayer; readonly where: Where };
/** A part of a project that was without an error when it was last read; undefined: it never was, or says nothing. */
type LastGood = { readonly settings: Good | undefined; readonly policies: readonly ProjectFile[] };

export const NO_PROJECT: LastGood = { settings: undefined, policies: [] };

/**
 * Puts a project's files on top of the rules above it. A part that errs is taken as it was in `before`; the answer's `good` is
 * what a next time may fall back to. Only tightens: settings by their directions, policies by lint.
 */
export async function tighten(
  base: BaseRules,
  files: ProjectFiles,
  before: LastGood = NO_PROJECT,
): Promise<ProjectStanding & { readonly good: LastGood }> {
  // Most workspaces say nothing.
  if (files.seen === '') return { rules: base.rules, problems: [], notices: [], good: NO_PROJECT };
  const problems: string[] = [];
  const settings = settingsOf(files, before, problems);
  const merged = mergeSettings(
    settings === undefined ? base.layers : [...base.layers, settings.layer],
    base.rules.settings.key,
    base.shipped,
  );
  const notices = merged.notices
    .filter((notice) => notice.scope === 'project')
    .map((notice) => noticeLine(placed(notice, settings?.where)));
  const { policy, policies } = await policiesOf(base, files, before, problems);
  const rules = rulesOf(merged.settings, policy, base.rules);
  return { rules, problems, notices, good: { settings, policies } };
}

function settingsOf({ settings }: ProjectFiles, before: LastGood, problems: string[]): Good | undefined {
  if ('problems' in settings) {
    problems.push(...settings.problems);
    return before.settings;
  }
  if (settings.found === undefined) return undefined;
  const { file, text } = settings.found;
  const read = readSettingsText(file, text);
  if ('values' in read) return { layer: { scope: 'project', file, values: read.values }, where: read.where };
  problems.push(...read.problems.map(problemLine));
  return before.settings;
}

async function policiesOf(
  base: BaseRules,
  { policies }: ProjectFiles,
  before: LastGood,
  problems: string[],
): Promise<{ readonly policy: EngineRules['policy']; readonly policies: readonly ProjectFile[] }> {
  const load = async (files: readonly ProjectFile[]): Promise<EngineRules['policy'] | undefined> => {
    if (files.length === 0) return base.rules.policy;
    const loaded = await extendRules(
      base,
      files.map((file) => ({ ...file, scope: 'project' })),
    );
    if (loaded.ok) return loaded.policy;
    problems.push(...errorLines(loaded.problems));
    return undefined;
  };
  if ('problems' in policies) problems.push(...policies.problems);
  const policy = 'found' in policies ? await load(policies.found) : undefined;
  if (policy !== undefined && 'found' in policies) return { policy, policies: policies.found };
  // Also the last good ones may err by now: when they no longer go with the rules above.
  const last = await load(before.policies);
  return last === undefined ? { policy: base.rules.policy, policies: [] } : { policy: last, policies: before.policies };
}

export type ProjectChange = ProjectStanding & {
  readonly workspace: string;
  /** The rules of this workspace are others than before. */
  readonly changed: boolean;
};

export type ProjectOptions = {
  readonly facts: FactSource;
  readonly base: () => BaseRules;
  /** Holdfast's own directory, which is no project's even where a workspace holds it. */
  readonly own: string;
  /**
   * Hears of a workspace's rules before they come into force, and of its errors and ignored wishes, each once. Where it throws
   * the rules before stay, and it is asked again at a later look.
   */
  readonly changed: (change: ProjectChange) => void;
  /** Workspaces held at once; the one that was longest not asked for goes first. */
  readonly most?: number;
  /** Milliseconds of a clock that only goes forward; for tests. */
  readonly now?: () => number;
};

const MOST = 32;
const POLL_MS = 500;
/** A workspace that was not asked for so long is no longer looked at by the clock, but when it is asked for. */
const IDLE_MS = 10 * 60_000;
/** What was looked at longer ago is looked at before it decides. */
const STALE_MS = 5_000;
const DEADLINE_MS = 250;
/** A change that could not be recorded is tried again after so long. */
const AGAIN_MS = 5_000;

type Held = {
  readonly workspace: string;
  base: BaseRules | undefined;
  seen: string | undefined;
  good: LastGood;
  standing: ProjectStanding | undefined;
  told: string;
  again: number;
  /** When it was last asked for, and last looked at; by a clock that only goes forward. */
  asked: number;
  looked: number;
  looking: Promise<void> | undefined;
};

export class ProjectRules {
  readonly #options: ProjectOptions;
  readonly #held = new Map<string, Held>();
  readonly #now: () => number;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ProjectOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  /**
   * Rules for actions of a workspace. At once where they are known; a promise at first sight, after a change above, and where
   * nobody has looked for a while.
   * Rejects only where they could not be recorded: then nothing may be decided by them.
   */
  at(workspace: string): EngineRules | Promise<EngineRules> {
    const held = this.#hold(workspace);
    const fresh = held.asked - held.looked < STALE_MS;
    if (fresh && held.standing !== undefined && held.base === this.#options.base()) return held.standing.rules;
    return this.#settled(held);
  }

  /** Workspaces whose files say something, or err. */
  get standing(): readonly (ProjectStanding & { readonly workspace: string })[] {
    return [...this.#held.values()].flatMap(({ workspace, standing, base }) => {
      if (standing === undefined) return [];
      const says = standing.rules !== base?.rules || standing.problems.length > 0 || standing.notices.length > 0;
      return says ? [{ workspace, ...standing }] : [];
    });
  }

  /** Looks at them again and again. */
  watch(): () => void {
    let busy = false;
    this.#timer = setInterval(() => {
      if (busy) return;
      busy = true;
      void this.look().finally(() => (busy = false));
    }, POLL_MS);
    this.#timer.unref();
    return () => this.close();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #hold(workspace: string): Held {
    const held = this.#held.get(workspace) ?? {
      workspace,
      base: undefined,
      seen: undefined,
      good: NO_PROJECT,
      standing: undefined,
      told: '',
      again: 0,
      asked: 0,
      looked: -Infinity,
      looking: undefined,
    };
    held.asked = this.#now();
    // Map keeps the order of insertion: the last one asked for stands last.
    this.#held.delete(workspace);
    this.#held.set(workspace, held);
    if (this.#held.size > (this.#options.most ?? MOST)) {
      const [oldest] = this.#held.keys();
      if (oldest !== undefined) this.#held.delete(oldest);
    }
    return held;
  }

  async #settled(held: Held): Promise<EngineRules> {
    for (;;) {
      await this.#look(held);
      // The rules above may have changed once more meanwhile.
      if (held.standing !== undefined && held.base === this.#options.base()) return held.standing.rules;
    }
  }

  /** Looks now at the files of all workspaces that are held. Never rejects. */
  async look(): Promise<void> {
    // A copy: whoever asks meanwhile moves its workspace to the end, and would be met there again and again.
    const all = [...this.#held.values()];
    for (const held of all) {
      const now = this.#now();
      if (now < held.again || now - held.asked > IDLE_MS) continue;
      try {
        await this.#look(held);
      } catch {
        // Not recorded, so not in force; whoever has to decide meanwhile meets the same error and denies. Tried again later.
        held.again = this.#now() + AGAIN_MS;
      }
    }
  }

  /** One look at a time for each workspace. */
  #look(held: Held): Promise<void> {
    held.looking ??= this.#lookOnce(held).finally(() => (held.looking = undefined));
    return held.looking;
  }

  async #lookOnce(held: Held): Promise<void> {
    const base = this.#options.base();
    const files = await readProject(this.#options.facts, held.workspace, this.#options.own, DEADLINE_MS);
    held.looked = this.#now();
    if (files.seen === held.seen && base === held.base) return;
    const { good, ...fresh } = await tighten(base, files, held.good);
    const before = held.standing?.rules ?? base.rules;
    const changed = fresh.rules.digest !== before.digest;
    // What is the same stays the same object: it has caches, and an action in between notices nothing.
    const standing = changed || base !== held.base ? fresh : { ...fresh, rules: before };
    // A change above is told above; here only what this workspace makes of it.
    const told = JSON.stringify([standing.problems, standing.notices, ownDigest(standing.rules, base)]);
    if (told !== held.told && (held.told !== '' || told !== SILENT))
      this.#options.changed({ ...standing, workspace: held.workspace, changed });
    held.base = base;
    held.seen = files.seen;
    held.good = good;
    held.standing = standing;
    held.told = told;
  }
}

const SILENT = JSON.stringify([[], [], '']);

function ownDigest(rules: EngineRules, base: BaseRules): string {
  return rules === base.rules ? '' : rules.digest;
}
