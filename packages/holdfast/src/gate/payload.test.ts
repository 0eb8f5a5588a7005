// Tests of payload reading: every kind of bad input ends in a reason.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { limits } from '../core/model/index.ts';
import { readPayload } from './payload.ts';

const deep = (n: number): string => '['.repeat(n) + ']'.repeat(n);

describe('readPayload', () => {
  const bad: readonly { readonly name: string; readonly raw: string | undefined; readonly why: RegExp }[] = [
    { name: 'no UTF-8', raw: undefined, why: /not valid utf-8/i },
    { name: 'empty', raw: '', why: /no JSON/ },
    { name: 'cut', raw: '{"a":', why: /no JSON/ },
    { name: 'plain words', raw: 'not json', why: /no JSON/ },
    { name: 'deep', raw: deep(limits.JSON_DEPTH + 1), why: /nested deeper/ },
    { name: 'very deep', raw: deep(1_000_000), why: /nested deeper/ },
    { name: 'huge', raw: `"${'x'.repeat(limits.PAYLOAD_BYTES)}"`, why: /larger than/ },
  ];
  for (const { name, raw, why } of bad) {
    it(`${name}: a reason`, () => {
      const read = readPayload(raw);
      assert.ok('why' in read);
      assert.match(read.why, why);
    });
  }
  it('does not count brackets inside strings', () => {
    const read = readPayload(JSON.stringify({ a: deep(500) + '\\"' }));
    assert.ok('json' in read);
  });
  it('reads what is allowed, NUL and lone surrogates included', () => {
    assert.deepEqual(readPayload('{"a":"\\u0000\\ud800"}'), { json: { a: '\0\ud800' } });
    assert.ok('json' in readPayload(deep(limits.JSON_DEPTH)));
  });
});
