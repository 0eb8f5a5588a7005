// One contract for every agent: payloads recorded from the real programs in, replies as those programs read them out.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { HOSTS } from '../../packages/holdfast/src/core/hosts/index.ts';
import {
  isObject,
  LEVELS,
  type Host,
  type Inbound,
  type Json,
  type Level,
  type Reply,
} from '../../packages/holdfast/src/core/model/index.ts';
import { CLAUDE_CODE_CASES } from './claude-code.cases.ts';

const PAYLOADS = fileURLToPath(new URL('../payloads/', import.meta.url));

/** What a recorded payload must become: a subset of the inbound, compared key by key. */
export type Case = { readonly payload: string; readonly gives: { readonly [key: string]: unknown } };

type Contract = {
  readonly cases: readonly Case[];
  /** A recorded payload of a tool call that a shell command is in, and where the command stands in a reply that changes it. */
  readonly shell: string;
  readonly changed: (reply: Reply) => unknown;
  /** How the real program reads a reply to a tool event (proven against it in test/e2e). */
  readonly read: (reply: Reply) => Level | 'nothing';
  /** The same for an answer over http. */
  readonly readHttp?: (told: { readonly status: number; readonly body: string }) => Level | 'nothing';
  /** Fields without which a tool event must not be understood. */
  readonly needed: readonly string[];
};

const CONTRACTS: { readonly [host: string]: Contract } = {
  'claude-code': {
    cases: CLAUDE_CODE_CASES,
    shell: 'pre-tool-use.bash',
    changed: (reply) => (claudeDecision(reply)['updatedInput'] as { command?: unknown } | undefined)?.command,
    read: (reply) => {
      if (reply.exit === 2 && reply.stderr !== undefined && reply.stderr !== '') return 'deny';
      if (reply.exit !== 0) return 'nothing';
      const said = claudeDecision(reply);
      if (said['updatedInput'] !== undefined) return 'modify';
      return (said['permissionDecision'] as Level | undefined) ?? 'pass';
    },
    readHttp: (told) => {
      if (told.status !== 200) return 'nothing';
      const { hookSpecificOutput: said } = JSON.parse(told.body) as { hookSpecificOutput?: { [key: string]: unknown } };
      if (said === undefined) return told.body === '{}' ? 'pass' : 'nothing';
      assert.equal(said['hookEventName'], 'PreToolUse');
      if (said['updatedInput'] !== undefined) return 'modify';
      return (said['permissionDecision'] as Level | undefined) ?? 'pass';
    },
    needed: ['hook_event_name', 'session_id', 'cwd', 'tool_name', 'tool_input'],
  },
};

function claudeDecision(reply: Reply): { readonly [key: string]: unknown } {
  if (reply.stdout === undefined) return {};
  const out = (JSON.parse(reply.stdout) as { hookSpecificOutput: { [key: string]: unknown } }).hookSpecificOutput;
  assert.equal(out['hookEventName'], 'PreToolUse');
  return out;
}

function recorded(host: Host, name: string): Json {
  return JSON.parse(readFileSync(join(PAYLOADS, host.name, host.tested[0] ?? '', `${name}.json`), 'utf8')) as Json;
}

function tool(host: Host, payload: Json): Extract<Inbound, { kind: 'action' }> {
  const inbound = host.parse(payload);
  assert.equal(inbound.kind, 'action');
  return inbound as Extract<Inbound, { kind: 'action' }>;
}

test('every host has a contract and recorded payloads of the version it names', () => {
  assert.deepEqual([...HOSTS.keys()], Object.keys(CONTRACTS));
  for (const host of HOSTS.values()) assert.ok(readdirSync(join(PAYLOADS, host.name, host.tested[0] ?? '')).length > 0);
});

for (const host of HOSTS.values()) {
  const contract = CONTRACTS[host.name];
  if (contract === undefined) continue;
  const shell = recorded(host, contract.shell);

  for (const { payload, gives } of contract.cases) {
    test(`${host.name}: ${payload} becomes what it is`, () => {
      const inbound = host.parse(recorded(host, payload)) as { readonly [key: string]: unknown };
      const flat: { [key: string]: unknown } = {
        ...inbound,
        ...(inbound['action'] as object),
        ...(inbound['outcome'] as object),
      };
      const picked = Object.fromEntries(Object.keys(gives).map((key) => [key, flat[key]]));
      assert.deepEqual(picked, gives);
    });
  }

  test(`${host.name}: every recorded payload is understood, and has a case`, () => {
    const names = readdirSync(join(PAYLOADS, host.name, host.tested[0] ?? '')).filter((name) => name.endsWith('.json'));
    for (const name of names) assert.notEqual(host.parse(recorded(host, name.slice(0, -5))).kind, 'malformed', name);
    assert.deepEqual(names.map((name) => name.slice(0, -5)).sort(), contract.cases.map((one) => one.payload).sort());
  });

  for (const level of LEVELS) {
    test(`${host.name}: a ${level} is read as ${level} by the program`, () => {
      const inbound = tool(host, shell);
      const modified =
        level === 'modify' ? { ...(inbound.action.input as object), command: 'echo changed' } : undefined;
      const reply = host.reply(inbound, { level, ...(modified === undefined ? {} : { modified }) }, 'a sentence');
      assert.equal(contract.read(reply), level);
      if (level === 'modify') assert.equal(contract.changed(reply), 'echo changed');
      if (level === 'deny') assert.equal(reply.stderr, 'a sentence');
      if (level === 'pass') assert.deepEqual([reply.stdout ?? '', reply.stderr ?? ''], ['', '']);
    });
  }

  test(`${host.name}: a denial without a sentence, a change that cannot be said and the hardest reply all deny`, () => {
    const inbound = tool(host, shell);
    assert.equal(contract.read(host.reply(inbound, { level: 'deny' }, '')), 'deny');
    assert.equal(contract.read(host.reply(inbound, { level: 'modify' }, '')), 'deny');
    assert.equal(contract.read(host.hardest('')), 'deny');
  });

  const http = host.http;
  if (http !== undefined) {
    for (const level of LEVELS) {
      test(`${host.name}: over http a ${level} is read as ${level} by the program`, () => {
        const inbound = tool(host, shell);
        const modified =
          level === 'modify' ? { ...(inbound.action.input as object), command: 'echo changed' } : undefined;
        const reply = host.reply(inbound, { level, ...(modified === undefined ? {} : { modified }) }, 'a sentence');
        const told = http.form(http.events[0] ?? '', reply);
        assert.equal(contract.readHttp?.(told), level);
        if (level === 'deny' || level === 'ask') assert.match(told.body, /a sentence/);
      });
    }

    test(`${host.name}: over http every failure that a reply can carry denies, for every event, and no answer is empty`, () => {
      for (const event of http.events) {
        for (const reply of [host.hardest(''), { exit: 1 }, { exit: 255, stdout: '{}' }, { exit: 2, stderr: '"' }]) {
          const told = http.form(event, reply);
          assert.notEqual(told.body, '');
          assert.match(told.body, /"permissionDecision":"deny"|"decision":"block"/);
        }
        assert.deepEqual(http.form(event, { exit: 0 }), { status: 200, body: '{}' });
      }
    });
  }

  test(`${host.name}: a payload with a moved, missing or mistyped field is malformed`, () => {
    assert.ok(isObject(shell));
    for (const field of contract.needed) {
      const { [field]: value, ...rest }: { readonly [key: string]: Json } = shell;
      for (const broken of [
        rest,
        { ...rest, [`${field}_v2`]: value ?? null },
        { ...rest, [field]: 7 },
        { ...rest, [field]: null },
      ]) {
        assert.equal(host.parse(broken).kind, 'malformed', `${field}: ${JSON.stringify(broken[field])}`);
      }
    }
  });

  test(`${host.name}: what is no payload is malformed, whatever it is`, () => {
    for (const junk of [
      null,
      true,
      7,
      '',
      'PreToolUse',
      [],
      [shell],
      {},
      { hook_event_name: 'PreToolUse' },
    ] as Json[]) {
      assert.equal(host.parse(junk).kind, 'malformed', JSON.stringify(junk).slice(0, 60));
    }
  });

  test(`${host.name}: an event other than the installed one is malformed`, () => {
    assert.equal(host.parse(shell, 'SessionEnd').kind, 'malformed');
    assert.equal(host.parse(shell, 'PreToolUse').kind, 'action');
  });

  test(`${host.name}: an unknown tool, and a known one with an unknown input, keep their input as it came`, () => {
    assert.ok(isObject(shell));
    for (const [name, input] of [
      ['TotallyNew', { path: '/etc/passwd' }],
      ['Bash', { cmd: 'rm -rf /' }],
      ['constructor', {}],
      ['mcp__', {}],
    ] as const) {
      const { action } = tool(host, { ...shell, tool_name: name, tool_input: input });
      assert.deepEqual([action.tool, action.hostTool, action.input], ['unknown', name, input]);
    }
  });

  test(`${host.name}: a huge input comes through whole`, () => {
    assert.ok(isObject(shell));
    const command = `echo ${'x'.repeat(10 * 1024 * 1024)}; rm -rf /`;
    const { action } = tool(host, { ...shell, tool_input: { command } });
    assert.ok(isObject(action.input) && action.input['command'] === command);
  });
}
