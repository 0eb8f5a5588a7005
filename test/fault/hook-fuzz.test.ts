// The native hook under sanitizers and damaged input, short and the same each time; `npm run fuzz:native` goes on for longer.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fuzzHook } from '../fuzz/hook-socket.ts';
import { fuzzTarget, sanitizedHook } from '../fuzz/sanitized.ts';
import { clients } from '../support/hook-clients.ts';

const dir = mkdtempSync(join(tmpdir(), 'hf-fuzz-'));
after(() => rmSync(dir, { recursive: true, force: true }));
const SEED = 20_261_125;

test('replies, payloads and arguments are read as the second opinion reads them', { timeout: 120_000 }, async (t) => {
  const target = await fuzzTarget(dir, false);
  if (!target.ok) return t.skip(target.why);
  const ran = spawnSync(target.path, [String(SEED), '60000'], { encoding: 'utf8' });
  assert.equal(ran.status, 0, ran.stderr.slice(0, 4_000));
  // A fuzzer that never gets past the first check shows nothing.
  const counts = [...ran.stdout.matchAll(/ (\d+)[,;\n]/g)].map((found) => Number(found[1]));
  assert.ok(counts.length >= 8 && counts.every((count) => count > 1_000), ran.stdout);
});

test('the sanitized hook client takes right answers and refuses all others', { timeout: 120_000 }, async (t) => {
  const hook = await sanitizedHook(dir);
  if (!hook.ok) return t.skip(hook.why);
  const tally = await fuzzHook(t, { name: 'native', argv: [hook.path] }, SEED, ({ runs }) => runs < 250);
  assert.ok(tally.taken > 50 && tally.refused > 50 && tally.payloads > 240, JSON.stringify(tally));
});

for (const client of await clients())
  test(`the ${client.name} hook client does the same`, { timeout: 120_000, skip: client.skip ?? false }, async (t) => {
    await fuzzHook(t, client, SEED + 10_000, ({ runs }) => runs < (client.name === 'native' ? 400 : 60));
  });
