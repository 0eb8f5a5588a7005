// Copies of text and JSON without secrets: each is replaced by a placeholder that names its class and its fingerprint.
import { isObject, keyed, limits, type Hash, type Json } from '../model/index.ts';
import { findSecrets, type FindOptions } from './detect.ts';
import { hasPlaceholder, placeholder, TOO_DEEP } from './placeholder.ts';
import { isCredentialName, valueClass } from './names.ts';
import type { SecretSpan } from './span.ts';
import { judgeValue } from './values.ts';

export type RedactOptions = FindOptions & {
  /** Key of the fingerprints (Settings.key). */
  readonly key: string;
};

/** One secret that was taken out: its keyed fingerprint, never itself. */
export type Redaction = { readonly print: Hash; readonly class: string; readonly known: boolean };

/** Text without its secrets, known and suspected, and what was taken out, each distinct one once. Redacting twice changes nothing. */
export function redactText(
  text: string,
  options: RedactOptions | string,
): { readonly text: string; readonly found: readonly Redaction[] } {
  const found = new Map<string, Redaction>();
  return { text: redactString(text, withKey(options), found), found: [...found.values()] };
}

/**
 * JSON without secrets in its strings and keys; a string under a credential's name is judged by that name as well.
 * `count` is the number of distinct secrets. The shape stays, numbers and keys without secrets stay.
 */
export function redactJson(
  json: Json,
  options: RedactOptions | string,
): { readonly json: Json; readonly count: number; readonly found: readonly Redaction[] } {
  const found = new Map<string, Redaction>();
  const copy = redactValue(json, undefined, 0, withKey(options), found);
  return { json: copy, count: found.size, found: [...found.values()] };
}

/** By the value taken out, so that each distinct one is fingerprinted once. */
type Found = Map<string, Redaction>;

/** A bare key stands for options with nothing else set. */
function withKey(options: RedactOptions | string): RedactOptions {
  return typeof options === 'string' ? { key: options } : options;
}

function redactValue(value: Json, name: string | undefined, depth: number, options: RedactOptions, found: Found): Json {
  if (typeof value === 'string') return redactMember(value, name, options, found);
  if (value === null || typeof value !== 'object') return value;
  // Fail closed: what lies deeper than a payload may be is not copied unseen.
  if (depth > limits.JSON_DEPTH) return TOO_DEEP;
  if (Array.isArray(value)) return value.map((item: Json) => redactValue(item, name, depth + 1, options, found));
  if (!isObject(value)) return value;
  const copy: { [key: string]: Json } = {};
  for (const [key, member] of Object.entries(value)) {
    const clean = freeKey(copy, redactString(key, options, found));
    // Assigning `__proto__` would set a prototype instead of a member.
    Object.defineProperty(copy, clean, {
      value: redactValue(member, key, depth + 1, options, found),
      enumerable: true,
      writable: true,
      configurable: true,
    });
  }
  return copy;
}

/** Two different keys with one secret in each may read alike once redacted; none may overwrite the other. */
function freeKey(copy: { readonly [key: string]: Json }, key: string): string {
  let free = key;
  for (let n = 2; Object.hasOwn(copy, free); n++) free = `${key}#${n}`;
  return free;
}

function redactMember(value: string, name: string | undefined, options: RedactOptions, found: Found): string {
  const text = redactString(value, options, found);
  if (text !== value || name === undefined || hasPlaceholder(value) || !isCredentialName(name)) return text;
  const verdict = judgeValue(value, true, options.store === true);
  if (verdict === 'no' || /\s/.test(value.trim())) return text;
  return placeholder(noted({ class: valueClass(name), known: verdict === 'known' }, value, options.key, found));
}

/** Scans that one string gets. A placeholder parts what stood glued together, so a second look may see a third neighbour. */
const ROUNDS = 4;

function redactString(text: string, options: RedactOptions, found: Found): string {
  let clean = text;
  for (let round = 0; round < ROUNDS; round++) {
    const spans = findSecrets(clean, options);
    if (spans.length === 0) break;
    let out = '';
    let at = 0;
    for (const span of spans) {
      out += clean.slice(at, span.from) + placeholder(noted(span, span.original ?? span.value, options.key, found));
      at = span.to;
    }
    clean = out + clean.slice(at);
  }
  return clean;
}

function noted(span: Pick<SecretSpan, 'class' | 'known'>, value: string, key: string, found: Found): Redaction {
  const before = found.get(value);
  if (before !== undefined && (before.known || !span.known)) return before;
  const redaction: Redaction = { print: before?.print ?? keyed(key, value), class: span.class, known: span.known };
  found.set(value, redaction);
  return redaction;
}
