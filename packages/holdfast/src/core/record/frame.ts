// The line of one record, frozen: {"hash":"…","prev":"…","body":{…}} and a newline, every byte of it determined.
import { limits, sha256Raw, type Body, type BodyTexts, type RawHash } from '../model/index.ts';
import { hexToRaw, holdsHex, writeHex } from './bytes.ts';

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0));
const OPEN = ascii('{"hash":"');
const PREV = ascii('","prev":"');
const BODY = ascii('","body":');
const SEQ = ascii('{"seq":');
const HEX = 64;
const PREV_AT = OPEN.length + HEX;
/** Offset of the body in a line. */
export const BODY_AT = PREV_AT + PREV.length + HEX + BODY.length;
/** Bytes after the body: closing brace and newline. */
const CLOSE = 2;
/** Shortest and longest line, newline included. A longer one is no record, whatever it holds. */
export const LINE_MIN = BODY_AT + CLOSE + 2;
export const LINE_MAX = BODY_AT + limits.RECORD_BYTES + CLOSE;
/** `prev` of the first record of a ledger. */
export const GENESIS: RawHash = '\0'.repeat(32);

const link = new Uint8Array(65);
// 0x00 and 0x01 are leaves and nodes of the tree; the chain has a prefix of its own, so that no hash of one kind passes as another.
link[0] = 0x02;
const encoder = new TextEncoder();

/** HASH(0x02 || prev || leaf): the chain over leaves, so that it can be recomputed from leaf hashes alone. */
export function chainHash(prev: RawHash, leaf: RawHash): RawHash {
  for (let i = 0; i < 32; i++) {
    link[1 + i] = prev.charCodeAt(i);
    link[33 + i] = leaf.charCodeAt(i);
  }
  return sha256Raw(link);
}

/** Leaf hash of the body at [from, to) in place: the byte before it becomes the leaf prefix for the moment of hashing. */
function leafInPlace(bytes: Uint8Array, from: number, to: number): RawHash {
  const before = bytes[from - 1]!;
  bytes[from - 1] = 0x00;
  const leaf = sha256Raw(bytes.subarray(from - 1, to));
  bytes[from - 1] = before;
  return leaf;
}

/** The body's JSON text with its keys in the frozen order; the text is what is hashed, so it is made once and never again. */
export function bodyText(body: Body, texts?: BodyTexts): string {
  const { seq, time, type, rules, session, data, events, blobs, commits } = body;
  if (texts === undefined) return JSON.stringify({ seq, time, type, rules, session, data, events, blobs, commits });
  const head = JSON.stringify({ seq, time, type, rules, session });
  const tail = JSON.stringify({ blobs, commits });
  return `${head.slice(0, -1)},"data":${texts.data},"events":${texts.events},${tail.slice(1)}`;
}

export type Framed = { readonly length: number; readonly leaf: RawHash; readonly hash: RawHash };

/** Writes the whole line of `text` at the start of `out` (LINE_MAX bytes); undefined when the body is over the limit. */
export function writeFrame(text: string, prev: RawHash, out: Uint8Array): Framed | undefined {
  if (text.length > limits.RECORD_BYTES) return undefined;
  const { read, written } = encoder.encodeInto(text, out.subarray(BODY_AT, BODY_AT + limits.RECORD_BYTES));
  if (read < text.length) return undefined;
  const end = BODY_AT + written;
  out.set(OPEN, 0);
  out.set(PREV, PREV_AT);
  out.set(BODY, BODY_AT - BODY.length);
  writeHex(prev, out, PREV_AT + PREV.length);
  const leaf = leafInPlace(out, BODY_AT, end);
  const hash = chainHash(prev, leaf);
  writeHex(hash, out, OPEN.length);
  out[end] = 0x7d;
  out[end + 1] = 0x0a;
  return { length: end + CLOSE, leaf, hash };
}

function holds(bytes: Uint8Array, at: number, wanted: Uint8Array): boolean {
  for (let i = 0; i < wanted.length; i++) if (bytes[at + i] !== wanted[i]) return false;
  return true;
}

/** Whether [from, to), newline included, has the form of a line. Says nothing about hashes. */
export function isFrame(bytes: Uint8Array, from: number, to: number): boolean {
  const length = to - from;
  return (
    length >= LINE_MIN &&
    length <= LINE_MAX &&
    bytes[to - 1] === 0x0a &&
    bytes[to - 2] === 0x7d &&
    holds(bytes, from, OPEN) &&
    holds(bytes, from + PREV_AT, PREV) &&
    holds(bytes, from + BODY_AT - BODY.length, BODY) &&
    holds(bytes, from + BODY_AT, SEQ)
  );
}

/** The `seq` of a line that isFrame accepts; -1 when it is no plain number. */
export function frameSeq(bytes: Uint8Array, from: number): number {
  let at = from + BODY_AT + SEQ.length;
  const first = at;
  let seq = 0;
  for (let digit = bytes[at]! - 0x30; digit >= 0 && digit <= 9; digit = bytes[++at]! - 0x30) seq = seq * 10 + digit;
  const plain = at > first && (at === first + 1 || bytes[first] !== 0x30);
  return plain && bytes[at] === 0x2c && Number.isSafeInteger(seq) ? seq : -1;
}

/** Leaf hash of the line's body. Needs `bytes` writable, and leaves it as it was. */
export function frameLeaf(bytes: Uint8Array, from: number, to: number): RawHash {
  return leafInPlace(bytes, from + BODY_AT, to - CLOSE);
}

export function frameHashIs(hash: RawHash, bytes: Uint8Array, from: number): boolean {
  return holdsHex(hash, bytes, from + OPEN.length);
}

export function framePrevIs(prev: RawHash, bytes: Uint8Array, from: number): boolean {
  return holdsHex(prev, bytes, from + PREV_AT + PREV.length);
}

/** The line's own claim about the record before it; undefined when it is no lower-case hex. */
export function framePrev(bytes: Uint8Array, from: number): RawHash | undefined {
  return hexAt(bytes, from + PREV_AT + PREV.length);
}

export function frameHash(bytes: Uint8Array, from: number): RawHash | undefined {
  return hexAt(bytes, from + OPEN.length);
}

/** Whether the line is whole in itself: its hash follows from its own `prev` and body. */
export function isWhole(bytes: Uint8Array, from: number, to: number): boolean {
  if (!isFrame(bytes, from, to)) return false;
  const prev = framePrev(bytes, from);
  return prev !== undefined && frameHashIs(chainHash(prev, frameLeaf(bytes, from, to)), bytes, from);
}

/** [from, to) of the body within a line at [from, to). */
export function bodyRange(from: number, to: number): readonly [number, number] {
  return [from + BODY_AT, to - CLOSE];
}

function hexAt(bytes: Uint8Array, at: number): RawHash | undefined {
  let hex = '';
  for (let i = 0; i < HEX; i++) hex += String.fromCharCode(bytes[at + i]!);
  return hexToRaw(hex);
}

const TIME = ascii(',"time":');
/** No number is longer as JSON text. */
const TIME_MAX = 32;
const COMMA = 0x2c;
const CHECKPOINT = ascii(',"type":"checkpoint",');

/** Whether a line that isFrame accepts is a checkpoint record, told from its first bytes without parsing it. */
export function isCheckpoint(bytes: Uint8Array, from: number): boolean {
  const seqEnd = skipDigits(bytes, from + BODY_AT + SEQ.length);
  if (!holds(bytes, seqEnd, TIME)) return false;
  // A clock may stand before 1970, and a broken one may say anything that JSON has: what counts is where it ends.
  const time = seqEnd + TIME.length;
  let end = time;
  while (end < time + TIME_MAX && bytes[end] !== COMMA) end++;
  return holds(bytes, end, CHECKPOINT);
}

function skipDigits(bytes: Uint8Array, from: number): number {
  let at = from;
  while (bytes[at]! >= 0x30 && bytes[at]! <= 0x39) at++;
  return at;
}
