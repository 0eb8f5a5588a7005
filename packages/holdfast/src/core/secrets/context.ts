// Secrets told by what stands around them: NAME=value, headers, URLs with a password, private key blocks, words before a token.
import { ALNUM, BASE64, decodeBase64, entropy, is, mixOf, SPACE, STOP, runEnd, WORD } from './chars.ts';
import { isCredentialName, valueClass } from './names.ts';
import type { Hit } from './span.ts';
import { isReference, judgeValue } from './values.ts';

/** Longest value that is looked at; what follows belongs to the same span as long as it is of one word. */
const VALUE = 4_096;
const NAME = 64;

const BACKSLASH = 0x5c;

function isQuote(c: number): boolean {
  return c === 0x22 || c === 0x27 || c === 0x60;
}

/** A value that was judged, where it ends, and the hit that it is, if it is one. */
export type Looked = { readonly to: number; readonly hit: Hit | undefined };

/** A value after the `=` or `:` at `at`, when the name before it is that of a credential. */
export function assigned(text: string, at: number, store: boolean): Looked | undefined {
  const name = nameBefore(text, at);
  if (name === undefined || !isCredentialName(name)) return undefined;
  return valueAt(text, skipOperator(text, at), name, store);
}

/** The name that ends before the operator at `at`: quotes, brackets and blanks between them passed over. */
function nameBefore(text: string, at: number): string | undefined {
  let end = at;
  for (let passed = 0; end > 0 && passed < 6; passed++) {
    const c = text.charCodeAt(end - 1);
    if (c !== 0x20 && c !== 0x09 && !isQuote(c) && c !== BACKSLASH && c !== 0x5d && c !== 0x3f) break;
    end--;
  }
  let from = end;
  const least = Math.max(0, end - NAME - 1);
  while (from > least && (is(text.charCodeAt(from - 1), WORD) || text.charCodeAt(from - 1) === 0x2e)) from--;
  // What is left of a name that was redacted says nothing.
  if (text.charCodeAt(from - 1) === 0x203a) return undefined;
  return end - from > 1 && end - from <= NAME ? text.slice(from, end) : undefined;
}

function skipOperator(text: string, at: number): number {
  let i = at + 1;
  // `:=`, `=>`, `?=`: one operator. `==` compares and assigns nothing.
  const next = text.charCodeAt(i);
  if (text.charCodeAt(at) === 0x3d && next === 0x3d) return text.length;
  if (next === 0x3d || next === 0x3e) i++;
  while (text.charCodeAt(i) === 0x20 || text.charCodeAt(i) === 0x09) i++;
  return i;
}

/** The value that begins at `at`, judged. Inside quotes it ends at their like; inside a JSON text in JSON at the escaped quote. */
function valueAt(text: string, at: number, name: string, store: boolean): Looked | undefined {
  let from = at;
  let close = -1;
  if (isQuote(text.charCodeAt(from))) {
    close = text.charCodeAt(from++);
  } else if (text.charCodeAt(from) === BACKSLASH && isQuote(text.charCodeAt(from + 1))) {
    close = text.charCodeAt(from + 1);
    from += 2;
  }
  const scheme = /^(?:basic|bearer|token|apikey)\s+/i.exec(text.slice(from, from + 10))?.[0];
  if (scheme !== undefined) return authorization(text, from + scheme.length, scheme.trim().toLowerCase());
  const to = close < 0 ? plainEnd(text, from, store) : quotedEnd(text, from, close);
  if (to <= from) return undefined;
  const value = text.slice(from, to);
  const looked = (kind: string, known: boolean): Looked => ({ to, hit: { from, to, class: kind, known } });
  if (value.length === 40 && AWS_NAME.test(name) && isKeyShape(value)) return looked('aws-secret-key', true);
  if (AZURE_NAME.test(name) && AZURE_KEY.test(value)) return looked('azure-key', true);
  const verdict = judgeValue(value, close >= 0, store);
  return verdict === 'no' ? { to, hit: undefined } : looked(valueClass(name), verdict === 'known');
}

const AWS_NAME = /aws|secret_?access/i;
const AZURE_NAME = /^(?:account|shared_?access)_?key$/i;
// 32 or 64 bytes.
const AZURE_KEY = /^(?:[A-Za-z0-9+/]{43}=|[A-Za-z0-9+/]{86}==)$/;

function plainEnd(text: string, from: number, store: boolean): number {
  const end = Math.min(text.length, from + VALUE);
  let i = from;
  while (i < end) {
    const c = text.charCodeAt(i);
    // In a credential file a password runs to the end of its word, whatever is in it.
    if (is(c, SPACE) || (!store && (is(c, STOP) || c === 0x26)) || c === 0x22 || c === BACKSLASH) break;
    i++;
  }
  return i;
}

function quotedEnd(text: string, from: number, close: number): number {
  const end = Math.min(text.length, from + VALUE);
  let i = from;
  while (i < end) {
    const c = text.charCodeAt(i);
    if (c === close || c === 0x0a) return i;
    if (c === BACKSLASH) {
      if (text.charCodeAt(i + 1) === close) return i;
      i++;
    }
    i++;
  }
  return Math.min(i, end);
}

function authorization(text: string, from: number, scheme: string): Looked | undefined {
  let to = runEnd(text, from, BASE64 | WORD, VALUE);
  // A bearer token may have dots.
  while (to - from < VALUE && text.charCodeAt(to) === 0x2e && is(text.charCodeAt(to + 1), WORD))
    to = runEnd(text, to + 1, BASE64 | WORD, VALUE);
  const value = text.slice(from, to);
  if (scheme === 'basic') {
    const plain = value.length >= 8 ? decodeBase64(value) : undefined;
    const known = plain !== undefined && /^[\x20-\x7e]+:[\x20-\x7e]+$/.test(plain);
    return known ? { to, hit: { from, to, class: 'basic-auth', known } } : undefined;
  }
  if (value.length < 16 || judgeValue(value, true, false) === 'no') return undefined;
  return { to, hit: { from, to, class: 'bearer-token', known: false } };
}

/** 40 characters of base64 that are neither a hex hash nor words. */
function isKeyShape(value: string): boolean {
  const mix = mixOf(value);
  return /^[A-Za-z0-9/+]{40}$/.test(value) && mix.lower && mix.upper && mix.digit && entropy(value) > 3.8;
}

/** The secret key that stands within a few lines after an access key id ending at `at`. */
export function awsPair(text: string, at: number): Hit | undefined {
  const end = Math.min(text.length, at + 240);
  for (let i = at; i < end;) {
    if (!is(text.charCodeAt(i), BASE64)) {
      i++;
      continue;
    }
    const to = runEnd(text, i, BASE64, 128);
    // `name=value` is one run of the alphabet; the value is what follows the last `=`.
    const cut = text.slice(i, to - 1).lastIndexOf('=');
    const from = i + cut + 1;
    if (to - from === 40 && isKeyShape(text.slice(from, to))) return { from, to, class: 'aws-secret-key', known: true };
    i = Math.max(to, i + 1);
  }
  return undefined;
}

/** `scheme://user:password@host`, the colon of the scheme at `at`. Only the password is the secret. */
export function urlPassword(text: string, at: number): Hit | undefined {
  const end = Math.min(text.length, at + 1_024);
  let colon = -1;
  let to = -1;
  for (let i = at + 3; i < end; i++) {
    const c = text.charCodeAt(i);
    if (c === 0x2f || c === 0x3f || c === 0x23 || is(c, STOP)) break;
    if (c === 0x3a && colon < 0) colon = i;
    if (c === 0x40) to = i;
  }
  if (to < 0) return undefined;
  const from = colon >= 0 && colon < to ? colon + 1 : at + 3;
  const value = text.slice(from, to);
  const user = colon >= 0 ? text.slice(at + 3, colon) : '';
  // A lone user name is none, unless it is long enough to be a token (`https://<token>@host`).
  if (colon < 0 && (value.length < 20 || !mixOf(value).digit)) return undefined;
  if (value.length < 3 || isReference(value) || value === user || WEAK.has(value.toLowerCase())) return undefined;
  const sure = value.length >= 6 && judgeValue(value, true, true) === 'known';
  return { from, to, class: 'url-password', known: sure };
}

// Passwords of examples and of services that listen on one's own machine.
const WEAK = new Set(
  'pass password passwd pwd secret postgres root admin user test example guest mysql mongo redis changeme token x-oauth-basic'.split(
    ' ',
  ),
);

const END = '-----END';
const BLOCK = 64 * 1024;

/** A private key in PEM or PGP armour that begins at `at`; without its end, as far as it goes. */
export function privateKey(text: string, at: number): Hit | undefined {
  const line = text.slice(at, at + 80);
  const head = /^-----BEGIN ([A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?)-----/.exec(line);
  if (head === null) return undefined;
  const from = at + head[0].length;
  let i = from;
  const last = Math.min(text.length, from + BLOCK);
  while (i < last && isKeyBody(text, i)) {
    if (text.charCodeAt(i) === 0x2d && text.startsWith(END, i)) {
      const close = text.indexOf('-----', i + END.length);
      const to = close >= 0 && close - i < 80 ? close + 5 : i;
      return { from: at, to, class: 'private-key', known: i - from >= 40 };
    }
    i++;
  }
  while (i > from && (text.charCodeAt(i - 1) === BACKSLASH || is(text.charCodeAt(i - 1), SPACE))) i--;
  return i - from >= 40 ? { from: at, to: i, class: 'private-key', known: true } : undefined;
}

// Base64, white space, escapes of it, the header lines of old formats, and quotes where lines are joined in code.
function isKeyBody(text: string, i: number): boolean {
  const c = text.charCodeAt(i);
  if (is(c, BASE64 | SPACE) || c === BACKSLASH || c === 0x3a || c === 0x2c) return true;
  if (!isQuote(c)) return false;
  let next = i + 1;
  while (next < i + 40 && is(text.charCodeAt(next), SPACE)) next++;
  const then = text.charCodeAt(next);
  return then === 0x2b || then === BACKSLASH || (next > i + 1 && isQuote(then)) || is(text.charCodeAt(i - 1), SPACE);
}

const WORDS_BEFORE =
  /(?:api[ _-]?key|access[ _-]?key|token|secret|password|passwd|passphrase|credential)s?["'`]?(?: is| was| of|:|=|,)?\s*["'`]?$/i;

/** A long random token with a credential's word right before it: `the token is 8f…`. */
export function afterWord(text: string, from: number, to: number): Hit | undefined {
  const before = text.slice(Math.max(0, from - 28), from);
  if (!WORDS_BEFORE.test(before)) return undefined;
  const value = text.slice(from, Math.min(to, from + VALUE));
  const mix = mixOf(value);
  if (!mix.digit || !(mix.lower || mix.upper) || entropy(value) < 3.3 || judgeValue(value, true, false) === 'no')
    return undefined;
  return { from, to, class: 'token', known: false };
}

/** `--password value`: the flag's dashes at `at`. */
export function flagValue(text: string, at: number, store: boolean): Hit | undefined {
  const to = runEnd(text, at + 2, WORD, NAME);
  if (text.charCodeAt(to) !== 0x20 || !is(text.charCodeAt(at + 2), ALNUM)) return undefined;
  const name = text.slice(at + 2, to);
  if (!isCredentialName(name) || text.charCodeAt(to + 1) === 0x2d) return undefined;
  return valueAt(text, to + 1, name, store)?.hit;
}
