// Values: what is known of a word after expansion, where its text came from, and which data went into it.
import type { Span } from '../model/index.ts';

/**
 * known: exactly this text. pattern: this text still holds unquoted glob characters and may stand for several files.
 * unknown: not resolvable; `before` and `after` are the known edges (`/tmp/$X.log` ▶ before `/tmp/`, after `.log`). In the text of a pattern a backslash stands before quoted glob characters.
 */
export type Value = {
  readonly kind: 'known' | 'pattern' | 'unknown';
  readonly text: string;
  readonly before: string;
  readonly after: string;
  /** Of unknown: why, in a few lower-case words. */
  readonly why: string;
  /** Effects whose data is in the text (a command substitution that read a file). */
  readonly from: readonly number[];
  readonly span: Span;
  /** Decoded from another form, or fetched from the network, before it became this text. */
  readonly decoded: boolean;
  readonly fetched: boolean;
  /** Of unknown: the text with GAP in place of each unknown piece, so that text which becomes code is followed as far as it is known. */
  readonly shape?: string;
  /** The text is the name of a pipe (`/dev/fd/63` of a process substitution): what reading it gives. */
  readonly pipe?: Stream;
};

/** Stands for an unknown piece inside a shape; a word that holds it is unknown again. A private-use character no program name or path needs. */
export const GAP = '\uf8ff';

export function known(text: string, span: Span): Value {
  return { kind: 'known', text, before: text, after: '', why: '', from: NONE, span, decoded: false, fetched: false };
}

export function unknown(why: string, span: Span, before = '', after = '', from: readonly number[] = NONE): Value {
  return { kind: 'unknown', text: '', before, after, why, from, span, decoded: false, fetched: false };
}

const NONE: readonly number[] = [];

/**
 * Data that flows along a pipe or into a redirection: the effects it came from, its text where it is known,
 * and whether it was decoded or fetched on the way.
 */
export type Stream = {
  readonly from: readonly number[];
  readonly text?: string;
  /** As Value.shape. */
  readonly shape?: string;
  /** What its lines stand for, where they are file names (`find` ▶ `dir/**` + `/name`). */
  readonly names?: readonly Value[];
  readonly decoded: boolean;
  readonly fetched: boolean;
};

export const NO_STREAM: Stream = { from: NONE, decoded: false, fetched: false };
