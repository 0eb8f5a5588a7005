// Backslash escapes of echo, printf and awk.
import { endOf, HEX } from '../../names/index.ts';

const OCTAL = '01234567';
const PLAIN: { readonly [letter: string]: string } = {
  n: '\n',
  t: '\t',
  r: '\r',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
  e: '\x1b',
  '\\': '\\',
  '"': '"',
  "'": "'",
};

/** `x41` or up to `octal` octal digits at `from` (behind the backslash): the character's code and how long the escape is. */
export function charByNumber(
  text: string,
  from: number,
  octal: number,
): { readonly code: number; readonly length: number } | undefined {
  const hex = text[from] === 'x' ? from + 1 : from;
  const end = hex > from ? Math.min(endOf(text, HEX, hex), hex + 2) : Math.min(endOf(text, OCTAL, from), from + octal);
  if (end === hex) return undefined;
  return { code: Number.parseInt(text.slice(hex, end), hex > from ? 16 : 8), length: end - from };
}

/** The text with its escapes read. `changed`: one by number hid a letter, so the text was written in another form. */
export function unescaped(text: string): { readonly text: string; readonly changed: boolean } {
  if (!text.includes('\\')) return { text, changed: false };
  let changed = false;
  let out = '';
  for (let at = 0; at < text.length; at++) {
    const next = text[at + 1];
    if (text[at] !== '\\' || next === undefined) {
      out += text[at]!;
      continue;
    }
    const code = next === 'u' ? unicode(text, at + 2) : charByNumber(text, at + 1, next === '0' ? 4 : 3);
    if (code !== undefined) {
      if (code.code > 32 && code.code < 127) changed = true;
      out += String.fromCharCode(code.code);
      at += code.length;
    } else {
      out += Object.hasOwn(PLAIN, next) ? PLAIN[next]! : `\\${next}`;
      at++;
    }
  }
  return { text: out, changed };
}

/** Up to four hexadecimal digits behind `\u`; their length counts the letter. */
function unicode(text: string, from: number): { readonly code: number; readonly length: number } | undefined {
  const end = Math.min(endOf(text, HEX, from), from + 4);
  return end === from ? undefined : { code: Number.parseInt(text.slice(from, end), 16), length: end - from + 1 };
}
