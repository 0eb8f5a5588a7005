// The http seam: hosts that call a hook by http reach the gate here, over an inherited loopback port and with a bearer token.
import { isUtf8 } from 'node:buffer';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { codeOf, limits as model } from '../../core/model/index.ts';
import { TransportError } from './errors.ts';
import {
  digest,
  readBody,
  readHead,
  type Expected,
  type Held,
  type HttpFlaw,
  type HttpTarget,
} from './http-request.ts';
import { LOOPBACK } from './inherited.ts';
import { callerUid } from './kernel-sockets.ts';

/** `payload`: body of the request; undefined when it was no valid UTF-8. */
export type HttpCall = HttpTarget & { readonly payload: string | undefined };
/** What the host gets: a status, and a body in its own form of JSON. */
export type HttpAnswer = { readonly status: number; readonly body: string };

export type HttpServerOptions = Pick<Expected, 'id' | 'events'> & {
  /** The inherited descriptor; a port of its own only in tests. */
  readonly at: { readonly fd: number } | { readonly port: number };
  readonly token: string;
  /** Users whose processes may call. */
  readonly uids: ReadonlySet<number>;
  readonly handle: (call: HttpCall) => Promise<HttpAnswer>;
  /** Said to an authenticated call when `handle` throws or is late. Must not let anything run. */
  readonly refusal: (target: HttpTarget, code: string, why: string, error?: unknown) => HttpAnswer;
  readonly limits?: Partial<HttpLimits>;
};

export type HttpLimits = {
  readonly connections: number;
  /** Bytes of one body, and of all bodies that are being read. */
  readonly bodyBytes: number;
  readonly heldBytes: number;
  /** Milliseconds in which a whole request must have come. */
  readonly requestMs: number;
  /** Milliseconds after which a request is answered for a handler that does not: less than hosts wait. */
  readonly answerMs: number;
};

export type HttpStats = {
  readonly requests: number;
  /** Turned away before anything was decided, by reason. */
  readonly refused: { readonly [code: string]: number };
  readonly late: number;
};
export type HttpServer = { readonly port: number; stats(): HttpStats; close(): Promise<void> };

const DEFAULTS: HttpLimits = {
  connections: 256,
  bodyBytes: model.PAYLOAD_BYTES,
  heldBytes: 128 * 1024 * 1024,
  requestMs: 10_000,
  answerMs: 20_000,
};

/** Listens. Throws TransportError `socket-io`, and `socket-inherited` when the address is not the loopback one. */
export async function serveHttp(options: HttpServerOptions): Promise<HttpServer> {
  const limits = { ...DEFAULTS, ...options.limits };
  const server = createServer({
    maxHeaderSize: 8 * 1024,
    headersTimeout: Math.min(5_000, limits.requestMs),
    requestTimeout: limits.requestMs,
    connectionsCheckingInterval: Math.min(1_000, limits.requestMs),
    keepAliveTimeout: 30_000,
    // Ours to refuse, and to count.
    requireHostHeader: false,
  });
  server.maxConnections = limits.connections;
  const { port } = await listen(server, options.at);
  const seam = new Seam(options, limits, port);
  server.prependListener('connection', (socket) => {
    // Asked of the kernel before a byte is read: a token can be copied, a user cannot.
    const uid = socket.remotePort === undefined ? undefined : callerUid(LOOPBACK, port, socket.remotePort);
    if (uid !== undefined && options.uids.has(uid)) return;
    // Without an owner: it was closed before we could ask.
    seam.count(uid === undefined ? 'gone' : 'user');
    socket.destroy();
  });
  server.on('request', (request, response) => void seam.answer(request, response));
  // A body that the head already rules out is not even invited.
  server.on('checkContinue', (request, response) => void seam.answer(request, response));
  const bluntly = (status: string): string => `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`;
  server.on('connect', (_request, socket) => {
    seam.count('method');
    socket.end(bluntly('405 Method Not Allowed'));
  });
  server.on('clientError', (error, socket) => {
    const slow = codeOf(error) === 'ERR_HTTP_REQUEST_TIMEOUT';
    seam.count(slow ? 'slow' : 'malformed');
    if (socket.writable) socket.end(bluntly(slow ? '408 Request Timeout' : '400 Bad Request'));
    else socket.destroy();
  });
  return {
    port,
    stats: () => seam.stats(),
    close: () =>
      new Promise((done) => {
        seam.end();
        // Whoever does not take the last answer within a second is cut off.
        const cut = setTimeout(() => server.closeAllConnections(), 1_000);
        server.close(() => {
          clearTimeout(cut);
          done();
        });
        server.closeIdleConnections();
      }),
  };
}

class Seam {
  readonly #options: HttpServerOptions;
  readonly #expected: Expected;
  readonly #answerMs: number;
  readonly #held: Held;
  readonly #waiting = new Set<(code: string, why: string) => void>();
  readonly #refused: { [code: string]: number } = {};
  #requests = 0;
  #late = 0;
  #ended = false;

  constructor(options: HttpServerOptions, limits: HttpLimits, port: number) {
    const { id, events, token } = options;
    this.#options = options;
    this.#answerMs = limits.answerMs;
    this.#held = { bytes: 0, most: limits.heldBytes };
    this.#expected = {
      id,
      events,
      authority: `${LOOPBACK}:${port}`,
      bearer: digest(`Bearer ${token}`),
      bodyBytes: limits.bodyBytes,
    };
  }

  count(code: string): void {
    this.#refused[code] = (this.#refused[code] ?? 0) + 1;
  }

  stats(): HttpStats {
    return { requests: this.#requests, late: this.#late, refused: { ...this.#refused } };
  }

  /** Answers everything in work with a refusal; nothing new is decided. */
  end(): void {
    this.#ended = true;
    for (const give of this.#waiting) give('watcher-stopping', 'the watcher is stopping');
  }

  /** Every request is answered exactly once, or its connection is gone. */
  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // A client that leaves takes its answer with it.
    response.on('error', () => response.destroy());
    const target = readHead(this.#expected, request);
    if ('code' in target) return this.#refuse(response, target);
    if (request.headers.expect !== undefined) response.writeContinue();
    const body = await readBody(request, this.#expected.bodyBytes, this.#held);
    if (body === undefined) return;
    if ('code' in body) return this.#refuse(response, body);
    this.#requests++;
    send(response, await this.#decided({ ...target, payload: isUtf8(body) ? body.toString('utf8') : undefined }));
  }

  #decided(call: HttpCall): Promise<HttpAnswer> {
    return new Promise((resolve) => {
      const give = (told: HttpAnswer): void => {
        clearTimeout(timer);
        this.#waiting.delete(stop);
        resolve(told);
      };
      const stop = (code: string, why: string): void => give(this.#refusal(call, code, why));
      const timer = setTimeout(() => {
        this.#late++;
        stop('gate-late', 'no decision was reached in time');
      }, this.#answerMs);
      this.#waiting.add(stop);
      if (this.#ended) return stop('watcher-stopping', 'the watcher is stopping');
      void this.#handled(call).then(give);
    });
  }

  async #handled(call: HttpCall): Promise<HttpAnswer> {
    try {
      const told = await this.#options.handle(call);
      return isAnswer(told)
        ? told
        : this.#refusal(call, 'gate-no-answer', 'the decision came in no form that can be passed on');
    } catch (error) {
      return this.#refusal(call, 'gate-failed', 'the decision failed', error);
    }
  }

  /** The given refusal, which may itself fail: then a status that is no success, which stops a host that blocks on failures. */
  #refusal({ host, event }: HttpTarget, code: string, why: string, error?: unknown): HttpAnswer {
    const plain: HttpAnswer = { status: 503, body: JSON.stringify({ error: `holdfast: ${why} [${code}]` }) };
    try {
      const told = this.#options.refusal({ host, event }, code, why, error);
      return isAnswer(told) ? told : plain;
    } catch (second) {
      const cause = second instanceof Error ? second.name : 'error';
      return { ...plain, body: plain.body.replace(']', ` (and telling so failed: ${cause})]`) };
    }
  }

  #refuse(response: ServerResponse, flaw: HttpFlaw): void {
    this.count(flaw.code);
    // What is still coming is not read: the connection ends with this answer.
    response.once('finish', () => response.req.socket.destroySoon());
    const body = JSON.stringify({ error: `holdfast: ${flaw.why} [http-${flaw.code}]` });
    send(response, { status: flaw.status, body }, { Connection: 'close' });
  }
}

/** Checked at run time: what is no answer must not become an empty success, which hosts take for consent. */
function isAnswer(value: unknown): value is HttpAnswer {
  const one = value as Partial<HttpAnswer> | null | undefined;
  return (
    typeof one?.body === 'string' &&
    one.body !== '' &&
    typeof one.status === 'number' &&
    Number.isInteger(one.status) &&
    one.status >= 200 &&
    one.status <= 599
  );
}

/** The length is always said: an answer that is cut off on the way is then no answer. */
function send(response: ServerResponse, told: HttpAnswer, more: { readonly [name: string]: string } = {}): void {
  if (response.destroyed || response.headersSent) return;
  const body = Buffer.from(told.body);
  response.writeHead(told.status, {
    'Content-Type': 'application/json',
    'Content-Length': body.length,
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    ...more,
  });
  response.end(body);
}

function listen(server: Server, at: HttpServerOptions['at']): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    const trouble = (code: 'socket-io' | 'socket-inherited', what: string, cause?: unknown): void =>
      reject(new TransportError(code, what, 'look at the socket unit with `holdfast doctor`', cause));
    server.once('error', (error) =>
      trouble('socket-io', `cannot listen on the http port (${codeOf(error) ?? error.message})`, error),
    );
    server.listen('fd' in at ? { fd: at.fd } : { host: LOOPBACK, port: at.port }, () => {
      const address = server.address();
      if (address !== null && typeof address === 'object' && address.address === LOOPBACK) return resolve(address);
      server.close();
      trouble('socket-inherited', 'the http port is no loopback port');
    });
  });
}
