// Every example beside a shipped rule, through the real pipeline; and each rule against the quiet cases of all others.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { runExamples, type ExampleResult } from '../../packages/holdfast/src/app/examples.ts';
import { rulesFor } from '../support/rules.ts';

let ran: Promise<readonly ExampleResult[]> | undefined;
const results = (): Promise<readonly ExampleResult[]> =>
  (ran ??= runExamples((profile) => rulesFor(profile), undefined));

describe('shipped rules: examples', () => {
  test('what fires fires, what is quiet or missed does not', async () => {
    const failed = (await results()).filter((result) => result.error !== undefined);
    assert.deepEqual(
      failed.map(
        (result) => `${result.rule} ${result.kind}: ${result.error}: ${result.told} (${matched(result).join(', ')})`,
      ),
      [],
    );
  });

  test('every rule has examples of all three kinds', async () => {
    const all = await results();
    const rules = (await rulesFor('balanced')).policy.rules;
    for (const rule of rules.keys()) {
      for (const kind of ['fires', 'quiet', 'misses']) {
        assert.ok(
          all.some((result) => result.rule === rule && result.kind === kind),
          `${rule} has no ${kind}`,
        );
      }
    }
  });

  test('every rule is the only one that decides at least one of its cases', async () => {
    const all = await results();
    const alone = new Set(
      all
        .filter((result) => result.kind === 'fires' && (decidesAlone(result) || lifts(result)))
        .map((result) => result.rule),
    );
    assert.deepEqual(
      [...new Set(all.map((result) => result.rule))].filter((rule) => !alone.has(rule)),
      [],
    );
  });

  test('every rule is quiet on the quiet cases of all others', async () => {
    const loud = (await results()).filter(
      (result) => result.kind === 'quiet' && result.stepped?.decision.verdict.level !== 'pass',
    );
    assert.deepEqual(
      loud.map(
        (result) =>
          `${result.rule}: ${result.told} ▶ ${result.stepped?.decision.verdict.level} (${matched(result).join(', ')})`,
      ),
      [],
    );
  });
});

/** Rules that matched and were not waived. */
function matched(result: ExampleResult): readonly string[] {
  const reasons = result.stepped?.decision.verdict.reasons ?? [];
  return [...new Set(reasons.filter((reason) => reason.waivedBy === undefined).map((reason) => reason.rule))];
}

/** The profile's own answer and the risk threshold stand behind every rule and do not count against it. */
function decidesAlone(result: ExampleResult): boolean {
  const verdict = result.stepped?.decision.verdict;
  if (verdict === undefined) return false;
  const decisive = verdict.reasons.filter((reason) => reason.level === verdict.level && reason.waivedBy === undefined);
  const rules = decisive.map((reason) => reason.rule).filter((rule) => rule !== 'gate/unmatched');
  return rules.includes(result.rule) && rules.every((rule) => rule === result.rule || rule.startsWith('risk/'));
}

/** A waiver decides where it lifts what the profile asks by itself. */
function lifts(result: ExampleResult): boolean {
  const reasons = result.stepped?.decision.verdict.reasons ?? [];
  return reasons.some((reason) => reason.rule === 'gate/unmatched' && reason.waivedBy === result.rule);
}
