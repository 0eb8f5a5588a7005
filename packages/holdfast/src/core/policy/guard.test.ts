// Filing rules under what must hold first changes nothing: every request meets the rules that evaluating all of them finds, in their order.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Json, PolicyRequest } from '../model/index.ts';
import { compilePolicy, type Compiled } from './compile.ts';
import { guardsOf } from './guard.ts';
import type { PolicyJson } from './json-form.ts';
import { ERR } from './value.ts';

const attr = (name: string, of = 'context'): Json => ({ '.': { left: { Var: of }, attr: name } });
const value = (literal: Json): Json => ({ Value: literal });
const set = (...words: readonly string[]): Json => ({ Set: words.map(value) });
const both = (op: string, left: Json, right: Json): Json => ({ [op]: { left, right } });
const group = (id: string): Json => value({ __entity: { type: 'Holdfast::Group', id } });

function rule(condition: Json, effect = 'forbid', kind = 'when'): PolicyJson {
  return {
    effect,
    principal: { op: 'All' },
    action: { op: 'All' },
    resource: { op: 'All' },
    conditions: [{ kind, body: condition }],
    annotations: {},
  };
}

const word = fc.constantFrom('a', 'b', 'c');
const leaf: fc.Arbitrary<Json> = fc.oneof(
  fc.constantFrom('set', 'other').chain((name) => word.map((one) => both('contains', attr(name), value(one)))),
  fc.array(word, { maxLength: 3 }).map((list) => both('containsAny', attr('set'), set(...list))),
  fc.array(word, { maxLength: 3 }).map((list) => both('containsAll', attr('set'), set(...list))),
  fc.array(word, { minLength: 1, maxLength: 3 }).map((list) => both('contains', set(...list), attr('text'))),
  fc.constantFrom('context', 'resource').chain((of) => word.map((one) => both('==', attr('text', of), value(one)))),
  fc.constantFrom('>', '>=').chain((op) => fc.integer({ min: 0, max: 4 }).map((n) => both(op, attr('long'), value(n)))),
  word.map((one) => both('in', { Var: 'resource' }, group(one))),
  fc.array(word, { maxLength: 2 }).map((list) => both('in', { Var: 'resource' }, { Set: list.map(group) })),
  fc.constantFrom('yes', 'no').map((name) => attr(name)),
  fc.constantFrom('yes', 'no').map((name): Json => ({ '!': { arg: attr(name) } })),
);
const condition = fc.letrec<{ node: Json }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc.tuple(fc.constantFrom('&&', '||'), tie('node'), tie('node')).map(([op, left, right]) => both(op, left, right)),
  ),
})).node;

/** Attributes of the right kind, of a wrong one, or missing. */
const odd = <T>(right: fc.Arbitrary<T>): fc.Arbitrary<unknown> =>
  fc.oneof(
    { weight: 8, arbitrary: right as fc.Arbitrary<unknown> },
    fc.constantFrom<unknown>(undefined, 1, 'a', true, ['a']),
  );
const request: fc.Arbitrary<PolicyRequest> = fc
  .record({
    set: odd(fc.array(word, { maxLength: 2 })),
    other: odd(fc.array(word, { maxLength: 2 })),
    text: odd(word),
    long: odd(fc.oneof(fc.integer({ min: 0, max: 5 }), fc.constant(2n ** 60n))),
    yes: odd(fc.boolean()),
    no: odd(fc.boolean()),
    resource: fc.record({ text: odd(word) }),
    type: fc.constantFrom('Path', 'Path', 'Path', 'Group'),
    id: word,
    groups: fc.array(word, { maxLength: 2 }),
    above: fc.option(fc.record({ id: word, groups: fc.array(word, { maxLength: 1 }) }), { freq: 6, nil: undefined }),
  })
  .map(({ resource, type, id, groups, above, ...given }) => {
    const present = (from: object): { [name: string]: unknown } =>
      Object.fromEntries(Object.entries(from).filter(([, one]) => one !== undefined));
    return {
      action: 'file.read' as const,
      principal: { type: 'Session', id: 's', groups: [], attrs: {} },
      resource: {
        type,
        id,
        groups,
        attrs: present(resource) as { [name: string]: never },
        ...(above === undefined ? {} : { parent: { type: 'Group', attrs: {}, ...above } }),
      },
      context: present(given),
    };
  });

function compiled(rules: readonly PolicyJson[]): Compiled {
  const made = compilePolicy(
    rules.map((json, at) => ({
      json: { ...json, annotations: { id: `t/r${at}`, verdict: json.effect === 'forbid' ? 'deny' : 'allow' } },
      scope: 'shipped' as const,
    })),
  );
  assert.ok('policy' in made, JSON.stringify(made.problems));
  return made;
}

test('the same rules match as when each is evaluated, in the same order, with the same errors', () => {
  let filed = 0;
  let matched = 0;
  let erred = 0;
  fc.assert(
    fc.property(
      fc.array(
        fc
          .tuple(
            condition,
            fc.constantFrom('forbid', 'forbid', 'permit'),
            fc.constantFrom('when', 'when', 'when', 'unless'),
          )
          .map(([body, effect, kind]) => rule(body, effect, kind)),
        { minLength: 1, maxLength: 8 },
      ),
      fc.array(request, { minLength: 1, maxLength: 4 }),
      (rules, requests) => {
        const { policy, rules: all } = compiled(rules);
        filed += rules.filter((one) => guardsOf(one) !== undefined).length;
        for (const one of requests) {
          const wanted = all.flatMap(({ test: holds, info, json }) => {
            const answer = holds(one);
            if (answer === ERR) erred++;
            return answer === true
              ? [{ rule: info.id, erred: false }]
              : answer === ERR && json.effect === 'forbid'
                ? [{ rule: info.id, erred: true }]
                : [];
          });
          matched += wanted.length;
          assert.deepEqual(
            policy.match(one).map(({ rule: info, erred: failed }) => ({ rule: info.id, erred: failed })),
            wanted,
          );
        }
      },
    ),
    { numRuns: 4_000, seed: 17 },
  );
  assert.ok(filed > 5_000 && matched > 5_000 && erred > 2_000, `${filed} filed, ${matched} matched, ${erred} erred`);
});

describe('what a rule is filed under', () => {
  const certain = attr('certain');
  const contains = both('contains', attr('attributes'), value('setuid'));
  const rows: readonly (readonly [string, Json, readonly string[] | undefined])[] = [
    ['a word of a set', contains, ['words context.attributes']],
    ['the first of several', both('&&', contains, both('>', attr('risk'), value(3))), ['words context.attributes']],
    ['behind a plain attribute', both('&&', certain, contains), ['context.certain words context.attributes']],
    [
      'either of two',
      both('||', contains, both('==', attr('text'), value('a'))),
      ['words context.attributes', 'equals context.text'],
    ],
    ['a place', both('in', { Var: 'resource' }, group('credentials')), ['in resource']],
    ['nothing where one side is open', both('||', contains, certain), undefined],
    ['nothing where something else stands in front', both('&&', { '!': { arg: contains } }, contains), undefined],
    ['nothing where a whole is compared', both('==', { Var: 'resource' }, group('a')), undefined],
    ['nothing for the principal', both('in', { Var: 'principal' }, group('a')), undefined],
  ];
  for (const [name, body, sources] of rows)
    test(name, () =>
      assert.deepEqual(
        guardsOf(rule(body))?.map((guard) => guard.source),
        sources,
      ),
    );
  test('nothing where it is `unless`', () => assert.equal(guardsOf(rule(contains, 'forbid', 'unless')), undefined));
});
