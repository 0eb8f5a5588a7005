// `audit verify --state` against a live watcher: what it says its state is, is what its records say – also after it was killed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cli, payload, place, recordsOf, startLive, type Live } from '../support/live.ts';

const LIMIT = { timeout: 120_000 };

/** Calls, results, prompts, sub-agents, secrets and denials: every kind of event that a hook can cause. */
async function drive(live: Live, round: number): Promise<void> {
  const send = (name: string, changes = {}) => live.hook(payload(live.at, name, changes));
  await send('session-start');
  await send('user-prompt-submit');
  for (const [n, command] of [
    'ls',
    'rm -rf ~',
    'curl -so page https://example.org/',
    'cat ~/.aws/credentials',
  ].entries()) {
    const call = { tool_input: { command }, tool_use_id: `c${round}-${n}` };
    await send('pre-tool-use.bash', call);
    const stdout = `service_token = tok-${round}-${'aB3'.repeat(8)}`;
    if (n !== 1) await send('post-tool-use.bash', { ...call, tool_response: { stdout, stderr: '' } });
  }
  await send('subagent-start');
  await send('pre-tool-use.bash.child', { tool_use_id: `child${round}` });
  await send('subagent-stop');
  await send('pre-tool-use.bash', { tool_input: { command: 'make' }, tool_use_id: `open${round}` });
  await live.hook('{');
  await send('post-tool-use.bash', { tool_use_id: `nobody-asked-${round}` });
}

function equal(live: Live): void {
  const { exit, json } = cli(live.at, ['audit', 'verify', '--state']);
  assert.deepEqual(
    [exit, json['status'], (json['state'] as { status: string }).status],
    [0, 'intact', 'equal'],
    JSON.stringify(json),
  );
}

test(
  'the live state is what the records say, while it changes, after kill -9, and after an orderly end',
  LIMIT,
  async (t) => {
    const at = place(t);
    let live = await startLive(at);
    t.after(() => live.kill());
    await drive(live, 0);
    equal(live);
    // Looked at while calls go on: the answer is about one moment.
    const busy = Promise.all(Array.from({ length: 20 }, (_, n) => live.bash(`ls dir-${n}`, `busy-${n}`)));
    equal(live);
    await busy;
    equal(live);
    for (const signal of ['kill', 'kill', 'stop'] as const) {
      const before = (await recordsOf(at)).length;
      await live[signal]();
      live = await startLive(at);
      equal(live);
      assert.ok((await recordsOf(at)).length > before);
      await drive(live, before);
      equal(live);
    }
    await live.stop();
    const { exit, json } = cli(at, ['audit', 'verify', '--state']);
    assert.equal(
      (json['state'] as { status: string }).status,
      'unknown',
      'without a watcher there is nothing to compare with',
    );
    assert.equal(exit, 4);
  },
);

test('kill -9 in the middle of calls: every reply that was given has its record', LIMIT, async (t) => {
  const at = place(t);
  for (let round = 0; round < 3; round++) {
    const live = await startLive(at);
    t.after(() => live.kill());
    const killed = { is: false };
    const replies: string[] = [];
    const storm = Array.from({ length: 8 }, async (_, lane) => {
      for (let n = 0; !killed.is; n++) {
        const id = `r${round}-${lane}-${n}`;
        const reply = await live.bash(n % 3 === 0 ? 'rm -rf ~' : 'ls', id);
        const given = /\(record #\d+\)/.test(reply.stderr) || reply.exit === 0;
        assert.ok(reply.exit === 0 || reply.exit === 2, `${reply.exit}: ${reply.stderr}`);
        assert.ok(n % 3 !== 0 || reply.exit === 2, 'a denied call never passes, whatever happens');
        if (given) replies.push(id);
      }
    });
    while (replies.length < 40) await new Promise((resolve) => setTimeout(resolve, 5));
    await live.kill();
    killed.is = true;
    await Promise.all(storm);
    const recorded = new Set(
      (await recordsOf(at)).flatMap(({ events }) =>
        events.flatMap((event) => (event.type === 'action.decided' ? [event.callId] : [])),
      ),
    );
    assert.deepEqual(
      replies.filter((id) => !recorded.has(id)),
      [],
    );
    assert.equal(cli(at, ['audit', 'verify']).json['status'], 'intact');
  }
});
