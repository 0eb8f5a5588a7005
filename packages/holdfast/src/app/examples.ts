// Runs the examples that stand beside rules through the real engine: what fires must fire, what is quiet or known to be missed must not.
import type { Mark } from '../core/model/index.ts';
import { apply, makeRules, SessionRun, type EngineRules } from '../core/engine/index.ts';
import { compileMachinery } from '../core/effects/machinery.ts';
import { PROFILE_VALUES } from '../core/settings/defaults.ts';
import { loadPolicy, readExamples, SHIPPED, type Example, type ExampleFile } from '../edge/policy/index.ts';
import { UserError } from './cli/errors.ts';
import { problemLine } from '../core/policy/index.ts';

export type ExampleKind = 'fires' | 'quiet' | 'misses';
export type ExampleResult = {
  readonly rule: string;
  readonly kind: ExampleKind;
  /** The example and what the engine answered, in one line. */
  readonly told: string;
  /** Absent: it holds. */
  readonly error?: string;
  /** Rules on effects that gave the verdict its level; what "the only one that decides" is judged by. */
  readonly decided: readonly string[];
};

const HOME = '/home/dev';
const WORKSPACE = '/home/dev/project';

/**
 * Examples of the rules in `dir`, or of the shipped ones. `rules` is what decides; groups of its settings stay, the profile is
 * the example's own. Throws UserError when the directory does not load.
 */
export async function runExamples(rules: EngineRules, dir?: string): Promise<readonly ExampleResult[]> {
  const loaded = await loadPolicy(dir === undefined ? [SHIPPED] : [SHIPPED, { dir, scope: 'user', required: true }]);
  if (!loaded.ok)
    throw new UserError('rules-invalid', loaded.problems.map(problemLine).join('; '), 'correct them and run it again');
  const own = loaded.rules.filter((rule) => dir === undefined || rule.info.scope === 'user');
  const { files, errors } = await readExamples(own);
  const results: ExampleResult[] = errors.map(({ rule, error }) => ({
    rule,
    kind: 'fires',
    told: '',
    error,
    decided: [],
  }));
  const run = exampleRunner(rules);
  for (const file of files) {
    for (const kind of ['fires', 'quiet', 'misses'] as const)
      for (const example of file[kind]) results.push(judge(run, file, kind, example));
  }
  return results;
}

/** What the engine says to one example: rules that matched and were not waived, and those that decided. */
export type ExampleAnswer = {
  readonly level: string;
  readonly rules: readonly string[];
  readonly decided: readonly string[];
};

/** A function that decides examples, with rules per profile made once. */
export function exampleRunner(base: EngineRules): (example: Example) => ExampleAnswer {
  const byProfile = new Map<string, EngineRules>();
  return (example) => {
    const profile = example.profile ?? 'balanced';
    let rules = byProfile.get(profile);
    if (rules === undefined) {
      const settings = { ...base.settings, profile, ...PROFILE_VALUES[profile], groups: base.settings.groups };
      rules = makeRules(settings, base.policy, compileMachinery(settings), base.find);
      byProfile.set(profile, rules);
    }
    const run = new SessionRun(rules, { id: 'example', agent: 'check', home: HOME, cwd: WORKSPACE });
    for (const mark of (example.marks ?? []) as readonly Mark[])
      apply(run.state, { type: 'mark.set', session: 'example', mark, seq: 0 });
    for (const { result, ...step } of example.before ?? []) run.ran(run.step({ ...stepOf(step) }), result);
    const { verdict } = run.step(stepOf(example)).decision;
    const standing = verdict.reasons.filter((reason) => reason.waivedBy === undefined);
    return {
      level: verdict.level,
      rules: [...new Set(standing.map((reason) => reason.rule))],
      decided: [...new Set(standing.filter((reason) => reason.level === verdict.level).map((reason) => reason.rule))],
    };
  };
}

function stepOf(step: Pick<Example, 'tool' | 'input' | 'cwd'>): Parameters<SessionRun['step']>[0] {
  return {
    tool: step.tool,
    hostTool: step.tool,
    input: step.input,
    ...(step.cwd === undefined ? {} : { cwd: step.cwd }),
  };
}

function judge(
  run: (example: Example) => ExampleAnswer,
  file: ExampleFile,
  kind: ExampleKind,
  example: Example,
): ExampleResult {
  const answer = run(example);
  const told = `${JSON.stringify(example)} ▶ ${answer.level} by ${answer.rules.join(', ') || 'nothing'}`;
  const fired = answer.rules.includes(file.rule);
  const base = { rule: file.rule, kind, told, decided: answer.decided };
  if (fired === (kind === 'fires')) return base;
  return {
    ...base,
    error:
      kind === 'fires'
        ? 'it should fire and does not'
        : kind === 'quiet'
          ? 'it should be quiet and fires'
          : 'it is no longer missed: move it to `fires`',
  };
}
