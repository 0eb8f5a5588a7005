// The order of layers and what a waiver may lift.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Layer, Level, Match, RuleInfo } from '../model/index.ts';
import { combineCall, combineEffect, UNMATCHED } from './combine.ts';

function rule(layer: Layer, id: string, more: Partial<RuleInfo> = {}): RuleInfo {
  return {
    id,
    layer,
    severity: 'high',
    reason: 'r',
    fix: undefined,
    refs: [],
    waivable: true,
    waives: undefined,
    rewrite: undefined,
    scope: 'shipped',
    ...more,
  };
}
const hit = (layer: Layer, id: string, more: Partial<RuleInfo> = {}): Match => ({
  rule: rule(layer, id, more),
  erred: false,
});
const erred = (layer: Layer, id: string, more: Partial<RuleInfo> = {}): Match => ({
  rule: rule(layer, id, more),
  erred: true,
});
const waiver = (of: string): Match => hit('waive', `w/${of.replace('/', '-')}`, { waives: of });

describe('policy: combining the layers', () => {
  const rows: readonly (readonly [string, readonly Match[], 'pass' | 'ask' | 'deny', Level])[] = [
    ['nothing matches and nothing is asked', [], 'pass', 'pass'],
    ['nothing matches where the profile asks', [], 'ask', 'ask'],
    ['nothing matches where the profile denies', [], 'deny', 'deny'],
    [
      'deny is stronger than all',
      [hit('allow', 'a/a'), hit('ask', 'k/k'), hit('modify', 'm/m'), hit('deny', 'd/d')],
      'pass',
      'deny',
    ],
    ['ask is stronger than modify', [hit('ask', 'k/k'), hit('modify', 'm/m')], 'pass', 'ask'],
    ['modify is stronger than allow', [hit('allow', 'a/a'), hit('modify', 'm/m')], 'pass', 'modify'],
    ['allow is stronger than the profile', [hit('allow', 'a/a')], 'deny', 'allow'],
    [
      'a forbid of the allow layer withholds',
      [hit('allow', 'a/a'), hit('allow', 'a/f', { withholds: true })],
      'pass',
      'pass',
    ],
    ['an erring one too', [hit('allow', 'a/a'), erred('allow', 'a/f', { withholds: true })], 'deny', 'deny'],
    ['a withheld approval alone says nothing', [hit('allow', 'a/f', { withholds: true })], 'pass', 'pass'],
    ['an erring permit is absent', [erred('allow', 'a/a')], 'ask', 'ask'],
    ['an erring deny denies', [erred('deny', 'd/d')], 'pass', 'deny'],
    ['an erring ask asks', [erred('ask', 'k/k')], 'pass', 'ask'],
    ['an erring modify asks', [erred('modify', 'm/m')], 'pass', 'ask'],
    ['a waiver lifts the ask it names', [hit('ask', 'k/k'), waiver('k/k')], 'pass', 'pass'],
    ['and only that', [hit('ask', 'k/k'), hit('ask', 'k/l'), waiver('k/k')], 'pass', 'ask'],
    ['a waiver lifts what the profile asks, and approves nothing', [waiver('gate/unmatched')], 'ask', 'pass'],
    ['not what the profile denies', [waiver('gate/unmatched')], 'deny', 'deny'],
    ['not what a rule asks', [hit('ask', 'k/k'), waiver('gate/unmatched')], 'ask', 'ask'],
    ['not what a rule denies', [hit('deny', 'd/d'), waiver('gate/unmatched')], 'ask', 'deny'],
    ['not by another name', [waiver('k/k')], 'ask', 'ask'],
    ['an erring one lifts nothing', [erred('waive', 'w/w', { waives: 'gate/unmatched' })], 'ask', 'ask'],
    [
      'not what somebody keeps from being approved',
      [hit('allow', 'a/a'), hit('allow', 'a/f', { withholds: true }), waiver('gate/unmatched')],
      'ask',
      'ask',
    ],
    ['allow is stronger than a waiver', [hit('allow', 'a/a'), waiver('gate/unmatched')], 'ask', 'allow'],
    ['a waiver lifts a modify', [hit('modify', 'm/m'), waiver('m/m')], 'pass', 'pass'],
    ['a waiver never lifts a deny', [hit('deny', 'd/d'), waiver('d/d')], 'pass', 'deny'],
    ['nor what may not be waived', [hit('ask', 'k/k', { waivable: false }), waiver('k/k')], 'pass', 'ask'],
    ['an erring waiver lifts nothing', [hit('ask', 'k/k'), erred('waive', 'w/k', { waives: 'k/k' })], 'pass', 'ask'],
    ['a waiver approves nothing under a profile that denies', [hit('ask', 'k/k'), waiver('k/k')], 'deny', 'deny'],
    ['an ask stays below a profile that denies', [hit('ask', 'k/k')], 'deny', 'deny'],
    ['a deny stays above a profile that asks', [hit('deny', 'd/d')], 'ask', 'deny'],
  ];
  for (const [name, matches, unmatched, level] of rows) {
    test(name, () => assert.equal(combineEffect(matches, 0, unmatched).level, level));
  }

  test('reasons say which rule, about what, whether it erred and who lifted it', () => {
    const { level, reasons } = combineEffect([erred('ask', 'k/k'), hit('modify', 'm/m'), waiver('k/k')], 3, 'pass');
    assert.equal(level, 'modify');
    assert.deepEqual(reasons, [
      { rule: 'k/k', effect: 3, level: 'ask', erred: true, waivedBy: 'w/k-k' },
      { rule: 'm/m', effect: 3, level: 'modify' },
    ]);
    assert.deepEqual(combineCall([], 'deny').reasons, [{ rule: UNMATCHED, effect: 'call', level: 'deny' }]);
  });

  test('nothing is allocated where nothing matches', () => {
    assert.equal(combineEffect([], 0, 'pass'), combineCall([], 'pass'));
  });
});
