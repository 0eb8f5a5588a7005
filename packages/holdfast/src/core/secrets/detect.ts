// Finds secrets in text in one pass: provider formats, values under a credential's name, URLs with passwords, key blocks, known values.
import { DOTTED, is, Runs, WORD } from './chars.ts';
import { afterWord, assigned, awsPair, flagValue, privateKey, urlPassword } from './context.ts';
import { formatAt, mayBegin } from './formats.ts';
import type { KnownValues } from './known-values.ts';
import { OPEN, placeholderEnd } from './placeholder.ts';
import { joinHits, type Hit, type SecretSpan } from './span.ts';
import { storeLines } from './store.ts';

export type FindOptions = {
  /** Values declared or read from a store, looked for in every form. */
  readonly known?: KnownValues;
  /** The text is that of a credential file: what stands under a credential's name there is one. */
  readonly store?: boolean;
};

/** Shortest token that a word before it can make suspicious. */
const TOKEN = 20;
const NO_OPTIONS: FindOptions = Object.freeze({});

/**
 * Secrets in `text`, in order, without overlap. Known ones by structure, checksum, place or declaration; suspected ones by
 * look. Total, and linear in the length: every run is walked once, everything else is bounded.
 * Hashes, commit ids, UUIDs, integrity strings and images are none unless a credential's name stands at them.
 */
export function findSecrets(text: string, options: FindOptions = NO_OPTIONS): readonly SecretSpan[] {
  const scan = new Scan(text, options.store === true);
  scan.run();
  const hits = scan.hits;
  if (options.store === true) for (const hit of storeLines(text)) hits.push(hit);
  if (options.known !== undefined) for (const hit of options.known.find(text)) hits.push(hit);
  return joinHits(text, scan.kept.length === 0 ? hits : hits.filter((hit) => !scan.keeps(hit)));
}

/** One pass over one text. */
class Scan {
  readonly text: string;
  readonly store: boolean;
  readonly hits: Hit[] = [];
  /** Placeholders of an earlier redaction; what begins in one is no secret. */
  readonly kept: { readonly from: number; readonly to: number }[] = [];
  readonly #runs: Runs;
  /** Up to where a format, an assigned value, a key block has been found: what lies before is part of it. */
  #format = 0;
  #value = 0;
  #key = 0;

  constructor(text: string, store: boolean) {
    this.text = text;
    this.store = store;
    this.#runs = new Runs(text);
  }

  run(): void {
    const { text } = this;
    let word = 0;
    for (let i = 0; i < text.length; i++) {
      const c = text.charCodeAt(i);
      if (c < 128) {
        if (i >= this.#format && mayBegin(text, i)) this.#formatAt(i);
        // `=`, `:` and `-` are what the contexts hang on; all other characters cost two tests and the one below.
        if (c === 0x3d || c === 0x3a) this.#operatorAt(i, c);
        else if (c === 0x2d && text.charCodeAt(i + 1) === 0x2d && text.charCodeAt(i - 1) !== 0x2d) this.#dashesAt(i);
        if (is(c, DOTTED)) continue;
      }
      if (i - word >= TOKEN) this.#wordAt(word, i);
      word = i + 1;
      // What was redacted before holds nothing, and its class would read as a credential's name.
      if (c === OPEN) word = this.#passPlaceholder(i);
      if (word > i + 1) i = word - 1;
    }
    if (text.length - word >= TOKEN) this.#wordAt(word, text.length);
  }

  /** Whether a hit begins inside a placeholder; they are in order. */
  keeps(hit: Hit): boolean {
    let low = 0;
    let high = this.kept.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.kept[middle]?.to ?? 0) <= hit.from) low = middle + 1;
      else high = middle;
    }
    const kept = this.kept[low];
    return kept !== undefined && hit.from >= kept.from;
  }

  #passPlaceholder(at: number): number {
    const to = placeholderEnd(this.text, at);
    if (to === at) return at + 1;
    this.kept.push({ from: at, to });
    return to;
  }

  #formatAt(at: number): void {
    const found = formatAt(this.#runs, at);
    if (found === undefined) return;
    this.hits.push({ from: at, to: found.to, class: found.class, known: found.known });
    this.#format = found.to;
    const pair = found.class === 'aws-access-key' ? awsPair(this.text, found.to) : undefined;
    if (pair !== undefined) this.hits.push(pair);
  }

  #operatorAt(at: number, c: number): void {
    const { text } = this;
    if (c === 0x3a && text.charCodeAt(at + 1) === 0x2f && text.charCodeAt(at + 2) === 0x2f) {
      const hit = urlPassword(text, at);
      if (hit !== undefined) this.hits.push(hit);
    } else if (at >= this.#value) {
      const looked = assigned(text, at, this.store);
      if (looked === undefined) return;
      // An assignment inside a value that was judged is part of that value.
      this.#value = looked.to;
      if (looked.hit !== undefined) this.hits.push(looked.hit);
    }
  }

  #dashesAt(at: number): void {
    if (at < this.#key) return;
    const { text } = this;
    const key = text.startsWith('-----BEGIN', at);
    const hit = key
      ? privateKey(text, at)
      : is(text.charCodeAt(at - 1), WORD)
        ? undefined
        : flagValue(text, at, this.store);
    if (hit !== undefined) this.hits.push(hit);
    if (key && hit !== undefined) this.#value = this.#format = this.#key = hit.to;
  }

  #wordAt(from: number, to: number): void {
    const hit = afterWord(this.text, from, to);
    if (hit !== undefined) this.hits.push(hit);
  }
}
