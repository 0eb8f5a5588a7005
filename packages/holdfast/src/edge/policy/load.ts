// Directories of .cedar files ▶ one compiled, validated policy, or the list of what is wrong with file and line. All or nothing.
import { fileURLToPath } from 'node:url';
import type { Policy } from '../../core/model/index.ts';
import { compilePolicy, lintRules, type CompiledRule, type Problem, type SourceRule } from '../../core/policy/index.ts';
import type { PolicyCache } from './cache.ts';
import { loadCedar, type Cedar } from './cedar.ts';
import { parseHere, type ParseSet } from './parse-set.ts';
import { readPolicyFiles, type PolicyDir, type PolicyFile } from './read-files.ts';
import { makeReference } from './reference.ts';

/** The rules that come with the package. */
export const SHIPPED: PolicyDir = {
  dir: fileURLToPath(new URL('../../../policies', import.meta.url)),
  scope: 'shipped',
  required: true,
};

export type LoadedPolicy =
  | {
      readonly ok: true;
      readonly policy: Policy;
      readonly rules: readonly CompiledRule[];
      readonly warnings: readonly Problem[];
    }
  /** Nothing of the set is taken; the caller keeps what is in force. */
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** What loading needs besides the files. */
export type LoadOptions = {
  readonly cache?: PolicyCache;
  /** Who parses; this process by default. */
  readonly parse?: ParseSet;
};

/** Loads directories in order of scope, weakest first. Never throws for what stands in the files. */
export async function loadPolicy(dirs: readonly PolicyDir[], options: LoadOptions = {}): Promise<LoadedPolicy> {
  const problems: Problem[] = [];
  const files: PolicyFile[] = [];
  for (const dir of dirs) {
    const read = await readPolicyFiles(dir);
    problems.push(...read.problems);
    files.push(...read.files);
  }
  return build(files, problems, [], options);
}

/** Puts files of a weaker scope beside rules that are loaded already; those are not read, parsed or compiled again. */
export function extendPolicy(
  base: readonly CompiledRule[],
  files: readonly PolicyFile[],
  options: LoadOptions = {},
): Promise<LoadedPolicy> {
  return build(files, [], base, options);
}

async function build(
  files: readonly PolicyFile[],
  before: readonly Problem[],
  base: readonly CompiledRule[],
  { cache, parse = parseHere }: LoadOptions,
): Promise<LoadedPolicy> {
  const problems = [...before];
  const known = files.map((file) => cache?.get(file.text));
  const fresh = files.filter((_, at) => known[at] === undefined);
  const answers = await parse(fresh);
  const parsed = new Map(fresh.map((file, at) => [file, answers[at]]));
  const sources: SourceRule[] = [];
  files.forEach((file, at) => {
    const rules = known[at] ?? parsed.get(file)?.rules ?? [];
    problems.push(...(parsed.get(file)?.problems ?? []));
    for (const rule of rules)
      sources.push({ json: rule.json, scope: file.scope, at: { file: file.file, line: rule.line } });
  });
  for (const file of fresh) {
    const answer = parsed.get(file);
    if (answer?.problems.length === 0) cache?.set(file.text, answer.rules);
  }
  let engine: Cedar | undefined;
  const reference = makeReference(() => {
    if (engine === undefined) throw new Error('the policy engine is not loaded');
    return engine;
  });
  const compiled = compilePolicy(sources, reference, base);
  problems.push(...compiled.problems);
  if ('rules' in compiled) {
    problems.push(...lintRules(compiled.rules));
    if (!problems.some((problem) => problem.level === 'error')) {
      // A rule for the slow evaluator needs the engine; those of `base` have theirs.
      if (compiled.rules.some((rule) => rule.slow !== undefined && !base.includes(rule))) engine = await loadCedar();
      await cache?.save();
      return { ok: true, policy: compiled.policy, rules: compiled.rules, warnings: problems };
    }
  }
  return { ok: false, problems };
}
