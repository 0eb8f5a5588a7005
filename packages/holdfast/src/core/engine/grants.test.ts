// Grants: what an approval lifts, how often, and until when – also when the clock jumps.
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { rulesFor } from '../../../../../test/support/rules.ts';
import { apply, bindHash, decide, emptyState, lowerRounds, type EngineRules } from './index.ts';
import type { Action, Decision, Fact, State } from '../model/index.ts';

const HOUR = 3_600_000;
const NOON = 12 * HOUR;

describe('grants', () => {
  let rules: EngineRules;
  before(async () => {
    rules = await rulesFor();
  });

  const action = (command: string, time: number): Action => ({
    id: `a-${time}`,
    seam: 'hook',
    agent: 'claude-code',
    session: 's',
    tool: 'shell',
    hostTool: 'Bash',
    input: { command },
    cwd: '/home/dev/project',
    workspace: '/home/dev/project',
    home: '/home/dev',
    time,
  });

  function lowered(given: Action) {
    const rounds = lowerRounds(given, rules);
    let turn = rounds.next();
    while (!turn.done) turn = rounds.next(turn.value.map((want): Fact => ({ want, none: 'unknown' })));
    return turn.value;
  }

  function decided(state: State, command: string, time: number): Decision {
    const given = action(command, time);
    const { lowered: effects, facts } = lowered(given);
    const session = state.sessions.get('s');
    assert.ok(session !== undefined);
    const decision = decide({ session, machine: state.machine }, given, effects, facts, rules);
    for (const event of decision.events) apply(state, event);
    return decision;
  }

  function granted(command: string, uses: 1 | 'session', lifts: readonly string[]): State {
    const state = emptyState();
    apply(state, {
      type: 'session.opened',
      session: 's',
      agent: 'claude-code',
      depth: 0,
      workspace: '/home/dev/project',
      time: NOON,
    });
    const given = action(command, NOON);
    const { lowered: effects, facts } = lowered(given);
    const bind = bindHash(given, effects.effects, facts.all);
    apply(state, {
      type: 'grant.added',
      session: 's',
      grant: { bind, rules: lifts, uses, until: NOON + HOUR, by: 'pin' },
    });
    return state;
  }

  type Row = {
    readonly name: string;
    readonly uses?: 1 | 'session';
    readonly lifts?: readonly string[];
    /** Command and time of each decision, and its level. */
    readonly play: readonly (readonly [command: string, time: number, want: string])[];
  };
  const SUDO = 'sudo true';
  const ROWS: readonly Row[] = [
    {
      name: 'is used once',
      play: [
        [SUDO, NOON + 1, 'pass'],
        [SUDO, NOON + 2, 'ask'],
      ],
    },
    {
      name: 'of the session is used again',
      uses: 'session',
      play: [
        [SUDO, NOON + 1, 'pass'],
        [SUDO, NOON + 2, 'pass'],
      ],
    },
    { name: 'lifts nothing of another command', play: [['sudo false', NOON + 1, 'ask']] },
    { name: 'lifts only the rules it names', lifts: ['fs/write-system'], play: [[SUDO, NOON + 1, 'ask']] },
    {
      name: 'ends when it says',
      play: [
        [SUDO, NOON + HOUR, 'ask'],
        [SUDO, NOON + HOUR + 1, 'ask'],
      ],
    },
    {
      name: 'that has expired stays so when the clock goes back',
      uses: 'session',
      play: [
        [SUDO, NOON + 1, 'pass'],
        ['ls', NOON + 2 * HOUR, 'pass'],
        [SUDO, NOON + 2, 'ask'],
        [SUDO, 0, 'ask'],
      ],
    },
    {
      name: 'holds when the clock goes back before its end',
      uses: 'session',
      play: [
        [SUDO, NOON + 10, 'pass'],
        [SUDO, NOON - HOUR, 'pass'],
        [SUDO, NOON + HOUR - 1, 'pass'],
        [SUDO, NOON + HOUR, 'ask'],
      ],
    },
  ];
  for (const { name, uses = 1, lifts = ['exec/privilege'], play } of ROWS) {
    it(name, () => {
      const state = granted(SUDO, uses, lifts);
      const got = play.map(([command, time]) => decided(state, command, time).verdict.level);
      assert.deepEqual(
        got,
        play.map(([, , want]) => want),
      );
    });
  }

  it('never lifts a deny', () => {
    const state = granted('rm -rf ~', 'session', ['fs/delete-tree-root', 'fs/delete-outside', 'risk/ask-at']);
    assert.equal(decided(state, 'rm -rf ~', NOON + 1).verdict.level, 'deny');
  });
});
