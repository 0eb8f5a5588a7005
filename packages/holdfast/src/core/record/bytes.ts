// Byte forms of hashes: raw strings (one character per byte) to hex, base64 and back.
import type { Hash, RawHash } from '../model/index.ts';

const HEX = '0123456789abcdef';
const DIGITS = Uint8Array.from(HEX, (c) => c.charCodeAt(0));

export function rawToHex(raw: RawHash): Hash {
  let out = '';
  for (let i = 0; i < raw.length; i++) {
    const byte = raw.charCodeAt(i);
    out += HEX[byte >> 4]! + HEX[byte & 15]!;
  }
  return out;
}

/** The raw form of lower-case hex; undefined for anything else. */
export function hexToRaw(hex: string): RawHash | undefined {
  if (hex.length % 2 !== 0) return undefined;
  let out = '';
  for (let i = 0; i < hex.length; i += 2) {
    const high = HEX.indexOf(hex[i]!);
    const low = HEX.indexOf(hex[i + 1]!);
    if (high < 0 || low < 0) return undefined;
    out += String.fromCharCode(high * 16 + low);
  }
  return out;
}

/** Writes the hex form of `raw` at `at`: two bytes for each of raw's. */
export function writeHex(raw: RawHash, out: Uint8Array, at: number): void {
  for (let i = 0; i < raw.length; i++) {
    const byte = raw.charCodeAt(i);
    out[at + 2 * i] = DIGITS[byte >> 4]!;
    out[at + 2 * i + 1] = DIGITS[byte & 15]!;
  }
}

/** Whether `bytes` hold exactly the hex form of `raw` at `at`. */
export function holdsHex(raw: RawHash, bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < raw.length; i++) {
    const byte = raw.charCodeAt(i);
    if (bytes[at + 2 * i] !== DIGITS[byte >> 4] || bytes[at + 2 * i + 1] !== DIGITS[byte & 15]) return false;
  }
  return true;
}

export function rawToBytes(raw: string): Uint8Array {
  return Uint8Array.from(raw, (c) => c.charCodeAt(0));
}

export function bytesToRaw(bytes: Uint8Array): string {
  let out = '';
  for (const byte of bytes) out += String.fromCharCode(byte);
  return out;
}

/** Standard base64 with padding (RFC 4648 §4), as signed notes use it. */
export function rawToBase64(raw: string): string {
  return btoa(raw);
}

/** The raw form of canonical base64; undefined when it is anything else, also when another text decodes to the same bytes. */
export function base64ToRaw(text: string): string | undefined {
  let raw: string;
  try {
    raw = atob(text);
  } catch {
    // atob throws on characters outside the alphabet; for the caller that is simply no base64.
    return undefined;
  }
  return btoa(raw) === text ? raw : undefined;
}
