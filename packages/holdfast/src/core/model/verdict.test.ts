// Tests of the two orders of verdicts.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LEVELS, atLeast, strongest, together, type Level } from './index.ts';

describe('order of verdicts', () => {
  it('within one effect: deny > ask > modify > allow > pass', () => {
    const order: Level[] = ['pass', 'allow', 'modify', 'ask', 'deny'];
    for (const [i, a] of order.entries())
      for (const [j, b] of order.entries()) assert.equal(strongest(a, b), order[Math.max(i, j)]);
  });
  it('across effects: deny > ask > modify > pass > allow, so allow needs every effect', () => {
    const order: Level[] = ['allow', 'pass', 'modify', 'ask', 'deny'];
    for (const [i, a] of order.entries())
      for (const [j, b] of order.entries()) assert.equal(together(a, b), order[Math.max(i, j)]);
  });
  it('adding an effect never weakens', () => {
    for (const a of LEVELS) for (const b of LEVELS) assert.ok(atLeast(together(a, b), a));
  });
});
