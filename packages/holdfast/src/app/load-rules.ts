// Rules as they load: settings, policies and program tables into one immutable value, or what is wrong with them.
import { PROFILES, type Profile, type Settings } from '../core/model/index.ts';
import { compileMachinery, makeRules, type EngineRules } from '../core/engine/index.ts';
import { CHECK_KEY, DEFAULT_PROFILE, defaultSettings } from '../core/settings/defaults.ts';
import { findSecrets } from '../core/secrets/index.ts';
import { fileCache, loadPolicy, readPolicyFiles, SHIPPED, type PolicyDir } from '../edge/policy/index.ts';
import { problemLine } from '../core/policy/index.ts';
import { UserError, usage } from './cli/errors.ts';
import type { Parsed } from './cli/args.ts';

export type RuleSources = {
  readonly profile?: Profile;
  readonly prompts?: Settings['prompts'];
  /** Further rule directories, as the user's scope. */
  readonly policies?: readonly string[];
  /** Directory of a project's own rules: they may add deny and ask rules and nothing else. */
  readonly project?: string;
  /** One of them that is not there is an error: somebody named it. */
  readonly required?: boolean;
  /** Merged settings instead of the shipped ones. */
  readonly settings?: Settings;
  readonly cache?: { readonly file: string; readonly key: string };
};

/** Throws UserError `rules-invalid` with every problem, file and line first; nothing half-loaded is ever returned. */
export async function loadRules(sources: RuleSources = {}): Promise<EngineRules> {
  const shipped = sources.settings ?? defaultSettings(sources.profile ?? DEFAULT_PROFILE, CHECK_KEY);
  const settings: Settings = sources.prompts === undefined ? shipped : { ...shipped, prompts: sources.prompts };
  const dirs: PolicyDir[] = [
    SHIPPED,
    ...(sources.policies ?? []).map((dir): PolicyDir => ({ dir, scope: 'user', required: sources.required === true })),
    ...(sources.project === undefined ? [] : [{ dir: sources.project, scope: 'project' as const }]),
  ];
  const cache = sources.cache === undefined ? undefined : await fileCache(sources.cache.file, sources.cache.key);
  const loaded = await loadPolicy(dirs, cache);
  if (!loaded.ok)
    throw new UserError(
      'rules-invalid',
      `the rules have errors: ${shortened(loaded.problems.map(problemLine))}`,
      'correct them; `holdfast policy lint DIR` lists all',
    );
  return makeRules(settings, loaded.policy, compileMachinery(settings), findSecrets);
}

/** The first few problems, then how many more there are. */
function shortened(problems: readonly string[]): string {
  const shown = problems.slice(0, 3).join('; ');
  return problems.length > 3 ? `${shown}; and ${problems.length - 3} more` : shown;
}

/** Rules for `check`, `replay` and `policy`, from their flags; `instead`: under these directories. Touches no watcher and no ledger. */
export function offlineRules(args: Parsed, instead?: readonly string[]): Promise<EngineRules> {
  const prompts = args.get('prompts');
  if (prompts !== undefined && prompts !== 'on' && prompts !== 'off')
    throw usage(`--prompts is on or off, not \`${prompts.slice(0, 40)}\``);
  const profile = profileOf(args.get('profile'));
  return loadRules({
    profile,
    policies: instead ?? args.all('policy'),
    required: true,
    ...(prompts === undefined ? {} : { prompts }),
  });
}

export function profileOf(given: string | undefined): Profile {
  if (given === undefined) return DEFAULT_PROFILE;
  const found = PROFILES.find((profile) => profile === given);
  if (found === undefined)
    throw usage(`there is no profile \`${given.slice(0, 40)}\``, `it is one of ${PROFILES.join(', ')}`);
  return found;
}

/** Problems of one directory of rules, one line each; of the shipped rules when none is named. */
export async function lintDirectory(dir: string | undefined): Promise<readonly string[]> {
  const loaded = await loadPolicy(dir === undefined ? [SHIPPED] : [SHIPPED, { dir, scope: 'user', required: true }]);
  return (loaded.ok ? loaded.warnings : loaded.problems).map(problemLine);
}

/** The policy file that holds a rule, the shipped directory first; undefined for one that is built in. */
export async function ruleSource(
  id: string,
  dirs: readonly string[],
): Promise<{ readonly file: string; readonly text: string } | undefined> {
  for (const dir of [SHIPPED, ...dirs.map((one): PolicyDir => ({ dir: one, scope: 'user' }))]) {
    const { files } = await readPolicyFiles(dir);
    const found = files.find(({ text }) => text.includes(`@id("${id}")`));
    if (found !== undefined) return found;
  }
  return undefined;
}
