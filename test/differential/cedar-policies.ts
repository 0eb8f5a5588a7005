// Random Cedar policies as text: mostly well typed, often at the edge (missing attributes, overflow, wrong types, short circuits).
import type { Random } from './random.ts';

/** Words that policies and requests share, so that conditions hold about as often as not. */
export const WORDS = [
  '',
  'a',
  'ab',
  'abc',
  'aab',
  'ba',
  '*',
  'a*c',
  'é',
  '😀',
  'a😀c',
  'system',
  'workspace',
  'home',
  'recursive',
  'force',
  'secret',
  'external',
  '/etc/passwd',
  '/home/dev/x',
  'x"y\\z',
  'zero\u0000byte',
];
export const GROUPS = ['one', 'two', 'three', 'holdfast'];
export const TYPES = [
  'Path',
  'Host',
  'Program',
  'Party',
  'Remote',
  'Secret',
  'Tool',
  'Unknown',
  'Session',
  'Agent',
  'Group',
];
export const IDS = ['a', 'b', 'ab', '/etc/passwd', 'é'];
export const ACTIONS = [
  'file.read',
  'file.write',
  'file.delete',
  'net.send',
  'vcs.push',
  'persist',
  'process.exec',
  'opaque',
  'call',
  'reads',
  'mutates',
  'leaves',
  'executes',
  'controls',
  'any',
];
export const LONGS = [0, 1, -1, 2, 3, 5, 50, 100, -100, 4294967296, 3037000500, 9007199254740991, -9007199254740991];
/** Attributes of the schema and of free requests, and some that nothing has. */
const STRING_ATTRS = ['tool', 'profile', 'integrity', 'confidentiality', 'seam', 's', 'missing'];
const SET_ATTRS = ['attributes', 'via', 'with', 'findings', 'ss', 'ls', 'missing'];
const LONG_ATTRS = ['risk', 'askAt', 'denyAt', 'n', 'm', 'missing'];
const BOOL_ATTRS = ['certain', 'inside', 'f', 'missing'];
const RESOURCE_ATTRS = ['path', 'scope', 'exists', 'name', 'port', 'why', 'address', 'pinned', 's', 'n', 'missing'];
const PRINCIPAL_ATTRS = ['depth', 'task', 'level', 'marks', 's', 'missing'];

type Kind = 'bool' | 'long' | 'string' | 'set' | 'entity' | 'record';
const KINDS: readonly Kind[] = ['bool', 'long', 'string', 'set', 'entity', 'record'];

export type Generated = { readonly text: string; readonly effect: 'permit' | 'forbid' };

/** One policy with the given annotations in front. */
export function randomPolicy(random: Random, effect: 'permit' | 'forbid', annotations: string): Generated {
  const clauses = Array.from(
    { length: random.pick([1, 1, 1, 2, 0, 3]) },
    () =>
      `${random.chance(0.75) ? 'when' : 'unless'} { ${expression(random, random.chance(0.97) ? 'bool' : 'long', random.pick([1, 2, 3, 4]))} }`,
  );
  return {
    effect,
    text: `${annotations}${effect} (${scope(random, 'principal')}, ${actionScope(random)}, ${scope(random, 'resource')}) ${clauses.join(' ')};`,
  };
}

function scope(random: Random, of: 'principal' | 'resource'): string {
  const types = of === 'principal' ? ['Session', 'Agent'] : TYPES;
  switch (random.below(9)) {
    case 0:
      return `${of} == ${entity(random)}`;
    case 1:
      return `${of} in Holdfast::Group::"${random.pick(GROUPS)}"`;
    case 2:
      return `${of} is Holdfast::${random.pick(types)}`;
    case 3:
      return `${of} is Holdfast::${random.pick(types)} in Holdfast::Group::"${random.pick(GROUPS)}"`;
    case 4:
      return of === 'principal' ? `${of} in Holdfast::Agent::"${random.pick(IDS)}"` : of;
    default:
      return of;
  }
}

function actionScope(random: Random): string {
  switch (random.below(6)) {
    case 0:
      return `action == ${action(random)}`;
    case 1:
      return `action in ${action(random)}`;
    case 2:
      return `action in [${action(random)}, ${action(random)}]`;
    default:
      return 'action';
  }
}

function action(random: Random): string {
  return `Holdfast::Action::"${random.pick(ACTIONS)}"`;
}

function entity(random: Random): string {
  return random.chance(0.05)
    ? `Other::Path::"a"`
    : `Holdfast::${random.pick(TYPES)}::${quote(random.pick(random.chance(0.5) ? IDS : GROUPS))}`;
}

/** An expression that is meant to have the kind; now and then it has another one, and errs where it is used. */
function expression(random: Random, wanted: Kind, depth: number): string {
  const kind = random.chance(0.04) ? random.pick(KINDS) : wanted;
  const sub = (of: Kind): string => expression(random, of, depth - 1);
  if (depth > 0 && random.chance(0.08)) return `(if ${sub('bool')} then ${sub(kind)} else ${sub(kind)})`;
  switch (kind) {
    case 'bool':
      return depth <= 0 ? leafBool(random) : bool(random, sub);
    case 'long':
      if (depth <= 0 || random.chance(0.4)) return leafLong(random);
      return random.chance(0.15)
        ? `(-${sub('long')})`
        : `(${sub('long')} ${random.pick(['+', '-', '*'])} ${sub('long')})`;
    case 'string':
      return leafString(random, depth > 0 ? sub : undefined);
    case 'set':
      if (random.chance(0.5)) return `context.${random.pick(SET_ATTRS)}`;
      if (random.chance(0.1)) return 'principal.marks';
      return `[${Array.from({ length: random.below(4) }, () => (depth > 0 ? sub(random.pick(['string', 'string', 'long', 'entity', 'set'])) : quote(random.pick(WORDS)))).join(', ')}]`;
    case 'entity':
      return random.pick([
        () => 'principal',
        () => 'resource',
        () => 'resource',
        () => 'action',
        () => entity(random),
        () => action(random),
      ])();
    case 'record':
      if (depth <= 0 || random.chance(0.3))
        return random.pick(['context', 'context.r', '{}', '{a: 1}', '{"a": 1, b: {c: "x"}}']);
      return `{a: ${sub(random.pick(KINDS))}, "b c": ${sub('string')}}`;
  }
}

function bool(random: Random, sub: (of: Kind) => string): string {
  switch (random.below(18)) {
    case 0:
    case 1:
    case 2:
      return `(${sub('bool')} && ${sub('bool')})`;
    case 3:
    case 4:
    case 5:
      return `(${sub('bool')} || ${sub('bool')})`;
    case 6:
      return `(!${sub('bool')})`;
    case 7:
    case 8: {
      const kind = random.pick(KINDS);
      return `(${sub(kind)} ${random.pick(['==', '!='])} ${sub(kind)})`;
    }
    case 9:
    case 10:
      return `(${sub('long')} ${random.pick(['<', '<=', '>', '>='])} ${sub('long')})`;
    case 11:
      return `${sub('set')}.contains(${sub(random.pick(['string', 'string', 'long', 'entity', 'set']))})`;
    case 12:
      return `${sub('set')}.${random.pick(['containsAll', 'containsAny'])}(${sub('set')})`;
    case 13:
      return `(${sub('string')} like "${pattern(random)}")`;
    case 14:
      return random.chance(0.6)
        ? `(${sub('entity')} in ${sub('entity')})`
        : `(${sub('entity')} in [${sub('entity')}, ${sub(random.chance(0.9) ? 'entity' : 'string')}])`;
    case 15:
      return random.chance(0.7)
        ? `(${sub('entity')} is Holdfast::${random.pick(TYPES)})`
        : `(${sub('entity')} is Holdfast::${random.pick(TYPES)} in ${sub('entity')})`;
    case 16:
      return random.chance(0.3) ? `${sub('set')}.isEmpty()` : has(random, random.pick(['record', 'entity']), sub);
    default:
      return leafBool(random);
  }
}

function has(random: Random, kind: Kind, sub: (of: Kind) => string): string {
  const attrs = [...RESOURCE_ATTRS, 'a', 'r', 'with', 'risk'];
  switch (random.below(4)) {
    case 0:
      return `(context has ${random.pick(['r.a', 'r.b.c', 'r.q.z', 's.x', 'missing.x', 'tool', 'risk'])})`;
    case 1:
      return `(resource has "${random.pick(attrs)}")`;
    default:
      return `(${sub(kind)} has "${random.pick(attrs)}")`;
  }
}

function leafBool(random: Random): string {
  return random.pick([
    () => random.pick(['true', 'false']),
    () => `context.${random.pick(BOOL_ATTRS)}`,
    () => `context.attributes.contains(${quote(random.pick(WORDS))})`,
    () => `(resource is Holdfast::${random.pick(TYPES)})`,
    () => `(resource in Holdfast::Group::"${random.pick(GROUPS)}")`,
    () => `(resource.${random.pick(RESOURCE_ATTRS)} == ${quote(random.pick(WORDS))})`,
    () => `(action in ${action(random)})`,
    () => `(principal has ${random.pick(PRINCIPAL_ATTRS)})`,
  ])();
}

function leafLong(random: Random): string {
  if (random.chance(0.45)) return `context.${random.pick(LONG_ATTRS)}`;
  if (random.chance(0.1)) return random.pick(['resource.port', 'principal.depth', 'context.r.a', 'resource.n']);
  const value = random.pick(LONGS);
  return value < 0 ? `(${value})` : `${value}`;
}

function leafString(random: Random, sub: ((of: Kind) => string) | undefined): string {
  if (random.chance(0.35)) return `context.${random.pick(STRING_ATTRS)}`;
  if (random.chance(0.3)) return `resource.${random.pick(RESOURCE_ATTRS)}`;
  if (random.chance(0.1)) return `principal.${random.pick(PRINCIPAL_ATTRS)}`;
  if (sub !== undefined && random.chance(0.08)) return `${sub('record')}["${random.pick(['b c', 'a', 's'])}"]`;
  return quote(random.pick(WORDS));
}

function pattern(random: Random): string {
  return Array.from({ length: random.below(5) }, () =>
    random.chance(0.5) ? '*' : random.chance(0.15) ? '\\*' : escape(random.pick(WORDS)).replaceAll('*', '\\*'),
  ).join('');
}

function quote(text: string): string {
  return `"${escape(text)}"`;
}

function escape(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\u0000', '\\0');
}
