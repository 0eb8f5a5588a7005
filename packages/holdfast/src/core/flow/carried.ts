// Whether the text of an action carries a secret that the session has seen: by fingerprint of what the detector finds in it and of its pieces, decoded forms included.
import { isObject, keyed, type Json, type SessionState } from '../model/index.ts';
import { BASE64, decodeBase64, HEX, is, runEnd, STOP } from '../secrets/chars.ts';

/** A secret found in text by core/secrets; injected so that flow needs no detector of its own. */
export type FindSecrets = (
  text: string,
  options?: { readonly store?: boolean },
) => readonly { readonly value: string; readonly class: string; readonly known: boolean }[];

/** Pieces fingerprinted per action, and steps of looking for them; a text that needs more counts as carrying a secret. */
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

/**
 * True when a string in `input` holds the value of a secret in `session.secrets`: as it is, in base64, hex or URL form.
 * A value is found where it stands between edges (space, quotes, punctuation, the ends). Its reverse is not found, nor
 * what a program makes of it: those are matters of the labels that effects hand on. Bounded by counted steps.
 */
export function carriesSecret(session: SessionState, input: Json, key: string, find: FindSecrets): boolean {
  if (session.secrets.size === 0) return false;
  const search = new Search(session, key, find);
  const visit = (value: Json): boolean => {
    if (typeof value === 'string') return search.in(value, 0);
    if (Array.isArray(value)) return value.some(visit);
    return isObject(value) && Object.entries(value).some(([name, one]) => search.in(name, DEPTH) || visit(one));
  };
  return visit(input);
}

class Search {
  readonly #secrets: SessionState['secrets'];
  readonly #key: string;
  readonly #find: FindSecrets;
  readonly #lengths: readonly number[];
  readonly #tried = new Set<string>();
  #steps = 0;

  constructor(session: SessionState, key: string, find: FindSecrets) {
    this.#secrets = session.secrets;
    this.#key = key;
    this.#find = find;
    const lengths = new Set<number>();
    for (const { length } of session.secrets.values()) if (length !== undefined) lengths.add(length);
    this.#lengths = [...lengths].filter((length) => length >= SHORTEST).sort((a, b) => a - b);
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
    return this.#tried.size > TRIES || this.#secrets.has(keyed(this.#key, value));
  }

  #spent(): boolean {
    this.#steps += 1;
    return this.#steps > STEPS;
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
