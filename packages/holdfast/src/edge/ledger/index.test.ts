// The index: finds by everything people ask for, follows the ledger, and is told of and rebuilt when it is damaged, foreign or gone.
import { strict as assert } from 'node:assert';
import { cpSync, mkdtempSync, rmSync, truncateSync, writeFileSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test, type TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { Body, Json } from '../../core/model/index.ts';
import { openLedger, type FileLedger, type IndexAnswer, type IndexQuery } from './index.ts';
import { indexRow } from './index-query.ts';
import { openIndexReader } from './index-reader.ts';

function folder(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'holdfast-index-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return join(dir, 'ledger');
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (const ends = Date.now() + 15_000; !(await holds()); await pause(20))
    assert.ok(Date.now() < ends, 'waited in vain');
}

const verdict = (
  n: number,
  level: string,
  rule: string,
  command: string,
  session = 's1',
  agent = 'claude-code',
): Omit<Body, 'seq'> => ({
  time: 1000 + n,
  type: 'verdict',
  rules: 'ab'.repeat(32),
  session,
  events: [],
  blobs: [],
  commits: [],
  data: {
    action: { agent, session, hostTool: 'Bash', input: { command } },
    verdict: { level, risk: 9, reasons: [{ rule, effect: 0, level }] },
    text: level === 'deny' ? `denied: ${rule}` : '',
  },
});

function fill(ledger: FileLedger): void {
  ledger.append(verdict(1, 'deny', 'delete-home', 'rm -rf ~'));
  ledger.append(verdict(2, 'pass', '', 'npm test', 's2'));
  ledger.append(verdict(3, 'ask', 'push-force', 'git push --force', 's2', 'pi'));
  ledger.append(verdict(4, 'deny', 'push-force', 'git push -f origin gelöscht'));
}

async function found(ledger: FileLedger, query: IndexQuery): Promise<number[]> {
  const answer: IndexAnswer = await ledger.index.query(query);
  assert.equal(answer.behind, 0);
  return answer.rows.map((row) => row.time - 1000);
}

test('records are found by time, session, agent, verdict, rule and text', async (t) => {
  const ledger = openLedger(folder(t));
  fill(ledger);
  const rows: readonly (readonly [IndexQuery, number[]])[] = [
    [{ type: 'verdict' }, [4, 3, 2, 1]],
    [{ session: 's2' }, [3, 2]],
    [{ agent: 'pi' }, [3]],
    [{ level: 'deny' }, [4, 1]],
    [{ rule: 'push-force' }, [4, 3]],
    [{ rule: 'push-force', level: 'ask' }, [3]],
    [{ text: 'git push' }, [4, 3]],
    [{ text: 'geloscht' }, [4]],
    [{ text: 'gelö' }, [4]],
    [{ text: 'denied' }, [4, 1]],
    [{ since: 1002, until: 1003 }, [3, 2]],
    [{ type: 'verdict', limit: 2 }, [4, 3]],
    [{ type: 'verdict', before: 3 }, [2, 1]],
    [{ text: 'nowhere' }, []],
    [{ text: '' }, []],
    // Operators and quotes of the search language are words like any others.
    [{ text: '"git" OR (npm' }, []],
    [{ text: 'NEAR(' }, []],
    [{ session: "s1' OR '1'='1" }, []],
  ];
  for (const [query, wanted] of rows) assert.deepEqual(await found(ledger, query), wanted, JSON.stringify(query));
  ledger.append(verdict(5, 'allow', '', 'later'));
  assert.deepEqual(await found(ledger, { text: 'later' }), [5], 'it follows the ledger');
  await ledger.close();
  await assert.rejects(ledger.index.query({}), { code: 'ledger-index' });
});

test('an index that is kept is not built again; damaged, foreign or older it is, and that is said', async (t) => {
  const dir = folder(t);
  const said: string[] = [];
  const round = async (): Promise<number[]> => {
    said.length = 0;
    const ledger = openLedger(dir, { say: (text) => said.push(text) });
    const rows = await found(ledger, { level: 'deny' });
    await ledger.close();
    return rows;
  };
  const ledger = openLedger(dir);
  fill(ledger);
  await ledger.close();
  const path = join(dir, 'index', 'records.db');
  assert.deepEqual([await round(), said], [[4, 1], []]);
  assert.deepEqual([await round(), said], [[4, 1], []]);
  writeFileSync(path, 'this is no database, only some text that is long enough to be one'.repeat(99));
  assert.deepEqual(await round(), [4, 1]);
  assert.match(said.join(), /was damaged and is built anew/);
  const half = readFileSync(path).length / 2;
  truncateSync(path, half - (half % 4096));
  assert.deepEqual(await round(), [4, 1]);
  assert.match(said.join(), /was damaged and is built anew/);
  rmSync(join(dir, 'index'), { recursive: true });
  assert.deepEqual([await round(), said], [[4, 1], []]);
  // The index of another ledger of the same length.
  const other = folder(t);
  const foreign = openLedger(other);
  for (let n = 1; n <= 4; n++) foreign.append(verdict(n, 'deny', 'x', 'x'));
  await foreign.index.query({});
  await foreign.close();
  rmSync(join(dir, 'index'), { recursive: true });
  cpSync(join(other, 'index'), join(dir, 'index'), { recursive: true });
  assert.deepEqual(await round(), [4, 1]);
  assert.match(said.join(), /does not fit the ledger/);
});

test('an index that is kept follows by itself, and what happens to its file meanwhile is put right', async (t) => {
  const dir = folder(t);
  const said: string[] = [];
  const ledger = openLedger(dir, { say: (text) => said.push(text), indexRecords: 1, indexRestMs: 0 });
  t.after(() => ledger.close());
  const path = join(dir, 'index', 'records.db');
  ledger.index.keep();
  fill(ledger);
  const reached = async (size: number): Promise<boolean> => {
    const reader = await openIndexReader(dir);
    if ('why' in reader) return false;
    reader.close();
    return reader.next === size;
  };
  await until(() => reached(ledger.head().size));
  assert.deepEqual(said, []);
  // Taken away under the open database.
  rmSync(join(dir, 'index'), { recursive: true });
  ledger.append(verdict(5, 'deny', 'x', 'later'));
  await until(() => reached(ledger.head().size));
  assert.deepEqual(said, []);
  // Changed by another hand.
  const other = new DatabaseSync(path);
  other.exec('DROP TABLE reason');
  other.close();
  ledger.append(verdict(6, 'deny', 'x', 'last'));
  await until(() => reached(ledger.head().size));
  assert.match(said.join(), /built anew/);
  assert.deepEqual(await found(ledger, { level: 'deny' }), [6, 5, 4, 1]);
  await ledger.close();
});

test('an index that cannot be kept is told once and tried again', async (t) => {
  const dir = folder(t);
  const said: string[] = [];
  const ledger = openLedger(dir, { say: (text) => said.push(text) });
  writeFileSync(join(dir, 'index'), 'a file where the folder should be');
  for (let n = 1; n <= 3; n++) {
    ledger.append(verdict(n, 'deny', 'x', 'x'));
    ledger.index.catchUp();
    await assert.rejects(ledger.index.query({}), /cannot answer/);
  }
  assert.equal(said.length, 1, said.join('\n'));
  assert.match(said[0]!, /the index cannot be brought up to date .*; the ledger itself is not touched/);
  rmSync(join(dir, 'index'));
  ledger.append(verdict(4, 'deny', 'x', 'x'));
  assert.deepEqual(await found(ledger, { level: 'deny' }), [4, 3, 2, 1]);
  await ledger.close();
});

test('property of rows: any data of a record gives a row', () => {
  const odd: Json[] = [
    null,
    1,
    'x',
    [],
    {},
    { action: 3, verdict: { reasons: 'x' } },
    { verdict: { reasons: [null, { rule: 7 }] } },
    { action: { input: [[[[[['deep']]]]]] } },
    { text: { a: 1 } },
  ];
  for (const data of odd) {
    const row = indexRow({ ...verdict(1, 'deny', 'x', 'x'), data, seq: 3 });
    assert.equal(row.seq, 3);
    assert.equal(row.level, null);
    assert.deepEqual(row.rules, []);
  }
});

test('an index that was never asked costs nothing and leaves nothing', async (t) => {
  const dir = folder(t);
  const ledger = openLedger(dir);
  fill(ledger);
  await ledger.close();
  assert.throws(() => readFileSync(join(dir, 'index', 'records.db')), { code: 'ENOENT' });
});
