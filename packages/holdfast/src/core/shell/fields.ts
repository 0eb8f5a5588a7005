// The fields that one word becomes: known text, patterns and unknown pieces put together and split as bash does it.
import { limits, type Span } from '../model/index.ts';
import { escapePattern, hasGlob } from './pattern.ts';
import { GAP, known, unknown, type Value } from './value.ts';

const NONE: readonly number[] = [];

/**
 * Collects the pieces of a word. Text of a `pattern` field has the specials of its quoted pieces escaped by a backslash;
 * an unknown field keeps the known text before its first and after its last unknown piece.
 */
export class Fields {
  readonly #span: Span;
  readonly #out: Value[] = [];
  #text = '';
  /** The same text as a pattern, once there is one; `#globAt` is where the known text before it ends. */
  #pattern: string | undefined;
  #globAt = 0;
  #why: string | undefined;
  #before = '';
  /** The whole field with GAP for each unknown piece, once there is one. */
  #shape = '';
  #from: readonly number[] = NONE;
  #decoded = false;
  #fetched = false;
  #pipe: Value | undefined;
  /** A field exists, if only because of an empty quoted string. */
  #open = false;

  constructor(span: Span) {
    this.#span = span;
  }

  /** Text without specials: quoted, or a literal. */
  add(text: string): void {
    this.#begin();
    this.#text += text;
    if (this.#pattern !== undefined) this.#pattern += escapePattern(text);
    if (this.#why !== undefined) this.#shape += text;
  }

  /** An unquoted pattern. */
  glob(text: string): void {
    this.#begin();
    if (this.#why !== undefined) {
      this.#text = '';
      this.#shape += text;
      return;
    }
    if (this.#pattern === undefined) {
      this.#pattern = escapePattern(this.#text);
      this.#globAt = this.#text.length;
    }
    this.#pattern += text;
    this.#text += text;
  }

  /** A value that is not split: in quotes, or in an assignment. */
  value(value: Value): void {
    this.#begin();
    this.#carry(value);
    if (value.pipe !== undefined) this.#pipe = value;
    if (value.kind === 'known') this.add(value.text);
    else if (value.kind === 'pattern') this.glob(value.text);
    else this.#unknown(value.why, value.before, value.after, value.shape);
  }

  /** The value of an unquoted expansion: split at `ifs`, with its pattern characters alive. */
  split(value: Value, ifs: string | undefined, noglob: boolean): void {
    if (value.kind !== 'known' || ifs === undefined) {
      if (value.kind === 'known' && ifs === undefined) {
        this.#begin();
        this.#carry(value);
        this.#unknown('split at characters that are not known', '', '', value.text);
      } else this.value(value);
      return;
    }
    const { text } = value;
    if (text === '') {
      this.#carry(value);
      return;
    }
    let at = 0;
    while (at < text.length) {
      const stop = nextSeparator(text, at, ifs);
      if (stop > at) {
        const piece = text.slice(at, stop);
        this.#begin();
        this.#carry(value);
        if (!noglob && hasGlob(piece)) this.glob(piece);
        else this.add(piece);
      }
      if (stop >= text.length) return;
      const next = skipSeparator(text, stop, ifs);
      // A separator that is no white space ends a field even when it is empty.
      if (!next.blank) this.#begin();
      if (this.#open) this.#close();
      at = next.at;
    }
  }

  /** Ends the field here (between the elements of `$@`). */
  end(): void {
    if (this.#open) this.#close();
  }

  done(): Value[] {
    if (this.#open) this.#close();
    return this.#out;
  }

  /** One value, whatever was added; patterns count as text unless `patterns`. */
  one(patterns: boolean): Value {
    if (!this.#open && this.#out.length === 0) {
      return this.#from.length === 0 && !this.#decoded && !this.#fetched
        ? known('', this.#span)
        : { ...known('', this.#span), from: this.#from, decoded: this.#decoded, fetched: this.#fetched };
    }
    if (!patterns && this.#why === undefined) this.#pattern = undefined;
    if (this.#open) this.#close();
    return this.#out[0] as Value;
  }

  #begin(): void {
    this.#open = true;
  }

  #close(): void {
    if (this.#text.length > limits.SHELL_TEXT || this.#shape.length > limits.SHELL_TEXT) this.#cut();
    if (this.#text.includes(GAP)) this.#gaps();
    const open = this.#why !== undefined;
    const pattern = this.#pattern;
    const text = open ? '' : (pattern ?? this.#text);
    const pipe = this.#pipe?.text === text ? this.#pipe.pipe : undefined;
    const value: Value = {
      kind: open ? 'unknown' : pattern === undefined ? 'known' : 'pattern',
      text,
      before: open ? this.#before : text,
      after: open ? this.#text : '',
      why: this.#why ?? '',
      from: this.#from,
      span: this.#span,
      decoded: this.#decoded,
      fetched: this.#fetched,
    };
    this.#out.push(open ? { ...value, shape: this.#shape } : pipe === undefined ? value : { ...value, pipe });
    this.#text = '';
    this.#pattern = undefined;
    this.#why = undefined;
    this.#before = '';
    this.#shape = '';
    this.#from = NONE;
    this.#decoded = false;
    this.#fetched = false;
    this.#pipe = undefined;
    this.#open = false;
  }

  #unknown(why: string, before: string, after: string, shape = before + GAP + after): void {
    if (this.#why === undefined) {
      this.#why = why === '' ? 'a value that is not known' : why;
      this.#shape = this.#text;
      this.#before = this.#pattern === undefined ? this.#text + before : this.#text.slice(0, this.#globAt);
      this.#pattern = undefined;
    }
    this.#shape += shape;
    this.#text = after;
  }

  /** A text longer than any that is parsed is known by its beginning only, or it could double without end. */
  #cut(): void {
    this.#why ??= 'a text that is too long to be followed';
    this.#before ||= this.#text.slice(0, 256);
    this.#text = '';
    this.#shape = `${this.#before}${GAP}`;
    this.#pattern = undefined;
  }

  /** Text that came out of a shape is unknown again where its gaps are. */
  #gaps(): void {
    const first = this.#text.indexOf(GAP);
    if (first < 0) return;
    if (this.#why === undefined) {
      this.#why = 'a piece that is not known';
      this.#before = this.#text.slice(0, first);
      this.#shape = this.#text;
      this.#pattern = undefined;
    }
    this.#text = this.#text.slice(this.#text.lastIndexOf(GAP) + 1);
  }

  #carry(value: Value): void {
    if (value.from.length > 0) this.#from = this.#from.length === 0 ? value.from : [...this.#from, ...value.from];
    if (value.decoded) this.#decoded = true;
    if (value.fetched) this.#fetched = true;
  }
}

/** A literal word; one out of a shape is unknown where its gap is. */
export function plainValue(text: string, span: Span): Value {
  const at = text.indexOf(GAP);
  if (at < 0) return known(text, span);
  return {
    ...unknown('a piece that is not known', span, text.slice(0, at), text.slice(text.lastIndexOf(GAP) + 1)),
    shape: text,
  };
}

const BLANKS = ' \t\n';

function nextSeparator(text: string, from: number, ifs: string): number {
  let i = from;
  while (i < text.length && !ifs.includes(text.charAt(i))) i++;
  return i;
}

/** Behind one separator: blanks, at most one other, blanks. `blank`: there was no other. */
function skipSeparator(text: string, from: number, ifs: string): { readonly at: number; readonly blank: boolean } {
  const isBlank = (c: string): boolean => BLANKS.includes(c) && ifs.includes(c);
  let i = from;
  while (i < text.length && isBlank(text.charAt(i))) i++;
  if (i >= text.length || !ifs.includes(text.charAt(i))) return { at: i, blank: true };
  i++;
  while (i < text.length && isBlank(text.charAt(i))) i++;
  return { at: i, blank: false };
}
