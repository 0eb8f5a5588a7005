// Every example beside a shipped rule, through the real pipeline; and each rule against the quiet cases of all others.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { exampleRunner, runExamples, type ExampleResult } from '../../packages/holdfast/src/app/examples.ts';
import { loadPolicy, readExamples, SHIPPED } from '../../packages/holdfast/src/edge/policy/index.ts';
import { rulesFor } from '../support/rules.ts';

let ran: Promise<readonly ExampleResult[]> | undefined;
const results = (): Promise<readonly ExampleResult[]> =>
  (ran ??= rulesFor('balanced').then((rules) => runExamples(rules)));

describe('shipped rules: examples', () => {
  test('what fires fires, what is quiet or missed does not', async () => {
    const failed = (await results()).filter((result) => result.error !== undefined);
    assert.deepEqual(
      failed.map((result) => `${result.rule} ${result.kind}: ${result.error}\n  ${result.told}`),
      [],
    );
  });

  test('every rule is the only one that decides at least one of its cases', async () => {
    const all = await results();
    const rules = new Set(all.map((result) => result.rule));
    const alone = new Set(
      all
        .filter(
          (result) => result.kind === 'fires' && others(result).length === 0 && result.decided.includes(result.rule),
        )
        .map((result) => result.rule),
    );
    assert.deepEqual(
      [...rules].filter((rule) => !alone.has(rule)),
      [],
    );
  });

  test('every rule has examples of all kinds and is quiet on the quiet cases of all others', async () => {
    const loaded = await loadPolicy([SHIPPED]);
    assert.ok(loaded.ok);
    const { files, errors } = await readExamples(loaded.rules);
    assert.deepEqual(errors, []);
    assert.equal(files.length, loaded.rules.length);
    const run = exampleRunner(await rulesFor('balanced'));
    const loud: string[] = [];
    for (const file of files) {
      assert.ok(file.misses.length > 0, `${file.rule} names no miss`);
      for (const example of file.quiet) {
        const answer = run(example);
        if (answer.level !== 'pass')
          loud.push(`${JSON.stringify(example)} of ${file.rule} ▶ ${answer.level} by ${answer.rules.join(', ')}`);
      }
    }
    assert.deepEqual(loud, []);
  });
});

/** Other rules that decided too; the profile's own answer and the risk threshold stand behind every rule and do not count. */
function others(result: ExampleResult): readonly string[] {
  return result.decided.filter(
    (rule) => rule !== result.rule && rule !== 'gate/unmatched' && !rule.startsWith('risk/'),
  );
}
