// JSON text with positions: flaws are named by place, and every edit leaves the rest of the text as it was.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { append, cutParts, scan, type Node } from './json-text.ts';

function rootOf(text: string): Node {
  const read = scan(text);
  assert.ok('root' in read, text);
  return read.root;
}

test('what is no JSON is named by line and column', () => {
  const wanted: readonly (readonly [string, number, number])[] = [
    ['', 1, 1],
    ['{\n  "a": 1,\n}', 3, 1],
    ['{\n  // note\n}', 2, 3],
    ['{"a": tru}', 1, 7],
    ['{"a": 01}', 1, 7],
    ['{"a" 1}', 1, 6],
    ['{"a": 1} x', 1, 10],
    ['{"a": "x', 1, 7],
    ['{"a": "\\q"}', 1, 7],
    ['[1 2]', 1, 4],
    ['{"a": [1,]}', 1, 10],
  ];
  for (const [text, line, column] of wanted) {
    const read = scan(text);
    assert.ok('flaw' in read, text);
    assert.deepEqual([read.flaw.line, read.flaw.column], [line, column], `${text}: ${read.flaw.why}`);
  }
});

test('hostile nesting is a flaw, not a crash', () => {
  assert.ok('flaw' in scan('['.repeat(100_000)));
});

test('it reads what JSON.parse reads, and refuses what that refuses', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.json(),
        fc.string(),
        fc.json().map((text) => text.slice(0, -1)),
      ),
      (text) => {
        fc.pre(!text.startsWith('\uFEFF'));
        let parses = true;
        try {
          JSON.parse(text);
        } catch {
          parses = false;
        }
        assert.equal('root' in scan(text), parses, text);
      },
    ),
    { numRuns: 500 },
  );
});

test('a part is appended in the layout of the text', () => {
  const wanted: readonly (readonly [string, string])[] = [
    ['{}', '{\n  "k": 1\n}'],
    ['{ }', '{\n  "k": 1\n}'],
    ['{"a":1.0}', '{"a":1.0,\n  "k": 1}'],
    ['{\n\t"a": 1e400\n}\n', '{\n\t"a": 1e400,\n\t"k": 1\n}\n'],
    ['\uFEFF{}', '\uFEFF{\n  "k": 1\n}'],
    ['{\r\n  "a": 1\r\n}', '{\r\n  "a": 1,\r\n  "k": 1\r\n}'],
  ];
  for (const [before, after] of wanted) assert.equal(append(before, rootOf(before), '"k": 1', 0), after);
});

test('cutting any parts of a list leaves exactly the others', () => {
  fc.assert(
    fc.property(
      fc.array(fc.jsonValue(), { maxLength: 6 }),
      fc.infiniteStream(fc.boolean()),
      fc.constantFrom(0, 2),
      (list, coins, space) => {
        const text = JSON.stringify(list, null, space);
        const picks = list.map(() => coins.next().value === true);
        const left = cutParts(text, rootOf(text), new Set(list.flatMap((_, i) => (picks[i] === true ? [i] : []))));
        assert.deepEqual(JSON.parse(left), JSON.parse(JSON.stringify(list.filter((_, i) => picks[i] !== true))));
      },
    ),
    { numRuns: 300 },
  );
});
