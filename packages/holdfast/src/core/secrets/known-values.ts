// Values that are known to be secret, found in every form they may travel in: plain, URL, hex, base64 at three alignments, reversed.
import { BASE64, encodeBase64, is, runEnd, WORD } from './chars.ts';
import type { Hit } from './span.ts';

/** Most values one matcher takes; the gate keeps the newest and says so. */
export const MOST_VALUES = 4_096;
/** Longest value whose other forms are built whole; of a longer one the form of its first part is found, and the run around it counts. */
const LONGEST = 512;
/** Bytes of a long value that its base64 form is made of: what fits the first line where encoders wrap. */
const LINE = 48;
/** Shortest text that is looked for anywhere. A shorter value matches as a whole token only: `dev` is in `device`. */
const ANYWHERE = 12;
/** Below this a value is no secret that could be told from ordinary text. */
const SHORTEST = 4;

export type KnownValue = { readonly value: string; readonly class: string };

export interface KnownValues {
  readonly size: number;
  /** Hits in `text`, possibly overlapping. Linear in the text; each candidate is compared once. */
  find(text: string): readonly Hit[];
}

type Form = {
  readonly text: string;
  readonly form: string;
  readonly class: string;
  readonly original: string;
  readonly whole: boolean;
  /** Only the first part of a long value. */
  readonly cut: boolean;
};

/** Builds a matcher. Values below four characters are left out: they would redact the language. */
export function knownValues(values: readonly KnownValue[]): KnownValues {
  const long = new Windows(8);
  const short = new Windows(SHORTEST);
  let size = 0;
  for (const { value, class: kind } of values.slice(0, MOST_VALUES)) {
    if (value.length < SHORTEST) continue;
    size++;
    const add = (text: string, form: string, cut: boolean): void => {
      const whole = text.length < ANYWHERE;
      // A short text in another form would be found in anything.
      if (!whole || form === 'plain')
        (text.length < 8 ? short : long).add({ text, form, class: kind, original: value, whole, cut });
    };
    const cut = value.length > LONGEST;
    add(value, 'plain', false);
    add([...value].toReversed().join(''), 'reversed', false);
    for (const [form, text] of formsOf(cut ? value.slice(0, LONGEST) : value)) add(text, form, cut);
    for (const text of base64Forms(cut ? value.slice(0, LINE) : value)) add(text, 'base64', cut);
  }
  return { size, find: (text) => long.find(text).concat(short.find(text)) };
}

/** Forms that write each byte of a value anew, by name. */
function formsOf(value: string): readonly (readonly [string, string])[] {
  const bytes = new TextEncoder().encode(value);
  let hex = '';
  let percent = '';
  for (const byte of bytes) {
    const two = byte.toString(16).padStart(2, '0');
    hex += two;
    percent += `%${two}`;
  }
  const forms: [string, string][] = [];
  const quoted = JSON.stringify(value).slice(1, -1);
  if (quoted !== value) forms.push(['json', quoted]);
  const url = encodeUrl(value);
  if (url !== value) forms.push(['url', url], ['url', url.replaceAll('%20', '+')], ['url', url.toLowerCase()]);
  forms.push(['url', percent], ['url', percent.toUpperCase()], ['hex', hex], ['hex', hex.toUpperCase()]);
  forms.push(
    ['hex', hex.replaceAll(/../g, '\\x$&')],
    ['hex', hex.replaceAll(/(..)(?=.)/g, '$1:')],
    ['hex', hex.replaceAll(/(..)(?=.)/g, '$1 ')],
  );
  return forms;
}

/** What base64 of any text around the value must contain: the characters that the value alone decides, at each alignment and in both alphabets. */
function base64Forms(value: string): readonly string[] {
  const bytes = new TextEncoder().encode(value);
  return [0, 1, 2].flatMap((offset) => {
    const padded = new Uint8Array(offset + bytes.length);
    padded.set(bytes, offset);
    const text = encodeBase64(padded);
    const whole = Math.floor((padded.length * 8) / 6);
    const sure = text.slice(Math.ceil((offset * 8) / 6), whole);
    return /[+/]/.test(sure) ? [sure, sure.replaceAll('+', '-').replaceAll('/', '_')] : [sure];
  });
}

function encodeUrl(value: string): string {
  // A lone surrogate has no URL form.
  return encodeURIComponent(value.isWellFormed() ? value : value.toWellFormed());
}

/** How far the run behind the first part of a long value is followed. */
const RUN = 256 * 1024;
const MULTIPLY = 31;
const BITS = 16;

/** Forms by the hash of their first characters, looked for with a hash that rolls over the text. */
class Windows {
  readonly #width: number;
  readonly #leaving: number;
  readonly #forms = new Map<number, Form[]>();
  // One cell per folded hash: nearly every position of a text is dismissed here.
  readonly #maybe = new Uint8Array(1 << BITS);

  constructor(width: number) {
    this.#width = width;
    let power = 1;
    for (let i = 0; i < width; i++) power = Math.imul(power, MULTIPLY);
    this.#leaving = power;
  }

  add(form: Form): void {
    const hash = this.#hash(form.text);
    const list = this.#forms.get(hash);
    if (list === undefined) this.#forms.set(hash, [form]);
    else if (!list.some((other) => other.text === form.text)) list.push(form);
    this.#maybe[fold(hash)] = 1;
  }

  find(text: string): readonly Hit[] {
    if (this.#forms.size === 0 || text.length < this.#width) return NO_HITS;
    const hits: Hit[] = [];
    // A form found is not looked for again inside itself: text that repeats it stays linear.
    const ends = new Map<Form, number>();
    let hash = this.#hash(text);
    for (let at = 0; ; at++) {
      if (this.#maybe[fold(hash)] === 1) {
        for (const form of this.#forms.get(hash) ?? []) {
          if ((ends.get(form) ?? 0) > at || !text.startsWith(form.text, at)) continue;
          const end = at + form.text.length;
          const to = form.cut ? wholeRun(text, end) : end;
          if (form.whole && !isWhole(text, at, to)) continue;
          ends.set(form, to);
          hits.push({
            from: at,
            to,
            class: form.class,
            known: true,
            original: form.original,
            ...(form.form === 'plain' ? {} : { form: form.form }),
          });
        }
      }
      const next = at + this.#width;
      if (next >= text.length) return hits;
      hash = (Math.imul(hash, MULTIPLY) + text.charCodeAt(next) - Math.imul(this.#leaving, text.charCodeAt(at))) | 0;
    }
  }

  #hash(text: string): number {
    let hash = 0;
    for (let i = 0; i < this.#width; i++) hash = (Math.imul(hash, MULTIPLY) + text.charCodeAt(i)) | 0;
    return hash;
  }
}

const NO_HITS: readonly Hit[] = Object.freeze([]);

function fold(hash: number): number {
  return (hash ^ (hash >>> BITS)) & ((1 << BITS) - 1);
}

function isWhole(text: string, from: number, to: number): boolean {
  return !is(text.charCodeAt(from - 1), WORD) && !is(text.charCodeAt(to), WORD);
}

/** End of the encoded run that goes on at `from`, over line breaks between its lines. */
function wholeRun(text: string, from: number): number {
  let to = runEnd(text, from, BASE64 | WORD, RUN);
  for (;;) {
    const line = text.charCodeAt(to) === 0x0d ? to + 2 : to + 1;
    if (text.charCodeAt(line - 1) !== 0x0a) return to;
    const end = runEnd(text, line, BASE64, RUN);
    if (end - line < 16) return to;
    to = end;
  }
}
