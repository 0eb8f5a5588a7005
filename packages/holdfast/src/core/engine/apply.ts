// apply: the only writer of state, live and on rebuild from the ledger. Total: an event about an unknown session opens nothing.
import {
  canonical,
  limits,
  sha256,
  type Event,
  type Grant,
  type Hash,
  type Json,
  type Mark,
  type PendingCall,
  type SeenSecret,
  type SessionState,
  type State,
} from '../model/index.ts';

export function emptyState(): State {
  return {
    sessions: new Map(),
    machine: {
      standing: 'running',
      agents: new Map(),
      files: new Map(),
      folders: new Map(),
      gaps: 0,
      rules: undefined,
    },
  };
}

/** Changes `state` by one event. Same events in the same order give the same state, bit for bit (stateDigest). */
export function apply(state: State, event: Event): void {
  switch (event.type) {
    case 'session.opened':
      if (!state.sessions.has(event.session)) state.sessions.set(event.session, openSession(state, event));
      return;
    case 'file.labelled': {
      if (event.session !== undefined) {
        const session = state.sessions.get(event.session);
        if (session !== undefined) labelInSession(session, event.path, event.mark);
        return;
      }
      const files = state.machine.files;
      const marks = files.get(event.path) ?? [];
      if (!marks.includes(event.mark)) files.set(event.path, [...marks, event.mark]);
      if (files.size > limits.FILE_LABELS) evictFile(files);
      return;
    }
    case 'standing.set':
      if (event.of === 'all') state.machine.standing = event.standing;
      else if (event.of === 'agent') state.machine.agents.set(event.name, event.standing);
      else {
        const session = state.sessions.get(event.name);
        if (session !== undefined) session.standing = event.standing;
      }
      return;
    case 'folder.seen':
      state.machine.folders.set(event.folder, event.holes);
      return;
    case 'gap.seen':
      state.machine.gaps += 1;
      return;
    case 'rules.changed':
      state.machine.rules = event.digest;
      return;
    default: {
      const session = state.sessions.get(event.session);
      if (session === undefined) return;
      applyToSession(session, event);
      if (event.type === 'session.closed') giveBack(session, state);
    }
  }
}

type SessionEvent = Exclude<
  Event,
  { type: 'session.opened' | 'file.labelled' | 'standing.set' | 'folder.seen' | 'gap.seen' | 'rules.changed' }
>;

function applyToSession(session: SessionState, event: SessionEvent): void {
  switch (event.type) {
    case 'session.closed':
      session.closed = true;
      return;
    case 'task.set':
      session.task = { print: event.print, proven: event.proven, time: event.time };
      return;
    case 'limit.added':
      if (!session.limits.includes(event.limit)) session.limits.push(event.limit);
      return;
    case 'mark.set':
      session.marks[event.mark] ??= event.seq;
      return;
    case 'secret.seen':
      // Secret prints are never evicted (interfaces §2.3); past the limit the session counts as having lost history.
      if (session.secrets.size < limits.FINGERPRINTS) {
        const { print, class: kind, length } = event;
        session.secrets.set(print, length === undefined ? { class: kind } : { class: kind, length });
      } else session.lost = true;
      return;
    case 'action.decided':
      session.seq += 1;
      session.latest = Math.max(session.latest, event.time);
      // A denied call never runs, so nothing waits for it.
      if (event.level === 'deny') return;
      session.pending.set(event.action, {
        action: event.action,
        callId: event.callId,
        join: event.join,
        level: event.level,
        executes: event.executes,
        marks: event.marks ?? [],
        time: event.time,
      });
      if (session.pending.size > limits.PENDING_CALLS) {
        const oldest = session.pending.keys().next();
        if (!oldest.done) {
          markAll(session, session.pending.get(oldest.value)?.marks ?? []);
          session.pending.delete(oldest.value);
        }
        session.lost = true;
      }
      return;
    case 'action.ended': {
      const call = session.pending.get(event.action);
      session.pending.delete(event.action);
      if (call !== undefined && event.ran !== 'no') markAll(session, call.marks);
      return;
    }
    case 'grant.added':
      session.grants.set(event.grant.bind, event.grant);
      return;
    case 'grant.used':
      if (session.grants.get(event.bind)?.uses === 1) session.grants.delete(event.bind);
      return;
  }
}

/** Session labels are never evicted: past the limit the session counts as having lost history, which is external. */
function labelInSession(session: SessionState, path: string, mark: Mark): void {
  const marks = session.files.get(path) ?? [];
  if (marks.includes(mark)) return;
  if (session.files.size < limits.SESSION_FILES || session.files.has(path)) session.files.set(path, [...marks, mark]);
  else session.lost = true;
}

function openSession(state: State, event: Extract<Event, { type: 'session.opened' }>): SessionState {
  const parent = event.parent === undefined ? undefined : state.sessions.get(event.parent);
  return {
    id: event.session,
    agent: event.agent,
    parent: event.parent,
    depth: event.depth,
    workspace: event.workspace,
    opened: event.time,
    seq: 0,
    latest: event.time,
    task: undefined,
    // A child inherits what its parent has seen and may not do; it never starts cleaner than it came.
    limits: parent === undefined ? [] : [...parent.limits],
    marks: parent === undefined ? {} : Object.fromEntries(Object.keys(parent.marks).map((mark) => [mark, 0])),
    secrets: new Map(parent?.secrets),
    grants: new Map(),
    pending: new Map(),
    files: new Map(parent?.files),
    standing: parent?.standing ?? 'running',
    lost: parent?.lost ?? false,
    closed: false,
  };
}

/** What a child has seen, its parent has: its answer is read there. */
function giveBack(child: SessionState, state: State): void {
  const parent = child.parent === undefined ? undefined : state.sessions.get(child.parent);
  if (parent === undefined) return;
  markAll(parent, Object.keys(child.marks) as Mark[]);
  parent.lost ||= child.lost;
  for (const [print, secret] of child.secrets) {
    if (parent.secrets.size < limits.FINGERPRINTS) parent.secrets.set(print, secret);
    else parent.lost ||= !parent.secrets.has(print);
  }
}

function markAll(session: SessionState, marks: readonly Mark[]): void {
  for (const mark of marks) session.marks[mark] ??= session.seq;
}

/** Eviction never loses a label: the oldest file's labels move up to its directory. */
function evictFile(files: Map<string, Mark[]>): void {
  const oldest = files.keys().next();
  if (oldest.done) return;
  const marks = files.get(oldest.value) ?? [];
  files.delete(oldest.value);
  const directory = `${oldest.value.slice(0, oldest.value.lastIndexOf('/')) || ''}/`;
  const held = files.get(directory) ?? [];
  files.set(directory, [...new Set([...held, ...marks])]);
}

/** The state as JSON, in one canonical order: snapshots are written in it and digests are taken over it. */
export function dumpState(state: State): Json {
  return {
    sessions: [...state.sessions.values()].map((s) => ({
      id: s.id,
      agent: s.agent,
      parent: s.parent ?? null,
      depth: s.depth,
      workspace: s.workspace,
      opened: s.opened,
      seq: s.seq,
      latest: s.latest,
      task: s.task ?? null,
      limits: s.limits,
      marks: { ...s.marks },
      secrets: [...s.secrets],
      grants: [...s.grants.values()],
      pending: [...s.pending.values()].map((p) => ({ ...p, callId: p.callId ?? null })),
      files: [...s.files],
      standing: s.standing,
      lost: s.lost,
      closed: s.closed,
    })) as unknown as Json,
    machine: {
      standing: state.machine.standing,
      agents: [...state.machine.agents],
      files: [...state.machine.files],
      folders: [...state.machine.folders],
      gaps: state.machine.gaps,
      rules: state.machine.rules ?? null,
    } as unknown as Json,
  };
}

export function stateDigest(state: State): Hash {
  return sha256(canonical(dumpState(state)));
}

/** The inverse of dumpState. Throws on anything that dumpState did not write: a snapshot is a cache, the caller rebuilds. */
export function loadState(dump: Json): State {
  const state = emptyState();
  const { sessions, machine } = dump as unknown as { sessions: readonly DumpedSession[]; machine: DumpedMachine };
  for (const s of sessions) {
    if (typeof s.latest !== 'number') throw new TypeError('a snapshot of an older form');
    state.sessions.set(s.id, {
      ...s,
      parent: s.parent ?? undefined,
      task: s.task ?? undefined,
      limits: [...s.limits],
      marks: { ...s.marks },
      secrets: new Map(s.secrets),
      grants: new Map(s.grants.map((g) => [g.bind, g])),
      pending: new Map(s.pending.map((p) => [p.action, { ...p, callId: p.callId ?? undefined }])),
      files: new Map(s.files),
    });
  }
  state.machine.standing = machine.standing;
  state.machine.agents = new Map(machine.agents);
  state.machine.files = new Map(machine.files);
  state.machine.folders = new Map(machine.folders);
  state.machine.gaps = machine.gaps;
  state.machine.rules = machine.rules ?? undefined;
  return state;
}

type Nullable<T> = {
  [K in keyof T]: T[K] extends infer V ? (undefined extends V ? Exclude<V, undefined> | null : V) : never;
};
type DumpedSession = Nullable<Omit<SessionState, 'secrets' | 'grants' | 'pending' | 'marks' | 'files'>> & {
  marks: SessionState['marks'];
  secrets: [Hash, SeenSecret][];
  grants: Grant[];
  pending: (Omit<PendingCall, 'callId'> & { callId: string | null })[];
  files: [string, Mark[]][];
};
type DumpedMachine = {
  standing: State['machine']['standing'];
  agents: [string, State['machine']['standing']][];
  files: [string, Mark[]][];
  folders: [string, readonly string[]][];
  gaps: number;
  rules: Hash | null;
};
