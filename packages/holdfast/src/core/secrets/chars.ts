// Characters: classes as tables, runs of a class, entropy, and base64 of ASCII text. No regular expressions, all linear.

export const ALNUM = 1;
/** Letters, digits, `-` and `_`: most tokens. */
export const WORD = 2;
/** Word characters and `.`, `~`, `=`, `+`, `/`: base64 and dotted tokens. */
export const BASE64 = 4;
export const HEX = 8;
export const UPPER_DIGIT = 16;
/** What ends an unquoted value: white space, quotes, brackets, separators. */
export const STOP = 32;
export const DOTTED = 64;
export const SPACE = 128;

const TABLE = table();

function table(): Uint8Array {
  const bits = new Uint8Array(128);
  const put = (chars: string, bit: number): void => {
    for (const c of chars) bits[c.charCodeAt(0)] = (bits[c.charCodeAt(0)] ?? 0) | bit;
  };
  const digits = '0123456789';
  const lower = 'abcdefghijklmnopqrstuvwxyz';
  const upper = lower.toUpperCase();
  put(digits + lower + upper, ALNUM | WORD | BASE64 | DOTTED);
  put('-_', WORD | BASE64 | DOTTED);
  put('.', DOTTED);
  put('+/=', BASE64);
  put(`${digits}abcdefABCDEF`, HEX);
  put(digits + upper, UPPER_DIGIT);
  put(' \t\r\n\f\v', SPACE | STOP);
  put('"\'`<>,;|\\()[]{}', STOP);
  return bits;
}

/** True when the UTF-16 unit is in the class; nothing beyond ASCII is in any. */
export function is(c: number, bit: number): boolean {
  return c < 128 && ((TABLE[c] ?? 0) & bit) !== 0;
}

/** End of the run of `bit` characters that starts at `from`, at most `most` long. */
export function runEnd(text: string, from: number, bit: number, most: number): number {
  const end = Math.min(text.length, from + most);
  let i = from;
  while (i < end && is(text.charCodeAt(i), bit)) i++;
  return i;
}

/** Tokens that may be judged in one run; only text made for it has more. */
const TRIES = 16;

/** Ends of runs in one text, each run walked once however many tokens may begin in it: what keeps the scan linear. */
export class Runs {
  readonly text: string;
  readonly #seen = new Map<number, { from: number; to: number; tries: number }>();

  constructor(text: string) {
    this.text = text;
  }

  /** End of the run of `bit` characters that holds `from`; `from` itself when it is none of them. */
  end(from: number, bit: number): number {
    const last = this.#seen.get(bit);
    if (last !== undefined && from >= last.from && from < last.to) return last.to;
    const to = runEnd(this.text, from, bit, this.text.length);
    if (last === undefined) {
      this.#seen.set(bit, { from, to, tries: 0 });
    } else {
      last.from = from;
      last.to = to;
      last.tries = 0;
    }
    return to;
  }

  /** Takes one try at the run that `end` answered last for `bit`; false when it has been tried often enough. */
  mayTry(bit: number): boolean {
    const last = this.#seen.get(bit);
    return last === undefined || last.tries++ < TRIES;
  }
}

/** Longest part of a text that its mix and entropy are taken from. */
const SAMPLE = 256;

/** Shannon entropy in bits per character over the first 256 characters. */
export function entropy(text: string): number {
  const length = Math.min(text.length, SAMPLE);
  if (length === 0) return 0;
  // Beyond ASCII characters share counters; what is judged here is ASCII or decided before.
  const counts = new Uint16Array(128);
  for (let i = 0; i < length; i++) {
    const c = text.charCodeAt(i) & 127;
    counts[c] = (counts[c] ?? 0) + 1;
  }
  let bits = 0;
  for (let c = 0; c < 128; c++) {
    const count = counts[c] ?? 0;
    if (count > 0) bits -= (count / length) * Math.log2(count / length);
  }
  return bits;
}

/** Decodes base64 or base64url to text of Latin-1 characters; undefined when it is neither. */
export function decodeBase64(text: string): string | undefined {
  const standard = text.replaceAll('-', '+').replaceAll('_', '/').replace(/=+$/, '');
  if (standard.length % 4 === 1 || standard.length > 16_384) return undefined;
  for (let i = 0; i < standard.length; i++) {
    const c = standard.charCodeAt(i);
    if (!is(c, BASE64) || c === 0x3d) return undefined;
  }
  return atob(standard);
}

/** Base64 (standard alphabet, no padding) of bytes. */
export function encodeBase64(bytes: Uint8Array): string {
  let latin = '';
  for (const byte of bytes) latin += String.fromCharCode(byte);
  return btoa(latin).replaceAll('=', '');
}

/** What kinds of characters the first 256 of a text are. */
export type Mix = {
  readonly lower: boolean;
  readonly upper: boolean;
  readonly digit: boolean;
  readonly other: boolean;
};

export function mixOf(text: string): Mix {
  let lower = false;
  let upper = false;
  let digit = false;
  let other = false;
  for (let i = 0; i < text.length && i < SAMPLE; i++) {
    const c = text.charCodeAt(i);
    if (c >= 0x61 && c <= 0x7a) lower = true;
    else if (c >= 0x41 && c <= 0x5a) upper = true;
    else if (c >= 0x30 && c <= 0x39) digit = true;
    // Hyphen, underscore and dot join words; they make nothing harder to guess.
    else if (c !== 0x2d && c !== 0x5f && c !== 0x2e) other = true;
  }
  return { lower, upper, digit, other };
}
