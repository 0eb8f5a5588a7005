// Finding records: the index and the segments give the same answer, an index that is gone, broken, foreign or wrong only costs time, and damage is told.
import { strict as assert } from 'node:assert';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, test, type TestContext } from 'node:test';
import fc from 'fast-check';
import { RECORD_TYPES, type Body } from '../../core/model/index.ts';
import { rawToHex } from '../../core/record/index.ts';
import { findRecords, openLedger, type IndexQuery } from './index.ts';
import { matches, indexRow } from './index-query.ts';
import { readStored } from './read.ts';

const COMMANDS = ['rm -rf ~', 'npm test', 'git push --force origin', 'echo Gelöscht', 'ls ./a.b/c_d', 'echo 日本語'];
const LEVELS = ['pass', 'ask', 'deny'];
const RULES = ['fs/delete', 'vcs/rewrite'];

function body(n: number): Omit<Body, 'seq'> {
  const [level, rule] = [LEVELS[n % 3]!, RULES[n % 2]!];
  return {
    time: 1000 + n,
    type: n % 7 === 0 ? 'finding' : 'verdict',
    rules: 'ab'.repeat(32),
    session: `s${n % 4}`,
    data: {
      action: { agent: n % 5 === 0 ? 'pi' : 'claude-code', hostTool: 'Bash', input: { command: COMMANDS[n % 6]! } },
      verdict: { level, risk: 1, reasons: [{ rule, effect: 0, level }] },
    },
    events: [],
    blobs: [],
    commits: [],
  };
}

/** A ledger of `count` records in several small segments; the index holds the first `indexed` of them. */
async function filled(t: TestContext, count: number, indexed: number, segmentBytes = 20_000): Promise<string> {
  const dir = join(mkdtempSync(join(tmpdir(), 'holdfast-find-')), 'ledger');
  t.after(() => rmSync(join(dir, '..'), { recursive: true, force: true }));
  const ledger = openLedger(dir, { segmentBytes, clock: { now: () => 1 } });
  for (let n = 0; n < count; n++) {
    if (n === indexed && n > 0) await ledger.index.query({});
    ledger.append(body(n));
  }
  if (indexed >= count) await ledger.index.query({});
  await ledger.close();
  return dir;
}

const QUERIES: readonly IndexQuery[] = [
  {},
  { level: 'deny' },
  { session: 's2' },
  { agent: 'pi' },
  { type: 'finding' },
  { not: 'verdict' },
  { session: 's' },
  { session: '' },
  { rule: 'vcs/rewrite' },
  { since: 1010, until: 1020 },
  { since: 1010, until: 1020, type: 'checkpoint' },
  { text: 'push' },
  { text: 'rm -rf' },
  { text: 'geloscht' },
  { text: 'GELÖ' },
  { text: '(' },
  { text: 'git ( force' },
  { text: 'a.b' },
  { text: 'nowhere' },
  { level: 'deny', session: 's2', text: 'git' },
  { level: 'ask', limit: 1 },
  { level: 'ask', limit: 3, oldest: true },
  { level: 'ask', limit: 3, oldest: true, after: 40 },
  { level: 'ask', before: 20 },
  { limit: 2, oldest: true },
];

describe('the index and the segments find the same', () => {
  for (const [name, indexed] of [
    ['all in the index', 60],
    ['half in the index', 30],
    ['nothing in the index', 0],
  ] as const)
    test(name, async (t) => {
      const dir = await filled(t, 60, indexed);
      const bare = await filled(t, 60, 0);
      for (const query of QUERIES) {
        const [one, other] = [await findRecords(dir, query), await findRecords(bare, query)];
        const told = JSON.stringify(query);
        assert.deepEqual(
          one.records.map((record) => record.time),
          other.records.map((record) => record.time),
          told,
        );
        assert.deepEqual(one.damage, [], told);
        if (indexed > 0) assert.deepEqual(one.notes, [], told);
      }
    });
});

for (const indexed of [0, 30, 60])
  test(`wanted records, newest or oldest, come oldest first; ${indexed} of 60 in the index`, async (t) => {
    const dir = await filled(t, 60, indexed);
    const cases: readonly (readonly [IndexQuery, number[]])[] = [
      [{ level: 'deny', limit: 3 }, [1053, 1056, 1059]],
      [{ level: 'deny', limit: 2, oldest: true }, [1002, 1005]],
      [{ text: 'gelöscht', limit: 2 }, [1051, 1057]],
      [{ since: 1029, until: 1031 }, [1029, 1030, 1031]],
      [{ type: 'verdict', limit: 1 }, [1059]],
      [{ type: 'verdict', limit: 5 }, [1054, 1055, 1057, 1058, 1059]],
      [{ type: 'verdict', limit: 2, oldest: true }, [1001, 1002]],
      [{ not: 'verdict', since: 1020, until: 1040 }, [1021, 1028, 1035]],
    ];
    for (const [query, times] of cases)
      assert.deepEqual(
        (await findRecords(dir, query)).records.map((record) => record.time),
        times,
        JSON.stringify(query),
      );
    for (let limit = 1; limit < 12; limit++)
      for (const oldest of [true, false])
        assert.equal((await findRecords(dir, { type: 'verdict', limit, oldest })).records.length, limit);
  });

test('records that came into the index while it is asked are found once', async (t) => {
  const dir = await filled(t, 60, 60);
  // As a reader sees it that looked how far the index goes, and asks when it goes further.
  const half = 30;
  let hash = '';
  for await (const stored of readStored(dir, half - 1, half - 1)) hash = rawToHex(stored.hash);
  const database = new DatabaseSync(join(dir, 'index', 'records.db'));
  database.prepare('UPDATE state SET next = ?, hash = ?').run(half, hash);
  database.close();
  for (const oldest of [true, false]) {
    const found = await findRecords(dir, { level: 'deny', oldest });
    assert.equal(new Set(found.records.map((record) => record.seq)).size, 20);
    assert.equal(found.records.length, 20);
    assert.deepEqual(found.notes, []);
  }
});

test('a record that the index names and that is not what it was is not shown', async (t) => {
  const dir = await filled(t, 60, 60);
  for (const segment of readdirSync(join(dir, 'segments'))) {
    const path = join(dir, 'segments', segment);
    // Level and rule stay as the index knows them: only its own hash tells.
    writeFileSync(path, readFileSync(path, 'utf8').replace('"rm -rf ~"', '"rm -rf /"'));
  }
  const found = await findRecords(dir, { text: 'rm' });
  assert.deepEqual(found.records, []);
  assert.ok(found.damage.length > 0);
});

test('more than one page of the index is found', async (t) => {
  const dir = await filled(t, 3600, 3500, 100_000);
  const found = await findRecords(dir, { level: 'deny', limit: 1150 });
  assert.equal(found.records.length, 1150);
  assert.deepEqual(found.notes, []);
});

describe('an index that cannot be used only costs time', () => {
  const file = (dir: string): string => join(dir, 'index', 'records.db');
  const cases: readonly { name: string; harm: (dir: string) => void; note: RegExp }[] = [
    {
      name: 'gone',
      harm: (dir) => rmSync(join(dir, 'index'), { recursive: true }),
      note: /could not be used: there is none/,
    },
    {
      name: 'no database',
      harm: (dir) => writeFileSync(file(dir), 'x'.repeat(9000)),
      note: /could not be used: file is not/,
    },
    { name: 'empty', harm: (dir) => writeFileSync(file(dir), ''), note: /could not be used: it is of version 0/ },
    {
      name: 'half',
      harm: (dir) => writeFileSync(file(dir), readFileSync(file(dir)).subarray(0, 8192)),
      note: /index (could not|gave no)/,
    },
    { name: 'another version', harm: (dir) => sql(dir, 'PRAGMA user_version = 99'), note: /of version 99/ },
    {
      name: 'of another ledger',
      harm: (dir) => sql(dir, `UPDATE state SET hash = '${'0'.repeat(64)}'`),
      note: /does not fit the ledger/,
    },
    {
      name: 'ahead of the ledger',
      harm: (dir) => sql(dir, 'UPDATE state SET next = 9999'),
      note: /does not fit the ledger/,
    },
    {
      name: 'wrong about a record',
      harm: (dir) =>
        sql(dir, `UPDATE record SET level = 'deny' WHERE seq = (SELECT min(seq) FROM record WHERE level = 'pass')`),
      note: /wrong about record \d+/,
    },
  ];
  const sql = (dir: string, text: string): void => {
    const database = new DatabaseSync(file(dir));
    database.exec(text);
    database.close();
  };
  for (const { name, harm, note } of cases)
    test(name, async (t) => {
      const dir = await filled(t, 60, 60);
      harm(dir);
      const found = await findRecords(dir, { level: 'deny' });
      assert.deepEqual(
        found.records.map((record) => record.time),
        Array.from({ length: 20 }, (_, i) => 1002 + 3 * i),
      );
      assert.match(found.notes.join(), note);
    });
});

test('damage is told, and what stands beside it is still shown', async (t) => {
  const dir = await filled(t, 60, 0);
  const segments = readdirSync(join(dir, 'segments')).sort();
  assert.ok(segments.length > 4);
  const path = join(dir, 'segments', segments[2]!);
  writeFileSync(path, readFileSync(path, 'utf8').replace('"Bash"', '"Bush"'));
  const found = await findRecords(dir, { type: 'verdict', limit: 100 });
  assert.equal(found.damage.length, 1);
  assert.match(found.damage[0]!, /record \d+ of the ledger in .* is not what it was$/);
  assert.equal(found.records.length, 50, 'all but the one');
  // The newest are found without ever coming to the damaged part.
  assert.deepEqual((await findRecords(dir, { limit: 3 })).damage, []);
});

test('there is no ledger', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'holdfast-find-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  await assert.rejects(findRecords(dir, {}), { code: 'ledger-missing' });
});

test('property: the words of the index are those of the segments', async (t) => {
  const dir = join(mkdtempSync(join(tmpdir(), 'holdfast-find-')), 'ledger');
  t.after(() => rmSync(join(dir, '..'), { recursive: true, force: true }));
  const letters = fc.string({ unit: fc.constantFrom(...'ab1ÄäßI._-/ "(*+é中日\u0301'), maxLength: 8 });
  const texts = fc.sample(letters, { numRuns: 200, seed: 7 });
  const typed = fc.sample(letters, { numRuns: 300, seed: 8 });
  const ledger = openLedger(dir);
  for (const text of texts)
    ledger.append({ ...body(1), type: RECORD_TYPES[4], data: { action: { input: { command: text } } } });
  await ledger.index.query({});
  const all = (await findRecords(dir, { type: 'verdict', limit: 1000 })).records;
  assert.equal(all.length, texts.length);
  let hits = 0;
  for (const text of typed) {
    const answer = await ledger.index.query({ text, type: 'verdict', limit: 1000 });
    const wanted = all.filter((record) => matches(indexRow(record), { text })).map((record) => record.seq);
    assert.deepEqual(answer.rows.map((row) => row.seq).reverse(), wanted, JSON.stringify(text));
    hits += wanted.length;
  }
  assert.ok(hits > 300, String(hits));
  await ledger.close();
});
