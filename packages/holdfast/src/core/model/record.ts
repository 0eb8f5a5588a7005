// Records: one line of the ledger. The format is frozen in test/pins/record.test.ts.
import type { Hash } from './digest.ts';
import type { Event } from './event.ts';
import type { Json } from './json.ts';

export const RECORD_TYPES = [
  'start',
  'stop',
  'session',
  'prompt',
  'verdict',
  'outcome',
  'approval',
  'finding',
  'config',
  'standing',
  'checkpoint',
] as const;
export type RecordType = (typeof RECORD_TYPES)[number];

export type Body = {
  /** Position in the ledger, from 0 without gaps. */
  readonly seq: number;
  /** Milliseconds since the epoch as the watcher's clock said; not trusted to be monotonic, `seq` is. */
  readonly time: number;
  readonly type: RecordType;
  /** Digest of the rules in force. */
  readonly rules: Hash;
  readonly session?: string;
  /** Redacted, at most 16 KB as JSON text. */
  readonly data: Json;
  readonly events: readonly Event[];
  readonly blobs: readonly Hash[];
  /** HMAC-SHA-256 of originals under the watcher's key. */
  readonly commits: readonly Hash[];
};

/** `data` and `events` of a body as JSON text, where somebody has written them already: exactly what JSON.stringify says of them. */
export type BodyTexts = { readonly data: string; readonly events: string };
