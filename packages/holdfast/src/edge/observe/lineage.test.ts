// Ancestry from /proc, of processes that this test starts.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { test } from 'node:test';
import { processLineage } from './lineage.ts';

const lineage = processLineage();
const OPTIONS = { timeout: 20_000, skip: lineage === undefined ? 'there is no /proc' : false };

test('the ancestors of a process, nearest first', OPTIONS, async () => {
  // A shell that does not exchange itself, because something follows.
  const shell = spawn('/bin/sh', ['-c', 'read go; cat; true', 'a name ) 1 2', ''], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  shell.stdin.write('go\nhello');
  await new Promise((done) => shell.stdout.once('data', done));
  const mine = lineage?.ancestors(process.pid) ?? [];
  const chain = lineage?.ancestors(shell.pid ?? 0) ?? [];
  assert.deepEqual(chain.slice(1), mine);
  const [first] = chain;
  assert.deepEqual(
    [first?.pid, first?.argv, first?.tty],
    [shell.pid, ['/bin/sh', '-c', 'read go; cat; true', 'a name ) 1 2', ''], mine[0]?.tty],
  );
  assert.ok(first?.exe !== undefined && mine[0]?.exe === process.execPath);
  assert.deepEqual(mine[0]?.argv, [
    process.argv0,
    ...process.execArgv,
    ...mine[0].argv.slice(1 + process.execArgv.length),
  ]);
  for (const [i, each] of chain.entries()) if (i > 0) assert.ok(each.started <= (chain[i - 1]?.started ?? 0));
  assert.equal(chain.at(-1)?.pid === 1 || chain.length > 1, true);
  shell.stdin.end();
  await new Promise((done) => shell.once('close', done));
  assert.deepEqual(lineage?.ancestors(shell.pid ?? 0), []);
});

test('what is no process has no ancestors', OPTIONS, () => {
  for (const pid of [0, -1, 0.5, Number.NaN, 2 ** 40, Number.MAX_VALUE]) assert.deepEqual(lineage?.ancestors(pid), []);
});
