// One rules object for a whole decision: that of the session's workspace, named by every record that stood on it.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { dataOf, ofType, openGate, said } from '../../../../test/support/gate.ts';
import { rulesFor } from '../../../../test/support/rules.ts';

describe('rules of a workspace', () => {
  test('decide, and are named in the record; elsewhere those above any project are', async (t) => {
    const [base, strict] = [await rulesFor('balanced'), await rulesFor('strict')];
    const gate = await openGate(t, {
      parts: {
        rules: () => base,
        // As at first sight of a workspace and later: read first, then at hand.
        rulesOf: (workspace) => (workspace.endsWith('/project') ? Promise.resolve(strict) : base),
      },
    });
    const other = { session_id: 'another', cwd: gate.dir };
    assert.equal(said(await gate.bash('frobnicate --now', 'a1')).level, 'ask');
    assert.equal(said(await gate.bash('frobnicate --now', 'b1', other)).level, 'pass');
    await gate.ran('ls', 'a1');
    await gate.send('user-prompt-submit');
    const all = await gate.records();
    const named = (type: 'verdict' | 'outcome' | 'prompt'): readonly string[] =>
      ofType(all, type).map((body) => (body.rules === strict.digest ? 'strict' : 'above'));
    assert.deepEqual(
      [named('verdict'), named('outcome'), named('prompt')],
      [['strict', 'above'], ['strict'], ['strict']],
    );
    assert.equal(await gate.sound(), 'intact');
  });

  test('that change while facts are fetched leave the decision under way as it began', async (t) => {
    const [base, strict] = [await rulesFor('balanced'), await rulesFor('strict')];
    let now = base;
    const gate = await openGate(t, {
      parts: {
        rulesOf: () => now,
        facts: {
          look: () => () => undefined,
          observe: (wants) => {
            now = strict;
            return Promise.resolve(wants.map((want) => ({ want, none: 'unknown' as const })));
          },
        },
      },
    });
    await gate.bash('cat a.txt', 'a1');
    assert.equal(now, strict, 'facts were asked for');
    assert.equal(ofType(await gate.records(), 'verdict')[0]?.rules, base.digest);
  });

  test('that cannot be had deny, with a record and the reason', async (t) => {
    const gate = await openGate(t, {
      parts: { rulesOf: () => Promise.reject(new Error('the rules could not be recorded')) },
    });
    const { level, text } = said(await gate.bash('ls', 'a1'));
    assert.deepEqual([level, /the rules could not be recorded.*\[gate\/failed\]/.test(text)], ['deny', true], text);
    assert.equal(dataOf(ofType(await gate.records(), 'verdict')[0])['detail'], 'the rules could not be recorded');
  });

  test('decide also what a failure after them means: a project may be stricter than `observe` above it', async (t) => {
    const [observe, balanced] = [await rulesFor('observe'), await rulesFor('balanced')];
    for (const [rules, want] of [
      [balanced, 'deny'],
      [observe, 'pass'],
    ] as const) {
      const gate = await openGate(t, {
        parts: {
          rules: () => observe,
          rulesOf: () => rules,
          facts: { look: () => () => undefined, observe: () => Promise.reject(new Error('the observer is on fire')) },
        },
      });
      assert.equal(said(await gate.bash('cat a.txt', 'a1')).level, want);
    }
  });
});
