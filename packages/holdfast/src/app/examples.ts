// Runs the examples beside rules through the real pipeline: lowering, labels, policy.
import type { Profile } from '../core/model/index.ts';
import { apply, SessionRun, type EngineRules, type Stepped } from '../core/engine/index.ts';
import { loadPolicy, readExamples, SHIPPED, type Example } from '../edge/policy/index.ts';

export type ExampleResult = {
  readonly rule: string;
  readonly kind: 'fires' | 'quiet' | 'misses';
  readonly told: string;
  /** Reasons and verdict it got; for looking across rules. */
  readonly stepped?: Stepped;
  readonly error?: string;
};

/** Runs every example of the rules in `dir`, or of the shipped ones; `rulesFor` gives the rules of another profile. */
export async function runExamples(
  rulesFor: (profile: Profile) => Promise<EngineRules>,
  dir: string | undefined,
): Promise<readonly ExampleResult[]> {
  const loaded = await loadPolicy(dir === undefined ? [SHIPPED] : [{ dir, scope: 'user', required: true }]);
  if (!loaded.ok)
    return loaded.problems.map((problem) => ({
      rule: problem.rule ?? '',
      kind: 'fires',
      told: problem.message,
      error: problem.code,
    }));
  const { files, errors } = await readExamples(loaded.rules);
  const results: ExampleResult[] = errors.map(({ rule, error }) => ({ rule, kind: 'fires', told: '', error }));
  for (const file of files) {
    for (const kind of ['fires', 'quiet', 'misses'] as const) {
      for (const example of file[kind]) {
        const stepped = runExample(await rulesFor(example.profile ?? 'balanced'), example);
        const fired = stepped.decision.verdict.reasons.some(
          (reason) =>
            // A waiver shows where it lifted something.
            reason.waivedBy === file.rule || (reason.rule === file.rule && reason.waivedBy === undefined),
        );
        const told = `${example.tool} ${JSON.stringify(example.input)}${example.note === undefined ? '' : ` (${example.note})`}`;
        const wanted = kind === 'fires';
        const error =
          fired === wanted
            ? undefined
            : kind === 'misses'
              ? 'it is seen now: move it to fires'
              : wanted
                ? `it did not fire; verdict ${stepped.decision.verdict.level}`
                : 'it fired';
        results.push({ rule: file.rule, kind, told, stepped, ...(error === undefined ? {} : { error }) });
      }
    }
  }
  return results;
}

function runExample(rules: EngineRules, example: Example): Stepped {
  const run = new SessionRun(rules, {
    id: 'example',
    agent: 'claude-code',
    home: '/home/dev',
    cwd: '/home/dev/project',
  });
  for (const mark of example.marks ?? []) apply(run.state, { type: 'mark.set', session: 'example', mark, seq: 0 });
  for (const before of example.before ?? []) {
    const step = run.step({
      tool: before.tool,
      hostTool: before.tool,
      input: before.input,
      ...(before.cwd === undefined ? {} : { cwd: before.cwd }),
    });
    run.ran(step, before.result);
  }
  return run.step({
    tool: example.tool,
    hostTool: example.tool,
    input: example.input,
    ...(example.cwd === undefined ? {} : { cwd: example.cwd }),
  });
}
