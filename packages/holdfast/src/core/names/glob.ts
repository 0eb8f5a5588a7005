// Globs without regular expressions: braces expanded once, wildcards matched by one linear scan with a single point of return.

/** Most patterns one pattern with braces may stand for; beyond, the braces are taken literally. */
const EXPANSIONS = 256;

/** True when `pattern` matches more than one text: it holds `*` or `?`. */
export function isWild(pattern: string): boolean {
  return pattern.includes('*') || pattern.includes('?');
}

/** `a{b,c}d` ▶ `abd`, `acd`; nested braces work; an unclosed brace is literal. */
export function expandBraces(pattern: string): readonly string[] {
  if (!pattern.includes('{')) return [pattern];
  const done: string[] = [];
  const todo = [pattern];
  while (todo.length > 0) {
    const text = todo.pop() ?? '';
    const open = innermost(text);
    if (open === undefined) {
      done.push(text);
      continue;
    }
    for (const choice of text.slice(open.from + 1, open.to).split(',')) {
      todo.push(text.slice(0, open.from) + choice + text.slice(open.to + 1));
    }
    if (todo.length + done.length > EXPANSIONS) return [pattern];
  }
  // Inner braces first makes the outer choices meet again; each text counts once.
  return [...new Set(done)].toSorted();
}

function innermost(text: string): { from: number; to: number } | undefined {
  let from = -1;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === 0x7b) from = i;
    if (c === 0x7d && from >= 0) return { from, to: i };
  }
  return undefined;
}

/**
 * True when `text` matches `pattern`, where `*` is any run of characters, `?` one character, all else itself.
 * Only the last star is ever retried, so the work is at most pattern × text and linear for the usual single star.
 */
export function globMatch(pattern: string, text: string): boolean {
  let p = 0;
  let t = 0;
  let star = -1;
  let mark = 0;
  while (t < text.length) {
    const c = pattern.charCodeAt(p);
    if (c === 0x2a) {
      star = p++;
      mark = t;
    } else if (p < pattern.length && (c === 0x3f || c === text.charCodeAt(t))) {
      p++;
      t++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++mark;
    } else {
      return false;
    }
  }
  while (pattern.charCodeAt(p) === 0x2a) p++;
  return p === pattern.length;
}

/** The pattern with `?` for each bracket expression: it matches at least what the pattern does. */
export function withoutBrackets(pattern: string): string {
  let out = '';
  for (let at = 0; at < pattern.length; at++) {
    const close = pattern[at] === '[' ? pattern.indexOf(']', at + 1) : -1;
    out += close < 0 ? pattern[at]! : '?';
    if (close >= 0) at = close;
  }
  return out;
}
