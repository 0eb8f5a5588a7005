// Rules as they load: settings, policies and program tables into one immutable value, or what is wrong with them.
import { basename, dirname, resolve } from 'node:path';
import { digest, PROFILES, type Policy, type Profile, type Settings } from '../core/model/index.ts';
import { compileMachinery, makeRules, type EngineRules } from '../core/engine/index.ts';
import { compileGroups } from '../core/names/index.ts';
import { problemLine, type CompiledRule, type Problem } from '../core/policy/index.ts';
import { CHECK_KEY, mergeSettings, settingsDigest, type SettingsLayer } from '../core/settings/index.ts';
import { findSecrets } from '../core/secrets/index.ts';
import {
  extendPolicy,
  fileCache,
  loadPolicy,
  parseApart,
  readPolicyFiles,
  SHIPPED,
  type LoadedPolicy,
  type PolicyDir,
  type PolicyFile,
} from '../edge/policy/index.ts';
import { UserError, usage } from './cli/errors.ts';
import type { Parsed } from './cli/args.ts';

export type RuleSources = {
  readonly profile?: Profile;
  readonly prompts?: Settings['prompts'];
  /** Further rule directories, as the user's scope. */
  readonly policies?: readonly string[];
  /** One of them that is not there is an error: somebody named it. */
  readonly required?: boolean;
  readonly cache?: { readonly file: string; readonly key: string };
};

/** Rules in force above any project, with what a project's own are put on top of. */
export type BaseRules = {
  readonly rules: EngineRules;
  readonly compiled: readonly CompiledRule[];
  readonly layers: readonly SettingsLayer[];
  /** Groups to start from. */
  readonly shipped: Settings['groups'] | undefined;
};

/** Rules of flags instead of files. Throws UserError `rules-invalid` with the first problems, file and line first. */
export async function loadBase(sources: RuleSources = {}): Promise<BaseRules> {
  const { prompts, profile } = sources;
  const values = { ...(profile === undefined ? {} : { profile }), ...(prompts === undefined ? {} : { prompts }) };
  const layers: readonly SettingsLayer[] = [{ scope: 'user', file: 'the command line', values }];
  const { settings } = mergeSettings(layers, CHECK_KEY);
  const dirs = (sources.policies ?? []).map((dir): PolicyDir => ({
    dir,
    scope: 'user',
    required: sources.required === true,
  }));
  const { cache } = sources;
  const kept = cache === undefined ? {} : { cache: await fileCache(cache.file, cache.key) };
  const loaded = await loadPolicy([SHIPPED, ...dirs], kept);
  if (!loaded.ok)
    throw new UserError(
      'rules-invalid',
      `the rules have errors: ${shortened(loaded.problems.map(problemLine))}`,
      'correct them; `holdfast policy lint DIR` lists all',
    );
  return { rules: rulesOf(settings, loaded.policy), compiled: loaded.rules, layers, shipped: undefined };
}

/** The same without what only a project needs. */
export async function loadRules(sources: RuleSources = {}): Promise<EngineRules> {
  return (await loadBase(sources)).rules;
}

/** Policies of a watcher: shipped, of the machine, of its user. Parsed apart, so that no text can end or stall the watcher. */
export async function loadPolicies(
  dirs: readonly PolicyDir[],
  cache: { readonly file: string; readonly key: string },
): Promise<LoadedPolicy> {
  return loadPolicy([SHIPPED, ...dirs], { cache: await fileCache(cache.file, cache.key), parse: parseApart });
}

/** Puts a project's policy files beside the rules above it. */
export function extendRules(base: BaseRules, files: readonly PolicyFile[]): Promise<LoadedPolicy> {
  return extendPolicy(base.compiled, files, { parse: parseApart });
}

/** One immutable whole. What `like` has compiled for the same groups is used again. */
export function rulesOf(settings: Settings, policy: Policy, like?: EngineRules): EngineRules {
  if (like === undefined) return makeRules(settings, policy, compileMachinery(settings), findSecrets);
  if (like.policy.digest === policy.digest && settingsDigest(like.settings) === settingsDigest(settings)) return like;
  const same = digest(like.settings.groups) === digest(settings.groups);
  const groups = same ? like.machinery.groups : compileGroups(settings.groups);
  const machinery = Object.freeze({ ...like.machinery, groups });
  return makeRules(settings, policy, machinery, findSecrets);
}

/** What keeps a set from being taken, one line each; warnings are no part of it. */
export function errorLines(problems: readonly Problem[]): readonly string[] {
  return problems.filter((problem) => problem.level === 'error').map(problemLine);
}

/** The first few problems, then how many more there are. */
export function shortened(problems: readonly string[]): string {
  const shown = problems.slice(0, 3).join('; ');
  return problems.length > 3 ? `${shown}; and ${problems.length - 3} more` : shown;
}

/** Rules for `check`, `replay` and `policy`, from their flags; `instead`: under these directories. Touches no watcher and no ledger. */
export async function offlineRules(args: Parsed, instead?: readonly string[]): Promise<EngineRules> {
  return (await offlineBase(args, instead)).rules;
}

/** The same, for a project's own to be put on top. */
export function offlineBase(args: Parsed, instead?: readonly string[]): Promise<BaseRules> {
  const prompts = args.get('prompts');
  if (prompts !== undefined && prompts !== 'on' && prompts !== 'off')
    throw usage(`--prompts is on or off, not \`${prompts.slice(0, 40)}\``);
  const profile = args.get('profile');
  return loadBase({
    ...(profile === undefined ? {} : { profile: profileOf(profile) }),
    policies: instead ?? args.all('policy'),
    required: true,
    ...(prompts === undefined ? {} : { prompts }),
  });
}

function profileOf(given: string): Profile {
  const found = PROFILES.find((profile) => profile === given);
  if (found === undefined)
    throw usage(`there is no profile \`${given.slice(0, 40)}\``, `it is one of ${PROFILES.join(', ')}`);
  return found;
}

/**
 * Problems of one directory of rules, one line each; of the shipped rules when none is named. A project's own directory is
 * held to what a project may; `own` is the user's, wherever it lies.
 */
export async function lintDirectory(dir: string | undefined, own: string): Promise<readonly string[]> {
  const loaded = await loadPolicy(
    dir === undefined ? [SHIPPED] : [SHIPPED, { dir, scope: scopeOf(dir, own), required: true }],
  );
  return (loaded.ok ? loaded.warnings : loaded.problems).map(problemLine);
}

function scopeOf(dir: string, own: string): 'user' | 'project' {
  const path = resolve(dir);
  const isProject = basename(path) === 'policies' && basename(dirname(path)) === '.holdfast' && path !== resolve(own);
  return isProject ? 'project' : 'user';
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
