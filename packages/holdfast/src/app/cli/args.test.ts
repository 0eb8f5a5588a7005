// Flags are read strictly, and what is wrong with them is one sentence.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readArgs, type Shape } from './args.ts';
import { UserError } from './errors.ts';

const shape: Shape = {
  name: 'log',
  most: 1,
  flags: [
    { name: 'last', value: 'N', text: '' },
    { name: 'policy', value: 'DIR', text: '', many: true },
    { name: 'json', text: '' },
  ],
};
const check: Shape = { ...shape, name: 'check', most: Infinity };

describe('flags that are right', () => {
  test('all kinds', () => {
    const args = readArgs(['--last', '3', 'a', '--json', '--policy', 'x', '--policy=y'], shape);
    assert.deepEqual(
      [args.get('last'), args.has('json'), args.all('policy'), args.operands],
      ['3', true, ['x', 'y'], ['a']],
    );
  });
  test('none', () => {
    const args = readArgs([], shape);
    assert.deepEqual(
      [args.get('last'), args.has('json'), args.all('policy'), args.operands],
      [undefined, false, [], []],
    );
  });
  test('after -- everything is an operand', () => {
    assert.deepEqual(readArgs(['--json', '--', 'rm', '-rf', '--help'], check).operands, ['rm', '-rf', '--help']);
  });
});

describe('flags that are wrong', () => {
  const rows: readonly { argv: readonly string[]; shape?: Shape; says: string; todo: RegExp }[] = [
    { argv: ['--bogus'], says: 'log has no flag `--bogus`', todo: /help log/ },
    { argv: ['-x'], says: 'log has no flag `-x`', todo: /help log/ },
    {
      argv: ['--last'],
      says: '--last needs a value (N); one that begins with a dash is written --last=…',
      todo: /help log/,
    },
    {
      argv: ['--last', '-1'],
      says: '--last needs a value (N); one that begins with a dash is written --last=…',
      todo: /./,
    },
    { argv: ['--json=yes'], says: '--json takes no value', todo: /help log/ },
    { argv: ['a', 'b'], says: 'log does not know what to do with `b`', todo: /help log/ },
    { argv: ['rm', '-rf', '/'], shape: check, says: 'check has no flag `-r`', todo: /in quotes/ },
  ];
  for (const { argv, shape: given = shape, says, todo } of rows)
    test(argv.join(' '), () => {
      assert.throws(
        () => readArgs(argv, given),
        (error) => {
          assert.ok(error instanceof UserError);
          assert.deepEqual([error.message, error.exit, error.code], [says, 2, 'usage']);
          assert.match(error.todo, todo);
          return true;
        },
      );
    });
});
