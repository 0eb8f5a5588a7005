// What reaches a terminal: nothing that drives it but our own colours, cut to width, commands as they can be typed.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { programName, typeable } from './terminal.ts';
import { fit, levelWord, oneLine, paint, printable, styled } from './text.ts';

describe('control characters never reach a terminal', () => {
  const rows: readonly (readonly [string, string])[] = [
    ['plain – text ü', 'plain – text ü'],
    ['\x1b[31mred\x1b[0m', '·[31mred·[0m'],
    ['a\rb', 'a·b'],
    ['bell\x07 csi\x9b31m', 'bell· csi·31m'],
    ['bidi\u202eevil', 'bidi·evil'],
    ['zero\u200bwidth', 'zero·width'],
    ['two\nlines', 'two\nlines'],
    ['\ta tab is white space', '\ta tab is white space'],
  ];
  for (const [given, wanted] of rows) test(JSON.stringify(given), () => assert.equal(printable(given), wanted));
  test('one line is one line', () => assert.equal(oneLine(' a\n\tb \x1b[2J'), 'a b ·[2J'));
});

describe('styles', () => {
  const text = `${paint('bad', 'no')} and ${levelWord('deny')}.`;
  test('in colour', () => assert.equal(styled(text, true), '\x1b[31mno\x1b[0m and \x1b[31mdeny   \x1b[0m.'));
  test('without', () => assert.equal(styled(text, false), 'no and deny   .'));
  test('survive the cleaning', () => assert.equal(styled(printable(text), false), 'no and deny   .'));
  test('a level nobody knows is a word', () => assert.equal(levelWord('odd', 5), 'odd  '));
});

describe('fit', () => {
  const rows: readonly (readonly [string, number, string])[] = [
    ['short', 10, 'short'],
    ['exactly', 7, 'exactly'],
    ['too long', 5, 'too …'],
    ['😀😀', 3, '😀…'],
    ['😀😀', 2, '…'],
    ['x', 0, '…'],
  ];
  for (const [given, width, wanted] of rows)
    test(`${given} in ${width}`, () => assert.equal(fit(given, width), wanted));
});

test('commands get the name by which this program can be called', () => {
  const name = programName();
  assert.match(name, /bin\/holdfast$/);
  assert.equal(
    typeable('run `holdfast why 3` or `holdfast`, see holdfast.md and `holdfast-hook`'),
    `run \`${name} why 3\` or \`${name}\`, see holdfast.md and \`holdfast-hook\``,
  );
});
