// JSON values, their guards, and the one canonical text form that everything hashed is hashed in.

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

/** True for a plain JSON object (not null, not an array). */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The string under `key`, or undefined when `value` is no object or holds something else there. */
export function text(value: Json | undefined, key: string): string | undefined {
  if (!isObject(value)) return undefined;
  const found = Object.hasOwn(value, key) ? value[key] : undefined;
  return typeof found === 'string' ? found : undefined;
}

/**
 * Canonical JSON text: keys sorted by UTF-16 code unit, no white space, as RFC 8785 orders them.
 * Undefined members are dropped. Total for any tree of Json; depth is bounded by the caller (limits.ts).
 */
export function canonical(value: Json | undefined): string {
  if (value === undefined) return 'null';
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  // Built by appending: one string that grows is cheaper than lists of parts that are joined.
  let made = '';
  if (Array.isArray(value)) {
    for (const item of value as readonly Json[]) made += made === '' ? canonical(item) : `,${canonical(item)}`;
    return `[${made}]`;
  }
  const object = value as JsonObject;
  const keys = Object.keys(object);
  if (keys.length > 1) keys.sort();
  for (const key of keys) {
    const item = object[key];
    if (item !== undefined) made += `${made === '' ? '' : ','}${quoted(key)}:${canonical(item)}`;
  }
  return `{${made}}`;
}

/** Keys lately quoted: the same few stand in nearly every value that is hashed. A cache, not state. */
const QUOTED = new Map<string, string>();
const MOST_QUOTED = 512;
const LONGEST_QUOTED = 64;

function quoted(key: string): string {
  let found = QUOTED.get(key);
  if (found === undefined) {
    found = JSON.stringify(key);
    if (QUOTED.size >= MOST_QUOTED) QUOTED.clear();
    if (key.length <= LONGEST_QUOTED) QUOTED.set(key, found);
  }
  return found;
}
