// Child of the ledger's fault tests: a writer that is killed, and one that fills a small disk. Not a test itself.
import { closeSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Body, Json } from '../../packages/holdfast/src/core/model/index.ts';
import { openLedger, verify, type FileLedger } from '../../packages/holdfast/src/edge/ledger/index.ts';

const body = (data: Json, blobs: string[] = []): Omit<Body, 'seq'> => ({
  time: Date.now(),
  type: 'verdict',
  rules: 'ab'.repeat(32),
  session: 's1',
  data,
  events: [],
  blobs,
  commits: [],
});

/** Appends until it is killed and says each seq only after append (in strict mode: flushed) has answered. */
async function storm(dir: string, strict: boolean): Promise<void> {
  const ledger = openLedger(dir, {
    segmentBytes: 128 * 1024,
    checkpointRecords: 64,
    reserveBytes: 64 * 1024,
    syncMs: 2,
  });
  const mark = `${process.pid}`;
  for (let n = 0; ; n++) {
    const blobs = n % 97 === 0 ? [ledger.blobs.put(Buffer.from(`${mark} ${n}`))] : [];
    const seq = ledger.append(body({ mark, n, filler: 'x'.repeat((n * 37) % 900) }, blobs));
    if (strict) await ledger.flushed(seq);
    writeSync(1, `${seq} ${mark} ${n}\n`);
    if (n % 50 === 0) await pause(0);
  }
}

/** `written`: seq · anything else: the code of the error. */
function attempt(ledger: FileLedger, data: Json): string {
  try {
    ledger.append(body(data));
    return 'written';
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}

/** What else fills disks: takes every block that is left. */
function hog(path: string): void {
  const fd = openSync(path, 'a');
  try {
    for (const size of [64 * 1024, 4096, 1]) {
      for (;;) if (writeSync(fd, Buffer.alloc(size, 1)) < size) break;
    }
  } catch (error) {
    if ((error as { code?: string }).code !== 'ENOSPC') throw error;
  } finally {
    closeSync(fd);
  }
}

async function full(disk: string): Promise<void> {
  const dir = join(disk, 'ledger');
  const options = { segmentBytes: 512 * 1024, checkpointRecords: 100, reserveBytes: 128 * 1024, retryMs: 0 };
  const told: { [what: string]: Json } = {};
  writeFileSync(join(disk, 'ballast'), Buffer.alloc(700 * 1024, 1));
  let ledger = openLedger(dir, options);
  const filler = 'x'.repeat(701);
  let written = 0;
  let answer = attempt(ledger, { filler });
  for (; answer === 'written'; answer = attempt(ledger, { filler })) written += 1;
  told['filled'] = { written: written > 100, answer };
  hog(join(disk, 'hog'));
  // The disk has not a block left: denials go into the reserve, everything else is refused.
  told['pairs'] = Array.from({ length: 20 }, () =>
    [attempt(ledger, { text: 'denied: the disk is full' }), attempt(ledger, { filler })].join(' '),
  );
  told['while full'] = (await verify(dir)).status;
  let denials = 20;
  for (; attempt(ledger, { text: 'denied: the disk is full' }) === 'written'; denials++) attempt(ledger, { filler });
  told['spent'] = {
    many: denials > 60,
    denial: attempt(ledger, { text: 'denied' }),
    work: attempt(ledger, { filler }),
  };
  told['head stands'] = ledger.head().size;
  await ledger.close();
  told['closed full'] = (await verify(dir)).status;
  // Opened while there is still no room: nothing is let through, nothing is lost.
  ledger = openLedger(dir, options);
  told['same head'] = ledger.head().size >= Number(told['head stands']);
  told['opened full'] = attempt(ledger, { filler });
  rmSync(join(disk, 'hog'));
  rmSync(join(disk, 'ballast'));
  told['room again'] = [attempt(ledger, { filler }), attempt(ledger, { filler })];
  const notes: Json[] = [];
  for await (const one of ledger.read(0)) if (one.type === 'finding') notes.push((one.data as { code: string }).code);
  told['notes'] = notes;
  // A blob that does not fit gives the same order: refused, then one record for the denial.
  hog(join(disk, 'hog'));
  let blob = 'stored';
  try {
    ledger.blobs.put(Buffer.alloc(256 * 1024, 7));
  } catch (error) {
    blob = (error as { code?: string }).code ?? String(error);
  }
  told['blob'] = [blob, attempt(ledger, { text: 'denied' })];
  await ledger.close();
  told['in the end'] = (await verify(dir)).status;
  process.stdout.write(`${JSON.stringify(told)}\n`);
}

const [what, dir = '', mode] = process.argv.slice(2);
if (what === 'storm') await storm(dir, mode === 'strict');
else if (what === 'full') await full(dir);
