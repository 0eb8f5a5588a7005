// Backslash escapes: letters by number are letters that were hidden.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { charByNumber, unescaped } from './escapes.ts';

const rows: readonly (readonly [text: string, want: string, changed: boolean])[] = [
  ['plain', 'plain', false],
  ['a\\nb\\tc', 'a\nb\tc', false],
  ['\\x72\\x6d', 'rm', true],
  ['\\162m', 'rm', true],
  ['\\0162m', 'rm', true],
  ['\\u0072m', 'rm', true],
  ['\\x0a', '\n', false],
  ['\\\\x72', '\\x72', false],
  ['\\q\\', '\\q\\', false],
  ['\\xzz', '\\xzz', false],
  ['\\constructor', '\\constructor', false],
];
for (const [text, want, changed] of rows)
  test(`escapes: ${text}`, () => {
    assert.deepEqual(unescaped(text), { text: want, changed });
  });

test('a number is as long as it may be', () => {
  assert.deepEqual(charByNumber('x414', 0, 3), { code: 0x41, length: 3 });
  assert.deepEqual(charByNumber('1017', 0, 3), { code: 0o101, length: 3 });
  assert.equal(charByNumber('x', 0, 3), undefined);
  assert.equal(charByNumber('9', 0, 3), undefined);
});
