// Runs the examples of every program table through the real pipeline: parser, walker, tables, facts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lower } from '../lower.ts';
import { compileMachinery } from '../machinery.ts';
import { factsFor, lowerFully, shellAction, GROUPS } from '../testing.ts';
import type { Effect } from '../../model/index.ts';
import type { Example } from './format.ts';
import { TABLE_FILES } from './list.ts';

const machinery = compileMachinery({ groups: GROUPS });

function matches(effect: Effect, wanted: string): boolean {
  const words = wanted.split(' ');
  const attributes = words.filter((word) => word.startsWith('+')).map((word) => word.slice(1));
  const target = words
    .slice(1)
    .filter((word) => !word.startsWith('+'))
    .join(' ');
  if (effect.kind !== words[0]) return false;
  if (target === '?' ? effect.target.type !== 'unknown' : target !== '' && effect.target.name !== target) return false;
  return attributes.every((name) => effect.attributes.includes(name as never));
}

function lines(effects: readonly Effect[]): string {
  return effects
    .map(
      (effect) =>
        `  ${effect.kind} ${effect.target.type === 'unknown' ? `? (${effect.target.name})` : effect.target.name} ${effect.attributes.map((name) => `+${name}`).join(' ')}`,
    )
    .join('\n');
}

for (const table of TABLE_FILES) {
  test(`table ${table.program}: its examples hold`, () => {
    assert.ok(table.examples.length >= 3, 'a table needs three examples, one of them a near miss');
    for (const example of table.examples) check(example);
  });
}

function check(example: Example): void {
  const action = shellAction(example.command, example.cwd);
  const { effects } = lowerFully((facts) => lower(action, facts, { machinery }), factsFor(example.files ?? {}));
  for (const wanted of example.effects ?? []) {
    assert.ok(
      effects.some((effect) => matches(effect, wanted)),
      `\`${example.command}\` should have \`${wanted}\`, has\n${lines(effects)}`,
    );
  }
  for (const unwanted of example.not ?? []) {
    assert.ok(
      !effects.some((effect) => matches(effect, unwanted)),
      `\`${example.command}\` should not have \`${unwanted}\`, has\n${lines(effects)}`,
    );
  }
}
