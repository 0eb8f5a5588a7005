// The compiled set: what errs, what is indexed where, and the law that one more forbid never loosens.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { LAYERS, LEVELS, type Json, type Layer, type Match, type PolicyRequest } from '../model/index.ts';
import { combineEffect } from './combine.ts';
import { compilePolicy, NO_MATCH, type SourceRule } from './compile.ts';
import type { PolicyJson } from './json-form.ts';

const request = (action: PolicyRequest['action']): PolicyRequest => ({
  action,
  principal: { type: 'Session', id: 's', attrs: {}, groups: [] },
  resource: { type: 'Path', id: '/x', attrs: { path: '/x' }, groups: [] },
  context: { certain: true },
});
const YES: Json = { Value: true };
const ERRS: Json = { '.': { left: { Var: 'context' }, attr: 'missing' } };

function source(id: string, layer: Layer, when: Json, more: Partial<PolicyJson> = {}): SourceRule {
  const notes = {
    id,
    verdict: layer,
    ...(layer === 'waive' ? { waives: 'x/ask' } : {}),
    ...(layer === 'modify' ? { rewrite: 'trash' } : {}),
  };
  const json: PolicyJson = {
    effect: layer === 'waive' || layer === 'allow' ? 'permit' : 'forbid',
    principal: { op: 'All' },
    action: { op: 'All' },
    resource: { op: 'All' },
    conditions: [{ kind: 'when', body: when }],
    annotations: notes,
    ...more,
  };
  return { json, scope: 'user' };
}

function matches(sources: readonly SourceRule[], action: PolicyRequest['action'] = 'file.write'): readonly Match[] {
  const compiled = compilePolicy(sources);
  assert.ok('policy' in compiled, JSON.stringify(compiled.problems));
  return compiled.policy.match(request(action));
}

describe('policy: compiled sets', () => {
  test('an erring forbid is a match that says so, an erring permit is none', () => {
    const all = LAYERS.map((layer) => source(`x/${layer}`, layer, ERRS));
    const withholds = source('x/withholds', 'allow', ERRS, { effect: 'forbid' });
    assert.deepEqual(
      matches([...all, withholds]).map(({ rule, erred }) => [rule.id, erred]),
      [
        ['x/deny', true],
        ['x/ask', true],
        ['x/modify', true],
        ['x/withholds', true],
      ],
    );
  });

  test('a rule stands for its actions only, groups resolved, and `call` is in no group', () => {
    const on = (op: string, id: string): SourceRule =>
      source(`x/${id.replace('.', '-')}`, 'ask', YES, { action: { op, entity: { type: 'Holdfast::Action', id } } });
    const set = [on('==', 'file.write'), on('in', 'mutates'), on('in', 'reads'), on('in', 'any'), on('==', 'call')];
    const ids = (action: PolicyRequest['action']): string =>
      matches(set, action)
        .map((match) => match.rule.id)
        .join(' ');
    assert.equal(ids('file.write'), 'x/file-write x/mutates x/any');
    assert.equal(ids('file.read'), 'x/reads x/any');
    assert.equal(ids('opaque'), 'x/any');
    assert.equal(ids('call'), 'x/call');
  });

  test('nothing matched is one shared empty list', () => {
    assert.equal(matches([source('x/ask', 'ask', { Value: false })]), NO_MATCH);
    assert.equal(Object.isFrozen(NO_MATCH), true);
  });

  test('an action nobody knows is an error of the caller, never silence', () => {
    assert.throws(() => matches([], 'file.vanish' as never), TypeError);
  });

  test('a problem anywhere and there is no policy', () => {
    const bad = source('x/bad', 'ask', { Value: 2 ** 53 });
    assert.equal('policy' in compilePolicy([source('x/ask', 'ask', YES), bad]), false);
    assert.equal('policy' in compilePolicy([source('x/ask', 'ask', { decimal: [{ Value: '1.0' }] })]), false);
  });

  test('the digest names texts and scopes', () => {
    const of = (scope: SourceRule['scope'], when: Json): string => {
      const compiled = compilePolicy([{ ...source('x/ask', 'ask', when), scope }]);
      return 'policy' in compiled ? compiled.policy.digest : '';
    };
    assert.equal(of('user', YES), of('user', YES));
    assert.notEqual(of('user', YES), of('machine', YES));
    assert.notEqual(of('user', YES), of('user', ERRS));
  });
});

describe('policy: laws', () => {
  const condition = fc.constantFrom<Json>(YES, { Value: false }, ERRS);
  const layers = fc.constantFrom(...LAYERS);
  const sets = fc.array(fc.tuple(layers, condition, fc.boolean()), { maxLength: 8 });
  const build = (set: readonly (readonly [Layer, Json, boolean])[]): SourceRule[] =>
    set.map(([layer, when, forbids], at) =>
      source(
        layer === 'ask' && at === 0 ? 'x/ask' : `x/r${at}`,
        layer,
        when,
        layer === 'allow' && forbids ? { effect: 'forbid' } : {},
      ),
    );
  // What an effect may do under a level: pass and allow both run, and allow also spares the host's prompt.
  const strictness = (level: string): number => ['allow', 'pass', 'modify', 'ask', 'deny'].indexOf(level);

  test('one more forbid never loosens, whatever the profile', () => {
    fc.assert(
      fc.property(
        sets,
        fc.constantFrom<Layer>('deny', 'ask', 'modify', 'allow'),
        condition,
        fc.constantFrom('pass' as const, 'ask' as const, 'deny' as const),
        (set, layer, when, unmatched) => {
          const rules = build(set);
          const more = source('x/more', layer, when, { effect: 'forbid' });
          const before = combineEffect(matches(rules), 0, unmatched).level;
          const after = combineEffect(matches([...rules, more]), 0, unmatched).level;
          assert.ok(strictness(after) >= strictness(before), `${before} became ${after}`);
        },
      ),
      { numRuns: 500 },
    );
  });

  test('one more permit never lifts a deny', () => {
    fc.assert(
      fc.property(sets, fc.constantFrom<Layer>('waive', 'allow'), (set, layer) => {
        const rules = build(set);
        const before = combineEffect(matches(rules), 0, 'pass').level;
        const after = combineEffect(matches([...rules, source('x/more', layer, YES)]), 0, 'pass').level;
        assert.ok(LEVELS.includes(after));
        if (before === 'deny') assert.equal(after, 'deny');
      }),
      { numRuns: 500 },
    );
  });
});
