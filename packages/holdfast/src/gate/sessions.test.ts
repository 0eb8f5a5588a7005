// Sessions: whose child one is, what it takes from its parent and gives back, and which prompts count as the user's.
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { dataOf, ofType, openGate, said, type GateOptions, type OpenGate } from '../../../../test/support/gate.ts';
import type { SessionState } from '../core/model/index.ts';
import type { Ancestor } from '../ports/index.ts';

const PARENT = '00000000-0000-4000-8000-000000000001';
const CHILD = `${PARENT}/a0000000000000009`;
const HOOK = '/home/dev/.local/state/holdfast/bin/holdfast-hook claude-code';

const process = (pid: number, argv: string, tty = true): Ancestor => ({
  pid,
  started: pid,
  argv: argv.split(' '),
  tty,
});
const INIT = process(1, '/sbin/init', false);
const TERMINAL = process(20, '-zsh');
const hook = (pid: number): Ancestor => process(pid, HOOK);
/** Ancestry by the pid of the hook process: the agent at a terminal, another one started by the first one's shell, one nobody is above. */
const TREE: { readonly [pid: number]: readonly Ancestor[] } = {
  100: [hook(100), process(50, 'claude'), TERMINAL, INIT],
  101: [hook(101), process(50, 'claude'), TERMINAL, INIT],
  200: [hook(200), process(150, 'claude -p x'), process(140, 'bash -c claude'), process(50, 'claude'), TERMINAL, INIT],
  300: [hook(300), process(250, 'claude -p x', false), INIT],
  400: [process(400, 'holdfast-hook claude-code'), process(350, 'claude'), TERMINAL, INIT],
};

function open(t: TestContext, options: GateOptions = {}): Promise<OpenGate> {
  const parts = { lineage: { ancestors: (pid: number) => TREE[pid] ?? [] }, installed: () => [HOOK] };
  return openGate(t, { ...options, parts: { ...parts, ...options.parts } });
}

const session = (at: OpenGate, id: string): SessionState => {
  const found = at.gate.state.sessions.get(id);
  assert.ok(found !== undefined, `no session ${id}; there are ${[...at.gate.state.sessions.keys()].join(', ')}`);
  return found;
};

describe('opening a session', () => {
  const FIRST = [
    ['a call', 'pre-tool-use.bash', {}],
    ['a result', 'post-tool-use.bash', {}],
    ['a prompt', 'user-prompt-submit', {}],
    ['its start', 'session-start', {}],
    ['a configuration change', 'config-change', {}],
  ] as const;
  for (const [name, payload, changes] of FIRST) {
    it(`begins with whatever comes first: ${name}`, async (t) => {
      const at = await open(t);
      await at.send(payload, changes, 100);
      const { agent, parent, depth, workspace } = session(at, PARENT);
      assert.deepEqual(
        { agent, parent, depth, workspace },
        { agent: 'claude-code', parent: undefined, depth: 0, workspace: at.project },
      );
      const opened = ofType(await at.records(), 'session').filter((body) => dataOf(body)['what'] === 'opened');
      assert.deepEqual(
        opened.map((body) => dataOf(body)['host']),
        [50],
      );
    });

    if (name !== 'its start') {
      it(`a sub-agent's session is a child, also where ${name} comes first`, async (t) => {
        const at = await open(t);
        await at.send('session-start', {}, 100);
        await at.send(payload, { ...changes, agent_id: 'a0000000000000009' }, 100);
        const { parent, depth, workspace } = session(at, CHILD);
        assert.deepEqual({ parent, depth, workspace }, { parent: PARENT, depth: 1, workspace: at.project });
      });
    }
  }

  it('one without a process begins only below a session that has one', async (t) => {
    const at = await open(t);
    const call = (changes: object) =>
      at.gate.handle({ host: 'claude-code', payload: at.payload('pre-tool-use.bash', { ...changes }), pid: undefined });
    const alone = said(await call({}));
    assert.equal(alone.level, 'deny');
    assert.match(alone.text, /did not begin with an event that shows the agent's process/);
    await at.send('session-start', {}, 100);
    assert.equal(said(await call({})).level, 'pass');
    assert.equal(said(await call({ agent_id: 'a0000000000000009' })).level, 'pass');
  });

  it('a workspace stays that of the first folder', async (t) => {
    const at = await open(t);
    await at.send('session-start', {}, 100);
    await at.send('pre-tool-use.bash', { cwd: '/etc', tool_input: { command: 'rm -rf .' } }, 100);
    assert.equal(session(at, PARENT).workspace, at.project);
  });

  it('an agent inside the process tree of another one is its child', async (t) => {
    const at = await open(t);
    await at.send('session-start', {}, 100);
    await at.send('session-start', { session_id: 'nested' }, 200);
    await at.send('session-start', { session_id: 'other' }, 400);
    assert.equal(session(at, 'nested').parent, PARENT);
    assert.equal(session(at, 'other').parent, undefined);
    await at.send('session-end', {}, 100);
    await at.send('session-start', { session_id: 'late' }, 200);
    assert.equal(session(at, 'late').parent, undefined, 'a closed session is above nothing that begins later');
  });
});

describe('sub-agents', () => {
  it('begin with what their parent has seen, and give back what they saw', async (t) => {
    const at = await open(t);
    const fetched = { tool_name: 'WebFetch', tool_input: { url: 'https://example.org/', prompt: 'x' } };
    await at.send('session-start', {}, 100);
    await at.send('subagent-start', {}, 100);
    assert.deepEqual(session(at, CHILD).marks, {});
    await at.send('pre-tool-use.bash', { ...fetched, tool_use_id: 'w1', agent_id: 'a0000000000000009' }, 100);
    await at.send('post-tool-use.bash', { ...fetched, tool_use_id: 'w1', agent_id: 'a0000000000000009' }, 100);
    assert.deepEqual(Object.keys(session(at, CHILD).marks), ['external']);
    assert.deepEqual(session(at, PARENT).marks, {});
    await at.send('subagent-stop', {}, 100);
    assert.equal(session(at, CHILD).closed, true);
    assert.deepEqual(Object.keys(session(at, PARENT).marks), ['external']);
    await at.send('subagent-start', { agent_id: 'second' }, 100);
    assert.deepEqual(session(at, `${PARENT}/second`).marks, { external: 0 });
    assert.equal(await at.sound(), 'intact');
  });

  it('one that ends without having begun leaves no session behind', async (t) => {
    const at = await open(t);
    await at.send('subagent-stop', {}, 100);
    assert.deepEqual([...at.gate.state.sessions.keys()], [PARENT]);
    assert.equal(await at.sound(), 'intact');
  });

  it('of a stopped session are stopped', async (t) => {
    const at = await open(t);
    await at.send('session-start', {}, 100);
    at.gate.keeper.record('standing', PARENT, { what: 'stopped' }, [
      { type: 'standing.set', of: 'session', name: PARENT, standing: 'stopped' },
    ]);
    await at.send('subagent-start', {}, 100);
    for (const changes of [{}, { agent_id: 'a0000000000000009' }]) {
      const reply = said(await at.send('pre-tool-use.bash', changes, 100));
      assert.equal(reply.level, 'deny');
      assert.match(reply.text, /\[gate\/stopped\]/);
    }
  });
});

describe('prompts', () => {
  type Row = {
    readonly name: string;
    readonly pid?: number;
    readonly before?: (at: OpenGate) => Promise<unknown>;
    readonly changes?: { readonly [key: string]: string };
    readonly proven: boolean;
    readonly why: RegExp;
  };
  const ROWS: readonly Row[] = [
    { name: 'of the agent at a terminal', proven: true, why: /installed hook of an agent that no session started/ },
    { name: 'of a process that is gone', pid: 999, proven: false, why: /gone or not visible/ },
    {
      name: 'through another program than the installed hook',
      pid: 400,
      proven: false,
      why: /did not come through the installed hook/,
    },
    { name: 'of an agent that was left behind', pid: 300, proven: false, why: /left behind/ },
    {
      name: 'of an agent that a session started',
      pid: 200,
      before: (at) => at.send('session-start', { session_id: 'above' }, 100),
      proven: false,
      why: /started by another session/,
    },
    {
      name: 'of a sub-agent',
      before: (at) => at.send('session-start', {}, 100),
      changes: { agent_id: 'a0000000000000009' },
      proven: false,
      why: /started by another session/,
    },
    {
      name: 'while a call of the session runs code',
      before: (at) => at.send('pre-tool-use.bash', { tool_input: { command: 'make' } }, 100),
      proven: false,
      why: /still running/,
    },
    {
      name: 'after that call has ended',
      before: async (at) => {
        const call = { tool_input: { command: 'make' }, tool_use_id: 'm1' };
        await at.send('pre-tool-use.bash', call, 100);
        await at.send('post-tool-use.bash', call, 100);
      },
      proven: true,
      why: /./,
    },
    {
      name: 'after a call that was denied',
      before: (at) => at.send('pre-tool-use.bash', { tool_input: { command: 'rm -rf ~' } }, 100),
      proven: true,
      why: /./,
    },
    {
      name: 'that the agent wrote to itself',
      changes: { source: 'task' },
      proven: false,
      why: /wrote it itself/,
    },
  ];
  for (const { name, pid = 101, before, changes = {}, proven, why } of ROWS) {
    it(`${name}: ${proven ? 'proven' : 'unproven'}`, async (t) => {
      const at = await open(t);
      await before?.(at);
      assert.deepEqual(await at.send('user-prompt-submit', changes, pid), { exit: 0 });
      const [prompt] = ofType(await at.records(), 'prompt');
      assert.equal(dataOf(prompt)['label'], proven ? 'user' : 'unproven');
      assert.match(String(dataOf(prompt)['why']), why);
      const { task, marks } = session(at, changes['agent_id'] === undefined ? PARENT : CHILD);
      assert.equal(task?.proven, proven);
      assert.equal(marks.external !== undefined, !proven, 'unproven text counts as external');
      assert.equal(await at.sound(), 'intact');
    });
  }

  it('of a sub-agent stay unproven when a restart has forgotten which process is whose', async (t) => {
    const at = await open(t);
    await at.send('session-start', {}, 100);
    await at.send('subagent-start', {}, 100);
    await at.close();
    const again = await open(t, { dir: at.dir });
    await again.send('user-prompt-submit', { agent_id: 'a0000000000000009' }, 101);
    assert.equal(session(again, CHILD).task?.proven, false);
    await again.send('user-prompt-submit', {}, 101);
    assert.equal(session(again, PARENT).task?.proven, true);
  });

  it('an unproven one never replaces a proven task; a proven one replaces any', async (t) => {
    const at = await open(t);
    await at.send('user-prompt-submit', { prompt: 'from the user' }, 101);
    const print = session(at, PARENT).task?.print;
    await at.send('user-prompt-submit', { prompt: 'forged' }, 999);
    assert.deepEqual(session(at, PARENT).task?.print, print);
    await at.send('user-prompt-submit', { prompt: 'from the user again' }, 101);
    assert.notEqual(session(at, PARENT).task?.print, print);
  });

  it('a long prompt is recorded in its beginning, a secret in it is not', async (t) => {
    const at = await open(t);
    const token = `ghp_${'a1B2'.repeat(9)}`;
    await at.send('user-prompt-submit', { prompt: `use password = "${token}" ${'word '.repeat(100_000)}` }, 101);
    const [prompt] = ofType(await at.records(), 'prompt');
    assert.equal(dataOf(prompt)['bytes'], 500_000 + `use password = "${token}" `.length);
    assert.ok(!JSON.stringify(prompt).includes(token));
    assert.equal(prompt?.commits.length, 1);
  });
});
