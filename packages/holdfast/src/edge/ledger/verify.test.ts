// Tampering ▶ finding, as a table: what the log alone tells, what only an anchor tells, and what is said about the rest.
import { strict as assert } from 'node:assert';
import { generateKeyPairSync, sign } from 'node:crypto';
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import {
  bodyText,
  checkpointJson,
  Frontier,
  frameHash,
  GENESIS,
  headText,
  LINE_MAX,
  noteKey,
  ED25519,
  signatureLine,
  writeFrame,
  formatKey,
} from '../../core/record/index.ts';
import type { Body } from '../../core/model/index.ts';
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

const segments = (dir: string): string[] =>
  readdirSync(join(dir, 'segments'))
    .sort()
    .map((name) => join(dir, 'segments', name));
const lines = (path: string): string[] => readFileSync(path, 'utf8').split('\n').slice(0, -1);
const put = (path: string, all: readonly string[]): void =>
  writeFileSync(path, all.map((line) => `${line}\n`).join(''));
const edit = (path: string, change: (all: string[]) => void): void => {
  const all = lines(path);
  change(all);
  put(path, all);
};
const last = (dir: string): string => segments(dir).at(-1)!;
const second = (dir: string): string => segments(dir)[1]!;

/** Writes a file's records anew after a change of their bodies: hashes and chain are right again, as someone without the key can do. */
function rewrite(
  path: string,
  change: (body: Body, i: number) => Body | undefined,
  prev = GENESIS,
  from?: number,
): { prev: string; next: number } {
  const out = new Uint8Array(LINE_MAX);
  let [chain, seq] = [prev, from];
  const all: string[] = [];
  lines(path).forEach((line, i) => {
    const body = change((JSON.parse(line) as { body: Body }).body, i);
    if (body === undefined) return;
    seq ??= body.seq;
    const framed = writeFrame(bodyText({ ...body, seq }), chain, out)!;
    all.push(Buffer.from(out.subarray(0, framed.length - 1)).toString());
    chain = framed.hash;
    seq += 1;
  });
  put(path, all);
  return { prev: chain, next: seq! };
}

/** The whole ledger written anew, from the first record whose body `change` alters on. */
function rewriteAll(dir: string, change: (body: Body) => Body | undefined): void {
  let state: { prev: string; next: number | undefined } = { prev: GENESIS, next: undefined };
  for (const path of segments(dir)) {
    state = rewrite(path, change, state.prev, state.next);
  }
}

const lie = (body: Body): Body => (body.seq === 60 ? { ...body, data: { i: 'forged' } } : body);

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
    tamper: (dir) => resign(dir, false),
    wanted: ['checkpoint-signature'],
    status: 'damaged',
  },
  {
    what: 'everything written anew and the key beside it exchanged, without anchor: not seen, and said so',
    tamper: (dir) => resign(dir, true),
    wanted: [],
    status: 'intact',
  },
  {
    what: 'the same with an anchor',
    tamper: (dir) => resign(dir, true),
    anchor: () => anchorMiddle,
    wanted: ['anchor-signature'],
    status: 'unverifiable',
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

/** Chain hash before the last segment. */
function hashBefore(dir: string): string {
  const line = Buffer.from(`${lines(segments(dir).at(-2)!).at(-1)}\n`);
  return frameHash(line, 0)!;
}

function older(dir: string): void {
  rmSync(dir, { recursive: true });
  cpSync(join(root, 'older'), dir, { recursive: true });
}

/** Forges the whole ledger with a key of the forger's; `exchange` puts that key beside it. */
function resign(dir: string, exchange: boolean): void {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const own = readFileSync(join(dir, 'ledger.pub'), 'utf8').split('+')[0]!;
  const raw = Buffer.from(publicKey.export({ format: 'jwk' }).x!, 'base64url');
  const key = noteKey(exchange ? 'holdfast/ledger/forged' : own, ED25519, raw);
  const tree = new Frontier();
  const out = new Uint8Array(LINE_MAX);
  let prev = GENESIS;
  for (const path of segments(dir)) {
    const all = lines(path).map((line) => {
      const body = lie((JSON.parse(line) as { body: Body }).body);
      let { data } = body;
      if (body.type === 'checkpoint') {
        const text = headText({ origin: key.name, size: body.seq, root: tree.root() });
        const led = (data as { before?: number }).before;
        data = checkpointJson(
          `${text}\n${signatureLine(key.name, key.keyId, sign(null, Buffer.from(text), privateKey))}`,
          tree,
          led === undefined ? {} : { before: led },
        );
      }
      const framed = writeFrame(bodyText({ ...body, data }), prev, out)!;
      tree.add(framed.leaf);
      prev = framed.hash;
      return Buffer.from(out.subarray(0, framed.length - 1)).toString();
    });
    put(path, all);
  }
  if (exchange) writeFileSync(join(dir, 'ledger.pub'), formatKey(key));
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

test('verify: a folder that is none', async () => {
  const found = await verify(join(root, 'nothing'));
  assert.deepEqual(
    [found.status, found.problems.map((problem) => problem.code)],
    ['unverifiable', ['key-missing', 'ledger-missing']],
  );
});
