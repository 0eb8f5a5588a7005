// `holdfast replay`: one entry per tool call, stops marked, the second policy beside the first, errors in place.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { command, jsonOf } from '../support/command.ts';

const cli = command();
after(() => cli.remove());

const call = (text: string, id: string): object => ({
  role: 'tool_call',
  name: 'bash',
  args: { command: text },
  call_id: id,
});
const SESSION = {
  id: 's1',
  user_task: 'clean up',
  steps: [
    { role: 'user', content: 'clean up the build' },
    call('ls', 'c1'),
    { role: 'tool_result', content: 'a b', call_id: 'c1' },
    call('rm -rf ~', 'c2'),
    { role: 'assistant', content: 'I am sorry' },
    call('rm -rf build', 'c3'),
    call('ls -la', 'c4'),
  ],
};
const file = join(cli.home, 'sessions.jsonl');
writeFileSync(file, `${JSON.stringify(SESSION)}\n{"id":"s2"}\nnope\n${JSON.stringify({ ...SESSION, id: 's3' })}\n`);

type Row = { readonly step: number; readonly verdict: string; readonly stopped?: boolean; readonly against?: string };
const verdicts = (row: object | undefined): readonly Row[] => (row as { verdicts: readonly Row[] }).verdicts;

describe('replay', () => {
  for (const [name, args, input] of [
    ['a file', ['replay', file], undefined],
    ['standard input', ['replay', '--jsonl'], file],
    ['a file, as JSON', ['replay', '--json', file], undefined],
  ] as const)
    test(`reads ${name}; a stopped step is marked and the replay goes on`, async () => {
      const { readFileSync } = await import('node:fs');
      const ran = cli.run(args, input === undefined ? '' : readFileSync(input));
      assert.equal(ran.code, 1, 'two lines had errors');
      const rows = jsonOf(ran.stdout);
      assert.deepEqual(
        rows.map((row) => [row['id'], (row['error'] as { code?: string } | undefined)?.code]),
        [
          ['s1', undefined],
          ['s2', 'no-steps'],
          [3, 'line-unreadable'],
          ['s3', undefined],
        ],
      );
      assert.deepEqual(
        verdicts(rows[0]).map(({ step, verdict, stopped }) => [step, verdict, stopped ?? false]),
        [
          [1, 'pass', false],
          [3, 'deny', true],
          [5, 'pass', false],
          [6, 'pass', false],
        ],
      );
      assert.deepEqual(Object.keys(verdicts(rows[0])[0] as object), ['step', 'verdict', 'reasons', 'risk', 'labels']);
    });

  test('--halt stops the session there, and only that one', () => {
    const rows = jsonOf(cli.run(['replay', '--halt', file]).stdout);
    assert.deepEqual(
      verdicts(rows[0]).map((row) => row.step),
      [1, 3],
    );
    assert.equal(verdicts(rows[3]).length, 2);
  });

  test('--against adds the verdict under the second policy and names the differences', () => {
    const dir = join(cli.home, 'rules');
    mkdirSync(dir, { recursive: true });
    writeFileSync(
      join(dir, 'no-delete.cedar'),
      `@id("own/no-delete")\n@verdict("ask")\n@severity("high")\n@reason("nothing is deleted here")\n@fix("keep it")\nforbid (principal, action == Holdfast::Action::"file.delete", resource);\n`,
    );
    const ran = cli.run(['replay', '--against', dir, file]);
    const [row] = jsonOf(ran.stdout);
    assert.deepEqual(
      verdicts(row).map((one) => [one.verdict, one.against]),
      [
        ['pass', 'pass'],
        ['deny', 'deny'],
        ['pass', 'ask'],
        ['pass', 'pass'],
      ],
    );
    assert.deepEqual(row?.['differences'], [{ step: 5, verdict: 'pass', against: 'ask', rules: ['own/no-delete'] }]);
    assert.match(ran.stderr, /^2 sessions, 8 steps, 2 stopped, 2 differ under .*rules, 2 lines with errors\n$/);
  });
});
