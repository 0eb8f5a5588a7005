// What is asked of a request of the http seam before the gate sees it: head first, then a bounded body.
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

export type HttpTarget = { readonly host: string; readonly event: string };

/** A refusal before the gate: what is wrong with the request, never with what it asks for. */
export type HttpFlaw = { readonly status: number; readonly code: string; readonly why: string };

export type Expected = {
  /** `127.0.0.1:PORT`. */
  readonly authority: string;
  /** First part of the path: names the installation, so that a hook of another one is not answered. */
  readonly id: string;
  /** SHA-256 of the whole `Authorization` header. */
  readonly bearer: Buffer;
  /** Host ▶ its events that may come over http. */
  readonly events: ReadonlyMap<string, ReadonlySet<string>>;
  readonly bodyBytes: number;
};

/** Equal lengths for the comparison, whatever was sent. */
export function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** What the head of a request already says against it; else which event of which host it is for. */
export function readHead(expected: Expected, request: IncomingMessage): HttpFlaw | HttpTarget {
  const { headers } = request;
  const flaw = (status: number, code: string, why: string): HttpFlaw => ({ status, code, why });
  // A page in a browser cannot keep these out of its requests, and no hook sends them.
  if (headers.origin !== undefined || Object.keys(headers).some((name) => name.startsWith('sec-fetch-')))
    return flaw(403, 'origin', 'requests of web pages are not taken');
  // A name that was made to point here would show in this header.
  if (headers.host !== expected.authority || count(request, 'host') !== 1)
    return flaw(421, 'host', 'the host is not the one that was installed');
  if (request.method !== 'POST') return flaw(405, 'method', 'only POST is taken');
  const given = headers.authorization;
  if (given === undefined || count(request, 'authorization') !== 1 || !timingSafeEqual(digest(given), expected.bearer))
    return flaw(401, 'token', 'the bearer token is missing or another');
  const target = targetOf(expected, request.url ?? '');
  if (target === undefined) return flaw(404, 'path', 'no event of this installation is here');
  if (!/^application\/json(?:\s*;|$)/i.test(headers['content-type'] ?? ''))
    return flaw(415, 'type', 'the body must be JSON');
  if (headers['content-encoding'] !== undefined) return flaw(415, 'encoding', 'the body must not be encoded');
  if (Number(headers['content-length'] ?? 0) > expected.bodyBytes) return tooLarge(expected.bodyBytes);
  return target;
}

/** How often a header stands there; Node hides a second one of some names. */
function count(request: IncomingMessage, name: string): number {
  return request.headersDistinct[name]?.length ?? 0;
}

/** `/ID/HOST/EVENT`, also as the absolute URL that is sent to a proxy, when the proxy is this very port. */
function targetOf(expected: Expected, url: string): HttpTarget | undefined {
  const absolute = `http://${expected.authority}`;
  const path = url.startsWith(`${absolute}/`) ? url.slice(absolute.length) : url;
  const [root, id, host, event, ...more] = path.split('/');
  if (root !== '' || id !== expected.id || host === undefined || event === undefined || more.length > 0)
    return undefined;
  return expected.events.get(host)?.has(event) === true ? { host, event } : undefined;
}

/** Bytes of all bodies that are being read. */
export type Held = { bytes: number; readonly most: number };

/** The whole body; a flaw when it is too large; undefined when the connection ended before it did. */
export function readBody(
  request: IncomingMessage,
  bodyBytes: number,
  held: Held,
): Promise<Buffer | HttpFlaw | undefined> {
  return new Promise((resolve) => {
    const parts: Buffer[] = [];
    let size = 0;
    const done = (result: Buffer | HttpFlaw | undefined): void => {
      request.removeAllListeners('data');
      held.bytes -= size;
      size = 0;
      resolve(result);
    };
    request.on('data', (part: Buffer) => {
      size += part.length;
      held.bytes += part.length;
      if (size > bodyBytes) done(tooLarge(bodyBytes));
      else if (held.bytes > held.most) done({ status: 503, code: 'busy', why: 'too many requests are being read' });
      else parts.push(part);
    });
    request.once('end', () => done(Buffer.concat(parts)));
    request.once('error', () => done(undefined));
    request.once('close', () => done(undefined));
  });
}

function tooLarge(bytes: number): HttpFlaw {
  return { status: 413, code: 'large', why: `the body is larger than ${bytes} bytes` };
}
