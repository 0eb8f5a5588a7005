// Whether the text of an action carries a secret that the session has seen: by fingerprint of what the detector finds in it and of its pieces, decoded forms included.
import { isObject, keyed, type Json, type SessionState } from '../model/index.ts';
import { BASE64, decodeBase64, HEX, is, runEnd, STOP } from '../secrets/chars.ts';

/** A secret found in text by core/secrets; injected so that flow needs no detector of its own. */
export type FindSecrets = (
  text: string,
  options?: { readonly store?: boolean },
) => readonly { readonly value: string; readonly class: string; readonly known: boolean }[];

/** Pieces fingerprinted per text, and steps of looking for them. */
const TRIES = 8_192;
const STEPS = 500_000;
/** Shorter pieces are looked for by the detector alone: they stand in ordinary text by chance. */
const SHORTEST = 8;
/** A piece of letters alone and shorter than this is a word (`postgres` is the password of many). */
const WORDY = 20;
/** Decoded text may hold encoded text, so often. */
const DEPTH = 2;
/** Characters that may stand at the edges of a value and inside one. */
const EDGES = new Set(['=', ':', '&', '@', '/', '?', '#', '$', '%', '.', '\n'].map((c) => c.charCodeAt(0)));
/** Longest run that is decoded, UTF-16 units. */
const RUN = 16_384;

export type Carried = {
  /** Values of secrets that the session has seen, as they were fingerprinted; in the text they may stand in another form. */
  readonly values: readonly { readonly value: string; readonly class: string }[];
  /** False: the text has more pieces than are looked at, and may hold more. */
  readonly whole: boolean;
};

const NOTHING: Carried = Object.freeze({ values: Object.freeze([]), whole: true });

/**
 * Secrets of `session` whose value stands in a string of `input`: as it is, in base64, hex or URL form. A value is found
 * where it stands between edges (space, quotes, punctuation, the ends). Its reverse is not found, nor what a program
 * makes of it: those are matters of the labels that effects hand on. Bounded by counted steps.
 */
export function carriedSecrets(session: SessionState, input: Json, key: string, find: FindSecrets): Carried {
  if (session.secrets.size === 0) return NOTHING;
  const search = new Search(session, key, find, false);
  search.through(input);
  return search;
}

/** The same as a question; a text with more pieces than are looked at counts as carrying one. */
export function carriesSecret(session: SessionState, input: Json, key: string, find: FindSecrets): boolean {
  return session.secrets.size > 0 && new Search(session, key, find, true).through(input);
}

/** Every method that looks answers whether to stop: at the first secret, or at the end of what is looked at. */
class Search implements Carried {
  readonly values: { readonly value: string; readonly class: string }[] = [];
  whole = true;
  readonly #secrets: SessionState['secrets'];
  readonly #key: string;
  readonly #find: FindSecrets;
  readonly #first: boolean;
  readonly #lengths: readonly number[];
  readonly #tried = new Set<string>();
  #steps = 0;

  constructor(session: SessionState, key: string, find: FindSecrets, first: boolean) {
    this.#secrets = session.secrets;
    this.#key = key;
    this.#find = find;
    this.#first = first;
    const lengths = new Set<number>();
    for (const { length } of session.secrets.values()) if (length !== undefined) lengths.add(length);
    this.#lengths = [...lengths].filter((length) => length >= SHORTEST).sort((a, b) => a - b);
  }

  through(value: Json): boolean {
    if (typeof value === 'string') return this.in(value, 0);
    if (Array.isArray(value)) return value.some((one: Json) => this.through(one));
    return isObject(value) && Object.entries(value).some(([name, one]) => this.in(name, DEPTH) || this.through(one));
  }

  in(text: string, depth: number): boolean {
    for (const secret of this.#find(text)) if (this.#isOne(secret.value)) return true;
    return this.#inPieces(text) || (depth < DEPTH && this.#inDecoded(text, depth + 1));
  }

  /** Every piece between two edges that is as long as a secret. */
  #inPieces(text: string): boolean {
    const shortest = this.#lengths[0] ?? Infinity;
    for (let from = 0; from + shortest <= text.length; from++) {
      if (!isStart(text, from)) continue;
      for (const length of this.#lengths) {
        if (this.#spent()) return true;
        const to = from + length;
        if (to > text.length) break;
        if (to < text.length && !isEdge(text, to)) continue;
        const piece = text.slice(from, to);
        if (length < WORDY && isWord(piece)) continue;
        if (this.#isOne(piece)) return true;
      }
    }
    return false;
  }

  #inDecoded(text: string, depth: number): boolean {
    if (text.includes('%')) {
      const plain = text.replace(/%([0-9a-f]{2})/gi, (_all, hex: string) => String.fromCharCode(parseInt(hex, 16)));
      if (plain !== text && this.in(plain, DEPTH)) return true;
    }
    for (let from = 0; from < text.length;) {
      const to = runEnd(text, from, BASE64, RUN);
      if (to - from >= SHORTEST && this.#inRun(text.slice(from, to), depth)) return true;
      from = to + 1;
    }
    return false;
  }

  /** A run of base64 characters, and what stands in it between `/` and `=`, which may be those of a path or of a parameter. */
  #inRun(run: string, depth: number): boolean {
    for (const part of new Set([run, ...run.split(/[/=]+/)])) {
      if (part.length < SHORTEST) continue;
      if (this.#spent()) return true;
      if (part.length % 2 === 0 && runEnd(part, 0, HEX, part.length) === part.length) {
        const plain = part.replace(/../g, (two) => String.fromCharCode(parseInt(two, 16)));
        if (this.in(plain, depth)) return true;
      }
      const plain = decodeBase64(part);
      if (plain !== undefined && this.in(plain, depth)) return true;
    }
    return false;
  }

  #isOne(value: string): boolean {
    if (this.#tried.has(value)) return false;
    this.#tried.add(value);
    if (this.#tried.size > TRIES) return this.#giveUp();
    const secret = this.#secrets.get(keyed(this.#key, value));
    if (secret === undefined) return false;
    this.values.push({ value, class: secret.class });
    return this.#first;
  }

  #spent(): boolean {
    this.#steps += 1;
    return this.#steps > STEPS && this.#giveUp();
  }

  #giveUp(): true {
    this.whole = false;
    return true;
  }
}

/** A value may begin after an edge, and after a one-letter flag that it hangs on (`-pVALUE`). */
function isStart(text: string, at: number): boolean {
  if (at === 0 || isEdge(text, at - 1)) return true;
  return text.charCodeAt(at - 2) === 0x2d && (at === 2 || isEdge(text, at - 3));
}

function isEdge(text: string, at: number): boolean {
  const c = text.charCodeAt(at);
  return EDGES.has(c) || is(c, STOP);
}

function isWord(piece: string): boolean {
  for (let i = 0; i < piece.length; i++) {
    const c = piece.charCodeAt(i) | 0x20;
    if (c < 0x61 || c > 0x7a) return false;
  }
  return true;
}
