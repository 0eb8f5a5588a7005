// Signed notes (c2sp.org/signed-note): a text, a blank line, signature lines. Signing and checking are injected; this is the form.
import { sha256 } from '../model/index.ts';
import { base64ToRaw, bytesToRaw, hexToRaw, rawToBase64, rawToBytes, rawToHex } from './bytes.ts';

/** Ed25519 over the note text, and Ed25519 witness cosignature with a time stamp (c2sp.org/tlog-cosignature). */
export const ED25519 = 0x01;
export const COSIGNATURE = 0x04;
/** Longest note that is read, characters: room for far more than the 16 signatures a verifier has to accept. */
export const NOTE_MAX = 64 * 1024;

export type Signature = {
  readonly name: string;
  /** 8 hex digits. */ readonly keyId: string;
  /** One character per byte. */ readonly bytes: string;
};
export type Note = { /** Ends with its newline. */ readonly text: string; readonly signatures: readonly Signature[] };
/** A verifier key: who signs, how, with what. */
export type NoteKey = {
  readonly name: string;
  readonly kind: number;
  readonly keyId: string;
  /** 32 bytes. */ readonly publicKey: Uint8Array;
};
/** Ed25519 (RFC 8032) of plain bytes; edges bring it. */
export type VerifyBytes = (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean;

const encoder = new TextEncoder();

/** Key id as the specification recommends it: first four bytes of HASH(name || newline || kind || public key), in hex. */
export function keyIdOf(name: string, kind: number, publicKey: Uint8Array): string {
  const head = encoder.encode(`${name}\n`);
  const all = new Uint8Array(head.length + 1 + publicKey.length);
  all.set(head);
  all[head.length] = kind;
  all.set(publicKey, head.length + 1);
  return sha256(all).slice(0, 8);
}

export function noteKey(name: string, kind: number, publicKey: Uint8Array): NoteKey {
  return { name, kind, keyId: keyIdOf(name, kind, publicKey), publicKey };
}

/** Key as text: `name+keyid+base64(kind || public key)`, one line without its newline. */
export function formatKey(key: NoteKey): string {
  return `${key.name}+${key.keyId}+${rawToBase64(String.fromCharCode(key.kind) + bytesToRaw(key.publicKey))}`;
}

/** Reads formatKey's text; undefined for another form, an unknown kind, or a key id that does not fit the key. */
export function parseKey(text: string): NoteKey | undefined {
  const parts = text.trim().split('+');
  // Base64 may hold `+` itself; a name never does.
  const [name, keyId] = parts;
  const raw = base64ToRaw(parts.slice(2).join('+'));
  if (name === undefined || !isName(name) || raw === undefined || raw.length !== 33) return undefined;
  const kind = raw.charCodeAt(0);
  if (kind !== ED25519 && kind !== COSIGNATURE) return undefined;
  const key = noteKey(name, kind, rawToBytes(raw.slice(1)));
  return key.keyId === keyId ? key : undefined;
}

/** One signature line, newline included. */
export function signatureLine(name: string, keyId: string, signature: Uint8Array): string {
  return `— ${name} ${rawToBase64((hexToRaw(keyId) ?? '') + bytesToRaw(signature))}\n`;
}

/** Reads a note; undefined when any part of it is not of the form. Nothing is verified. */
export function parseNote(note: string): Note | undefined {
  const blank = note.lastIndexOf('\n\n');
  if (note.length > NOTE_MAX || blank <= 0 || !note.endsWith('\n') || hasControls(note)) return undefined;
  const signatures: Signature[] = [];
  for (const line of note.slice(blank + 2, -1).split('\n')) {
    const [dash, name, base64, ...rest] = line.split(' ');
    const raw = base64 === undefined ? undefined : base64ToRaw(base64);
    if (dash !== '—' || name === undefined || !isName(name) || raw === undefined || raw.length < 5 || rest.length > 0)
      return undefined;
    signatures.push({ name, keyId: rawToHex(raw.slice(0, 4)), bytes: raw.slice(4) });
  }
  return signatures.length === 0 ? undefined : { text: note.slice(0, blank + 1), signatures };
}

/** Bytes that a signature of `kind` covers; of a cosignature the time stamp it carries is part of it. */
export function signedMessage(text: string, kind: number, time: number): Uint8Array {
  return encoder.encode(kind === COSIGNATURE ? `cosignature/v1\ntime ${time}\n${text}` : text);
}

/** `good`: signed by this key · `bad`: carries a signature of this key that does not hold · `none`: not signed by it. */
export function checkSignature(note: Note, key: NoteKey, verify: VerifyBytes): 'good' | 'bad' | 'none' {
  let found: 'good' | 'none' = 'none';
  for (const signature of note.signatures) {
    if (signature.name !== key.name || signature.keyId !== key.keyId) continue;
    const stamp = key.kind === COSIGNATURE ? 8 : 0;
    const time = readTime(signature.bytes.slice(0, stamp));
    const bytes = rawToBytes(signature.bytes.slice(stamp));
    if (
      bytes.length !== 64 ||
      time === undefined ||
      !verify(key.publicKey, signedMessage(note.text, key.kind, time), bytes)
    )
      return 'bad';
    found = 'good';
  }
  return found;
}

/** Big-endian seconds; undefined beyond what a number holds exactly. */
function readTime(raw: string): number | undefined {
  let time = 0;
  for (let i = 0; i < raw.length; i++) time = time * 256 + raw.charCodeAt(i);
  return Number.isSafeInteger(time) ? time : undefined;
}

function isName(name: string): boolean {
  return name.length > 0 && !/[\s+]/u.test(name);
}

function hasControls(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x20 && unit !== 0x0a) return true;
  }
  return false;
}
