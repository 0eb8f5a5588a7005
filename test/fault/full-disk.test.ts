// A disk that runs full under a real watcher in a storm of real hook calls: nothing runs without its record, and denials say why.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { cli, payload, place, recordsOf, startLive } from '../support/live.ts';

const CHILD = fileURLToPath(new URL('./full-disk.ts', import.meta.url));
/** A small disk for the child alone; nobody else sees the mount. */
const SCRIPT = 'mount -t tmpfs -o size=12m,mode=0700 tmpfs "$1" && exec "$2" "$3" "$1"';

function noDisk(): string | false {
  if (process.platform !== 'linux') return 'needs Linux namespaces';
  const root = process.getuid?.() === 0;
  const probe = spawnSync('unshare', [...(root ? [] : ['-r']), '-m', 'mount', '-t', 'tmpfs', 'tmpfs', tmpdir()]);
  return probe.status === 0 ? false : 'a small disk cannot be mounted in a namespace of its own here';
}

test(
  'a full disk: nothing passes without a record, denials are recorded while the reserve lasts, work goes on by itself',
  { skip: noDisk(), timeout: 180_000 },
  (t) => {
    const disk = mkdtempSync(join(tmpdir(), 'holdfast-full-'));
    t.after(() => rmSync(disk, { recursive: true, force: true }));
    const root = process.getuid?.() === 0;
    const run = spawnSync(
      'unshare',
      [...(root ? [] : ['-r']), '-m', 'sh', '-c', SCRIPT, 'sh', disk, process.execPath, CHILD],
      {
        encoding: 'utf8',
        timeout: 170_000,
      },
    );
    assert.equal(run.status, 0, `${run.stdout}${run.stderr}`);
    assert.deepEqual(JSON.parse(run.stdout), {
      before: 'pass',
      storm: { 'passed some': true, 'denied some': true, 'anything else': [], 'passed without a record': [] },
      'while full': 'intact equal',
      denied: ['gate/ledger-full'],
      'denials recorded': 10,
      settings: 'gate/ledger-full',
      spent: ['gate/ledger-full'],
      'settings when spent': 'gate/ledger-full',
      'spent and sound': 'intact equal',
      alive: true,
      start: 'refused with a sentence',
      started: 'pass',
      'settings while full': 'gate/ledger-full',
      'gap told': true,
      'in the end': 'intact equal',
    });
  },
);

test(
  'a file that may grow no further is a full disk too, for any user',
  { timeout: 60_000, skip: process.platform === 'win32' ? 'needs limits of a process' : false },
  async (t) => {
    const at = place(t);
    // A new file may grow again, so work goes on from time to time; what is denied between says why. In blocks of 512 or 1024 bytes, as the shell has it: room for the reserve, and for less than a storm.
    const live = await startLive(at, { before: ['sh', '-c', 'ulimit -f 3000 && exec "$@"', 'sh'] });
    t.after(() => live.kill());
    const lines: string[] = [];
    let passed = 0;
    for (let n = 0; n < 4_000 && lines.length < 3; n++) {
      const command = `echo ${'x'.repeat(5_000)}`;
      const calls = Array.from({ length: 16 }, (_, k) =>
        live.hook(payload(at, 'pre-tool-use.bash', { tool_input: { command }, tool_use_id: `c${n}-${k}` })),
      );
      for (const reply of await Promise.all(calls)) {
        if (reply.exit === 0) passed += 1;
        else lines.push(reply.stderr);
      }
    }
    assert.ok(passed > 50 && lines.length >= 3, `${passed} ${lines.length}`);
    for (const line of lines) assert.match(line, /^holdfast: denied: .*no space left.*\[gate\/ledger-full\]/s);
    const all = await recordsOf(at);
    assert.equal(all.filter((body) => body.events.some((event) => event.type === 'action.decided')).length, passed);
    const { json } = cli(at, ['audit', 'verify', '--state']);
    assert.deepEqual([json['status'], (json['state'] as { status: string }).status], ['intact', 'equal']);
    assert.equal(live.child.exitCode, null);
  },
);
