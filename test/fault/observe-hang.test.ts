// A mount that never answers: facts about it are late, everything else is answered, and the process can still end.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const skip = process.platform !== 'linux' ? 'needs mount namespaces' : process.getuid?.() === 0 ? false : 'needs root';

test('a file system that never answers costs the deadline and nothing else', { timeout: 60_000, skip }, async (t) => {
  const dir = await mkdtemp(join(tmpdir(), 'hf-hung-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  const script = fileURLToPath(new URL('../support/hung-mount.ts', import.meta.url));
  const out = await new Promise<string>((resolve, reject) => {
    execFile(
      'unshare',
      ['-m', '--propagation', 'private', process.execPath, script, dir],
      { timeout: 50_000 },
      (error, stdout) => (error === null ? resolve(stdout) : reject(error)),
    );
  });
  const seen = JSON.parse(out) as { skip?: string; rounds?: unknown[][]; turns?: number };
  if (seen.skip !== undefined) return t.skip(seen.skip);
  // The first round finds out; afterwards the mount is left alone, and everything local still answers.
  assert.deepEqual(
    seen.rounds,
    Array.from({ length: 3 }, () => ['late', 'late', 'late', 'late', 'here']),
  );
  assert.ok((seen.turns ?? 0) > 10, 'the event loop went on meanwhile');
});
