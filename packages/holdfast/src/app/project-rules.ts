// Rules by workspace: those of the owner, tightened by what the project's own `.holdfast` folder adds. Untrusted input, so bounded in every way.
import type { EngineRules } from '../core/engine/index.ts';
import { loadFrom, signatureOf, type Loaded, type RulesPlace } from './rules-files.ts';

/** What a project's files came to. `problems`: the rules of before stay, those of the owner if there never were any. */
export type ProjectChange =
  | { readonly workspace: string; readonly digest: string; readonly notices: readonly string[] }
  | { readonly workspace: string; readonly problems: readonly string[] };

type Held = {
  /** Rules with the project's last good files, or undefined where it has none. */
  loaded: Loaded | undefined;
  problems: readonly string[];
  signature: string;
  /** Loading under way: a decision waits for it. */
  busy: Promise<void> | undefined;
};

/** Workspaces held at once; the one not asked for longest is let go and read again when it comes back. */
const HELD = 32;

export class ProjectRules {
  readonly #place: RulesPlace;
  readonly #base: () => EngineRules;
  readonly #held = new Map<string, Held>();
  #told: (change: ProjectChange) => void = () => undefined;

  constructor(place: RulesPlace, base: () => EngineRules) {
    this.#place = place;
    this.#base = base;
  }

  /** Who hears of every project whose rules came into force or were refused. */
  tell(told: (change: ProjectChange) => void): void {
    this.#told = told;
  }

  /**
   * The rules for a decision in `workspace`. The first time its files are read before anything is decided. Rejects only
   * where reading fails in a way that says nothing of the files; the gate then denies.
   */
  of(workspace: string): EngineRules | Promise<EngineRules> {
    const held = this.#held.get(workspace);
    if (held === undefined) return this.#open(workspace);
    if (held.busy !== undefined) return held.busy.then(() => this.#answer(workspace));
    if (this.#held.size > HELD / 2) {
      this.#held.delete(workspace);
      this.#held.set(workspace, held);
    }
    return held.loaded?.rules ?? this.#base();
  }

  /** What is wrong or was ignored in the projects held now, one line each. */
  get notices(): readonly string[] {
    return [...this.#held.values()].flatMap((held) => [
      ...held.problems.map((problem) => `the project's rules of before stay in force: ${problem}`),
      ...(held.loaded?.notices ?? []),
    ]);
  }

  /** Looks at the files of every workspace held; those that changed are read again. */
  look(): void {
    for (const [workspace, held] of this.#held) {
      if (held.busy !== undefined) continue;
      const now = signatureOf(this.#place, workspace);
      if (now !== held.signature) this.#start(workspace, held, now);
    }
  }

  /** The owner's rules changed: everything that stands on them is made again before it decides anything more. */
  again(): void {
    for (const [workspace, held] of this.#held) {
      if (held.signature !== '') this.#start(workspace, held, signatureOf(this.#place, workspace));
    }
  }

  async #open(workspace: string): Promise<EngineRules> {
    const held: Held = { loaded: undefined, problems: [], signature: '', busy: undefined };
    const oldest = this.#held.keys().next();
    if (this.#held.size >= HELD && !oldest.done) this.#held.delete(oldest.value);
    this.#held.set(workspace, held);
    const now = signatureOf(this.#place, workspace);
    if (now !== '') this.#start(workspace, held, now);
    await held.busy;
    return this.#answer(workspace);
  }

  #answer(workspace: string): EngineRules {
    return this.#held.get(workspace)?.loaded?.rules ?? this.#base();
  }

  #start(workspace: string, held: Held, signature: string): void {
    held.signature = signature;
    const load = (): Promise<void> => this.#load(workspace, held);
    // One after the other, so that what is read last is what holds.
    const busy = (held.busy === undefined ? load() : held.busy.then(load, load)).finally(() => {
      if (held.busy === busy) held.busy = undefined;
    });
    held.busy = busy;
    // Decisions that wait see a failure themselves; without any it is told once, and the next look reads again.
    busy.catch((error: unknown) => {
      held.signature = 'failed';
      this.#told({ workspace, problems: [error instanceof Error ? error.message : String(error)] });
    });
  }

  async #load(workspace: string, held: Held): Promise<void> {
    if (held.signature === '') {
      held.loaded = undefined;
      held.problems = [];
      return;
    }
    const before = held.loaded?.rules.digest ?? this.#base().digest;
    const loaded = await loadFrom(this.#place, workspace);
    if ('problems' in loaded) {
      held.problems = loaded.problems;
      this.#told({ workspace, problems: loaded.problems });
      return;
    }
    held.problems = [];
    if (loaded.rules.digest !== before) this.#told({ workspace, digest: loaded.rules.digest, notices: loaded.notices });
    held.loaded = loaded;
  }
}
