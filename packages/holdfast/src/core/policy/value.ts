// Values and operations of Cedar at run time. An error is a sentinel that travels as a value: nothing throws on the hot path.
import type { PolicyEntity, PolicyRequest } from '../model/index.ts';
import { actionIn, NAMESPACE } from './schema.ts';

/** Evaluation failed (missing attribute, wrong type, overflow). */
export const ERR: unique symbol = Symbol('cedar error');
export type Err = typeof ERR;

/**
 * boolean · string · Long (number when safe, bigint beyond 2^53; never both for one value) · Ref · Set as array · Record as object.
 * Request attributes are used as they come, so sets of a request are plain arrays and records plain objects.
 */
export type Value = unknown;
export type Fn = (request: PolicyRequest) => Value;

/** An entity as a value. `entity` is set where it came from the request itself; a literal is looked up when needed. */
export class Ref {
  readonly type: string;
  readonly id: string;
  readonly entity: PolicyEntity | undefined;
  constructor(type: string, id: string, entity: PolicyEntity | undefined) {
    this.type = type;
    this.id = id;
    this.entity = entity;
  }
}

/** `Holdfast::Path` ▶ `Path`; a type outside the namespace keeps a form that no request entity has. */
export function localType(type: string): string {
  return type.startsWith(`${NAMESPACE}::`) ? type.slice(NAMESPACE.length + 2) : `::${type}`;
}

/** The request's entity that `ref` names, or undefined: Cedar then knows its uid and nothing else. */
export function resolve(request: PolicyRequest, ref: Ref): PolicyEntity | undefined {
  if (ref.entity !== undefined) return ref.entity;
  if (isEntity(request.resource, ref.type, ref.id)) return request.resource;
  let found: PolicyEntity | undefined = request.principal;
  while (found !== undefined && !isEntity(found, ref.type, ref.id)) found = found.parent;
  return found;
}

export function isEntity(entity: PolicyEntity, type: string, id: string): boolean {
  return entity.id === id && entity.type === type;
}

/** Cedar's `in`: equal, or an ancestor. */
export function entityIn(entity: PolicyEntity | undefined, type: string, id: string): boolean {
  for (let at = entity; at !== undefined; at = at.parent) {
    if (isEntity(at, type, id) || (type === 'Group' && at.groups.includes(id))) return true;
  }
  return false;
}

export function refIn(request: PolicyRequest, ref: Ref, type: string, id: string): boolean {
  if (ref.type === type && ref.id === id) return true;
  if (ref.type === 'Action') return type === 'Action' && actionIn(ref.id, id);
  return entityIn(resolve(request, ref), type, id);
}

export function isRecord(value: Value): value is { readonly [name: string]: Value } {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Ref);
}

export function isLong(value: Value): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint';
}

/** Value of an own, defined attribute, or undefined. */
export function attribute(holder: { readonly [name: string]: Value }, name: string): Value {
  return Object.hasOwn(holder, name) ? holder[name] : undefined;
}

/** Equality of Cedar: never an error, sets without order or multiplicity, entities by uid. */
export function same(a: Value, b: Value): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (a instanceof Ref || b instanceof Ref) {
    return a instanceof Ref && b instanceof Ref && a.id === b.id && a.type === b.type;
  }
  if (Array.isArray(a) || Array.isArray(b)) {
    return Array.isArray(a) && Array.isArray(b) && a.every((x) => has(b, x)) && b.every((x) => has(a, x));
  }
  const left = a as { readonly [name: string]: Value };
  const right = b as { readonly [name: string]: Value };
  const keys = Object.keys(left);
  return (
    keys.length === Object.keys(right).length &&
    keys.every((key) => Object.hasOwn(right, key) && same(left[key], right[key]))
  );
}

/** Membership of a set. */
export function has(set: readonly Value[], value: Value): boolean {
  if (typeof value !== 'object') return set.includes(value);
  for (const one of set) if (same(one, value)) return true;
  return false;
}

const MIN = -(2n ** 63n);
const MAX = 2n ** 63n - 1n;

/** Result of exact arithmetic as a Long, or an error outside of 64 bits. */
function long(exact: bigint): number | bigint | Err {
  if (exact < MIN || exact > MAX) return ERR;
  const near = Number(exact);
  return Number.isSafeInteger(near) ? near : exact;
}

/** 64-bit signed arithmetic; overflow is an error, as in Cedar. Doubles carry it while exact, bigint beyond. */
export function arithmetic(op: '+' | '-' | '*', a: Value, b: Value): Value {
  if (!isLong(a) || !isLong(b)) return ERR;
  if (typeof a === 'number' && typeof b === 'number') {
    const quick = op === '+' ? a + b : op === '-' ? a - b : a * b;
    // Minus zero would compare as zero but print otherwise; Cedar has only one zero.
    if (Number.isSafeInteger(quick)) return quick === 0 ? 0 : quick;
  }
  const x = BigInt(a);
  const y = BigInt(b);
  return long(op === '+' ? x + y : op === '-' ? x - y : x * y);
}

/**
 * `like`: literal pieces between wildcards, matched left to right without backtracking (the first fit of each piece is
 * as good as any later one, so time is linear in pieces × text and no pattern is expensive).
 */
export function matcher(pieces: readonly string[]): (text: string) => boolean {
  const first = pieces[0] ?? '';
  const last = pieces[pieces.length - 1] ?? '';
  if (pieces.length === 1) return (text) => text === first;
  const middle = pieces.slice(1, -1).filter((piece) => piece !== '');
  return (text) => {
    if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false;
    let at = first.length;
    const end = text.length - last.length;
    for (const piece of middle) {
      const found = text.indexOf(piece, at);
      if (found < 0 || found + piece.length > end) return false;
      at = found + piece.length;
    }
    return true;
  };
}
