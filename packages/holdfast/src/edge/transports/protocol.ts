// Protocol 1 between hook clients and the watcher: what a request holds, how a reply is bound to it (docs/adr/0005).
import { isUtf8 } from 'node:buffer';
import { createHash, createHmac, createSecretKey, hash, timingSafeEqual, type KeyObject } from 'node:crypto';
import { isObject, limits, text, type Json } from '../../core/model/index.ts';

export const PROTOCOL = 1;
const MAGIC = 'holdfast-reply 1\n';
const CONTROL = 'holdfast-control 1\n';
const NAME = /^[A-Za-z0-9._-]{1,64}$/;
const HEX32 = /^[0-9a-f]{32}$/;
const HEX64 = /^[0-9a-f]{64}$/;
/** Magic, nonce and mac, each with its line end; the numbers follow. */
const FIXED = MAGIC.length + 33 + 65;

export type HookCall = {
  readonly kind: 'hook';
  readonly nonce: string;
  readonly host: string;
  readonly event?: string;
  /** As the client tells it: a hint. */
  readonly pid: number;
  readonly ppid: number;
  /** Standard input of the hook; undefined when it was no valid UTF-8. */
  readonly payload: string | undefined;
};
export type ControlCall = {
  readonly kind: 'control';
  readonly nonce: string;
  readonly method: string;
  readonly params: Json;
};
/** A frame that is no request. With a nonce it can still be answered. */
export type BadCall = { readonly kind: 'bad'; readonly nonce?: string; readonly why: string };

export type Answer = { readonly stdout: string; readonly stderr: string; readonly exit: number };

/** First 32 hex digits of the key's SHA-256: what an installed hook command carries. */
export function fingerprint(key: Uint8Array): string {
  return createHash('sha256').update(key).digest('hex').slice(0, 32);
}

/** Reads one request frame. Total: whatever arrives, the answer is a call or a reason. */
export function readCall(body: Buffer, key: Uint8Array): HookCall | ControlCall | BadCall {
  if (!isUtf8(body)) return { kind: 'bad', why: 'the request is not valid UTF-8' };
  let json: Json;
  try {
    json = JSON.parse(body.toString('utf8')) as Json;
  } catch {
    // The parser's message quotes the request; where it went wrong is nobody's business.
    return { kind: 'bad', why: 'the request is no JSON' };
  }
  const nonce = text(json, 'nonce');
  if (!isObject(json) || nonce === undefined || !HEX32.test(nonce))
    return { kind: 'bad', why: 'the request has no nonce' };
  if (json['v'] !== PROTOCOL)
    return { kind: 'bad', nonce, why: `the hook client speaks another protocol than ${PROTOCOL}` };
  if (json['kind'] === 'control') return readControl(json, nonce, key);
  const { host, event, pid, ppid } = json;
  if (typeof host !== 'string' || !NAME.test(host)) return { kind: 'bad', nonce, why: 'the request names no host' };
  if (event !== undefined && (typeof event !== 'string' || !NAME.test(event)))
    return { kind: 'bad', nonce, why: 'the event is not a name' };
  if (!isPid(pid) || !isPid(ppid)) return { kind: 'bad', nonce, why: 'the request has no process ids' };
  const plain = text(json, 'payload');
  const coded = text(json, 'payload64');
  if ((plain === undefined) === (coded === undefined)) return { kind: 'bad', nonce, why: 'the request has no payload' };
  const bytes = coded === undefined ? undefined : Buffer.from(coded, 'base64');
  if ((bytes?.length ?? Buffer.byteLength(plain ?? '')) > limits.PAYLOAD_BYTES)
    return { kind: 'bad', nonce, why: 'the payload is larger than 16 MB' };
  if (bytes !== undefined && bytes.toString('base64') !== coded)
    return { kind: 'bad', nonce, why: 'the payload is no base64' };
  const payload = bytes === undefined ? plain : isUtf8(bytes) ? bytes.toString('utf8') : undefined;
  return { kind: 'hook', nonce, host, ...(event === undefined ? {} : { event }), pid, ppid, payload };
}

function readControl(json: { readonly [key: string]: Json }, nonce: string, key: Uint8Array): ControlCall | BadCall {
  const [method, params, mac] = [text(json, 'method'), text(json, 'params'), text(json, 'mac')];
  if (method === undefined || !NAME.test(method) || params === undefined || mac === undefined || !HEX64.test(mac))
    return { kind: 'bad', nonce, why: 'the control request is not complete' };
  if (!same(mac, controlMac(key, nonce, method, params)))
    return { kind: 'bad', nonce, why: 'the control request is not signed with this key' };
  try {
    return { kind: 'control', nonce, method, params: JSON.parse(params) as Json };
  } catch {
    // As above: the content is not repeated.
    return { kind: 'bad', nonce, why: 'the parameters are no JSON' };
  }
}

/** A control request as a frame body; `params` travels as text, so that both sides sign the same bytes. */
export function controlRequest(key: Uint8Array, nonce: string, method: string, params: Json): Buffer {
  const written = JSON.stringify(params);
  return Buffer.from(
    JSON.stringify({
      v: PROTOCOL,
      nonce,
      kind: 'control',
      method,
      params: written,
      mac: controlMac(key, nonce, method, written),
    }),
  );
}

function controlMac(key: Uint8Array, nonce: string, method: string, params: string): string {
  return createHmac('sha256', prepared(key)).update(`${CONTROL}${nonce}\n${method}\n${params}`).digest('hex');
}

/**
 * The reply to `request` (the request frame's body) as a frame body:
 * `holdfast-reply 1\n` nonce `\n` mac `\n` exit ` ` bytes of stdout ` ` bytes of stderr `\n` stdout stderr.
 * The mac covers the SHA-256 of the whole request, so an answer given to one request is worth nothing for another.
 */
export function writeReply(key: Uint8Array, nonce: string, request: Uint8Array, answer: Answer): Buffer {
  const out = Buffer.from(answer.stdout);
  const err = Buffer.from(answer.stderr);
  const numbers = `${answer.exit} ${out.length} ${err.length}\n`;
  const mac = replyMac(key, nonce, request, Buffer.from(numbers), out, err);
  return Buffer.concat([Buffer.from(`${MAGIC}${nonce}\n${mac}\n${numbers}`), out, err]);
}

/** Reads a reply strictly; a reason instead when it is not the answer to this very request by the holder of the key. */
export function readReply(
  key: Uint8Array,
  nonce: string,
  request: Uint8Array,
  body: Buffer,
): Answer | { readonly why: string } {
  if (body.length < FIXED + 6 || body.toString('latin1', 0, MAGIC.length) !== MAGIC) return { why: 'unknown form' };
  if (body[MAGIC.length + 32] !== 10 || body[FIXED - 1] !== 10) return { why: 'unknown form' };
  if (body.toString('latin1', MAGIC.length, MAGIC.length + 32) !== nonce) return { why: 'wrong nonce' };
  const end = body.indexOf(10, FIXED);
  const numbers = /^(0|[1-9]\d{0,2}) (0|[1-9]\d{0,6}) (0|[1-9]\d{0,6})$/.exec(
    body.toString('latin1', FIXED, Math.min(end, FIXED + 24)),
  );
  if (end < 0 || numbers === null) return { why: 'bad numbers' };
  const [exit, outLength, errLength] = numbers.slice(1).map(Number) as [number, number, number];
  const rest = body.subarray(end + 1);
  if (exit > 255 || outLength + errLength !== rest.length) return { why: 'bad length' };
  const given = body.toString('latin1', MAGIC.length + 33, FIXED - 1);
  if (!HEX64.test(given) || !same(given, replyMac(key, nonce, request, body.subarray(FIXED))))
    return { why: 'wrong mac' };
  return { stdout: rest.toString('utf8', 0, outLength), stderr: rest.toString('utf8', outLength), exit };
}

/** Keys made ready once: the one of a watcher signs every reply, and preparing raw bytes costs more than the hash. */
const PREPARED = new WeakMap<Uint8Array, KeyObject>();

function prepared(key: Uint8Array): KeyObject {
  let ready = PREPARED.get(key);
  if (ready === undefined) PREPARED.set(key, (ready = createSecretKey(key)));
  return ready;
}

function replyMac(key: Uint8Array, nonce: string, request: Uint8Array, ...parts: readonly Uint8Array[]): string {
  const bound = hash('sha256', request, 'hex');
  const mac = createHmac('sha256', prepared(key)).update(`${MAGIC}${nonce}\n${bound}\n`);
  for (const part of parts) mac.update(part);
  return mac.digest('hex');
}

function same(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}

function isPid(value: Json | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
