// Shell patterns on known text: `*`, `?` and bracket sets, matched with one remembered star, so without exponential retries.

import { hasOf } from '../names/index.ts';

const MOST = 1 << 20;

/**
 * Whether `pattern` (backslash escapes its specials) matches all of `text`. Undefined: not decided – an extended pattern,
 * a character class, or too much work.
 */
export function matches(pattern: string, text: string): boolean | undefined {
  if (pattern.length * text.length > MOST || pattern.includes('[:') || isExtended(pattern)) return undefined;
  let p = 0;
  let t = 0;
  let star = -1;
  let retry = 0;
  while (t < text.length) {
    const step = p < pattern.length ? one(pattern, p, text.charAt(t)) : 0;
    if (pattern[p] === '*') {
      star = ++p;
      retry = t;
    } else if (step > 0) {
      p += step;
      t++;
    } else if (star >= 0) {
      p = star;
      t = ++retry;
    } else return false;
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}

/** Length of the pattern element at `p` when it matches the character, else 0. */
function one(pattern: string, p: number, c: string): number {
  const head = pattern[p];
  if (head === '?') return 1;
  if (head === '\\') return p + 1 < pattern.length ? (pattern[p + 1] === c ? 2 : 0) : c === '\\' ? 1 : 0;
  if (head !== '[') return head === c ? 1 : 0;
  const end = closing(pattern, p);
  if (end < 0) return c === '[' ? 1 : 0;
  let i = p + 1;
  const negated = pattern[i] === '!' || pattern[i] === '^';
  if (negated) i++;
  let hit = false;
  while (i < end) {
    if (pattern[i] === '\\' && i + 1 < end) i++;
    const low = pattern.charAt(i);
    if (pattern[i + 1] === '-' && i + 2 < end) {
      if (low <= c && c <= pattern.charAt(i + 2)) hit = true;
      i += 3;
    } else {
      if (low === c) hit = true;
      i++;
    }
  }
  return hit !== negated ? end - p + 1 : 0;
}

function closing(pattern: string, p: number): number {
  let i = p + 1;
  if (pattern[i] === '!' || pattern[i] === '^') i++;
  if (pattern[i] === ']') i++;
  for (; i < pattern.length; i++) {
    if (pattern[i] === '\\') i++;
    else if (pattern[i] === ']') return i;
  }
  return -1;
}

/** The text with every pattern character escaped, so that a pattern stands for it alone. */
export function escapePattern(text: string): string {
  return hasOf(text, SPECIALS) ? Array.from(text, (c) => (SPECIALS.includes(c) ? `\\${c}` : c)).join('') : text;
}

const SPECIALS = '\\*?[]';

/** The pattern with its escapes removed: what bash leaves when nothing matches. */
export function unescapePattern(pattern: string): string {
  let out = '';
  let from = 0;
  for (let at = pattern.indexOf('\\'); at >= 0 && at + 1 < pattern.length; at = pattern.indexOf('\\', from + 1)) {
    out += pattern.slice(from, at);
    from = at + 1;
  }
  return from === 0 ? pattern : out + pattern.slice(from);
}

export function hasGlob(text: string): boolean {
  return text.includes('*') || text.includes('?') || text.includes('[');
}

/** `?(…)`, `*(…)`, `+(…)`, `@(…)`, `!(…)`. */
function isExtended(pattern: string): boolean {
  for (let at = pattern.indexOf('('); at >= 0; at = pattern.indexOf('(', at + 1))
    if ('?*+@!'.includes(pattern[at - 1] ?? ' ')) return true;
  return false;
}
