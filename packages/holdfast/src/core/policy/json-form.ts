// Cedar's JSON form of a policy, as far as we read it. Produced by cedar-wasm at load; everything in it is checked before use.
import type { Json } from '../model/index.ts';

export type Uid = { readonly type: string; readonly id: string };
export type Scope = {
  readonly op: string;
  readonly entity?: Json;
  readonly entities?: Json;
  readonly entity_type?: string;
  readonly in?: Json;
};
export type Clause = { readonly kind: string; readonly body: Json };

/** One policy. `annotations` are Cedar annotations: `@id("fs/x")` ▶ `{id: 'fs/x'}`. */
export type PolicyJson = {
  readonly effect: string;
  readonly principal: Scope;
  readonly action: Scope;
  readonly resource: Scope;
  readonly conditions: readonly Clause[];
  readonly annotations?: { readonly [name: string]: string };
};

/** A construct that the compiler does not know; the rule then goes to the reference evaluator. Thrown at load only. */
export class Unsupported extends Error {}

/** A policy that must not be loaded at all, whatever evaluates it (an integer that lost its value). Thrown at load only. */
export class Refused extends Error {}

/** `{type, id}` or `{__entity: {type, id}}` ▶ uid, else undefined. */
export function readUid(value: Json | undefined): Uid | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const object = value as { readonly [key: string]: Json };
  const inner = Object.hasOwn(object, '__entity') ? object['__entity'] : value;
  if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return undefined;
  const { type, id } = inner as { readonly [key: string]: Json };
  return typeof type === 'string' && typeof id === 'string' ? { type, id } : undefined;
}
