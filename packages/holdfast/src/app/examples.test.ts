// Every example of every shipped rule through the real pipeline, and every rule the only one to decide at least one case.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Profile } from '../core/model/index.ts';
import type { EngineRules } from '../core/engine/index.ts';
import { runExamples } from './examples.ts';
import { loadRules } from './load-rules.ts';

const loaded = new Map<Profile, Promise<EngineRules>>();
function rulesFor(profile: Profile): Promise<EngineRules> {
  const found = loaded.get(profile) ?? loadRules({ profile });
  loaded.set(profile, found);
  return found;
}

describe('examples of the shipped rules', () => {
  it('fire, stay quiet and miss as they say', async () => {
    const results = await runExamples(rulesFor, undefined);
    assert.ok(results.length > 60, `only ${results.length} examples`);
    const wrong = results.filter((result) => result.error !== undefined).map((result) => `${result.rule} ${result.kind}: ${result.error}: ${result.told}`);
    assert.deepEqual(wrong, []);
  });

  it('show each rule to be the only one that decides some case', async () => {
    const results = await runExamples(rulesFor, undefined);
    const alone = new Set<string>();
    for (const { rule, kind, stepped } of results) {
      if (kind !== 'fires' || stepped === undefined) continue;
      const rules = new Set(stepped.decision.verdict.reasons.map((reason) => reason.rule));
      if (rules.size === 1) alone.add(rule);
    }
    const all = new Set(results.map((result) => result.rule));
    assert.deepEqual([...all].filter((rule) => !alone.has(rule)), []);
  });
});
