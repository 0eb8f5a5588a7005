// The index of a long ledger: kept by the running watcher, used by `log`, and never a reason to fail.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { Body } from '../../packages/holdfast/src/core/model/index.ts';
import { openLedger } from '../../packages/holdfast/src/edge/ledger/index.ts';
import { jsonOf } from '../support/command.ts';
import { running, type Running } from '../support/running.ts';

const COUNT = 4_000;
const DENIED = [5, 1_500, 3_999];

function body(n: number): Omit<Body, 'seq'> {
  const level = DENIED.includes(n) ? 'deny' : 'pass';
  return {
    time: 1_790_000_000_000 + n,
    type: 'verdict',
    rules: 'ab'.repeat(32),
    session: 'old',
    data: {
      action: { agent: 'claude-code', hostTool: 'Bash', input: { command: `step ${n}` } },
      verdict: { level, risk: 1, reasons: [] },
    },
    events: [],
    blobs: [],
    commits: [],
  };
}

let cli: Running;
let db: string;
before(async () => {
  cli = await running(async ({ state }) => {
    mkdirSync(state, { mode: 0o700 });
    const ledger = openLedger(join(state, 'ledger'), { segmentBytes: 200_000 });
    for (let n = 0; n < COUNT; n++) ledger.append(body(n));
    await ledger.close();
  });
  db = join(cli.state, 'ledger/index/records.db');
});
after(async () => {
  await cli.stop();
  cli.remove();
});

function found(): { readonly commands: unknown[]; readonly stderr: string } {
  const ran = cli.run(['log', '--level', 'deny', '--session', 'old', '--json']);
  assert.equal(ran.code, 0, ran.stderr);
  type Verdict = { readonly data: { readonly action: { readonly input: { readonly command: string } } } };
  return {
    commands: jsonOf(ran.stdout).map((row) => (row as unknown as Verdict).data.action.input.command),
    stderr: ran.stderr,
  };
}

describe('the index', () => {
  const wanted = DENIED.map((n) => `step ${n}`);

  test('is made by the watcher without being asked, and answers', { timeout: 60_000 }, async () => {
    for (const ends = Date.now() + 30_000; found().stderr !== ''; await pause(200))
      assert.ok(Date.now() < ends, 'the watcher never made an index');
    assert.ok(existsSync(db));
    assert.deepEqual(found(), { commands: wanted, stderr: '' });
  });

  test('that is broken or gone costs time and a sentence, nothing else', () => {
    writeFileSync(db, 'this is no database');
    const broken = found();
    assert.deepEqual(broken.commands, wanted);
    assert.match(broken.stderr, /^holdfast: all records were read, the index could not be used: /);
    rmSync(join(db, '..'), { recursive: true });
    const gone = found();
    assert.deepEqual(gone.commands, wanted);
    assert.match(gone.stderr, /there is none yet\n$/);
  });
});
