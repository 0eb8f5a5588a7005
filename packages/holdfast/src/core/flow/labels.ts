// Labels of one action: which integrity and confidentiality the data of each effect has, and what its result will carry.
import { type Action, type Effect, type Mark, type SessionState, type View } from '../model/index.ts';
import { carriesSecret, type FindSecrets } from './carried.ts';

export type Integrity = 'user' | 'workspace' | 'external';
export type Confidentiality = 'public' | 'private' | 'secret';
export type EffectLabel = {
  readonly integrity: Integrity;
  readonly confidentiality: Confidentiality;
  readonly origins: readonly string[];
};

/** Groups whose files are secrets wherever they lie. */
const SECRET_GROUPS = new Set(['credentials', 'workspace-secrets']);
/** Kinds for which the session's mark alone decides integrity (architecture §4, "against label creep"). */
const MARK_DRIVEN = new Set(['persist', 'config.change', 'extension.install', 'memory.write']);
/** Kinds that take text of the action along: an address too can carry what is no business of the host. */
const CARRIES: ReadonlySet<string> = new Set([
  'net.connect',
  'net.send',
  'message.send',
  'vcs.push',
  'remote.change',
  'agent.spawn',
  'memory.write',
]);

/**
 * Labels per effect, in order. A flow inside the action (`data.from`) is followed transitively: what a read yields
 * goes with it into the send. Text that carries a secret this session has seen is secret wherever it stands.
 */
export function labelEffects(
  view: View,
  action: Action,
  effects: readonly Effect[],
  key: string,
  find: FindSecrets,
): readonly EffectLabel[] {
  const session = view.session;
  const sources = effects.map((effect) => sourceMarks(effect, view));
  const carried = effects.some(carries) && carriesSecret(session, action.input, key, find);
  return effects.map((effect, index) => {
    const marks = new Set<Mark>();
    collect(index, effects, sources, marks, new Set());
    // Code has the labels of the file that it stands in.
    if (effect.kind === 'code.eval') for (const mark of sources[index] ?? NOTHING) marks.add(mark);
    if (carried && carries(effect)) marks.add('secret');
    const markDriven = MARK_DRIVEN.has(effect.kind) && hasSeenExternal(session);
    const external = marks.has('external') || markDriven;
    const origins = new Set<string>();
    if (external) origins.add('result:external');
    if (session.parent !== undefined) origins.add('delegated');
    if (origins.size === 0 || effect.data?.literal !== undefined) origins.add('model');
    return {
      integrity: external ? 'external' : 'workspace',
      confidentiality: marks.has('secret') ? 'secret' : marks.has('private') ? 'private' : 'public',
      origins: [...origins],
    };
  });
}

function carries(effect: Effect): boolean {
  return CARRIES.has(effect.kind);
}

/** Outside text has come into the session, or may have: lost history counts as such. */
export function hasSeenExternal(session: SessionState): boolean {
  return session.marks.external !== undefined || session.lost;
}

/** Labels that the result of the action brings into the session once it ran. */
export function resultMarks(effects: readonly Effect[], view: View): readonly Mark[] {
  const marks = new Set<Mark>();
  for (const effect of effects) for (const mark of sourceMarks(effect, view)) marks.add(mark);
  return [...marks];
}

/** Labels of the data that an effect yields by itself. */
function sourceMarks(effect: Effect, view: View): readonly Mark[] {
  switch (effect.kind) {
    case 'file.read': {
      if (effect.target.groups.some((group) => SECRET_GROUPS.has(group))) return SECRET;
      const marks: Mark[] = [];
      if (effect.target.type === 'path') {
        marks.push(...fileMarks(view, effect.target.name));
        if (effect.target.scope === 'home' || effect.target.scope === 'system') marks.push('private');
      }
      return marks;
    }
    case 'code.eval':
      return effect.target.type === 'path' ? fileMarks(view, effect.target.name) : NOTHING;
    case 'secret.use':
      return SECRET;
    case 'net.connect':
      return effect.target.scope === 'loopback' ? NOTHING : EXTERNAL;
    case 'opaque':
      // An unknown tool answers with text that nobody here has vouched for.
      return effect.attributes.includes('unknown-tool') ? EXTERNAL : NOTHING;
    default:
      return NOTHING;
  }
}

/** Labels held for a file by the machine and by this session. */
function fileMarks(view: View, path: string): readonly Mark[] {
  const machine = held(view.machine.files, path);
  const session = held(view.session.files, path);
  return session.length === 0 ? machine : machine.length === 0 ? session : [...machine, ...session];
}

/** Labels of a file, or of the nearest directory above it that was labelled as a whole. */
function held(files: ReadonlyMap<string, readonly Mark[]>, path: string): readonly Mark[] {
  if (files.size === 0) return NOTHING;
  const own = files.get(path) ?? files.get(`${path}/`);
  if (own !== undefined) return own;
  for (let at = path.lastIndexOf('/'); at >= 0; at = at === 0 ? -1 : path.lastIndexOf('/', at - 1)) {
    const found = files.get(path.slice(0, at + 1));
    if (found !== undefined) return found;
  }
  return NOTHING;
}

function collect(
  index: number,
  effects: readonly Effect[],
  sources: readonly (readonly Mark[])[],
  into: Set<Mark>,
  seen: Set<number>,
): void {
  const effect = effects[index];
  if (effect?.data === undefined) return;
  for (const from of effect.data.from) {
    if (seen.has(from)) continue;
    seen.add(from);
    for (const mark of sources[from] ?? NOTHING) into.add(mark);
    collect(from, effects, sources, into, seen);
  }
}

const NOTHING: readonly Mark[] = [];
const SECRET: readonly Mark[] = ['secret'];
const EXTERNAL: readonly Mark[] = ['external'];
