// Building the fields a word expands to: known text, glob characters and unknown pieces put together as bash splits them.
import type { Span } from '../model/index.ts';
import { GAP, type Value } from './value.ts';

/** Collects pieces of one word; `split` ends a field, `done` ends the word. */
export class Fields {
  readonly #span: Span;
  readonly #out: Value[] = [];
  #text = '';
  #glob = false;
  #why: string | undefined;
  #shape = '';
  #before = '';
  #from: number[] | undefined;
  #decoded = false;
  #fetched = false;
  /** A field exists: something, also an empty quoted string, was added. */
  #open = false;

  constructor(span: Span) {
    this.#span = span;
  }

  /** Known text. `glob`: it holds unquoted pattern characters. */
  add(text: string, glob = false): void {
    this.#text += text;
    if (this.#why !== undefined) this.#shape += text;
    this.#open = true;
    if (glob) this.#glob = true;
  }

  /** The value of an expansion inside quotes, or one that is not split. */
  value(value: Value): void {
    this.#open = true;
    this.#carry(value);
    if (value.kind === 'unknown') this.#unknown(value.why, value.before, value.after, value.shape);
    else {
      if (value.kind === 'pattern') this.#glob = true;
      this.#text += value.text;
      if (this.#why !== undefined) this.#shape += value.text;
    }
  }

  /** The value of an unquoted expansion: split at IFS white space, its glob characters alive. */
  split(value: Value, ifs: string | undefined): void {
    this.#carry(value);
    if (value.kind === 'unknown' || ifs === undefined) {
      this.#open = true;
      this.#unknown(
        value.kind === 'unknown' ? value.why : 'a split at unknown characters',
        value.before,
        value.kind === 'unknown' ? value.after : '',
        value.shape,
      );
      return;
    }
    let word = '';
    let pending = false;
    for (const c of value.text) {
      if (!ifs.includes(c)) {
        if (pending) this.end();
        pending = false;
        word += c;
        this.add(c, c === '*' || c === '?' || c === '[');
      } else if (word !== '' || this.#open) pending = true;
    }
    if (pending) this.end();
    if (value.from.length > 0 || value.decoded || value.fetched) this.#carry(value);
  }

  /** Ends the current field, if there is one. */
  end(): void {
    if (!this.#open) return;
    this.#gaps();
    const unknown = this.#why !== undefined;
    this.#out.push({
      kind: unknown ? 'unknown' : this.#glob ? 'pattern' : 'known',
      text: unknown ? '' : this.#text,
      before: unknown ? this.#before : this.#text,
      after: unknown ? this.#text : '',
      why: this.#why ?? '',
      from: this.#from ?? NONE,
      span: this.#span,
      decoded: this.#decoded,
      fetched: this.#fetched,
      ...(unknown ? { shape: this.#shape } : {}),
    });
    this.#text = '';
    this.#before = '';
    this.#glob = false;
    this.#why = undefined;
    this.#shape = '';
    this.#open = false;
    this.#from = undefined;
    this.#decoded = false;
    this.#fetched = false;
  }

  done(): Value[] {
    this.end();
    return this.#out;
  }

  #unknown(why: string, before: string, after: string, shape = before + GAP + after): void {
    if (this.#why === undefined) {
      this.#why = why;
      this.#before = this.#text + before;
      this.#shape = this.#text;
    }
    this.#shape += shape;
    this.#text = after;
  }

  /** Text that came out of a shape is unknown again where its gaps are. */
  #gaps(): void {
    const first = this.#text.indexOf(GAP);
    if (first < 0) return;
    const shape = this.#why === undefined ? this.#text : this.#shape;
    if (this.#why === undefined) this.#before = this.#text.slice(0, first);
    this.#why ??= 'a piece that is not known';
    this.#text = this.#text.slice(this.#text.lastIndexOf(GAP) + 1);
    this.#shape = shape;
  }

  #carry(value: Value): void {
    if (value.from.length > 0) this.#from = [...(this.#from ?? NONE), ...value.from];
    if (value.decoded) this.#decoded = true;
    if (value.fetched) this.#fetched = true;
  }
}

const NONE: readonly number[] = [];
