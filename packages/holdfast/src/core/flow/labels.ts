// Labels of one action: which integrity and confidentiality the data of each effect has, and what its result will carry.
import { MARKS, type Action, type Effect, type Mark, type SessionState, type View } from '../model/index.ts';
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

/** Labels per effect, in order, and those that the result of the action brings into the session once it ran. */
export type Labelled = { readonly labels: readonly EffectLabel[]; readonly result: readonly Mark[] };

/**
 * A flow inside the action (`data.from`, always of earlier effects) is followed transitively: what a read yields
 * goes with it into the send. Text that carries a secret this session has seen is secret wherever it stands.
 */
export function labelEffects(
  view: View,
  action: Action,
  effects: readonly Effect[],
  key: string,
  find: FindSecrets,
): Labelled {
  const session = view.session;
  const carried = effects.some(carries) && carriesSecret(session, action.input, key, find);
  const seenExternal = hasSeenExternal(session);
  const delegated = session.parent !== undefined;
  /** Marks of what each effect yields, with what came to it from others. */
  const yields: number[] = [];
  let result = 0;
  const labels = effects.map((effect): EffectLabel => {
    const own = sourceMarks(effect, view);
    result |= own;
    let marks = 0;
    if (effect.data !== undefined) for (const from of effect.data.from) marks |= yields[from] ?? 0;
    yields.push(own | marks);
    // Code has the labels of the file that it stands in.
    if (effect.kind === 'code.eval') marks |= own;
    if (carried && carries(effect)) marks |= SECRET;
    const external = (marks & EXTERNAL) !== 0 || (seenExternal && MARK_DRIVEN.has(effect.kind));
    const literal = effect.data?.literal !== undefined;
    return {
      integrity: external ? 'external' : 'workspace',
      confidentiality: (marks & SECRET) !== 0 ? 'secret' : (marks & PRIVATE) !== 0 ? 'private' : 'public',
      origins: ORIGINS[(external ? 1 : 0) | (delegated ? 2 : 0) | ((!external && !delegated) || literal ? 4 : 0)]!,
    };
  });
  return { labels, result: MARKS.filter((mark) => (result & BIT[mark]) !== 0) };
}

function carries(effect: Effect): boolean {
  return CARRIES.has(effect.kind);
}

/** Outside text has come into the session, or may have: lost history counts as such. */
export function hasSeenExternal(session: SessionState): boolean {
  return session.marks.external !== undefined || session.lost;
}

/** Labels of the data that an effect yields by itself. */
function sourceMarks(effect: Effect, view: View): number {
  switch (effect.kind) {
    case 'file.read': {
      const { target } = effect;
      if (target.groups.some((group) => SECRET_GROUPS.has(group))) return SECRET;
      if (target.type !== 'path') return 0;
      const outside = target.scope === 'home' || target.scope === 'system';
      return fileMarks(view, target.name) | (outside ? PRIVATE : 0);
    }
    case 'code.eval':
      return effect.target.type === 'path' ? fileMarks(view, effect.target.name) : 0;
    case 'secret.use':
      return SECRET;
    case 'net.connect':
      return effect.target.scope === 'loopback' ? 0 : EXTERNAL;
    case 'opaque':
      // An unknown tool answers with text that nobody here has vouched for.
      return effect.attributes.includes('unknown-tool') ? EXTERNAL : 0;
    default:
      return 0;
  }
}

/** Labels held for a file by the machine and by this session. */
function fileMarks(view: View, path: string): number {
  return held(view.machine.files, path) | held(view.session.files, path);
}

/** Labels of a file, or of the nearest directory above it that was labelled as a whole. */
function held(files: ReadonlyMap<string, readonly Mark[]>, path: string): number {
  if (files.size === 0) return 0;
  const own = files.get(path) ?? files.get(`${path}/`);
  if (own !== undefined) return bits(own);
  for (let at = path.lastIndexOf('/'); at >= 0; at = at === 0 ? -1 : path.lastIndexOf('/', at - 1)) {
    const found = files.get(path.slice(0, at + 1));
    if (found !== undefined) return bits(found);
  }
  return 0;
}

function bits(marks: readonly Mark[]): number {
  let all = 0;
  for (const mark of marks) all |= BIT[mark];
  return all;
}

// Marks of one effect as bits: the sets are tiny and made for every effect of every action.
const EXTERNAL = 1;
const PRIVATE = 2;
const SECRET = 4;
const BIT: { readonly [mark in Mark]: number } = { external: EXTERNAL, private: PRIVATE, secret: SECRET };
/** Origins by bits: from an external result, delegated by a parent session, from the model itself. */
const ORIGINS: readonly (readonly string[])[] = Array.from({ length: 8 }, (_, set) =>
  Object.freeze(['result:external', 'delegated', 'model'].filter((_origin, bit) => (set & (1 << bit)) !== 0)),
);
