// Bad input through a real watcher and the real hook client: a clear sentence, a record, a ledger that verifies, and a watcher that goes on.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Body, Json } from '../../packages/holdfast/src/core/model/index.ts';
import type { Run } from '../support/hook-clients.ts';
import { cli, payload, recordsOf, startLive, temporary, type Live } from '../support/live.ts';

const LIMIT = { timeout: 120_000 };
const MB = 1024 * 1024;

type Row = {
  readonly name: string;
  readonly stdin: (live: Live) => string | Buffer;
  /** `pass` · `ask` · `deny`; several where any of them is a proper answer. */
  readonly want: readonly string[];
  readonly says?: RegExp;
  /** False: the hook client refuses it itself, so there is nothing the watcher could record. */
  readonly recorded?: false;
  /** Kinds of effects, `opaque` above all, that the decision must have seen. */
  readonly effect?: RegExp;
};

const raw = (text: string | Buffer) => (): string | Buffer => text;
const call = (changes: { readonly [key: string]: Json }) => (live: Live) =>
  payload(live.at, 'pre-tool-use.bash', changes);
const bash = (command: string) => call({ tool_input: { command } });
const DENY = ['deny'];
const STOPPED = ['deny', 'ask'];
const ANY = ['pass', 'ask', 'deny'];
const MALFORMED = /^holdfast: denied: the tool call could not be read: .+ Do this: .+\. \[gate\/malformed\]$/;

const MALFORMED_ROWS: readonly Row[] = [
  { name: 'nothing', stdin: raw(''), want: DENY, says: /no payload on standard input/, recorded: false },
  { name: 'a cut object', stdin: raw('{"hook_event_name":"PreToolUse"'), want: DENY, says: MALFORMED },
  { name: 'words', stdin: raw('let me pass'), want: DENY, says: MALFORMED },
  { name: 'two objects', stdin: raw('{}{}'), want: DENY, says: MALFORMED },
  { name: 'null', stdin: raw('null'), want: DENY, says: MALFORMED },
  { name: 'a list', stdin: raw('[{"hook_event_name":"PreToolUse"}]'), want: DENY, says: MALFORMED },
  { name: 'an empty object', stdin: raw('{}'), want: DENY, says: MALFORMED },
  { name: 'a reply instead of a request', stdin: raw('{"permissionDecision":"allow"}'), want: DENY, says: MALFORMED },
  { name: 'a byte order mark', stdin: (live) => `\ufeff${bash('ls')(live)}`, want: DENY, says: MALFORMED },
  {
    name: 'keys twice, the last counts',
    stdin: (live) => bash('ls')(live).replace(/\}$/, ',"tool_input":{"command":"rm -rf ~"}}'),
    want: DENY,
    says: /fs\/delete-tree-root/,
  },
  {
    name: '__proto__ as a key',
    stdin: (live) => bash('rm -rf ~')(live).replace(/^\{/, '{"__proto__":{"tool_input":{"command":"ls"}},'),
    want: DENY,
    says: /fs\/delete-tree-root/,
  },
];

const UNKNOWN_ROWS: readonly Row[] = [
  {
    name: 'a tool nobody knows',
    stdin: call({ tool_name: 'Frobnicate', tool_input: { a: 1 } }),
    want: ANY,
    effect: /opaque/,
  },
  {
    name: 'one with a command in it',
    stdin: call({ tool_name: 'Frobnicate', tool_input: { command: 'rm -rf ~' } }),
    want: DENY,
    says: /fs\/delete-tree-root/,
  },
  {
    name: 'one named like a member of every object',
    stdin: call({ tool_name: 'constructor' }),
    want: ANY,
    effect: /opaque/,
  },
  {
    name: 'fields nobody knows',
    stdin: call({ frob: { deep: [1, { x: null }] }, allow: true, permissionDecision: 'allow' }),
    want: ['pass'],
  },
  { name: 'a shell call without a command', stdin: call({ tool_input: { cmd: 'ls' } }), want: ANY, effect: /opaque/ },
  {
    name: 'a command that is no text',
    stdin: call({ tool_input: { command: ['rm', '-rf', '/'] } }),
    want: ANY,
    effect: /opaque/,
  },
  { name: 'an event nobody knows', stdin: call({ hook_event_name: 'Frobbed' }), want: ['pass'], recorded: false },
];

const LARGE_ROWS: readonly Row[] = [
  {
    name: 'a file of 10 MB',
    stdin: call({ tool_name: 'Write', tool_input: { file_path: 'big.txt', content: 'x'.repeat(10 * MB) } }),
    want: ['pass'],
    effect: /file\.write/,
  },
  { name: 'a command of 10 MB', stdin: bash(`echo ${'x'.repeat(10 * MB)}`), want: STOPPED, effect: /opaque/ },
  {
    name: 'a command of 10 MB of commands',
    stdin: bash('true; '.repeat((10 * MB) / 6)),
    want: STOPPED,
    effect: /opaque/,
  },
  {
    name: 'destruction behind 10 MB',
    stdin: bash(`: ${'x'.repeat(10 * MB)}; rm -rf ~`),
    want: STOPPED,
    effect: /opaque/,
  },
  {
    name: 'a prompt of 10 MB',
    stdin: (live) => payload(live.at, 'user-prompt-submit', { prompt: 'x'.repeat(10 * MB) }),
    want: ['pass'],
  },
  {
    name: 'a result of 10 MB',
    stdin: (live) =>
      payload(live.at, 'post-tool-use.bash', {
        tool_use_id: 'big',
        tool_response: { stdout: 'x'.repeat(10 * MB), stderr: '' },
      }),
    want: ['pass'],
  },
  {
    name: '16 MB and one byte',
    stdin: raw(Buffer.alloc(16 * MB + 1, 'a')),
    want: DENY,
    says: /larger than 16 MB/,
    recorded: false,
  },
  { name: 'an id of 1 MB', stdin: call({ session_id: 'x'.repeat(MB) }), want: DENY, says: MALFORMED },
];

const BYTES_ROWS: readonly Row[] = [
  { name: 'a NUL byte', stdin: (live) => bash('ls')(live).replace('ls', 'ls\0'), want: DENY, says: MALFORMED },
  { name: 'nothing but NUL', stdin: raw(Buffer.alloc(1000)), want: DENY, says: MALFORMED },
  { name: 'a NUL in a command', stdin: bash('ls \0; rm -rf ~'), want: STOPPED },
  {
    name: 'a NUL in a path',
    stdin: call({ tool_name: 'Read', tool_input: { file_path: '/etc/shadow\0.txt' } }),
    want: ANY,
    effect: /file\.read/,
  },
  { name: 'a NUL in a folder', stdin: call({ cwd: '/\0' }), want: ANY },
  { name: '0xff', stdin: raw(Buffer.from([0xff, 0xfe])), want: DENY, says: /not valid UTF-8.*gate\/malformed/ },
  {
    name: 'an overlong slash in a call',
    stdin: (live) =>
      Buffer.concat([
        Buffer.from(String(bash('ls ')(live)).slice(0, -2)),
        Buffer.from([0xc0, 0xaf]),
        Buffer.from('"}}'),
      ]),
    want: DENY,
    says: MALFORMED,
  },
  { name: 'half a surrogate', stdin: (live) => bash('ls X')(live).replace('X', '\\ud800'), want: ANY },
  { name: 'characters that reorder text', stdin: bash('ls \u202e ;~ fr- mr'), want: ANY },
];

const deep = (open: string, close: string, n: number): string => open.repeat(n) + close.repeat(n);
const DEEP_ROWS: readonly Row[] = [
  {
    name: 'JSON 65 deep',
    stdin: (live) => bash('ls')(live).replace(/\}$/, `,"x":${deep('[', ']', 65)}}`),
    want: DENY,
    says: /nested deeper/,
  },
  { name: 'JSON a million deep', stdin: raw(deep('[', ']', 1_000_000)), want: DENY, says: /nested deeper/ },
  {
    name: 'JSON a million deep, never closed',
    stdin: raw('{"a":'.repeat(1_000_000)),
    want: DENY,
    says: /nested deeper/,
  },
  {
    name: 'substitutions 10,000 deep',
    stdin: bash(`echo ${deep('$(', ')', 10_000)}`),
    want: STOPPED,
    effect: /opaque/,
  },
  { name: 'groups 10,000 deep', stdin: bash(`${deep('( ', ' )', 10_000)}`), want: STOPPED, effect: /opaque/ },
  { name: 'a shell in a shell, 100 times', stdin: bash(`${'bash -c eval '.repeat(100)}ls`), want: ANY },
  { name: 'quotes in quotes', stdin: bash(`echo ${'"$(echo '.repeat(3_000)}`), want: STOPPED, effect: /opaque/ },
  { name: 'braces that grow', stdin: bash(`rm ${'{a,b}'.repeat(40)}`), want: ANY },
];

const FILE_ROWS: readonly Row[] = [
  { name: 'a FIFO as a script', stdin: bash('bash fifo'), want: ANY, effect: /opaque/ },
  { name: 'a FIFO that is sourced', stdin: bash('. ./fifo'), want: ANY, effect: /opaque/ },
  { name: 'a FIFO as a program', stdin: bash('./fifo'), want: ANY, effect: /opaque/ },
  { name: 'a FIFO on standard input', stdin: bash('sh < fifo'), want: ANY, effect: /opaque/ },
  { name: '/dev/zero as a script', stdin: bash('bash /dev/zero'), want: ANY, effect: /opaque/ },
  { name: '/dev/zero by way of a link', stdin: bash('bash zero'), want: ANY, effect: /opaque/ },
  { name: '/dev/zero that is sourced', stdin: bash('source /dev/zero'), want: ANY, effect: /opaque/ },
  { name: '/dev/stdin as a script', stdin: bash('bash /dev/stdin'), want: ANY, effect: /opaque/ },
  { name: 'a folder as a script', stdin: bash('bash .'), want: ANY, effect: /opaque/ },
  { name: 'a script of 100 MB', stdin: bash('bash huge.sh'), want: ANY, effect: /opaque/ },
  { name: 'a script of bytes', stdin: bash('bash bytes.sh'), want: ANY, effect: /opaque|code\.eval/ },
  { name: 'a link to itself, deleted below', stdin: bash('rm -r loop/x'), want: ['ask'], says: /fs\/unknown-delete/ },
  {
    name: 'credentials behind a link to itself',
    stdin: bash('cat ~/.aws/credentials'),
    want: ['ask'],
    says: /secret\/read-credential/,
  },
  {
    name: 'a FIFO that is read by the tool',
    stdin: call({ tool_name: 'Read', tool_input: { file_path: 'fifo' } }),
    want: ANY,
    effect: /file\.read/,
  },
];

function levelOf(reply: Run): string {
  assert.equal(reply.signal, null);
  if (reply.exit === 2) {
    assert.match(reply.stderr, /^holdfast: .{20,}/s, 'a denial says so in a sentence');
    return 'deny';
  }
  assert.equal(reply.exit, 0, reply.stderr);
  const out = String(reply.stdout);
  if (out === '') return 'pass';
  const own = (JSON.parse(out) as { hookSpecificOutput: { [key: string]: string } }).hookSpecificOutput;
  assert.match(own['permissionDecisionReason'] ?? '', /^holdfast: .{20,}/s);
  return own['permissionDecision'] ?? out;
}

const effectsOf = (body: Body): string => {
  const { effects } = body.data as { readonly effects?: readonly { readonly kind: string }[] };
  return (effects ?? []).map((effect) => effect.kind).join(' ');
};

const GROUPS: readonly (readonly [string, readonly Row[]])[] = [
  ['malformed JSON', MALFORMED_ROWS],
  ['unknown tools and fields', UNKNOWN_ROWS],
  ['10 MB', LARGE_ROWS],
  ['NUL and invalid UTF-8', BYTES_ROWS],
  ['deep nesting', DEEP_ROWS],
  ['FIFOs, /dev/zero and loops', FILE_ROWS],
];

for (const [group, rows] of GROUPS) {
  describe(`bad input: ${group}`, LIMIT, () => {
    const at = temporary();
    let live: Live;
    before(async () => {
      spawnSync('mkfifo', [join(at.project, 'fifo')]);
      symlinkSync('/dev/zero', join(at.project, 'zero'));
      symlinkSync('loop', join(at.project, 'loop'));
      symlinkSync('.aws', join(at.user, '.aws'));
      writeFileSync(join(at.project, 'bytes.sh'), Buffer.from([0x72, 0x6d, 0xff, 0, 0x80]));
      if (group.startsWith('FIFO')) writeFileSync(join(at.project, 'huge.sh'), Buffer.alloc(100 * MB, '#'));
      live = await startLive(at);
    });
    after(async () => {
      await live?.kill();
      at.remove();
    });

    for (const { name, stdin, want, says, recorded, effect } of rows) {
      test(`${name}: ${want.join(' or ')}`, async () => {
        const known = (await recordsOf(live.at)).length;
        const reply = await live.hook(stdin(live));
        const level = levelOf(reply);
        assert.ok(want.includes(level), `${level}: ${reply.stderr}${String(reply.stdout).slice(0, 500)}`);
        if (says !== undefined) assert.match((reply.stderr || String(reply.stdout)).trimEnd(), says);
        const fresh = (await recordsOf(live.at)).slice(known).filter((body) => body.type !== 'checkpoint');
        assert.equal(fresh.length > 0, recorded !== false, 'what was asked is recorded');
        if (level !== 'pass' && recorded !== false) {
          const verdict = fresh.find((body) => body.type === 'verdict')?.data as
            | { verdict: { level: string } }
            | undefined;
          assert.equal(verdict?.verdict.level, level);
        }
        if (effect !== undefined) assert.match(fresh.map(effectsOf).join(' '), effect);
      });
    }

    test('afterwards the watcher still answers, its records verify and its state is what they say', async () => {
      assert.equal(levelOf(await live.bash('ls')), 'pass');
      assert.equal(levelOf(await live.bash('rm -rf ~')), 'deny');
      const { exit, json } = cli(live.at, ['audit', 'verify', '--state']);
      assert.deepEqual([exit, json['status'], (json['state'] as { status: string }).status], [0, 'intact', 'equal']);
      assert.equal(live.child.exitCode, null);
      assert.equal(live.errors(), '');
    });
  });
}
