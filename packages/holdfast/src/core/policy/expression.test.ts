// Expressions at their edges: errors travel as values, integers have 64 bits, `like` is linear.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Json, PolicyRequest } from '../model/index.ts';
import { compileExpression } from './expression.ts';
import { Refused, Unsupported } from './json-form.ts';
import { ERR, matcher, same } from './value.ts';

const request: PolicyRequest = {
  action: 'file.write',
  principal: {
    type: 'Session',
    id: 's',
    attrs: {},
    groups: [],
    parent: { type: 'Agent', id: 'a', attrs: { host: 'h' }, groups: ['team'] },
  },
  resource: { type: 'Path', id: '/x', attrs: { path: '/x' }, groups: ['one'] },
  context: { n: 5, s: 'abc', set: ['a', 'b'], f: true, r: { a: { b: 1 } } },
};

const v = (value: Json): Json => ({ Value: value });
const op = (name: string, left: Json, right: Json): Json => ({ [name]: { left, right } });
const at = (name: string): Json => ({ '.': { left: { Var: 'context' }, attr: name } });
const uid = (type: string, id: string): Json => v({ __entity: { type: `Holdfast::${type}`, id } });
// Built from pairs: an object literal with a `then` is a trap elsewhere.
const choice = (...parts: readonly [Json, Json, Json]): Json => ({
  'if-then-else': Object.fromEntries('if then else'.split(' ').map((name, i) => [name, parts[i] ?? null])),
});
const run = (expression: Json): unknown => compileExpression(expression)(request);
const max = 9007199254740991;

describe('policy: expressions', () => {
  const cases: readonly (readonly [string, Json, unknown])[] = [
    ['a short circuit hides an error', op('&&', v(false), at('missing')), false],
    ['or too', op('||', v(true), at('missing')), true],
    ['the right side must be a boolean', op('&&', v(true), v(1)), ERR],
    ['the left side too', op('||', v('x'), v(true)), ERR],
    ['a missing attribute is an error', at('missing'), ERR],
    ['an inherited name is a missing attribute', at('toString'), ERR],
    ['an attribute of a string is an error', { '.': { left: at('s'), attr: 'length' } }, ERR],
    ['has of an inherited name is false', { has: { left: { Var: 'context' }, attr: 'constructor' } }, false],
    ['has follows a path', { has: { left: at('r'), attr: ['a', 'b'] } }, true],
    ['has stops at what is not there', { has: { left: at('r'), attr: ['q', 'b'] } }, false],
    ['has through a number is an error', { has: { left: at('n'), attr: 'a' } }, ERR],
    ['sums beyond 2^53 stay exact', op('==', op('-', op('+', v(max), v(max)), v(max)), v(max)), true],
    ['sums one apart beyond 2^53 differ', op('==', op('+', op('+', v(max), v(1)), v(1)), op('+', v(max), v(1))), false],
    ['a product beyond 64 bits is an error', op('*', v(max), v(1025)), ERR],
    ['a product just within is none', op('>', op('*', v(max), v(1024)), v(0)), true],
    ['the least Long can be had but not negated', { neg: { arg: op('-', op('*', v(-max), v(1024)), v(1024)) } }, ERR],
    ['comparison wants Longs', op('<', at('s'), v(1)), ERR],
    ['equality of different types is false, no error', op('==', at('s'), v(1)), false],
    ['sets have no order and no multiplicity', op('==', at('set'), { Set: [v('b'), v('a'), v('b')] }), true],
    ['contains wants a set', op('contains', at('s'), v('a')), ERR],
    ['every set contains all of the empty one', op('containsAll', at('set'), { Set: [] }), true],
    ['and none of it', op('containsAny', at('set'), { Set: [] }), false],
    ['an entity is in its group', op('in', { Var: 'resource' }, uid('Group', 'one')), true],
    ['and in nothing by the same id', op('in', { Var: 'resource' }, uid('Party', 'one')), false],
    ['a session is in the groups of its agent', op('in', { Var: 'principal' }, uid('Group', 'team')), true],
    ['an action is in its group', op('in', { Var: 'action' }, uid('Action', 'mutates')), true],
    ['and in the group of all', op('in', { Var: 'action' }, uid('Action', 'any')), true],
    [
      'a set with something that is no entity is an error',
      op('in', { Var: 'resource' }, { Set: [uid('Group', 'one'), v(1)] }),
      ERR,
    ],
    ['a literal that names the resource has its attributes', { '.': { left: uid('Path', '/x'), attr: 'path' } }, '/x'],
    ['one that names nothing has none', { '.': { left: uid('Path', '/y'), attr: 'path' } }, ERR],
    ['is of a string is an error', { is: { left: at('s'), entity_type: 'Holdfast::Path' } }, ERR],
    ['another namespace is another type', { is: { left: { Var: 'resource' }, entity_type: 'Other::Path' } }, false],
    ['the condition must be a boolean', choice(at('n'), v(1), v(2)), ERR],
    ['only the branch taken is evaluated', choice(at('f'), v(1), at('missing')), 1],
    ['not wants a boolean', { '!': { arg: at('n') } }, ERR],
  ];
  for (const [name, expression, wanted] of cases) test(name, () => assert.equal(run(expression), wanted));

  test('what is not known is said at load', () => {
    assert.throws(() => compileExpression({ decimal: [v('1.0')] }), Unsupported);
    assert.throws(() => compileExpression({ Value: { __extn: { fn: 'ip', arg: '::1' } } }), Unsupported);
    assert.throws(() => compileExpression({ Value: 2 ** 53 }), Refused);
    let deep: Json = v(true);
    for (let i = 0; i < 600; i += 1) deep = { '!': { arg: deep } };
    assert.throws(() => compileExpression(deep), Refused);
  });

  test('like', () => {
    const rows: readonly (readonly [readonly string[], string, boolean])[] = [
      [['abc'], 'abc', true],
      [['abc'], 'abcd', false],
      [['', ''], '', true],
      [['a', ''], 'abc', true],
      [['', 'c'], 'abc', true],
      [['a', 'a'], 'a', false],
      [['a', 'b', 'c'], 'a1b2c', true],
      [['a', 'b', 'c'], 'acb', false],
      [['', 'ab', 'ab', ''], 'xaby', false],
      [['', 'ab', 'ab', ''], 'abab', true],
      [['a', 'b', 'b'], 'ab', false],
    ];
    for (const [pieces, text, wanted] of rows)
      assert.equal(matcher(pieces)(text), wanted, `${pieces.join('*')} on ${text}`);
  });

  test('records and sets of records are equal by content', () => {
    assert.equal(same({ a: [1, 2], b: { c: 'x' } }, { b: { c: 'x' }, a: [2, 1, 1] }), true);
    assert.equal(same({ a: 1 }, { a: 1, b: 2 }), false);
    assert.equal(same([], {}), false);
  });
});
