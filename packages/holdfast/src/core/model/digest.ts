// Hashes of canonical values. The only place in core that reaches for node:crypto (pure functions of their input).
import { createHmac, createSecretKey, hash, type KeyObject } from 'node:crypto';
import { canonical, type Json } from './json.ts';

/** Lower-case hex SHA-256, 64 characters. */
export type Hash = string;

export function sha256(bytes: string | Uint8Array): Hash {
  return hash('sha256', bytes, 'hex');
}

/** SHA-256 over the canonical JSON text of `value`. */
export function digest(value: Json): Hash {
  return sha256(canonical(value));
}

/** Keyed fingerprint (HMAC-SHA-256, hex). Content is committed by this, never by a bare hash (architecture §6). */
export function keyed(key: string, bytes: string | Uint8Array): Hash {
  let ready = PREPARED.get(key);
  if (ready === undefined) {
    ready = createSecretKey(key, 'utf8');
    if (PREPARED.size >= MOST_PREPARED) PREPARED.clear();
    PREPARED.set(key, ready);
  }
  return createHmac('sha256', ready).update(bytes).digest('hex');
}

/** Keys made ready: an installation has one, and preparing it costs more than the hash. A cache, not state. */
const PREPARED = new Map<string, KeyObject>();
const MOST_PREPARED = 16;

/** SHA-256 as a string of 32 characters, one per byte: the form that is cheapest to make, compare and carry (the ledger's hot path). */
export type RawHash = string;

export function sha256Raw(bytes: string | Uint8Array): RawHash {
  return hash('sha256', bytes, 'binary');
}
