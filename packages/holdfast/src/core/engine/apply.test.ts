// Tests of apply: state is the fold of events, survives a dump, and never loses a label.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { limits, type Event } from '../model/index.ts';
import { apply, dumpState, emptyState, loadState, stateDigest } from './apply.ts';

const OPEN: Event = { type: 'session.opened', session: 's', agent: 'a', depth: 0, workspace: '/w', time: 1 };

function decided(action: string, extra: Partial<Extract<Event, { type: 'action.decided' }>> = {}): Event {
  return { type: 'action.decided', session: 's', action, join: 'j', level: 'pass', executes: false, time: 2, ...extra };
}

const anyEvent: fc.Arbitrary<Event> = fc.oneof(
  fc.constant(OPEN),
  fc.record({
    type: fc.constant('session.opened' as const),
    session: fc.constantFrom('t', 'u'),
    agent: fc.constant('a'),
    parent: fc.constant('s'),
    depth: fc.constant(1),
    workspace: fc.constant('/w'),
    time: fc.nat(9),
  }),
  fc.nat(5).map((n) => decided(`a${n}`, { callId: `c${n}`, marks: ['external'] })),
  fc.nat(5).map((n): Event => ({ type: 'action.ended', session: 's', action: `a${n}`, ran: 'yes', time: 3 })),
  fc.constantFrom<Event>(
    { type: 'mark.set', session: 's', mark: 'secret', seq: 2 },
    { type: 'limit.added', session: 's', limit: 'look-only' },
    { type: 'task.set', session: 's', print: 'p', proven: true, time: 1 },
    { type: 'secret.seen', session: 's', print: 'x', class: 'token', length: 20 },
    { type: 'file.labelled', path: '/w/a', mark: 'external' },
    { type: 'grant.added', session: 's', grant: { bind: 'b', rules: ['r'], uses: 1, until: 9, by: 'pin' } },
    { type: 'grant.used', session: 's', bind: 'b' },
    { type: 'standing.set', of: 'all', name: '', standing: 'stopped' },
    { type: 'standing.set', of: 'session', name: 's', standing: 'frozen' },
    { type: 'folder.seen', folder: '/w', holes: ['x'], time: 1 },
    { type: 'gap.seen', session: 's', callId: 'c', time: 1 },
    { type: 'rules.changed', digest: 'd' },
    { type: 'session.closed', session: 's', time: 4 },
  ),
);

describe('apply', () => {
  it('is the same from the start and from any snapshot on the way', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 40 }), fc.nat(40), (events, cut) => {
        const whole = emptyState();
        for (const event of events) apply(whole, event);
        const first = emptyState();
        for (const event of events.slice(0, cut)) apply(first, event);
        const rest = loadState(JSON.parse(JSON.stringify(dumpState(first))));
        for (const event of events.slice(cut)) apply(rest, event);
        assert.equal(stateDigest(rest), stateDigest(whole));
      }),
    );
  });

  it('gives a parent what its child has seen, once the child has ended', () => {
    const state = emptyState();
    const child: Event = {
      type: 'session.opened',
      session: 't',
      agent: 'a',
      parent: 's',
      depth: 1,
      workspace: '/w',
      time: 1,
    };
    for (const event of [
      OPEN,
      child,
      { type: 'mark.set', session: 't', mark: 'external', seq: 0 },
      { type: 'secret.seen', session: 't', print: 'x', class: 'token', length: 20 },
    ] as const)
      apply(state, event);
    assert.deepEqual([state.sessions.get('s')?.marks, state.sessions.get('s')?.secrets.size], [{}, 0]);
    apply(state, { type: 'session.closed', session: 't', time: 2 });
    assert.deepEqual(state.sessions.get('s')?.marks, { external: 0 });
    assert.deepEqual([...(state.sessions.get('s')?.secrets ?? [])], [['x', { class: 'token', length: 20 }]]);
  });

  it('gives a child the labels, limits and standing of its parent', () => {
    const state = emptyState();
    apply(state, OPEN);
    apply(state, { type: 'mark.set', session: 's', mark: 'secret', seq: 4 });
    apply(state, { type: 'limit.added', session: 's', limit: 'look-only' });
    apply(state, { type: 'standing.set', of: 'session', name: 's', standing: 'stopped' });
    apply(state, { type: 'session.opened', session: 'c', agent: 'a', parent: 's', depth: 1, workspace: '/w', time: 2 });
    const child = state.sessions.get('c');
    assert.deepEqual([child?.marks.secret, child?.limits, child?.standing], [0, ['look-only'], 'stopped']);
  });

  it('brings the labels of a call into the session only when it ran', () => {
    const state = emptyState();
    apply(state, OPEN);
    apply(state, decided('a1', { marks: ['external'] }));
    apply(state, { type: 'action.ended', session: 's', action: 'a1', ran: 'no', time: 3 });
    assert.equal(state.sessions.get('s')?.marks.external, undefined);
    apply(state, decided('a2', { marks: ['external'] }));
    apply(state, { type: 'action.ended', session: 's', action: 'a2', ran: 'unknown', time: 3 });
    assert.notEqual(state.sessions.get('s')?.marks.external, undefined);
  });

  it('keeps the label of a call that is dropped, and says that history was lost', () => {
    const state = emptyState();
    apply(state, OPEN);
    apply(state, decided('first', { marks: ['secret'] }));
    for (let i = 0; i < limits.PENDING_CALLS; i++) apply(state, decided(`n${i}`));
    const session = state.sessions.get('s');
    assert.deepEqual(
      [session?.pending.size, session?.lost, session?.marks.secret !== undefined],
      [limits.PENDING_CALLS, true, true],
    );
  });

  it('moves the label of an evicted file up to its directory', () => {
    const state = emptyState();
    apply(state, { type: 'file.labelled', path: '/d/first', mark: 'external' });
    for (let i = 0; i < limits.FILE_LABELS; i++)
      apply(state, { type: 'file.labelled', path: `/e/${i}`, mark: 'external' });
    assert.deepEqual([state.machine.files.has('/d/first'), state.machine.files.get('/d/')], [false, ['external']]);
  });

  it('keeps a label of its own in the session, for its children too, and never forgets one in silence', () => {
    const state = emptyState();
    apply(state, OPEN);
    apply(state, { type: 'file.labelled', path: '/w/Makefile', mark: 'external', session: 's' });
    apply(state, { type: 'session.opened', session: 'c', agent: 'a', parent: 's', depth: 1, workspace: '/w', time: 2 });
    assert.equal(state.machine.files.size, 0);
    assert.deepEqual(state.sessions.get('c')?.files.get('/w/Makefile'), ['external']);
    for (let i = 0; i < limits.SESSION_FILES; i++)
      apply(state, { type: 'file.labelled', path: `/w/${i}/Makefile`, mark: 'external', session: 's' });
    assert.deepEqual(
      [state.sessions.get('s')?.files.size, state.sessions.get('s')?.lost],
      [limits.SESSION_FILES, true],
    );
    assert.deepEqual(stateDigest(loadState(dumpState(state))), stateDigest(state));
  });

  it('never lets a one-time grant be used twice', () => {
    const state = emptyState();
    apply(state, OPEN);
    apply(state, { type: 'grant.added', session: 's', grant: { bind: 'b', rules: [], uses: 1, until: 9, by: 'pin' } });
    apply(state, { type: 'grant.used', session: 's', bind: 'b' });
    assert.equal(state.sessions.get('s')?.grants.size, 0);
  });
});
