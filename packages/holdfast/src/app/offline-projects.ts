// Rules of a folder for commands that run without a watcher: its own files tighten there as they would under one.
import type { EngineRules } from '../core/engine/index.ts';
import type { FactSource } from '../ports/index.ts';
import type { BaseRules } from './load-rules.ts';
import { readProject } from './project-files.ts';
import { tighten } from './project-rules.ts';

const DEADLINE_MS = 1_000;
/** Workspaces whose rules are kept at hand; a long list of sessions may name more. */
const KEPT = 256;

/** Rules for sessions of a workspace. */
export type RulesIn = (workspace: string) => Promise<EngineRules>;

/**
 * Rules above any project, tightened by each workspace's own files; `facts` undefined: no disk is read, and no project counts.
 * `say` hears once of what is wrong with its files, and of what they ask for and may not have. `own` is Holdfast's own directory.
 */
export function offlineProjects(
  base: BaseRules,
  facts: FactSource | undefined,
  own: string,
  say: (text: string) => void,
): RulesIn {
  if (facts === undefined) return () => Promise.resolve(base.rules);
  const known = new Map<string, Promise<EngineRules>>();
  const read = async (workspace: string): Promise<EngineRules> => {
    const { rules, problems, notices } = await tighten(base, await readProject(facts, workspace, own, DEADLINE_MS));
    for (const problem of problems) say(`this part of the project does not count: ${problem}`);
    for (const notice of notices) say(`ignored: ${notice}`);
    return rules;
  };
  return (workspace) => {
    const found = known.get(workspace) ?? read(workspace);
    if (known.size >= KEPT) known.clear();
    known.set(workspace, found);
    return found;
  };
}
