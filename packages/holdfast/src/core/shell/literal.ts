// Literal text of shell words: what a parser may call literal, and how quoting is taken off it.
import { WORD } from '../names/index.ts';
import type { Part } from './tree.ts';

const BACKSLASH = 92;
const BACKTICK = 96;
const DOLLAR = 36;
/** After `$`, these start an expansion; a line continuation there hides them from the parser but not from bash. */
const EXPANDS = '({[@*#?-!$0123456789_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** Units that mean themselves wherever they stand in a word. */
const PLAIN = new Uint8Array(128);
for (const char of `${WORD}./:=,+%@-`) PLAIN[char.charCodeAt(0)] = 1;

/** A word that is nothing but itself: no quote, expansion, pattern, brace or tilde, and not empty. */
export function isPlain(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (PLAIN[text.charCodeAt(i)] !== 1) return false;
  return text !== '';
}

/**
 * What a parser calls a literal must hold nothing that bash would expand: a cross-check that costs a scan of words with `$` or a
 * backtick. Answers where it does, or -1.
 */
export function expansionIn(raw: string): number {
  for (let i = 0; i < raw.length; i++) {
    const code = raw.charCodeAt(i);
    if (code === BACKSLASH) i++;
    else if (code === BACKTICK) return i;
    else if (code === DOLLAR && i + 1 < raw.length) {
      if (raw.startsWith('\\\n', i + 1) || EXPANDS.includes(raw.charAt(i + 1))) return i;
    }
  }
  return -1;
}

/** One brace as a literal part. */
export function mark(text: string, pos: number): Part {
  return { type: 'literal', text, raw: text, pos, end: pos + 1 };
}

/** Text without line continuations. */
export function joined(text: string): string {
  return text.includes('\\') ? text.replaceAll('\\\n', '') : text;
}

/** Text of an unquoted here-document without expansions: backslash before `$`, backtick, backslash and newline is removed. */
export function dequoted(text: string): string {
  return withoutBackslashes(text, '$`\\');
}

/**
 * The text without the backslashes that quote something: before any character, or only before one of `specials`. A backslash
 * and a line end are nothing at all.
 */
export function withoutBackslashes(text: string, specials?: string): string {
  let from = 0;
  let out = '';
  for (let at = text.indexOf('\\'); at >= 0 && at + 1 < text.length; at = text.indexOf('\\', at + 1)) {
    const next = text[at + 1]!;
    if (next !== '\n' && specials?.includes(next) === false) continue;
    out += text.slice(from, at) + (next === '\n' ? '' : next);
    from = at + 2;
    at++;
  }
  return from === 0 ? text : out + text.slice(from);
}
