// Redaction: nothing planted stays, JSON stays JSON, doing it twice changes nothing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { keyed, type Json } from '../model/index.ts';
import { knownValues } from './known-values.ts';
import { planted } from '../../../../../test/support/planted.ts';
import { redactJson, redactText } from './redact.ts';

const KEY = 'k'.repeat(64);
const secret = fc
  .tuple(fc.integer({ min: 1, max: 1_000_000 }), fc.nat(20))
  .map(([seed, at]) => planted(seed)[at]?.[1] ?? '');
const edge = fc.constantFrom(
  '',
  ' ',
  '"',
  "'",
  '\n',
  '(',
  ')',
  '[',
  ',',
  ';',
  '=',
  ': ',
  '/',
  '?k=',
  '&',
  'é',
  '{',
  '}',
  '|',
  '>',
  '<',
  'token=',
  'the key is ',
  '\\n',
  '%3D',
);
// What follows a key directly is no letter or digit: with one it would be another key.
const right = edge.filter((text) => !/^\w/.test(text));
const prose = fc.string({ unit: 'binary', maxLength: 40 }).map((text) => `${text} `);

test('a placeholder names class and fingerprint, and says so in the list', () => {
  const value = planted(7)[1]?.[1] ?? '';
  const { text, found } = redactText(`push with ${value} now`, KEY);
  const print = keyed(KEY, value);
  assert.equal(text, `push with \u2039redacted:github-token:${print.slice(0, 6)}\u203a now`);
  assert.deepEqual(found, [{ print, class: 'github-token', known: true }]);
});

test('no planted key of a supported format stays in a text', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(prose, edge, secret, right), { minLength: 1, maxLength: 4 }), (parts) => {
      const text = parts.map(([before, left, value, after]) => ` ${before}${left}${value}${after} `).join('');
      const redacted = redactText(text, KEY).text;
      for (const [, , value] of parts) assert.ok(!redacted.includes(value), `${value} in ${redacted}`);
    }),
    { numRuns: 300 },
  );
});

test('nor in JSON, in values or keys, and JSON stays JSON of the same shape', () => {
  const leaf = fc.oneof(
    fc.tuple(prose, secret).map(([before, value]) => before + value),
    fc.string(),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
  );
  const name = fc.oneof(
    secret,
    fc.string({ maxLength: 8 }),
    fc.constantFrom('password', 'token', '__proto__', 'constructor'),
  );
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small' },
      leaf,
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.dictionary(name, tie('tree'), { maxKeys: 3, noNullPrototype: true }),
    ),
  }));
  fc.assert(
    fc.property(tree, secret, (given, value) => {
      const json = { input: given as Json, [value]: 1, text: `x ${value}` };
      const { json: copy } = redactJson(json, KEY);
      const text = JSON.stringify(copy);
      assert.ok(!text.includes(JSON.stringify(value).slice(1, -1)));
      assert.deepEqual(JSON.parse(text), copy);
      assert.deepEqual(shape(copy), shape(json));
      assert.deepEqual(redactJson(copy, KEY).json, copy);
    }),
    { numRuns: 300 },
  );
});

function shape(json: Json): unknown {
  if (Array.isArray(json)) return json.map((item: Json) => shape(item));
  if (json === null || typeof json !== 'object') return typeof json;
  return Object.values(json).map((item) => shape(item));
}

test('redacting twice changes nothing', () => {
  const piece = fc.oneof(
    secret,
    prose,
    fc.constantFrom(
      'password=',
      'token: ',
      '"',
      '\n',
      'DB_PASSWORD=hunter2!x',
      'postgres://u:Xk29qPzz@h/',
      '--password a8F3kd92x ',
      'api_key="a8F3kd92Lq01"',
      '=',
      ':',
      '\u2039',
      '\u203a',
    ),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), (parts) => {
      const once = redactText(parts.join(''), KEY).text;
      assert.equal(redactText(once, KEY).text, once);
    }),
    { numRuns: 1_000 },
  );
});

test('a value under a credential name goes even where its own text says nothing', () => {
  const { json, count } = redactJson(
    { password: 'a8F3kd92', max_tokens: 5, note: 'password', nested: { apiKey: ['a8F3kd92Lq01', 'none'] } },
    KEY,
  );
  assert.equal(count, 2);
  assert.doesNotMatch(JSON.stringify(json), /a8F3kd92/);
  assert.match(JSON.stringify(json), /"max_tokens":5,"note":"password"/);
});

test('what was redacted inside a value is left as it is the next time', () => {
  const options = { key: KEY, store: true };
  const once = redactJson({ password: `x1/${planted(5)[1]?.[1]}/y!` }, options);
  assert.equal(once.count, 1);
  assert.deepEqual(redactJson(once.json, options), { json: once.json, count: 0, found: [] });
});

test('known values go in every form, under one fingerprint', () => {
  const value = 'correct horse battery';
  const known = knownValues([{ value, class: 'Declared 1' }]);
  const { text, found } = redactText(`${value} ${Buffer.from(value).toString('hex')}`, { key: KEY, known });
  assert.equal(found.length, 1);
  assert.match(text, /^\u2039redacted:declared--:[0-9a-f]{6}\u203a \u2039redacted:declared--:[0-9a-f]{6}\u203a$/);
});

test('what is nested too deep is not copied unseen', () => {
  let json: Json = 'deep';
  for (let i = 0; i < 100; i++) json = [json];
  assert.match(JSON.stringify(redactJson(json, KEY).json), /redacted:too-deep/);
});

test('two keys that read alike once redacted both stay', () => {
  const known = knownValues([{ value: 'correct horse', class: 'x' }]);
  const { json } = redactJson(
    { 'correct horse': 1, [Buffer.from('correct horse').toString('hex')]: 2 },
    { key: KEY, known },
  );
  assert.deepEqual(Object.values(json as object), [1, 2]);
});
