// The verbs that look at a watcher and its ledger: log, why, status, doctor, audit, hook, and a second start.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';
import { fingerprint, readHookKey } from '../../packages/holdfast/src/edge/transports/index.ts';
import { command, jsonOf } from '../support/command.ts';
import { running, type Running } from '../support/running.ts';

const ESCAPES = 'echo \u001b[2J\u202e';
let cli: Running;
before(async () => {
  cli = await running();
  writeFileSync(join(cli.project, 'clean.sh'), 'rm -rf build\n');
  assert.equal(cli.asks('sh clean.sh').code, 0);
  assert.equal(cli.tells('sh clean.sh', { stdout: 'done', stderr: '', interrupted: false }).code, 0);
  assert.equal(cli.asks('rm -rf ~').code, 2);
  assert.equal(cli.asks(ESCAPES, { session_id: 'another' }).code, 0);
});
after(async () => {
  await cli.stop();
  cli.remove();
});
const seqs = (...args: string[]): unknown[] =>
  jsonOf(cli.run(['log', '--json', ...args]).stdout).map((row) => row['seq']);
/** Seq of the record about a command. */
const at = (text: string): number => {
  const found = jsonOf(cli.run(['log', '--json', '--last', '99']).stdout).find(
    (row) => row['type'] === 'verdict' && JSON.stringify(row['data']).includes(JSON.stringify(text)),
  );
  return Number(found?.['seq']);
};

describe('log', () => {
  test('for people: one aligned line per record, no signatures, nothing that drives a terminal', () => {
    const { stdout, stderr, code } = cli.run(['log']);
    assert.deepEqual([code, stderr], [0, '']);
    assert.match(stdout, /^#\d+ +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}start /);
    assert.match(
      stdout,
      /#\d+ +[\d-]+ [\d:]+ {2}deny {5}claude-code a-sessio {2}Bash rm -rf ~ {2}\[fs\/delete-tree-root\]\n/,
    );
    assert.match(stdout, /outcome .* it ran, exit 0, 4 characters of output\n/);
    assert.match(stdout, /Bash echo ·\[2J·\n/);
    assert.doesNotMatch(stdout, /checkpoint/);
    assert.ok(!stdout.includes('\u001b'));
  });

  test('--json gives every record as it stands in the ledger', () => {
    const rows = jsonOf(cli.run(['log', '--json', '--last', '999']).stdout);
    assert.deepEqual(
      rows.map((row) => row['seq']),
      rows.map((_, index) => index),
    );
    assert.ok(rows.some((row) => row['type'] === 'checkpoint'));
  });

  test('filters', () => {
    const [passed, denied, other] = [at('sh clean.sh'), at('rm -rf ~'), at(ESCAPES)];
    const rows: readonly (readonly [readonly string[], readonly number[]])[] = [
      [['--level', 'deny'], [denied]],
      [['--rule', 'fs/delete-tree-root'], [denied]],
      [['--text', 'clean', '--type', 'verdict'], [passed]],
      [['--type', 'verdict', '--session', 'anoth'], [other]],
      [['--type', 'verdict', '--last', '1'], [other]],
      [
        ['--type', 'verdict', '--agent', 'claude-code'],
        [passed, denied, other],
      ],
      [['--type', 'verdict', '--agent', 'pi'], []],
      [
        ['--type', 'verdict', '--since', '1h'],
        [passed, denied, other],
      ],
      [['--until', '1h'], []],
    ];
    for (const [args, wanted] of rows) assert.deepEqual(seqs(...args), wanted, args.join(' '));
    assert.equal(cli.run(['log', '--level', 'allow']).stderr, 'holdfast: no record matches\n');
  });

  test('--follow shows what is there, then what comes, each once', { timeout: 30_000 }, async () => {
    const child = cli.open(['log', '--follow', '--json', '--type', 'verdict', '--session', 'followed']);
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    for (const text of ['echo one', 'echo two']) {
      cli.asks(text, { session_id: 'followed' });
      const row = JSON.parse(String((await lines.next()).value)) as {
        data: { action: { input: { command: string } } };
      };
      assert.equal(row.data.action.input.command, text);
    }
    child.kill('SIGINT');
    await once(child, 'close');
  });
});

describe('why', () => {
  test('tells the last stop in about ten lines', () => {
    const { stdout, code } = cli.run(['why']);
    assert.equal(code, 0);
    const seq = at('rm -rf ~');
    const rows = stdout.trimEnd().split('\n');
    assert.ok(rows.length >= 10 && rows.length <= 14, stdout);
    for (const wanted of [
      new RegExp(`^#${seq} {2}deny, risk 100 {2}.*claude-code, session a-session-of-the-test$`, 'm'),
      /^ {2}asked {4}Bash rm -rf ~$/m,
      /^ {2}would {4}delete .*\(with everything in it, by force, the root of a tree; home\)/m,
      /^ {2}knew {5}\S+ is a folder/m,
      /^ {2}labels {3}nothing secret/m,
      /^ {2}rule {5}fs\/delete-tree-root \(critical\), also risk\/ask-at$/m,
      /^ {2}because {2}a whole root, home or mount would be deleted$/m,
      /^ {2}safer {4}delete the exact folder/m,
      /^ {2}then {5}it did not run/m,
      /^ {2}seams {4}hook \(cooperative\); rules [0-9a-f]{12}$/m,
    ])
      assert.match(stdout, wanted);
  });

  test('tells where in a longer action, what came of it, and what was tried next', () => {
    const { stdout } = cli.run(['why', `#${at('sh clean.sh')}`]);
    assert.match(
      stdout,
      /delete \S+\/project\/build \(with everything in it, by force; workspace\), through .* ◂ clean\.sh$/m,
    );
    assert.match(stdout, /then {5}it ran, exit 0, 4 characters of output \(#\d+\)$/m);
    assert.match(stdout, /\d+ s later the agent tried Bash rm -rf ~: deny \(#\d+\)$/m);
  });

  test('--json gives the record, and the records that came after it', () => {
    const [row] = jsonOf(cli.run(['why', '--json', String(at('sh clean.sh'))]).stdout);
    const came = row?.['after'] as { outcome: number; alarms: number[]; next: number };
    assert.equal(came.next, at('rm -rf ~'));
    assert.ok(came.outcome > at('sh clean.sh') && came.outcome < came.next);
    assert.deepEqual(came.alarms, []);
  });

  test('of an action too large for a record: its blob, and without that what the record holds', () => {
    const long = `echo ${'long '.repeat(8_000)}`;
    assert.equal(cli.asks(long, { session_id: 'long', tool_use_id: 'long-1' }).code, 0);
    const [seq] = seqs('--session', 'long', '--type', 'verdict');
    assert.match(cli.run(['why', String(seq)]).stdout, /asked {4}Bash echo long long /);
    const blobs = join(cli.state, 'ledger/blobs');
    const kept = `${blobs}.kept`;
    renameSync(blobs, kept);
    mkdirSync(blobs);
    const ran = cli.run(['why', String(seq)]);
    rmSync(blobs, { recursive: true });
    renameSync(kept, blobs);
    assert.match(ran.stderr, /not kept any more/);
    assert.match(ran.stdout, /asked {4}Bash \(its input was too long for a record/);
  });

  test('of a record without a decision, and of none', () => {
    assert.match(cli.run(['why', '1']).stdout, /this record holds no decision/);
    const none = cli.run(['why', '99999']);
    assert.deepEqual([none.code, none.stdout], [5, '']);
    assert.match(none.stderr, /there is no record #99999; .*\[no-record\]/);
  });
});

describe('status and doctor', () => {
  test('status', () => {
    const { stdout, code } = cli.run(['status']);
    assert.equal(code, 0);
    assert.match(stdout, /^watcher {2}pid \d+, since .*level cooperative, seams hook\n/);
    assert.match(stdout, /^ledger {3}\d+ records, \d+ open sessions?$/m);
    assert.equal(
      typeof (jsonOf(cli.run(['status', '--json']).stdout)[0]?.['watcher'] as { pid: number } | undefined)?.pid,
      'number',
    );
  });

  test('doctor names every part, and says what to do about what is wrong', () => {
    const rows = JSON.parse(cli.run(['doctor', '--json']).stdout) as { name: string; state: string; todo: string }[];
    for (const name of ['node', 'folder', 'rules', 'ledger', 'watcher'])
      assert.equal(rows.find((row) => row.name === name)?.state, 'ok', name);
    for (const row of rows) assert.equal(row.todo === '', row.state === 'ok', row.name);
  });

  test('doctor sees rules that do not load', () => {
    const dir = join(cli.state, 'policies');
    mkdirSync(dir);
    writeFileSync(join(dir, 'x.cedar'), 'permit(');
    const ran = cli.run(['doctor']);
    rmSync(dir, { recursive: true });
    assert.equal(ran.code, 1);
    assert.match(ran.stdout, /^fail {2}rules .*x\.cedar:1: error: .*\n +do this: .*policy lint/m);
  });
});

describe('a second watcher', () => {
  test('is refused, with what to do instead', () => {
    const ran = cli.run(['start', '--foreground']);
    assert.deepEqual([ran.code, ran.stdout], [5, '']);
    assert.match(ran.stderr, /another process \(pid \d+\) writes the ledger .*log --follow.*\[ledger-locked\]\n$/);
  });
});

describe('audit', () => {
  const copy = (): string => {
    const dir = join(cli.home, 'copy');
    rmSync(dir, { recursive: true, force: true });
    cpSync(join(cli.state, 'ledger'), join(dir, 'ledger'), { recursive: true });
    return dir;
  };
  test('0 intact, with what cannot be excluded; with the live state too', () => {
    const ran = cli.run(['audit', 'verify', '--state']);
    assert.equal(ran.code, 0, ran.stdout);
    assert.match(
      ran.stdout,
      /^intact: \d+ records\n {2}state: the live state is what \d+ records say\n {2}cannot be excluded: /,
    );
  });
  test('3 damaged, and which record', () => {
    const dir = copy();
    const folder = join(dir, 'ledger/segments');
    const file = join(folder, readdirSync(folder)[0]!);
    writeFileSync(file, readFileSync(file, 'utf8').replace('"level":"deny"', '"level":"pass"'));
    const ran = cli.run(['audit', 'verify', '--dir', dir]);
    assert.equal(ran.code, 3);
    assert.match(ran.stdout, new RegExp(`^damaged: .*\\n {2}record #${at('rm -rf ~')} .*\\[record-changed\\]\\n`));
    // A list shows what it can, and says what it cannot.
    const list = cli.run(['log', '--dir', dir, '--last', '99']);
    assert.equal(list.code, 1);
    assert.match(list.stderr, new RegExp(`record ${at('rm -rf ~')} .* is not what it was`));
  });
  test('4 not verifiable: no key, no ledger', () => {
    const dir = copy();
    rmSync(join(dir, 'ledger/ledger.pub'));
    for (const where of [dir, join(cli.home, 'nowhere')]) {
      const ran = cli.run(['audit', 'verify', '--dir', where]);
      assert.equal(ran.code, 4, ran.stdout);
      assert.match(ran.stdout, /^unverifiable: /);
      assert.doesNotMatch(ran.stdout, /\(\)/);
    }
    assert.ok(!existsSync(join(cli.home, 'nowhere')), 'looking makes nothing');
  });
  test('an anchor is compared', () => {
    const file = join(cli.home, 'anchor.txt');
    assert.equal(cli.run(['audit', 'anchor', file]).code, 0);
    const ran = cli.run(['audit', 'verify', '--anchor', file]);
    assert.equal(ran.code, 0, ran.stdout);
    assert.match(ran.stdout, /anchor: the first \d+ records are those it was made of/);
  });
});

describe('hook', () => {
  const payload = (text: string): string =>
    JSON.stringify({
      session_id: 'by-hand',
      transcript_path: join(cli.home, 'none.jsonl'),
      cwd: cli.project,
      permission_mode: 'default',
      hook_event_name: 'PreToolUse',
      tool_name: 'Bash',
      tool_input: { command: text },
      tool_use_id: 'by-hand-1',
    });

  test('with its socket and key it asks that watcher, whatever HOLDFAST_* say, and makes nothing where they point', () => {
    const lost = command({ HOLDFAST_NODE: 'host' });
    const key = fingerprint(readHookKey(join(cli.state, 'run/hook.key')));
    const args = ['hook', 'claude-code', 'PreToolUse', '--socket', join(cli.state, 'run/gate.sock'), '--key', key];
    try {
      const denied = lost.run(args, payload('rm -rf ~'));
      assert.equal(denied.code, 2);
      assert.match(denied.stderr, /^holdfast: denied: a whole root, home or mount would be deleted/);
      assert.deepEqual(lost.run(args, payload('ls')), { code: 0, stdout: '', stderr: '' });
      assert.ok(!existsSync(lost.state));
    } finally {
      lost.remove();
    }
  });

  test('whatever is wrong with it, it stops the agent', () => {
    const none = join(cli.home, 'no.sock');
    for (const args of [
      ['hook', 'claude-code', '--socket', none, '--key', 'ab'.repeat(16)],
      ['hook', 'claude-code', '--bogus'],
      ['hook', 'claude-code', '--socket'],
      ['hook', 'no-such-agent'],
      ['hook'],
    ]) {
      const ran = cli.run(args, payload('ls'));
      assert.equal(ran.code, 2, args.join(' '));
      assert.match(ran.stderr, /^holdfast: [^\n]+\n?$/, args.join(' '));
    }
  });
});
