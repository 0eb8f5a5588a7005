// Characters: classes as strings, and what runs of them a text begins with, ends with, holds or splits at. ASCII, linear.

export const DIGITS = '0123456789';
export const HEX = `${DIGITS}abcdefABCDEF`;
export const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
/** What names of variables and identifiers are made of. */
export const WORD = `${LETTERS}${DIGITS}_`;
export const BLANK = ' \t';
export const SPACE = ' \t\n\r\f\v';

/** End of the run of `chars` in `text` that starts at `from`; `from` itself when there is none. */
export function endOf(text: string, chars: string, from = 0): number {
  let at = from;
  while (at < text.length && chars.includes(text[at]!)) at++;
  return at;
}

/** Index of the first of `chars` in `text` at or after `from`; the text's length when there is none. */
export function findOf(text: string, chars: string, from = 0): number {
  let at = from;
  while (at < text.length && !chars.includes(text[at]!)) at++;
  return at;
}

/** Made of `chars` alone, and of one at least. */
export function isOf(text: string, chars: string): boolean {
  return text !== '' && endOf(text, chars) === text.length;
}

/** Holds one of `chars`. */
export function hasOf(text: string, chars: string): boolean {
  return findOf(text, chars) < text.length;
}

export function isDigits(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (!isDigit(text.charCodeAt(at))) return false;
  return text !== '';
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

/** A letter or `_`. */
function isLetter(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 95;
}

/** End of the name (letter or `_`, then letters, digits, `_`) that starts at `from`; `from` itself when there is none. */
export function nameEnd(text: string, from = 0): number {
  let at = from;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (!isLetter(code) && (at === from || !isDigit(code))) break;
    at++;
  }
  return at;
}

/** A name of a variable as shells and most languages have it. */
export function isName(text: string): boolean {
  return text !== '' && nameEnd(text) === text.length;
}

/** One dash (or another sign) and letters of `letters`: flags of one letter, bundled. */
export function isFlags(text: string, letters: string, sign = '-'): boolean {
  return text.startsWith(sign) && isOf(text.slice(1), letters);
}

/** The pieces between white space, without empty ones. */
export function wordsOf(text: string): string[] {
  return splitAt(text, SPACE).filter((word) => word !== '');
}

/** The pieces between single characters of `chars`, empty ones included. */
export function splitAt(text: string, chars: string): string[] {
  const pieces: string[] = [];
  let from = 0;
  for (let at = findOf(text, chars); at < text.length; at = findOf(text, chars, from)) {
    pieces.push(text.slice(from, at));
    from = at + 1;
  }
  pieces.push(text.slice(from));
  return pieces;
}

/** Without the run of `chars` at its end. */
export function trimEndOf(text: string, chars: string): string {
  let end = text.length;
  while (end > 0 && chars.includes(text[end - 1]!)) end--;
  return end === text.length ? text : text.slice(0, end);
}

/** Without the run of `chars` at its start. */
export function trimStartOf(text: string, chars: string): string {
  return text.slice(endOf(text, chars));
}

/** `text` without `prefix`, or undefined when it does not start so. */
export function behind(text: string, prefix: string): string | undefined {
  return text.startsWith(prefix) ? text.slice(prefix.length) : undefined;
}

/** The text inside one pair of equal quotes around all of it; any other text as it is. */
export function unquoted(text: string): string {
  const first = text[0];
  return text.length >= 2 && (first === "'" || first === '"') && text.endsWith(first) ? text.slice(1, -1) : text;
}

/**
 * The words of a line as simple splitters take them: blanks separate, quotes keep together, a backslash outside single quotes
 * takes the next character as it is. Undefined when a quote is left open.
 */
export function quotedWords(text: string): string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!;
    if (char === '\\' && quote !== "'" && at + 1 < text.length) word = (word ?? '') + text[++at]!;
    else if (quote !== '') {
      if (char === quote) quote = '';
      else word = (word ?? '') + char;
    } else if (char === "'" || char === '"') {
      quote = char;
      word ??= '';
    } else if (!SPACE.includes(char)) word = (word ?? '') + char;
    else if (word !== undefined) {
      words.push(word);
      word = undefined;
    }
  }
  if (quote !== '') return undefined;
  if (word !== undefined) words.push(word);
  return words;
}
