// The rules in force: loaded from settings and policy files, watched, swapped whole – or left as they are when a file errs.
import type { EngineRules } from '../core/engine/index.ts';
import { UserError } from './cli/errors.ts';
import { ProjectRules, type ProjectChange } from './project-rules.ts';
import { loadFrom, signatureOf, type Loaded, type RulesPlace } from './rules-files.ts';

export type RulesChange = { readonly digest: string } | { readonly problems: readonly string[] } | ProjectChange;

const POLL_MS = 500;
/** A change that could not be recorded is tried again after so long. */
const AGAIN_MS = 5_000;

export class RulesStore {
  #current: EngineRules;
  #notices: readonly string[];
  #seen: string;
  readonly #place: RulesPlace;
  readonly #projects: ProjectRules;
  #timer: NodeJS.Timeout | undefined;
  #again = Infinity;

  private constructor(place: RulesPlace, loaded: Loaded, seen: string) {
    this.#place = place;
    this.#projects = new ProjectRules(place, () => this.#current);
    this.#current = loaded.rules;
    this.#notices = loaded.notices;
    this.#seen = seen;
  }

  /** Loads for the first time. A file that errs is no reason to go without rules: the start is refused and says where it errs. */
  static async open(place: RulesPlace): Promise<RulesStore> {
    const seen = signatureOf(place);
    const loaded = await loadFrom(place);
    if ('problems' in loaded)
      throw new UserError('rules-invalid', loaded.problems.join('; '), 'correct the file and start again');
    return new RulesStore(place, loaded, seen);
  }

  get current(): EngineRules {
    return this.#current;
  }

  /** The rules for a decision in a workspace: those in force, tightened by the project's own files. */
  of(workspace: string): EngineRules | Promise<EngineRules> {
    return this.#projects.of(workspace);
  }

  /** What a file asked for and did not get, and why; of projects also what is wrong with their files. */
  get notices(): readonly string[] {
    return [...this.#notices, ...this.#projects.notices];
  }

  /**
   * Looks for changes; `changed` hears of every set before it comes into force and of every one that was refused, once. Where
   * it throws on the former the old set stays; on the latter it must not throw.
   */
  watch(changed: (change: RulesChange) => void): () => void {
    let busy = false;
    this.#projects.tell(changed);
    this.#timer = setInterval(() => {
      this.#projects.look();
      const now = signatureOf(this.#place);
      if (busy || (now === this.#seen && performance.now() < this.#again)) return;
      busy = true;
      this.#seen = now;
      this.#again = Infinity;
      loadFrom(this.#place)
        .then((loaded) => {
          if ('problems' in loaded) return changed(loaded);
          if (loaded.rules.digest === this.#current.digest) return undefined;
          changed({ digest: loaded.rules.digest });
          this.#current = loaded.rules;
          this.#notices = loaded.notices;
          this.#projects.again();
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
