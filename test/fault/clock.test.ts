// A clock that jumps, as an input of the real gate and the real ledger: records keep their order, nothing waits for the clock, all verifies.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openLedger, verify } from '../../packages/holdfast/src/edge/ledger/index.ts';
import { codesOf, dataOf, ofType, openGate, said } from '../support/gate.ts';

const YEAR = 365 * 86_400_000;
/** Forward, back, far back, before the epoch, stopped, and values that are no time at all but come from a broken clock. */
const JUMPS = [0, 1, -1, YEAR, -YEAR, 40 * YEAR, -80 * YEAR, 0, 0, 3_600_000, -3_600_000];

test('decisions, records and results under a clock that jumps at every call', async (t) => {
  const start = Date.now();
  let now = start;
  const open = await openGate(t, { parts: { clock: { now: () => now } } });
  for (const [n, jump] of JUMPS.entries()) {
    now = start + jump;
    assert.equal(said(await open.bash('ls', `a${n}`)).level, 'pass');
    assert.equal(said(await open.bash('rm -rf ~', `b${n}`)).level, 'deny');
    now = start - jump;
    await open.ran('ls', `a${n}`);
    open.gate.coverage.seen({
      session: '00000000-0000-4000-8000-000000000001',
      callId: `nobody-${n}`,
      tool: 'Bash',
      cwd: undefined,
      hasResult: true,
      ran: 'yes',
      isError: false,
    });
    open.gate.coverage.settle();
  }
  const all = await open.records();
  assert.deepEqual(
    all.map((body) => body.seq),
    all.map((_, n) => n),
  );
  const verdicts = ofType(all, 'verdict').map((body) => (dataOf(body)['action'] as { callId: string }).callId);
  assert.deepEqual(
    verdicts,
    JUMPS.flatMap((_, n) => [`a${n}`, `b${n}`]),
  );
  assert.deepEqual(
    codesOf(all),
    JUMPS.map(() => 'ran-without-verdict'),
  );
  assert.equal(open.gate.state.sessions.values().next().value?.pending.size, 0, 'no call is kept open by the clock');
  assert.equal(await open.sound(), 'intact');
});

test('a session goes on after a restart under an earlier clock', async (t) => {
  let now = Date.now();
  const clock = { now: () => now };
  const open = await openGate(t, { parts: { clock } });
  await open.bash('ls', 'a');
  await open.close();
  now -= YEAR;
  const again = await openGate(t, { dir: open.dir, parts: { clock } });
  await again.ran('ls', 'a');
  assert.equal(said(await again.bash('rm -rf ~', 'b')).level, 'deny');
  assert.deepEqual(codesOf(await again.records()), []);
  assert.equal(await again.sound(), 'intact');
});

test('the ledger signs, rotates and verifies under a clock that jumps; what it waits for is not the clock', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'holdfast-clock-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  let n = 0;
  const clock = { now: () => Date.now() + (JUMPS[n++ % JUMPS.length] ?? 0) };
  const ledger = openLedger(dir, {
    clock,
    segmentBytes: 64 * 1024,
    checkpointRecords: 20,
    reserveBytes: 64 * 1024,
    checkpointMs: 5,
  });
  for (let k = 0; k < 500; k++) {
    const seq = ledger.append({
      time: clock.now(),
      type: 'verdict',
      rules: 'ab'.repeat(32),
      data: { k, filler: 'x'.repeat(300) },
      events: [],
      blobs: [],
      commits: [],
    });
    if (k % 50 === 0) await ledger.flushed(seq);
  }
  await ledger.close();
  const { status, problems } = await verify(dir);
  assert.deepEqual([status, problems], ['intact', []]);
});
