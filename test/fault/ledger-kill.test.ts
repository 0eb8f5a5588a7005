// `kill -9` in a write storm, fifty times: no record that was answered is lost, and the chain holds.
import { strict as assert } from 'node:assert';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openLedger, readRecords, verify } from '../../packages/holdfast/src/edge/ledger/index.ts';

const WRITER = fileURLToPath(new URL('./ledger-writer.ts', import.meta.url));
const KILLS = 50;

/** Runs a writer, kills it once it has answered `replies` times, and gives what it answered. */
async function killed(dir: string, replies: number, strict: boolean): Promise<string[]> {
  const child = spawn(process.execPath, [WRITER, 'storm', dir, strict ? 'strict' : 'relaxed'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let errors = '';
  let seen = 0;
  child.stderr.on('data', (part: Buffer) => (errors += part.toString()));
  child.stdout.on('data', (part: Buffer) => {
    out += part.toString();
    for (const byte of part) if (byte === 0x0a) seen += 1;
    if (seen >= replies) child.kill('SIGKILL');
  });
  const signal = await new Promise((resolve) => child.once('close', (_code, name) => resolve(name)));
  assert.equal(signal, 'SIGKILL', errors);
  // A half line was not an answer.
  return out.split('\n').slice(0, -1);
}

test(`${KILLS} kills in a write storm lose no answered record`, async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'holdfast-storm-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const started = performance.now();
  let [answered, torn, last] = [0, 0, -1];
  for (let i = 0; i < KILLS; i++) {
    // From the first answer on, over several checkpoints, to several segments; every fifth in strict mode.
    const replies = await killed(dir, [1, 7, 64, 130, 333, 700][i % 6]!, i % 5 === 4);
    const ledger = openLedger(dir, { say: (text) => (torn += text.includes('no record') ? 1 : 0) });
    const wanted = new Map(replies.map((line) => [Number(line.split(' ')[0]), line]));
    const from = Math.min(...wanted.keys());
    for await (const body of ledger.read(from)) {
      const { mark, n } = body.data as { mark?: string; n?: number };
      if (wanted.delete(body.seq))
        assert.equal(
          replies.find((line) => line.startsWith(`${body.seq} `)),
          `${body.seq} ${mark} ${n}`,
        );
    }
    assert.deepEqual([...wanted.values()], [], `round ${i}: answered and not there`);
    assert.ok(from > last, 'no seq is given twice');
    last = ledger.head().size - 1;
    answered += replies.length;
    await ledger.close();
  }
  const verified = await verify(dir);
  assert.equal(verified.status, 'intact', JSON.stringify(verified.problems));
  let records = 0;
  for await (const body of readRecords(dir, 0)) records += body.type === 'verdict' ? 1 : 0;
  assert.ok(records >= answered);
  t.diagnostic(
    `${answered} answered records, ${verified.records} in all, ${torn} torn tails, ${Math.round(performance.now() - started)} ms`,
  );
});
