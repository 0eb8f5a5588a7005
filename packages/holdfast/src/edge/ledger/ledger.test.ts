// The ledger in ordinary life: append, read, reopen, checkpoints, anchors, snapshots, blobs, one writer.
import { strict as assert } from 'node:assert';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { limits, type Body } from '../../core/model/index.ts';
import { parseHead, parseNote } from '../../core/record/index.ts';
import {
  exportAnchor,
  openLedger,
  readRecords,
  verify,
  verifyState,
  type FileLedger,
  type LedgerOptions,
} from './index.ts';

function folder(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'holdfast-ledger-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

const body = (n: number, more: Partial<Body> = {}): Omit<Body, 'seq'> => ({
  time: 1_700_000_000_000 + n,
  type: 'verdict',
  rules: 'ab'.repeat(32),
  session: 's1',
  data: { n },
  events: [],
  blobs: [],
  commits: [],
  ...more,
});

function fill(ledger: FileLedger, count: number, from = 0): number[] {
  return Array.from({ length: count }, (_, i) => ledger.append(body(from + i)));
}

async function all(source: AsyncIterable<Body>): Promise<Body[]> {
  const found: Body[] = [];
  for await (const one of source) found.push(one);
  return found;
}

const quick: LedgerOptions = { segmentBytes: 64 * 1024, checkpointRecords: 50, reserveBytes: 16 * 1024 };

test('what is appended is read back, over segments and a reopening, and verifies', async (t) => {
  const dir = folder(t);
  let ledger = openLedger(dir, quick);
  const seqs = fill(ledger, 400);
  await ledger.close();
  ledger = openLedger(dir, quick);
  seqs.push(...fill(ledger, 100, 400));
  const before = ledger.head();
  const bodies = await all(ledger.read(0));
  assert.deepEqual(
    bodies.map((one) => one.seq),
    bodies.map((_, i) => i),
    'no gap',
  );
  assert.equal(bodies.length, before.size);
  const mine = bodies.filter((one) => one.type !== 'checkpoint');
  assert.deepEqual(
    mine.map((one) => one.seq),
    seqs,
  );
  assert.deepEqual(mine[7], { seq: seqs[7], ...body(7) });
  assert.deepEqual(
    (await all(ledger.read(seqs[5]!, seqs[6]!))).map((one) => one.seq),
    [seqs[5], seqs[6]],
  );
  assert.deepEqual(await all(ledger.read(ledger.head().size)), []);
  await ledger.close();
  assert.ok(readdirSync(join(dir, 'segments')).length > 3);
  const verified = await verify(dir);
  assert.equal(verified.status, 'intact', JSON.stringify(verified.problems));
  assert.equal(verified.records, verified.signed + 1, 'closing signs everything');
  for (const name of ['ledger.key', 'segments/0000000000000000.log'])
    assert.equal(statSync(join(dir, name)).mode & 0o777, 0o600, name);
});

test('the root is the same however often the ledger was opened', async (t) => {
  const dir = folder(t);
  const roots: string[] = [];
  for (let i = 0; i < 4; i++) {
    const ledger = openLedger(dir, quick);
    assert.equal(ledger.head().size === 1, i === 0);
    if (i > 0) assert.equal(ledger.head().root, roots.at(-1));
    fill(ledger, 150);
    ledger.checkpoint();
    roots.push(ledger.head().root);
    await ledger.close();
  }
});

test('flushed resolves for what was written, also twice', async (t) => {
  const ledger = openLedger(folder(t), quick);
  const seqs = fill(ledger, 20);
  await Promise.all(seqs.map((seq) => ledger.flushed(seq)));
  await ledger.flushed(seqs[0]!);
  await ledger.close();
});

test("a record that is too large or not the caller's is refused and leaves no trace", async (t) => {
  const dir = folder(t);
  const ledger = openLedger(dir, quick);
  const { size } = ledger.head();
  assert.throws(() => ledger.append(body(0, { data: 'x'.repeat(limits.RECORD_BYTES) })), { code: 'record-too-large' });
  assert.throws(() => ledger.append(body(0, { type: 'checkpoint' })), { code: 'record-refused' });
  assert.equal(ledger.head().size, size);
  fill(ledger, 3);
  await ledger.close();
  assert.throws(() => ledger.append(body(1)), { code: 'ledger-closed' });
  assert.equal((await verify(dir)).status, 'intact');
});

test('a clock that jumps back is recorded as it said; order is seq', async (t) => {
  const dir = folder(t);
  const times = [5_000, 9_000, 1_000, -7, 8_000];
  let now = 10_000;
  const ledger = openLedger(dir, { ...quick, clock: { now: () => (now -= 1_000) } });
  for (const time of times) ledger.append(body(0, { time }));
  ledger.checkpoint();
  await ledger.close();
  const mine = (await all(readRecords(dir, 0))).filter((one) => one.type !== 'checkpoint');
  assert.deepEqual(
    mine.map((one) => one.time),
    times,
  );
  assert.equal((await verify(dir)).status, 'intact');
});

test('checkpoints come by themselves, by count and in a storm without turns', async (t) => {
  const dir = folder(t);
  const ledger = openLedger(dir, { ...quick, segmentBytes: 8 << 20, checkpointRecords: 10 });
  fill(ledger, 95);
  const types = (await all(ledger.read(0))).filter((one) => one.type === 'checkpoint').map((one) => one.seq);
  assert.ok(types.length >= 5, `${types.length} checkpoints`);
  await ledger.close();
});

test('an anchor is a checkpoint of everything so far and verifies later', async (t) => {
  const dir = folder(t);
  const ledger = openLedger(dir, quick);
  fill(ledger, 30);
  const note = ledger.checkpoint();
  assert.equal(ledger.checkpoint(), note, 'nothing new, nothing signed');
  assert.equal(parseHead(parseNote(note)!.text)?.size, 31);
  assert.equal(exportAnchor(dir), note);
  fill(ledger, 300);
  await ledger.close();
  const anchor = join(dir, 'anchor');
  writeFileSync(anchor, note);
  const verified = await verify(dir, { anchor });
  assert.deepEqual([verified.status, verified.anchor], ['intact', { size: 31, holds: true }]);
});

test('a second writer is refused, in this process and after the first is gone allowed', async (t) => {
  const dir = folder(t);
  const ledger = openLedger(dir, quick);
  assert.throws(
    () => openLedger(dir, quick),
    (error: Error & { code?: string }) => {
      assert.equal(error.code, 'ledger-locked');
      assert.match(error.message, new RegExp(`another process \\(pid ${process.pid}\\) writes the ledger`));
      return true;
    },
  );
  await ledger.close();
  await openLedger(dir, quick).close();
});

test('the key: missing, readable by others, of another ledger', async (t) => {
  const dir = folder(t);
  const path = join(dir, 'ledger.key');
  const ledger = openLedger(dir, quick);
  fill(ledger, 5);
  await ledger.close();
  const key = readFileSync(path);
  chmodSync(path, 0o640);
  assert.throws(() => openLedger(dir), { code: 'ledger-key', todo: /chmod 600/ });
  rmSync(path);
  assert.throws(() => openLedger(dir), { code: 'ledger-key', message: /is missing/ });
  writeFileSync(path, 'nonsense', { mode: 0o600 });
  assert.throws(() => openLedger(dir), { code: 'ledger-key', message: /no private key/ });
  const other = folder(t);
  await openLedger(other, quick).close();
  writeFileSync(path, readFileSync(join(other, 'ledger.key')));
  assert.throws(() => openLedger(dir), { code: 'ledger-damaged', message: /not of/ });
  writeFileSync(path, key);
  await openLedger(dir, quick).close();
  assert.equal((await verify(dir, { key: join(other, 'ledger.pub') })).status, 'damaged');
  await assert.rejects(verify(dir, { key: join(dir, 'none') }), { code: 'ledger-key' });
});

test('snapshots: the newest that is whole and of these records', async (t) => {
  const dir = folder(t);
  const said: string[] = [];
  let ledger = openLedger(dir, { ...quick, say: (text) => said.push(text) });
  assert.equal(ledger.loadSnapshot(), undefined);
  for (const round of [1, 2, 3]) {
    fill(ledger, 100);
    ledger.saveSnapshot(ledger.head().size, { round });
    fill(ledger, 1);
  }
  assert.throws(() => ledger.saveSnapshot(3, {}), RangeError);
  await ledger.close();
  const names = readdirSync(join(dir, 'snapshots')).sort();
  assert.equal(names.length, 2);
  ledger = openLedger(dir, { ...quick, say: (text) => said.push(text) });
  const newest = ledger.loadSnapshot();
  assert.deepEqual(newest?.dump, { round: 3 });
  assert.equal((await all(ledger.read(newest!.seq)))[0]?.seq, newest!.seq);
  // Damaged: one byte of its state; then the older one.
  const path = join(dir, 'snapshots', names[1]!);
  writeFileSync(path, readFileSync(path, 'utf8').replace('"round":3', '"round":4'));
  assert.deepEqual(ledger.loadSnapshot()?.dump, { round: 2 });
  assert.match(said.join('\n'), /is not used: its content/);
  await ledger.close();
});

test('a snapshot of other records is not used', async (t) => {
  const [dir, other] = [folder(t), folder(t)];
  await openLedger(dir, quick).close();
  writeFileSync(join(other, 'ledger.key'), readFileSync(join(dir, 'ledger.key')), { mode: 0o600 });
  for (const [where, count] of [
    [dir, 20],
    [other, 30],
  ] as const) {
    const ledger = openLedger(where, quick);
    fill(ledger, count, where === dir ? 0 : 1000);
    ledger.saveSnapshot(ledger.head().size, { where });
    await ledger.close();
  }
  const [name] = readdirSync(join(other, 'snapshots'));
  rmSync(join(dir, 'snapshots'), { recursive: true });
  const ledger = openLedger(dir, quick);
  fill(ledger, 50);
  writeFileSync(join(dir, 'snapshots', name!), readFileSync(join(other, 'snapshots', name!)));
  assert.equal(ledger.loadSnapshot(), undefined);
  await ledger.close();
});

test('blobs: by content, once, private, gone when dropped, refused when changed', async (t) => {
  const dir = folder(t);
  const ledger = openLedger(dir, quick);
  const bytes = new TextEncoder().encode('a large payload');
  const hash = ledger.blobs.put(bytes);
  assert.equal(ledger.blobs.put(bytes), hash);
  assert.deepEqual(new Uint8Array(ledger.blobs.get(hash)!), bytes);
  const path = join(dir, 'blobs', hash.slice(0, 2), hash);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  await ledger.flushed(ledger.append(body(0, { blobs: [hash] })));
  writeFileSync(path, 'another payload');
  assert.throws(() => ledger.blobs.get(hash), { code: 'ledger-damaged' });
  const changed = await verify(dir);
  assert.deepEqual([changed.status, changed.problems[0]?.code], ['damaged', 'blob-changed']);
  assert.equal((await verify(dir, { blobs: false })).status, 'intact');
  ledger.blobs.drop(hash);
  assert.equal(ledger.blobs.get(hash), undefined);
  assert.equal((await verify(dir)).status, 'intact', 'dropping by retention is no damage');
  for (const name of ['../../../etc/passwd', '', 'AB'.repeat(32)])
    assert.throws(() => ledger.blobs.get(name), { code: 'record-refused' });
  await ledger.close();
});

test('state: the fold of all events is compared with the live digest', async (t) => {
  const dir = folder(t);
  const ledger = openLedger(dir, quick);
  for (let i = 0; i < 40; i++)
    ledger.append(body(i, { events: [{ type: 'limit.added', session: 's1', limit: `l${i}` }] }));
  const live = ledger.head().size;
  ledger.append(body(41, { events: [{ type: 'limit.added', session: 's1', limit: 'later' }] }));
  await ledger.close();
  const fold = () => {
    const seen: string[] = [];
    return {
      apply: (event: { readonly type: string; readonly limit?: string }) => void seen.push(event.limit ?? ''),
      digest: () => seen.join(','),
    };
  };
  const digest = Array.from({ length: 40 }, (_, i) => `l${i}`).join(',');
  assert.equal((await verifyState(dir, fold(), { seq: live, digest })).equal, true);
  assert.equal((await verifyState(dir, fold(), { seq: live + 1, digest })).equal, false);
  assert.equal(
    (await verifyState(dir, fold(), { seq: live + 99, digest: `${digest},later` })).equal,
    false,
    'records that are not there',
  );
});

test('a torn tail is set aside, told and recorded; nothing whole is lost', async (t) => {
  const dir = folder(t);
  let ledger = openLedger(dir, quick);
  const seqs = fill(ledger, 30);
  await ledger.close();
  const segment = join(dir, 'segments', readdirSync(join(dir, 'segments')).at(-1)!);
  const whole = readFileSync(segment);
  for (const [why, tail] of [
    ['half a line', whole.subarray(whole.length - 500, whole.length - 90)],
    ['garbage', Buffer.from('\0\0\x17garbage\nmore\n')],
  ] as const) {
    writeFileSync(segment, Buffer.concat([readFileSync(segment), tail]));
    assert.equal((await verify(dir)).status, 'damaged', why);
    const said: string[] = [];
    ledger = openLedger(dir, { ...quick, say: (text) => said.push(text) });
    assert.match(said.join(), /no record \(a crash/);
    const found = (await all(ledger.read(0))).filter((one) => one.type === 'finding').at(-1);
    const { kept, code } = found!.data as { kept: string; code: string };
    assert.equal(code, 'ledger/torn-tail');
    assert.deepEqual(readFileSync(join(dir, kept)), Buffer.from(tail));
    for (const seq of seqs) assert.equal((await all(ledger.read(seq, seq))).length, 1);
    await ledger.close();
    assert.equal((await verify(dir)).status, 'intact', why);
  }
});

test('a segment of which nothing arrived on the disk is taken back', async (t) => {
  const dir = folder(t);
  let ledger = openLedger(dir, quick);
  fill(ledger, 10);
  const { size, root } = ledger.head();
  await ledger.close();
  writeFileSync(join(dir, 'segments', `${String(size + 1).padStart(16, '0')}.log`), new Uint8Array(4096));
  ledger = openLedger(dir, quick);
  assert.notEqual(ledger.head().root, root, 'the closing checkpoint stands after it');
  assert.equal(ledger.head().size, size + 1);
  await ledger.close();
  assert.equal((await verify(dir)).status, 'intact');
});

test('opening refuses what no crash leaves behind', async (t) => {
  const dir = folder(t);
  const ledger = openLedger(dir, quick);
  fill(ledger, 30);
  await ledger.close();
  const segment = join(dir, 'segments', readdirSync(join(dir, 'segments')).at(-1)!);
  const whole = readFileSync(segment);
  const flipped = Buffer.from(whole);
  flipped[Math.floor(whole.length / 2)]! ^= 1;
  writeFileSync(segment, flipped);
  assert.throws(() => openLedger(dir), { code: 'ledger-damaged', todo: /audit verify/ });
  rmSync(segment);
  symlinkSync('/dev/zero', segment);
  assert.throws(() => openLedger(dir));
  assert.equal((await verify(dir)).problems[0]?.code, 'segment-unreadable');
  rmSync(segment);
  writeFileSync(segment, whole);
  await openLedger(dir).close();
  assert.ok(!existsSync(join(dir, 'writer.pid')));
});
