// A full disk: the denial and its reason are still recorded, everything else is refused with one code, and it ends by itself.
import { strict as assert } from 'node:assert';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const WRITER = fileURLToPath(new URL('./ledger-writer.ts', import.meta.url));

/** A small disk of its own for the child alone; nobody else sees the mount. */
const script = 'mount -t tmpfs -o size=2200k tmpfs "$1" && exec "$2" "$3" full "$1"';

function noDisk(): string | false {
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    return 'needs root on Linux to mount a small disk in a namespace of its own';
  return spawnSync('unshare', ['-m', 'true']).status === 0 ? false : 'mount namespaces are not available here';
}

test(
  'a full disk refuses work, records denials, and work goes on when there is room again',
  { skip: noDisk() },
  (t) => {
    const disk = mkdtempSync(join(tmpdir(), 'holdfast-disk-'));
    t.after(() => rmSync(disk, { recursive: true, force: true }));
    const run = spawnSync('unshare', ['-m', 'sh', '-c', script, 'sh', disk, process.execPath, WRITER], {
      encoding: 'utf8',
      timeout: 30_000,
    });
    assert.equal(run.status, 0, run.stderr);
    const told = JSON.parse(run.stdout) as { [what: string]: unknown };
    delete told['head stands'];
    assert.deepEqual(told, {
      filled: { written: true, answer: 'ledger-full' },
      pairs: Array.from({ length: 20 }, () => 'written ledger-full'),
      'while full': 'intact',
      spent: { many: true, denial: 'ledger-full', work: 'ledger-full' },
      'closed full': 'intact',
      'same head': true,
      'opened full': 'ledger-full',
      'room again': ['written', 'written'],
      notes: ['ledger/room-again'],
      blob: ['ledger-full', 'written'],
      'in the end': 'intact',
    });
  },
);
