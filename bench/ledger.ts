// `npm run bench:ledger [-- --records N]`: what recording costs, as times and as ratios to bare floors measured in the same run.
import {
  appendFileSync,
  closeSync,
  fdatasyncSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Body } from '../packages/holdfast/src/core/model/index.ts';
import { exportAnchor, openLedger, readRecords, verify } from '../packages/holdfast/src/edge/ledger/index.ts';

const { values } = parseArgs({ options: { records: { type: 'string', default: '300000' } } });
const RECORDS = Number(values.records);
if (!Number.isSafeInteger(RECORDS) || RECORDS < 1000) throw new RangeError('--records needs a number of at least 1000');

type Row = { readonly what: string; readonly value: string; readonly ratio: string };
const rows: Row[] = [];
const dir = mkdtempSync(join(tmpdir(), 'holdfast-bench-ledger-'));

/** About the size of a verdict record of a short shell command. */
const body = (n: number): Omit<Body, 'seq'> => ({
  time: 1_700_000_000_000 + n,
  type: 'verdict',
  rules: 'ab'.repeat(32),
  session: `session-${n % 7}`,
  events: [],
  blobs: [],
  commits: ['cd'.repeat(32)],
  data: {
    action: {
      agent: 'claude-code',
      hostTool: 'Bash',
      tool: 'shell',
      input: { command: `npm run build --workspace packages/app -- --run ${n}` },
    },
    verdict: { level: 'pass', risk: n % 20, reasons: [] },
    effects: [
      {
        kind: 'process.exec',
        target: { type: 'program', name: 'npm', groups: [] },
        certain: true,
        attributes: [],
        via: [],
      },
    ],
    text: '',
  },
});

/** Microseconds of each of `count` calls; now and then the event loop gets its turn, as in a watcher. */
async function timed(count: number, call: (n: number) => unknown): Promise<Float64Array> {
  const times = new Float64Array(count);
  for (let n = 0; n < count; n++) {
    const before = performance.now();
    const result = call(n);
    if (result instanceof Promise) await result;
    times[n] = (performance.now() - before) * 1000;
    if (n % 200 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  return times.sort();
}

const at = (sorted: Float64Array, share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
const us = (value: number): string => `${value.toFixed(1)} µs`;

function latency(what: string, times: Float64Array, floor?: Float64Array): void {
  const ratio = (share: number): string =>
    floor === undefined ? '' : `×${(at(times, share) / at(floor, share)).toFixed(1)}`;
  for (const [name, share] of [
    ['p50', 0.5],
    ['p99', 0.99],
    ['p99.9', 0.999],
  ] as const)
    rows.push({ what: `${what}, ${name}`, value: us(at(times, share)), ratio: ratio(share) });
}

async function since(before: number, what: string, count?: number): Promise<void> {
  const ms = performance.now() - before;
  rows.push({
    what,
    value: count === undefined ? `${ms.toFixed(0)} ms` : `${Math.round(count / (ms / 1000)).toLocaleString('en')} /s`,
    ratio: '',
  });
}

try {
  const line = `${JSON.stringify(body(12_345))}${'x'.repeat(150)}\n`;
  const bare = join(dir, 'bare');
  const path = await timed(20_000, () => appendFileSync(bare, line));
  const fd = openSync(bare, 'a');
  const floor = await timed(20_000, () => writeSync(fd, line));
  const synced = await timed(300, () => {
    writeSync(fd, line);
    fdatasyncSync(fd);
  });
  closeSync(fd);
  latency('floor: appendFileSync', path);
  latency('floor: writeSync on an open file', floor);
  latency('floor: writeSync and fdatasyncSync', synced);

  const home = join(dir, 'ledger');
  mkdirSync(home);
  let ledger = openLedger(home);
  const before = performance.now();
  const times = await timed(RECORDS, (n) => ledger.append(body(n)));
  await since(before, 'append, sustained', RECORDS);
  latency('append (ratio to appendFileSync)', times, path);
  latency(
    'append and flushed, strict (ratio to write and sync)',
    await timed(300, (n) => ledger.flushed(ledger.append(body(n)))),
    synced,
  );
  const { size } = ledger.head();
  await ledger.close();

  const opening = performance.now();
  ledger = openLedger(home);
  await since(opening, `open, ${size.toLocaleString('en')} records`);
  await ledger.close();
  const anchor = join(dir, 'anchor');
  writeFileSync(anchor, exportAnchor(home));
  const verifying = performance.now();
  const verified = await verify(home, { anchor });
  await since(verifying, `verify with anchor (${verified.status})`, verified.records);
  const reading = performance.now();
  let read = 0;
  for await (const one of readRecords(home, 0)) read += one.seq >= 0 ? 1 : 0;
  await since(reading, 'read back as objects, checked', read);
  ledger = openLedger(home);
  const indexing = performance.now();
  // Answers come while it is still reading; how far behind it is is part of the answer.
  while ((await ledger.index.query({ limit: 1 })).behind > 0) await new Promise((resolve) => setTimeout(resolve, 50));
  await since(indexing, 'index built from nothing, in its worker', size);
  const asking = performance.now();
  await ledger.index.query({ text: `run ${RECORDS - 5}` });
  await since(asking, 'one text query');
  await ledger.close();
} finally {
  rmSync(dir, { recursive: true, force: true });
}

const width = Math.max(...rows.map((row) => row.what.length));
for (const { what, value, ratio } of rows)
  process.stdout.write(`${what.padEnd(width)}  ${value.padStart(14)}  ${ratio}\n`);
