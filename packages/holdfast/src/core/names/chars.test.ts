// Runs of characters, names, words and quotes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  BLANK,
  DIGITS,
  behind,
  endOf,
  findOf,
  hasOf,
  isDigits,
  isName,
  isOf,
  nameEnd,
  quotedWords,
  splitAt,
  trimEndOf,
  trimStartOf,
  unquoted,
  wordsOf,
} from './chars.ts';

test('runs, first of a class, all of a class', () => {
  assert.deepEqual(
    [endOf('12a', DIGITS), endOf('a1', DIGITS), endOf('a12b', DIGITS, 1), endOf('', DIGITS)],
    [2, 0, 3, 0],
  );
  assert.deepEqual([findOf('ab c', BLANK), findOf('abc', BLANK), findOf(' a b', BLANK, 1)], [2, 3, 2]);
  assert.deepEqual([isOf('12', DIGITS), isOf('', DIGITS), isOf('1a', DIGITS)], [true, false, false]);
  assert.deepEqual([hasOf('a1', DIGITS), hasOf('a', DIGITS), hasOf('', DIGITS)], [true, false, false]);
  assert.deepEqual([isDigits('007'), isDigits('-1'), isDigits('1\n')], [true, false, false]);
});

test('names', () => {
  for (const name of ['a', '_', 'A_9']) assert.ok(isName(name), name);
  for (const name of ['', '9a', 'a-b', 'a ', 'é', 'a\n']) assert.ok(!isName(name), name);
  assert.deepEqual([nameEnd('ab=c'), nameEnd('=c'), nameEnd('x=y9', 2), nameEnd('9')], [2, 0, 4, 0]);
});

test('words and pieces', () => {
  assert.deepEqual(wordsOf(' a  b\n\tc '), ['a', 'b', 'c']);
  assert.deepEqual(wordsOf(' '), []);
  assert.deepEqual(splitAt('a:b::c', ':'), ['a', 'b', '', 'c']);
  assert.deepEqual(splitAt('', ':'), ['']);
  assert.deepEqual([trimEndOf('a//', '/'), trimEndOf('//', '/'), trimStartOf('  a ', ' ')], ['a', '', 'a ']);
  assert.deepEqual([behind('ext::x', 'ext::'), behind('ex', 'ext::'), behind('ext::', 'ext::')], ['x', undefined, '']);
});

test('quotes', () => {
  const rows: readonly (readonly [string, readonly string[] | undefined])[] = [
    ['a b', ['a', 'b']],
    [`a 'b c' "d e"`, ['a', 'b c', 'd e']],
    [`a''b ""`, ['ab', '']],
    [`'a\\b' a\\ b "a\\"b"`, ['a\\b', 'a b', 'a"b']],
    [`a 'b`, undefined],
    ['', []],
    ['a\\', ['a\\']],
  ];
  for (const [text, wanted] of rows) assert.deepEqual(quotedWords(text), wanted, text);
  assert.deepEqual([unquoted(`'a'`), unquoted(`"a`), unquoted('a'), unquoted(`'`)], ['a', `"a`, 'a', `'`]);
});
