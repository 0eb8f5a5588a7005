// Joining: which result belongs to which call, whatever order and ids they come in, and what is raised where none does.
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { codesOf, dataOf, ofType, openGate, said, type OpenGate } from '../../../../test/support/gate.ts';
import type { Json } from '../core/model/index.ts';

const SESSION = '00000000-0000-4000-8000-000000000001';

/** Actions of all verdicts and, for each outcome, the action it was joined to. */
async function joined(open: OpenGate): Promise<{ decided: readonly Json[]; ended: readonly Json[] }> {
  const all = await open.records();
  const idOf = (data: { readonly [key: string]: Json }): Json =>
    (data['action'] as { [key: string]: Json })['id'] ?? '';
  const names = new Map<Json, string>();
  const name = (id: Json): Json => {
    if (id === null) return null;
    if (!names.has(id)) names.set(id, String.fromCharCode(97 + names.size));
    return names.get(id) ?? '';
  };
  return {
    decided: ofType(all, 'verdict').map((body) => name(idOf(dataOf(body)))),
    ended: ofType(all, 'outcome').map((body) => name(dataOf(body)['action'] ?? null)),
  };
}

const pending = (open: OpenGate): number => open.gate.state.sessions.get(SESSION)?.pending.size ?? 0;

type Row = {
  readonly name: string;
  readonly play: (open: OpenGate) => Promise<unknown>;
  /** Verdicts and outcomes by the letter of their action; `null`: joined to none. */
  readonly decided: readonly string[];
  readonly ended: readonly (string | null)[];
  readonly codes?: readonly string[];
  readonly pending?: number;
};
const NO_ID = { tool_use_id: null };

const ROWS: readonly Row[] = [
  {
    name: 'a call and its result',
    play: async (open) => {
      await open.bash('ls', 'c1');
      await open.ran('ls', 'c1');
    },
    decided: ['a'],
    ended: ['a'],
  },
  {
    name: 'results in another order than their calls',
    play: async (open) => {
      await open.bash('ls', 'c1');
      await open.bash('ls', 'c2');
      await open.ran('ls', 'c2');
      await open.ran('ls', 'c1');
    },
    decided: ['a', 'b'],
    ended: ['b', 'a'],
  },
  {
    name: 'a result that came twice is used once, and is no alarm',
    play: async (open) => {
      await open.bash('ls', 'c1');
      await open.ran('ls', 'c1');
      await open.ran('ls', 'c1');
    },
    decided: ['a'],
    ended: ['a', null],
  },
  {
    name: 'a result without a verdict',
    play: (open) => open.ran('ls', 'c1'),
    decided: [],
    ended: [null],
    codes: ['ran-without-verdict'],
  },
  {
    name: 'a failed call without a verdict ran as well',
    play: (open) => open.send('post-tool-use-failure.bash'),
    decided: [],
    ended: [null],
    codes: ['ran-without-verdict'],
  },
  {
    name: 'a result before its call: found missing at once, the call stays open',
    play: async (open) => {
      await open.ran('ls', 'c1');
      await open.bash('ls', 'c1');
    },
    decided: ['a'],
    ended: [null],
    codes: ['ran-without-verdict'],
    pending: 1,
  },
  {
    name: 'a denied call that has a result',
    play: async (open) => {
      await open.bash('rm -rf ~', 'c1');
      await open.ran('rm -rf ~', 'c1');
    },
    decided: ['a'],
    ended: [null],
    codes: ['verdict-not-held'],
  },
  {
    name: 'another input ran than was decided',
    play: async (open) => {
      await open.bash('ls', 'c1');
      await open.ran('ls -la', 'c1');
    },
    decided: ['a'],
    ended: ['a'],
    codes: ['verdict-not-held'],
  },
  {
    name: 'the same call asked twice is one action',
    play: async (open) => {
      await open.bash('ls', 'c1');
      await open.bash('ls', 'c1');
      await open.ran('ls', 'c1');
    },
    decided: ['a', 'a'],
    ended: ['a'],
  },
  {
    name: 'asked twice at once as well',
    play: async (open) => {
      await Promise.all([open.bash('ls', 'c1'), open.bash('ls', 'c1')]);
      await open.ran('ls', 'c1');
    },
    decided: ['a', 'a'],
    ended: ['a'],
  },
  {
    name: 'the same call asked again after its end is another action',
    play: async (open) => {
      await open.bash('ls', 'c1');
      await open.ran('ls', 'c1');
      await open.bash('ls', 'c1');
    },
    decided: ['a', 'b'],
    ended: ['a'],
    pending: 1,
  },
  {
    name: 'another input under one id is another action and a finding; the result says which of them ran, and ends both',
    play: async (open) => {
      await open.bash('ls', 'c1');
      await open.bash('pwd', 'c1');
      await open.ran('pwd', 'c1');
    },
    decided: ['a', 'b'],
    ended: ['b'],
    codes: ['call-id-reused'],
  },
  {
    name: 'another input under the id of a denied call is a finding',
    play: async (open) => {
      await open.bash('rm -rf ~', 'c1');
      await open.bash('ls', 'c1');
      await open.ran('ls', 'c1');
    },
    decided: ['a', 'b'],
    ended: ['b'],
    codes: ['call-id-reused'],
  },
  {
    name: 'one id in two sessions is two calls',
    play: async (open) => {
      await open.bash('rm -rf ~', 'c1');
      await open.bash('ls', 'c1', { session_id: 'another' });
      await open.ran('ls', 'c1', { session_id: 'another' });
    },
    decided: ['a', 'b'],
    ended: ['b'],
  },
  {
    name: 'without ids, by the input, the oldest first, each once',
    play: async (open) => {
      for (const command of ['ls', 'pwd', 'ls']) await open.bash(command, '', NO_ID);
      for (const command of ['pwd', 'ls', 'ls', 'ls']) await open.ran(command, '', NO_ID);
    },
    decided: ['a', 'b', 'c'],
    ended: ['b', 'a', 'c', null],
    codes: ['ran-without-verdict'],
  },
  {
    name: 'without ids, an input that nobody decided',
    play: async (open) => {
      await open.bash('ls', '', NO_ID);
      await open.ran('pwd', '', NO_ID);
    },
    decided: ['a'],
    ended: [null],
    codes: ['ran-without-verdict'],
    pending: 1,
  },
  {
    name: 'a result without an id does not end a call that has one',
    play: async (open) => {
      await open.bash('ls', 'c1');
      await open.ran('ls', '', NO_ID);
    },
    decided: ['a'],
    ended: [null],
    codes: ['ran-without-verdict'],
    pending: 1,
  },
];

describe('joining calls and results', () => {
  for (const { name, play, decided, ended, codes = [], pending: left = 0 } of ROWS) {
    it(name, async (t: TestContext) => {
      const open = await openGate(t);
      await play(open);
      assert.deepEqual(await joined(open), { decided, ended });
      assert.deepEqual(codesOf(await open.records()), codes);
      assert.equal(pending(open), left);
      assert.equal(await open.sound(), 'intact');
    });
  }

  it('calls at once are each decided, recorded in the order of decisions, and answered in the host form', async (t) => {
    const open = await openGate(t);
    const commands = Array.from({ length: 40 }, (_, n) =>
      n % 4 === 0 ? `rm -rf ~/${'../'.repeat(n)}` : `ls dir-${n}`,
    );
    const replies = await Promise.all(commands.map((command, n) => open.bash(command, `c${n}`)));
    replies.forEach((reply, n) => assert.equal(said(reply).level, n % 4 === 0 ? 'deny' : 'pass', commands[n]));
    const verdicts = ofType(await open.records(), 'verdict');
    assert.equal(
      new Set(verdicts.map((body) => (dataOf(body)['action'] as { [key: string]: Json })['callId'])).size,
      40,
    );
    assert.deepEqual(
      verdicts.map((body) => body.events.find((event) => event.type === 'action.decided')?.time),
      verdicts.map((body) => (dataOf(body)['action'] as { [key: string]: Json })['time']),
    );
    assert.equal(await open.sound(), 'intact');
  });

  it('what waited before a restart is joined after it', async (t) => {
    const open = await openGate(t);
    await open.bash('ls', 'c1');
    await open.bash('pwd', 'c2');
    await open.close();
    const again = await openGate(t, { dir: open.dir });
    await again.ran('ls', 'c1');
    await again.ran('pwd -P', 'c2');
    await again.bash('ls', 'c2');
    assert.deepEqual((await joined(again)).ended, ['a', 'b']);
    assert.deepEqual(codesOf(await again.records()), ['verdict-not-held', 'call-id-reused']);
    assert.equal(await again.sound(), 'intact');
  });
});

describe('what a transcript shows', () => {
  const seen = (callId: string, more: object = {}) => ({
    session: SESSION,
    callId,
    tool: 'Bash',
    cwd: '/w',
    hasResult: true,
    ran: 'yes' as const,
    isError: false,
    ...more,
  });

  const SEEN: readonly {
    readonly name: string;
    readonly before?: (open: OpenGate) => Promise<unknown>;
    readonly call: ReturnType<typeof seen>;
    readonly codes: readonly string[];
  }[] = [
    { name: 'a call nobody was asked about', call: seen('x1'), codes: ['ran-without-verdict'] },
    { name: 'not yet a result', call: seen('x1', { hasResult: false }), codes: [] },
    { name: 'the host refused it itself', call: seen('x1', { ran: 'no' }), codes: [] },
    {
      name: 'our own denial, forgotten in a restart',
      call: seen('x1', { ran: 'unknown', isError: true, resultText: 'hook: holdfast: denied: no' }),
      codes: [],
    },
    {
      name: 'our words in the result of something that ran',
      call: seen('x1', { resultText: 'holdfast: denied: no' }),
      codes: ['ran-without-verdict'],
    },
    { name: 'a released call', before: (open) => open.bash('ls', 'x1'), call: seen('x1'), codes: [] },
    {
      name: 'a denied call, as an error',
      before: (open) => open.bash('rm -rf ~', 'x1'),
      call: seen('x1', { ran: 'unknown', isError: true }),
      codes: [],
    },
    {
      name: 'a denied call that ran',
      before: (open) => open.bash('rm -rf ~', 'x1'),
      call: seen('x1'),
      codes: ['verdict-not-held'],
    },
    {
      name: 'a call of another session under the same id',
      before: (open) => open.bash('ls', 'x1', { session_id: 'another' }),
      call: seen('x1'),
      codes: ['ran-without-verdict'],
    },
    {
      name: 'a call that its result event told of already',
      before: (open) => open.ran('ls', 'x1'),
      call: seen('x1'),
      codes: ['ran-without-verdict'],
    },
  ];
  for (const { name, before, call, codes } of SEEN) {
    it(`${name}: ${codes.join(' ') || 'nothing'}`, async (t) => {
      const open = await openGate(t);
      await before?.(open);
      open.gate.coverage.seen(call);
      open.gate.coverage.seen(call);
      assert.deepEqual(codesOf(await open.records()), codes);
      assert.equal(open.gate.state.machine.gaps, codes.length);
      assert.equal(await open.sound(), 'intact');
    });
  }

  it('ends a call whose result event never came, after a while; a clock that went back ends it at once', async (t) => {
    for (const later of [5_000, -5_000]) {
      let now = 1_000_000;
      const open = await openGate(t, { parts: { clock: { now: () => now } } });
      await open.bash('ls', 'x1');
      open.gate.coverage.seen(seen('x1'));
      open.gate.coverage.settle();
      assert.equal(pending(open), 1, 'its own event may still be on the way');
      now += later;
      open.gate.coverage.settle();
      assert.equal(pending(open), 0);
      assert.equal(dataOf(ofType(await open.records(), 'outcome')[0])['from'], 'transcript');
      assert.equal(await open.sound(), 'intact');
    }
  });
});
