// Rules as they load: settings, policies and program tables into one immutable value, or what is wrong with them.
import { PROFILES, type Profile, type Settings } from '../core/model/index.ts';
import { compileMachinery, makeRules, type EngineRules } from '../core/engine/index.ts';
import { CHECK_KEY, DEFAULT_PROFILE, defaultSettings } from '../core/settings/defaults.ts';
import { findSecrets } from '../core/secrets/index.ts';
import { fileCache, loadPolicy, SHIPPED, type PolicyDir } from '../edge/policy/index.ts';
import { problemLine } from '../core/policy/index.ts';
import { UserError, usage } from './cli/errors.ts';
import type { Parsed } from './cli/args.ts';

export type RuleSources = {
  readonly profile?: Profile;
  readonly prompts?: Settings['prompts'];
  /** Further rule directories, as the user's scope. */
  readonly policies?: readonly string[];
  /** Merged settings instead of the shipped ones. */
  readonly settings?: Settings;
  readonly cache?: { readonly file: string; readonly key: string };
};

/** Throws UserError `rules-invalid` with every problem, file and line first; nothing half-loaded is ever returned. */
export async function loadRules(sources: RuleSources = {}): Promise<EngineRules> {
  const shipped = sources.settings ?? defaultSettings(sources.profile ?? DEFAULT_PROFILE, CHECK_KEY);
  const settings: Settings = sources.prompts === undefined ? shipped : { ...shipped, prompts: sources.prompts };
  const dirs: PolicyDir[] = [SHIPPED, ...(sources.policies ?? []).map((dir): PolicyDir => ({ dir, scope: 'user' }))];
  const cache = sources.cache === undefined ? undefined : await fileCache(sources.cache.file, sources.cache.key);
  const loaded = await loadPolicy(dirs, cache);
  if (!loaded.ok)
    throw new UserError(
      'rules-invalid',
      `the rules have errors: ${loaded.problems.map(problemLine).join('; ')}`,
      'correct them; the rules before stay in force',
    );
  return makeRules(settings, loaded.policy, compileMachinery(settings), findSecrets);
}

/** Rules for `check`, `replay` and `policy`, from their flags. Touches no watcher and no ledger. */
export function offlineRules(args: Parsed, more: readonly string[] = []): Promise<EngineRules> {
  const prompts = args.get('prompts');
  if (prompts !== undefined && prompts !== 'on' && prompts !== 'off')
    throw usage(`--prompts is on or off, not \`${prompts.slice(0, 40)}\``);
  const profile = profileOf(args.get('profile'));
  return loadRules({
    profile,
    policies: [...args.all('policy'), ...more],
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

let shipped: Promise<EngineRules> | undefined;

/** The shipped rules, loaded once per process: texts for `why`. */
export function shippedRules(): Promise<EngineRules> {
  shipped ??= loadRules();
  return shipped;
}
