// Tampering ▶ finding, as a table: what the log alone tells, what only an anchor tells, and what is said about the rest.
import { strict as assert } from 'node:assert';
import { cpSync, mkdtempSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import {
  edit,
  hashBefore,
  last,
  lie,
  resign,
  rewrite,
  rewriteAll,
  second,
  segments,
} from '../../../../../test/support/forge-ledger.ts';
import { openLedger, verify, type Verified } from './index.ts';

let root = '';
/** A closed ledger of several segments, and anchors taken half way and at its end. */
let good = '';
let anchorMiddle = '';
let anchorEnd = '';

before(async () => {
  root = mkdtempSync(join(tmpdir(), 'holdfast-verify-'));
  good = join(root, 'good');
  const ledger = openLedger(good, { segmentBytes: 32 * 1024, checkpointRecords: 25, reserveBytes: 0 });
  const fill = (count: number): void => {
    for (let i = 0; i < count; i++) {
      ledger.append({
        time: 1e12 + i,
        type: 'verdict',
        rules: 'ab'.repeat(32),
        session: 's',
        data: { i },
        events: [],
        blobs: [],
        commits: [],
      });
    }
  };
  fill(120);
  [anchorMiddle, anchorEnd] = [join(root, 'middle'), join(root, 'end')];
  writeFileSync(anchorMiddle, ledger.checkpoint());
  cpSync(good, join(root, 'older'), { recursive: true });
  fill(120);
  writeFileSync(anchorEnd, ledger.checkpoint());
  fill(10);
  await ledger.close();
});
after(() => rmSync(root, { recursive: true, force: true }));

type Row = {
  readonly what: string;
  readonly tamper: (dir: string) => void;
  readonly wanted: string[];
  readonly status: Verified['status'];
  /** Seq of the first problem. */
  readonly seq?: number;
  readonly anchor?: () => string;
};

const ROWS: readonly Row[] = [
  { what: 'nothing', tamper: () => undefined, wanted: [], status: 'intact' },
  {
    what: 'nothing, anchor half way',
    tamper: () => undefined,
    wanted: [],
    status: 'intact',
    anchor: () => anchorMiddle,
  },
  {
    what: 'nothing, anchor near the end',
    tamper: () => undefined,
    wanted: [],
    status: 'intact',
    anchor: () => anchorEnd,
  },
  {
    what: 'a flipped byte in a body',
    tamper: (dir) => edit(segments(dir)[0]!, (all) => (all[7] = all[7]!.replace('"verdict"', '"verdicu"'))),
    wanted: ['record-changed'],
    status: 'damaged',
    seq: 7,
  },
  {
    what: 'a flipped digit of a hash',
    tamper: (dir) =>
      edit(
        segments(dir)[0]!,
        (all) => (all[7] = all[7]!.replace(/"hash":"(.)/, (_, c: string) => `"hash":"${c === '0' ? '1' : '0'}`)),
      ),
    wanted: ['record-changed', 'chain-broken'],
    status: 'damaged',
    seq: 7,
  },
  {
    what: 'a flipped byte of the frame',
    tamper: (dir) => edit(segments(dir)[0]!, (all) => (all[7] = all[7]!.replace('"body":', '"bodx":'))),
    wanted: ['record-malformed'],
    status: 'damaged',
    seq: 7,
  },
  {
    what: 'a record split in two lines',
    tamper: (dir) => edit(segments(dir)[0]!, (all) => all.splice(7, 1, all[7]!.slice(0, 100), all[7]!.slice(100))),
    wanted: ['record-malformed'],
    status: 'damaged',
    seq: 7,
  },
  {
    what: 'a newline that became another byte',
    tamper: (dir) => edit(segments(dir)[0]!, (all) => all.splice(7, 2, `${all[7]} ${all[8]}`)),
    wanted: ['record-changed', 'records-missing'],
    status: 'damaged',
    seq: 7,
  },
  {
    what: 'a flipped byte in the last record',
    tamper: (dir) => edit(last(dir), (all) => (all[all.length - 1] = all.at(-1)!.replace('note', 'nose'))),
    wanted: ['record-changed'],
    status: 'damaged',
  },
  {
    what: 'a removed record',
    tamper: (dir) => edit(segments(dir)[0]!, (all) => all.splice(7, 1)),
    wanted: ['records-missing'],
    status: 'damaged',
    seq: 7,
  },
  {
    what: 'five removed records',
    tamper: (dir) => edit(second(dir), (all) => all.splice(7, 5)),
    wanted: ['records-missing'],
    status: 'damaged',
  },
  {
    what: 'the first record removed',
    tamper: (dir) => edit(segments(dir)[0]!, (all) => all.shift()),
    wanted: ['segment-misplaced', 'records-missing', 'checkpoint-missing'],
    status: 'damaged',
  },
  {
    what: 'two swapped records',
    tamper: (dir) => edit(segments(dir)[0]!, (all) => all.splice(7, 2, all[8]!, all[7]!)),
    wanted: ['records-missing', 'record-misplaced'],
    status: 'damaged',
    seq: 7,
  },
  {
    what: 'a record twice',
    tamper: (dir) => edit(segments(dir)[0]!, (all) => all.splice(7, 0, all[7]!)),
    wanted: ['record-misplaced'],
    status: 'damaged',
    seq: 7,
  },
  {
    what: 'a segment cut at its end, in the middle of the ledger',
    tamper: (dir) => edit(second(dir), (all) => all.splice(-4)),
    wanted: ['records-missing'],
    status: 'damaged',
  },
  {
    what: 'a missing segment',
    tamper: (dir) => rmSync(second(dir)),
    wanted: ['segment-missing'],
    status: 'unverifiable',
  },
  {
    what: 'the first segment missing',
    tamper: (dir) => rmSync(segments(dir)[0]!),
    wanted: ['segment-missing'],
    status: 'unverifiable',
    seq: 0,
  },
  {
    what: 'all segments missing',
    tamper: (dir) => segments(dir).forEach((path) => rmSync(path)),
    wanted: ['ledger-missing'],
    status: 'unverifiable',
  },
  {
    what: "two segments with each other's names",
    tamper: (dir) => {
      const [, a, b] = segments(dir) as [string, string, string];
      renameSync(a, `${a}.x`);
      renameSync(b, a);
      renameSync(`${a}.x`, b);
    },
    wanted: ['segment-misplaced', 'record-misplaced'],
    status: 'damaged',
  },
  {
    what: 'a torn tail',
    tamper: (dir) => truncateSync(last(dir), readFileSync(last(dir)).length - 9),
    wanted: ['torn-tail'],
    status: 'damaged',
  },
  {
    what: 'one segment written anew, its chain right in itself',
    tamper: (dir) =>
      void rewrite(segments(dir)[0]!, (body) => (body.seq === 7 ? { ...body, data: { i: 'forged' } } : body)),
    wanted: ['checkpoint-root', 'chain-broken'],
    status: 'damaged',
  },
  {
    what: 'everything written anew, old signatures kept',
    tamper: (dir) => rewriteAll(dir, lie),
    wanted: ['checkpoint-root'],
    status: 'damaged',
  },
  {
    what: 'a record taken out and everything after it renumbered',
    tamper: (dir) => rewriteAll(dir, (body) => (body.seq === 60 ? undefined : body)),
    wanted: ['checkpoint-malformed'],
    status: 'damaged',
  },
  {
    what: 'everything written anew, signed with another key',
    tamper: (dir) => resign(dir, 'other'),
    wanted: ['checkpoint-signature'],
    status: 'damaged',
  },
  {
    what: 'everything written anew and the key beside it exchanged, without anchor: not seen, and said so',
    tamper: (dir) => resign(dir, 'exchanged'),
    wanted: [],
    status: 'intact',
  },
  {
    what: 'the same with an anchor',
    tamper: (dir) => resign(dir, 'exchanged'),
    anchor: () => anchorMiddle,
    wanted: ['anchor-signature'],
    status: 'unverifiable',
  },
  {
    what: 'everything written anew with the stolen key, without anchor: not seen, and said so',
    tamper: (dir) => resign(dir, 'own'),
    wanted: [],
    status: 'intact',
  },
  {
    what: 'everything written anew with the stolen key, with an anchor',
    tamper: (dir) => resign(dir, 'own'),
    anchor: () => anchorMiddle,
    wanted: ['anchor-differs'],
    status: 'damaged',
  },
  {
    what: 'checkpoints taken out of a segment',
    tamper: (dir) =>
      void rewrite(last(dir), (body) => (body.type === 'checkpoint' ? undefined : body), hashBefore(dir), undefined),
    wanted: ['checkpoint-missing'],
    status: 'damaged',
  },
  {
    what: 'a cut tail, without anchor: not seen, and said so',
    tamper: (dir) => edit(last(dir), (all) => all.splice(-14)),
    wanted: [],
    status: 'intact',
  },
  {
    what: 'a cut tail, with an anchor',
    tamper: (dir) => edit(last(dir), (all) => all.splice(-14)),
    wanted: ['anchor-ahead'],
    status: 'damaged',
    anchor: () => anchorEnd,
  },
  {
    what: 'an older state of the folder, without anchor: not seen, and said so',
    tamper: (dir) => older(dir),
    wanted: [],
    status: 'intact',
  },
  {
    what: 'an older state of the folder, with an anchor',
    tamper: (dir) => older(dir),
    wanted: ['anchor-ahead'],
    status: 'damaged',
    anchor: () => anchorEnd,
  },
  {
    what: 'the key missing',
    tamper: (dir) => rmSync(join(dir, 'ledger.pub')),
    wanted: ['key-missing'],
    status: 'unverifiable',
  },
  {
    what: 'an anchor that is none',
    tamper: (dir) => writeFileSync(join(dir, 'x'), 'x'),
    wanted: ['anchor-unusable'],
    status: 'unverifiable',
    anchor: () => join(good, 'ledger.pub'),
  },
  {
    what: 'an anchor that is not there',
    tamper: () => undefined,
    wanted: ['anchor-unusable'],
    status: 'unverifiable',
    anchor: () => join(root, 'nowhere'),
  },
];

function older(dir: string): void {
  rmSync(dir, { recursive: true });
  cpSync(join(root, 'older'), dir, { recursive: true });
}

for (const [i, row] of ROWS.entries()) {
  test(`verify: ${row.what}${row.anchor === undefined || row.what.includes('anchor') ? '' : ', with an anchor'} ▶ ${row.wanted.join(', ') || row.status}`, async () => {
    const dir = join(root, `case-${i}`);
    cpSync(good, dir, { recursive: true });
    row.tamper(dir);
    const found = await verify(dir, row.anchor === undefined ? {} : { anchor: row.anchor() });
    const codes = [...new Set(found.problems.map((problem) => problem.code))];
    assert.deepEqual(
      [found.status, row.wanted.filter((code) => !codes.includes(code as never))],
      [row.status, []],
      JSON.stringify(found.problems, null, 1),
    );
    if (row.wanted.length === 0) assert.deepEqual(codes, []);
    if (row.seq !== undefined) assert.equal(found.problems[0]?.seq, row.seq);
    if (row.status === 'damaged')
      assert.ok(found.problems.length <= 40, `${found.problems.length} problems for one act`);
    const said = found.cannotExclude.join('\n');
    if (row.anchor === undefined) assert.match(said, /cut from the end\n.*whole folder was put back/);
    if (found.anchor?.holds === true) assert.doesNotMatch(said, /the whole folder was put back/);
    if (row.what.includes('exchanged, without'))
      assert.match(said, /the ledger and the key beside it were replaced together/);
  });
}

test('verify: a range reads its own segments, says what it did not read, and still knows the tree', async () => {
  const found = await verify(good, { from: 150, to: 170 });
  assert.equal(found.status, 'intact');
  assert.ok(found.records < 100 && found.records >= 21, String(found.records));
  assert.match(found.cannotExclude.join('\n'), /records before: they were not read\n.*records after 170/);
  assert.equal((await verify(good, { from: 150, to: 170, anchor: anchorMiddle })).problems[0]?.code, 'anchor-unusable');
  const dir = join(root, 'range');
  cpSync(good, dir, { recursive: true });
  edit(segments(dir)[0]!, (all) => all.splice(3, 1));
  assert.equal((await verify(dir, { from: 150 })).status, 'intact');
  assert.equal((await verify(dir, { to: 20 })).status, 'damaged');
});

test('verify: a long stretch without checkpoints is no stretch of ours', async () => {
  const dir = join(root, 'unsigned');
  const ledger = openLedger(dir, { reserveBytes: 0 });
  for (let i = 0; i < 4200; i++) {
    ledger.append({ time: i, type: 'verdict', rules: 'ab'.repeat(32), data: {}, events: [], blobs: [], commits: [] });
  }
  await ledger.close();
  assert.equal((await verify(dir)).status, 'intact');
  rewriteAll(dir, (body) => (body.type === 'checkpoint' && body.seq > 0 ? undefined : body));
  assert.deepEqual(
    (await verify(dir)).problems.map((problem) => problem.code),
    ['checkpoint-missing'],
  );
});

test('verify: a folder that is none', async () => {
  const found = await verify(join(root, 'nothing'));
  assert.deepEqual(
    [found.status, found.problems.map((problem) => problem.code)],
    ['unverifiable', ['key-missing', 'ledger-missing']],
  );
});
