// The leaves of conditions that rules are mostly made of – an attribute, compared with something literal – as closures of one step each.
import type { PolicyEntity, PolicyRequest } from '../model/index.ts';
import { ERR, entityIn, isLong, Ref, type Fn, type Value } from './value.ts';

/** What is known of a closure when it is compiled; the general form stays right for everything that is not known here. */
export type Known =
  | { readonly is: 'constant'; readonly value: Value }
  | { readonly is: 'entity'; readonly of: 'principal' | 'resource' }
  | { readonly is: 'action' }
  | { readonly is: 'context' };

const KNOWN = new WeakMap<Fn, Known>();

export function known(fn: Fn): Known | undefined {
  return KNOWN.get(fn);
}

export function knowing(fn: Fn, what: Known): Fn {
  KNOWN.set(fn, what);
  return fn;
}

export function constant(value: Value): Fn {
  return knowing(() => value, { is: 'constant', value });
}

/** The value when it is literal and equal only to itself: a string, a boolean, a Long. */
function primitive(fn: Fn): string | boolean | number | bigint | undefined {
  const what = known(fn);
  if (what?.is !== 'constant') return undefined;
  const { value } = what;
  return typeof value === 'string' || typeof value === 'boolean' || isLong(value) ? value : undefined;
}

/** The literal set when all its members are strings. */
function words(fn: Fn): readonly string[] | undefined {
  const what = known(fn);
  if (what?.is !== 'constant' || !Array.isArray(what.value)) return undefined;
  const set = what.value as readonly unknown[];
  return set.every((one) => typeof one === 'string') ? set : undefined;
}

/** `context.name`, `principal.name`, `resource.name`; undefined where the holder is something else. */
export function leafAttribute(left: Fn, name: string): Fn | undefined {
  // A name that every object has must be asked for as an own one.
  if (name in Object.prototype) return undefined;
  const what = known(left);
  if (what?.is === 'context') return (r) => r.context[name] ?? ERR;
  if (what?.is !== 'entity') return undefined;
  return what.of === 'principal' ? (r) => r.principal.attrs[name] ?? ERR : (r) => r.resource.attrs[name] ?? ERR;
}

/** Equality with something literal that is equal only to itself. */
export function leafEquality(left: Fn, right: Fn, wanted: boolean): Fn | undefined {
  const value = primitive(right);
  if (value !== undefined) {
    return (r) => {
      const got = left(r);
      return got === ERR ? ERR : (got === value) === wanted;
    };
  }
  const of = known(left);
  const to = known(right);
  if (to?.is !== 'constant' || !(to.value instanceof Ref)) return undefined;
  const { type, id } = to.value;
  if (of?.is === 'action') return (r) => (type === 'Action' && r.action === id) === wanted;
  if (of?.is !== 'entity') return undefined;
  return (r) => {
    const entity = entityOf(r, of.of);
    return (entity.id === id && entity.type === type) === wanted;
  };
}

/** A comparison with a literal Long. */
export function leafCompare(op: '<' | '<=' | '>' | '>=', left: Fn, right: Fn): Fn | undefined {
  const value = primitive(right);
  if (!isLong(value)) return undefined;
  switch (op) {
    case '<':
      return (r) => {
        const got = left(r);
        return isLong(got) ? got < value : ERR;
      };
    case '<=':
      return (r) => {
        const got = left(r);
        return isLong(got) ? got <= value : ERR;
      };
    case '>':
      return (r) => {
        const got = left(r);
        return isLong(got) ? got > value : ERR;
      };
    case '>=':
      return (r) => {
        const got = left(r);
        return isLong(got) ? got >= value : ERR;
      };
  }
}

/** `set.contains("word")`, and `["a", "b"].contains(x)`. */
export function leafContains(left: Fn, right: Fn): Fn | undefined {
  const value = primitive(right);
  if (value !== undefined) {
    return (r) => {
      const set = left(r);
      return Array.isArray(set) ? set.includes(value) : ERR;
    };
  }
  const list = words(left);
  if (list === undefined) return undefined;
  return (r) => {
    const got = right(r);
    // Nothing but a string is equal to one of them.
    return got === ERR ? ERR : list.includes(got as string);
  };
}

/** `set.containsAny(["a", "b"])`, `set.containsAll(["a", "b"])`. */
export function leafSets(every: boolean, left: Fn, right: Fn): Fn | undefined {
  const list = words(right);
  if (list === undefined) return undefined;
  return (r) => {
    const set = left(r);
    if (!Array.isArray(set)) return ERR;
    if (set.length === 0) return every && list.length === 0;
    for (const word of list) if (set.includes(word) !== every) return !every;
    return every;
  };
}

/** `resource in Group::"name"`, `principal in Agent::"name"`. */
export function leafMembership(left: Fn, right: Fn): Fn | undefined {
  const of = known(left);
  const to = known(right);
  if (of?.is !== 'entity' || to?.is !== 'constant' || !(to.value instanceof Ref)) return undefined;
  const { type, id } = to.value;
  return of.of === 'principal' ? (r) => entityIn(r.principal, type, id) : (r) => entityIn(r.resource, type, id);
}

/** `resource is Path`. */
export function leafIs(left: Fn, type: string): Fn | undefined {
  const of = known(left);
  if (of?.is !== 'entity') return undefined;
  return of.of === 'principal' ? (r) => r.principal.type === type : (r) => r.resource.type === type;
}

function entityOf(request: PolicyRequest, of: 'principal' | 'resource'): PolicyEntity {
  return of === 'principal' ? request.principal : request.resource;
}
