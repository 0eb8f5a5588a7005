// A path that nobody could look at in time is unresolved; one that nobody was asked to look at keeps its spelling.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { factSet, type Fact, type NoAnswer } from '../model/index.ts';
import { defaultSettings } from '../settings/index.ts';
import { lower } from './lower.ts';
import { compileMachinery } from './machinery.ts';

const machinery = compileMachinery(defaultSettings());

function targetOf(none: NoAnswer): string {
  const action = {
    id: 'a',
    seam: 'check' as const,
    agent: 'check',
    session: 's',
    tool: 'shell' as const,
    hostTool: 'shell',
    input: { command: 'rm -r build' },
    cwd: '/home/dev/project',
    workspace: '/home/dev/project',
    home: '/home/dev',
    time: 0,
  };
  const facts = factSet([]);
  for (let lowered = lower(action, facts, { machinery }); ; lowered = lower(action, facts, { machinery })) {
    if (lowered.wants.length === 0)
      return lowered.effects.find((effect) => effect.kind === 'file.delete')?.target.type ?? 'none';
    facts.add(lowered.wants.map((want): Fact => ({ want, none })));
  }
}

describe('facts without an answer', () => {
  it('late: unresolved', () => assert.equal(targetOf('late'), 'unknown'));
  it('unknown: the path as it is written', () => assert.equal(targetOf('unknown'), 'path'));
});
