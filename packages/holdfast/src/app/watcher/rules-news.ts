// What becomes of rules, told: a record before they come into force, a line of the feed, and where a file errs.
import type { Json } from '../../core/model/index.ts';
import type { Keeper } from '../../gate/keeper.ts';
import type { FeedEntry, GateParts } from '../../gate/parts.ts';
import type { ProjectChange } from '../project-rules.ts';
import type { RulesChange } from '../rules-store.ts';

/** Lines that are told of one change, and how long each may be: a stranger may have written the file they are about. */
const LINES = 20;
const LINE_LENGTH = 500;

export type NewsParts = Pick<GateParts, 'redact' | 'notify'> & {
  readonly keeper: Pick<Keeper, 'record'>;
  readonly defect: (where: string, error: unknown) => void;
};

/** The first lines, each bounded. */
export function bounded(lines: readonly string[]): readonly string[] {
  return lines.slice(0, LINES).map((line) => (line.length > LINE_LENGTH ? `${line.slice(0, LINE_LENGTH)}…` : line));
}

export class RulesNews {
  readonly #parts: NewsParts;

  constructor(parts: NewsParts) {
    this.#parts = parts;
  }

  /** New rules are in force only after their record, so this throws where there is none; an error in a file is told in any case. */
  changed(change: RulesChange): void {
    if ('digest' in change) {
      const seq = this.#parts.keeper.record('config', undefined, { what: 'rules-changed', digest: change.digest }, [
        { type: 'rules.changed', digest: change.digest },
      ]);
      return this.#say(seq, `rules ${change.digest.slice(0, 12)} are in force`);
    }
    const problems = this.#lines(change.problems);
    const seq = this.#tried({ what: 'rules-refused', problems });
    for (const problem of problems) this.#say(seq, `the old rules stay in force: ${problem}`);
  }

  /** The same for one workspace. Throws where its rules are others now and that could not be recorded. */
  project({ workspace, rules, changed, problems, notices }: ProjectChange): void {
    const data = {
      what: 'project-rules',
      workspace: workspace.slice(0, LINE_LENGTH),
      digest: rules.digest,
      problems: this.#lines(problems),
      notices: this.#lines(notices),
    };
    const seq = changed ? this.#parts.keeper.record('config', undefined, data, []) : this.#tried(data);
    const name = `project ${data.workspace}`;
    if (changed) this.#say(seq, `${name}: rules ${rules.digest.slice(0, 12)} are in force`);
    for (const problem of data.problems)
      this.#say(seq, `${name}: what held before an error stays in force, the rules above it in any case: ${problem}`);
    for (const notice of data.notices) this.#say(seq, `${name}: ignored: ${notice}`);
  }

  #lines(lines: readonly string[]): string[] {
    return this.#parts.redact([...bounded(lines)]).json as string[];
  }

  /** Seq of a record about something that holds anyway; -1 where it could not be written, which is told. */
  #tried(data: Json): number {
    try {
      return this.#parts.keeper.record('config', undefined, data, []);
    } catch (error) {
      this.#parts.defect('rules', error);
      return -1;
    }
  }

  #say(seq: number, text: string): void {
    const entry: FeedEntry = { seq, time: Date.now(), type: 'config', text };
    this.#parts.notify(entry);
  }
}
