// What parameter operations make of one value: removing, replacing, slicing, changing case, quoting.
import type { Span } from '../model/index.ts';
import { hasOf } from '../names/index.ts';
import { matches } from './pattern.ts';
import { known, unknown, type Value } from './value.ts';

export type Operation =
  | { readonly type: 'remove'; readonly op: string; readonly pattern: Value }
  | { readonly type: 'replace'; readonly op: string; readonly pattern: Value; readonly fresh: Value }
  | { readonly type: 'slice'; readonly offset: number | undefined; readonly length: number | undefined }
  | { readonly type: 'case'; readonly op: string; readonly pattern: Value | undefined }
  | { readonly type: 'transform'; readonly op: string };

/** Longest value that is cut at patterns; of a longer one the result is not known. */
const LONGEST = 4096;

/** Total. Unknown in, unknown out, with the data of all that took part. */
export function operate(operation: Operation, value: Value, span: Span): Value {
  const text = value.kind === 'known' ? applied(operation, value.text) : undefined;
  const others = operation.type === 'replace' ? operation.fresh.from : [];
  const from = others.length === 0 ? value.from : [...value.from, ...others];
  const decoded = value.decoded || (operation.type === 'replace' && operation.fresh.decoded);
  const fetched = value.fetched || (operation.type === 'replace' && operation.fresh.fetched);
  const result =
    text === undefined
      ? unknown(value.why || 'a changed value that is not known', span, ...edges(operation, value))
      : known(text, span);
  return { ...result, from, decoded, fetched };
}

/** Known edges survive where the operation cannot reach them. */
function edges(operation: Operation, value: Value): [string, string] {
  if (value.kind !== 'unknown' || operation.type !== 'remove') return ['', ''];
  return operation.op.startsWith('#') ? ['', value.after] : [value.before, ''];
}

function applied(operation: Operation, text: string): string | undefined {
  switch (operation.type) {
    case 'remove':
      return operation.pattern.kind === 'known' ? removed(text, operation.op, operation.pattern.text) : undefined;
    case 'replace':
      return operation.pattern.kind === 'known' && operation.fresh.kind === 'known'
        ? replaced(text, operation.op, operation.pattern.text, operation.fresh.text)
        : undefined;
    case 'slice':
      return operation.offset === undefined ? undefined : sliced(text, operation.offset, operation.length);
    case 'case':
      return cased(text, operation.op, operation.pattern);
    case 'transform':
      return transformed(text, operation.op);
  }
}

function removed(text: string, op: string, pattern: string): string | undefined {
  if (text.length > LONGEST || pattern === '') return pattern === '' ? text : undefined;
  const front = op.startsWith('#');
  const longest = op.length === 2;
  for (let i = 0; i <= text.length; i++) {
    const size = longest ? text.length - i : i;
    const hit = matches(pattern, front ? text.slice(0, size) : text.slice(text.length - size));
    if (hit === undefined) return undefined;
    if (hit) return front ? text.slice(size) : text.slice(0, text.length - size);
  }
  return text;
}

function replaced(text: string, op: string, pattern: string, fresh: string): string | undefined {
  if (pattern === '') return text;
  // Newer versions of bash put the match where `&` stands, older ones do not.
  if (fresh.includes('&') || text.length > 512) return undefined;
  let out = '';
  let at = 0;
  while (at <= text.length) {
    const size = op === '/%' ? suffix(text, at, pattern) : longestAt(text, at, pattern);
    if (size === undefined) return undefined;
    if (size < 0) {
      if (op === '/#') break;
      out += text.charAt(at++);
      continue;
    }
    out += fresh;
    at += size;
    if (op !== '//') break;
    if (size === 0) out += text.charAt(at++);
  }
  return out + text.slice(at);
}

/** Length of the longest match beginning at `at`; -1 for none. Empty matches replace nothing but an empty text. */
function longestAt(text: string, at: number, pattern: string): number | undefined {
  for (let end = text.length; end >= at; end--) {
    if (end === at && text !== '') return -1;
    const hit = matches(pattern, text.slice(at, end));
    if (hit === undefined) return undefined;
    if (hit) return end - at;
  }
  return -1;
}

function suffix(text: string, at: number, pattern: string): number | undefined {
  const hit = matches(pattern, text.slice(at));
  return hit === undefined ? undefined : hit ? text.length - at : -1;
}

function sliced(text: string, offset: number, length: number | undefined): string | undefined {
  if (Array.from(text).some((c) => c > '\x7f')) return undefined;
  const from = offset < 0 ? text.length + offset : offset;
  if (from < 0 || from > text.length) return '';
  if (length === undefined) return text.slice(from);
  const to = length < 0 ? text.length + length : from + length;
  return to < from ? undefined : text.slice(from, to);
}

function cased(text: string, op: string, pattern: Value | undefined): string | undefined {
  if (pattern !== undefined && pattern.kind !== 'known') return undefined;
  const up = op.startsWith('^');
  let out = '';
  let first = true;
  for (const c of text) {
    const hit: boolean | undefined =
      (op.length === 2 || first) && (pattern === undefined || pattern.text === '' ? true : matches(pattern.text, c));
    if (hit === undefined) return undefined;
    out += hit ? (up ? c.toUpperCase() : c.toLowerCase()) : c;
    first = false;
  }
  return out;
}

function transformed(text: string, op: string): string | undefined {
  if (op === 'U') return text.toUpperCase();
  if (op === 'L') return text.toLowerCase();
  if (op === 'u') return text.slice(0, 1).toUpperCase() + text.slice(1);
  if (op === 'Q' && Array.from(text).every((c) => c >= ' ' && c <= '~')) return `'${text.replaceAll("'", `'\\''`)}'`;
  // A prompt and an escape expansion leave text without specials as it is.
  if ((op === 'P' || op === 'E') && !hasOf(text, '\\$`!')) return text;
  return undefined;
}
