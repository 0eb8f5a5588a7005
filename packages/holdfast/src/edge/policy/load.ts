// Directories of .cedar files ▶ one compiled, validated policy, or the list of what is wrong with file and line. All or nothing.
import { fileURLToPath } from 'node:url';
import type { Policy } from '../../core/model/index.ts';
import {
  compilePolicy,
  lintRules,
  SCHEMA,
  type CompiledRule,
  type Problem,
  type SourceRule,
} from '../../core/policy/index.ts';
import type { PolicyCache } from './cache.ts';
import { loadCedar, type Cedar } from './cedar.ts';
import { parseFile, problemOf, type ParsedRule } from './parse-file.ts';
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

/** Loads directories in order of scope, weakest first. Never throws for what stands in the files. */
export async function loadPolicy(dirs: readonly PolicyDir[], cache?: PolicyCache): Promise<LoadedPolicy> {
  const problems: Problem[] = [];
  const files: PolicyFile[] = [];
  for (const dir of dirs) {
    const read = await readPolicyFiles(dir);
    problems.push(...read.problems);
    files.push(...read.files);
  }
  const loader = new Loader();
  const parsed: { readonly file: PolicyFile; readonly rules: readonly ParsedRule[] }[] = [];
  const fresh: Fresh[] = [];
  for (const file of files) {
    const cached = cache?.get(file.text);
    if (cached !== undefined) {
      parsed.push({ file, rules: cached });
      continue;
    }
    const result = parseFile(await loader.engine(), file.file, file.text);
    problems.push(...result.problems);
    parsed.push({ file, rules: result.rules });
    if (result.rules.length > 0) fresh.push({ file, rules: result.rules });
  }
  if (fresh.length > 0) problems.push(...validateFresh(await loader.engine(), fresh, cache));
  const sources: SourceRule[] = parsed.flatMap(({ file, rules }) =>
    rules.map((rule) => ({ json: rule.json, scope: file.scope, at: { file: file.file, line: rule.line } })),
  );
  const reference = makeReference(() => loader.loaded());
  const compiled = compilePolicy(sources, reference);
  problems.push(...compiled.problems);
  if ('rules' in compiled) {
    problems.push(...lintRules(compiled.rules));
    if (!problems.some((problem) => problem.level === 'error')) {
      // A rule for the slow evaluator needs the engine even where every file came from the cache.
      if (compiled.rules.some((rule) => rule.slow !== undefined)) await loader.engine();
      await cache?.save();
      return { ok: true, policy: compiled.policy, rules: compiled.rules, warnings: problems };
    }
  }
  return { ok: false, problems };
}

type Fresh = { readonly file: PolicyFile; readonly rules: readonly ParsedRule[] };

/** Validates what was parsed now, in one question; files without any complaint go to the cache. */
function validateFresh(cedar: Cedar, fresh: readonly Fresh[], cache: PolicyCache | undefined): readonly Problem[] {
  const policies: { [id: string]: string } = {};
  const origin = new Map<string, { readonly from: Fresh; readonly rule: ParsedRule }>();
  fresh.forEach((from, at) =>
    from.rules.forEach((rule, index) => {
      const key = `${at}.${index}`;
      policies[key] = rule.text;
      origin.set(key, { from, rule });
    }),
  );
  const answer = cedar.validate({ schema: SCHEMA, policies: { staticPolicies: policies } });
  if (answer.type === 'failure') {
    return answer.errors.map((error) => ({ code: 'policy-schema', level: 'error', message: error.message }));
  }
  const problems: Problem[] = [];
  const complained = new Set<Fresh>();
  const said = new Set<string>();
  // `success` says only that validation ran: what it found stands in the two lists.
  for (const [level, list] of [
    ['error', answer.validationErrors],
    ['warning', answer.validationWarnings],
  ] as const) {
    for (const { policyId, error } of list) {
      const found = origin.get(policyId);
      if (found === undefined) {
        problems.push({ code: 'policy-schema', level: 'error', message: error.message });
        continue;
      }
      complained.add(found.from);
      // The same place is reported once per action the policy stands for.
      const key = `${level}\0${policyId}\0${error.sourceLocations?.[0]?.start ?? ''}`;
      if (said.has(key)) continue;
      said.add(key);
      const problem = problemOf(
        error,
        'policy-schema',
        level,
        { file: found.from.file.file, line: found.rule.line },
        found.rule.text,
      );
      const id = found.rule.json.annotations?.['id'];
      problems.push(id === undefined ? problem : { ...problem, rule: id });
    }
  }
  for (const from of fresh) if (!complained.has(from)) cache?.set(from.file.text, from.rules);
  return problems;
}

/** The engine, loaded when the first file needs it. */
class Loader {
  #cedar: Cedar | undefined;
  async engine(): Promise<Cedar> {
    this.#cedar ??= await loadCedar();
    return this.#cedar;
  }
  loaded(): Cedar {
    if (this.#cedar === undefined) throw new Error('the policy engine is not loaded');
    return this.#cedar;
  }
}
