// A client of the gate socket for this program's own use: control calls of the command line, kept open, many at once.
import { randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { codeOf, CodedError, type Json } from '../../core/model/index.ts';
import { TransportError } from './errors.ts';
import { FrameReader, REPLY_FRAME, REQUEST_FRAME, frame } from './framing.ts';
import { keyPath, readHookKey } from './hook-key.ts';
import { PROTOCOL, controlRequest, readReply, type Answer } from './protocol.ts';

/** The watcher understood and refused; `code` is the watcher's own. */
export class ControlError extends CodedError {
  override readonly name = 'ControlError';

  constructor(code: string, message: string) {
    super(code, message, 'see `holdfast status`');
  }
}

export type SocketClient = {
  /** Calls a method of the watcher. Throws ControlError when it refuses, TransportError when it is not to be trusted or reached. */
  control(method: string, params?: Json, timeoutMs?: number): Promise<Json>;
  /** Sends one hook payload as the hook clients do (benchmarks, plugins within this program). */
  hook(
    host: string,
    payload: string,
    options?: { readonly event?: string; readonly timeoutMs?: number },
  ): Promise<Answer>;
  close(): void;
};

type Waiting = {
  readonly request: Buffer;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
};

const absent = (path: string, cause: unknown): TransportError =>
  new TransportError(
    'watcher-absent',
    `the watcher is not running: nobody listens on ${path}`,
    'start it with `holdfast start`',
    cause,
  );

/** Connects. Throws TransportError `watcher-absent`, `hook-key`, `watcher-untrusted`, `socket-io`. */
export async function openSocket(path: string, timeoutMs = 5_000): Promise<SocketClient> {
  const directory = statSync(dirname(path), { throwIfNoEntry: false });
  if (directory === undefined) throw absent(path, undefined);
  const uid = process.getuid?.();
  if ((directory.mode & 0o022) !== 0 || (uid !== undefined && directory.uid !== uid && directory.uid !== 0))
    throw new TransportError(
      'watcher-untrusted',
      `the directory of ${path} belongs to, or is open to, other users`,
      'look at it before you go on',
    );
  const socket = await dial(path, timeoutMs);
  try {
    return client(path, socket, readHookKey(keyPath(path)), timeoutMs);
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

function client(path: string, socket: Socket, key: Buffer, defaultMs: number): SocketClient {
  const waiting = new Map<string, Waiting>();
  const reader = new FrameReader(REPLY_FRAME);
  let broken: Error | undefined;
  const fail = (error: Error): void => {
    broken ??= error;
    socket.destroy();
    for (const each of waiting.values()) {
      clearTimeout(each.timer);
      each.reject(error);
    }
    waiting.clear();
    socket.unref();
  };
  const untrusted = (why: string): TransportError =>
    new TransportError(
      'watcher-untrusted',
      `the answer on ${path} is not one of this watcher: ${why}`,
      'find out with `holdfast doctor`',
    );
  socket.on('data', (chunk) => {
    try {
      for (const body of reader.push(chunk)) take(body);
    } catch (error) {
      fail(untrusted(error instanceof Error ? error.message : 'error'));
    }
  });
  socket.on('error', (error) =>
    fail(
      new TransportError(
        'watcher-silent',
        `the connection to ${path} broke (${codeOf(error) ?? 'error'})`,
        'see `holdfast status`',
        error,
      ),
    ),
  );
  socket.on('close', () =>
    fail(new TransportError('watcher-silent', `the watcher closed the connection on ${path}`, 'see `holdfast status`')),
  );
  // Waiting for nothing, the connection keeps no process alive.
  socket.unref();

  function take(body: Buffer): void {
    const nonce = body.toString('latin1', 17, 49);
    const found = waiting.get(nonce);
    if (found === undefined) return fail(untrusted('wrong nonce'));
    const answer = readReply(key, nonce, found.request, body);
    if ('why' in answer) return fail(untrusted(answer.why));
    waiting.delete(nonce);
    clearTimeout(found.timer);
    if (waiting.size === 0) socket.unref();
    found.resolve(answer);
  }

  function send(nonce: string, request: Buffer, timeoutMs: number): Promise<Answer> {
    if (broken !== undefined) return Promise.reject(broken);
    if (request.length > REQUEST_FRAME)
      return Promise.reject(new TransportError('frame-too-large', 'the request is too large', 'send less'));
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        waiting.delete(nonce);
        // A reply that comes after all would be one to a nonce that nobody waits for: this connection is done.
        fail(
          new TransportError(
            'watcher-silent',
            `the watcher did not answer on ${path} within ${timeoutMs} ms`,
            'see `holdfast doctor`',
          ),
        );
        reject(broken as Error);
      }, timeoutMs);
      waiting.set(nonce, { request, resolve, reject, timer });
      socket.ref();
      socket.write(frame(request));
    });
  }

  const newNonce = (): string => randomBytes(16).toString('hex');
  return {
    control: async (method, params = null, timeoutMs = defaultMs) => {
      const nonce = newNonce();
      const answer = await send(nonce, controlRequest(key, nonce, method, params), timeoutMs);
      if (answer.exit === 0) return JSON.parse(answer.stdout) as Json;
      throw controlError(answer.stderr);
    },
    hook: (host, payload, { event, timeoutMs = defaultMs } = {}) => {
      const nonce = newNonce();
      const call = {
        v: PROTOCOL,
        nonce,
        host,
        ...(event === undefined ? {} : { event }),
        pid: process.pid,
        ppid: process.ppid,
        payload,
      };
      return send(nonce, Buffer.from(JSON.stringify(call)), timeoutMs);
    },
    close: () => fail(new TransportError('watcher-silent', 'the connection was closed here', 'open another')),
  };
}

function controlError(stderr: string): Error {
  try {
    const { code, message } = JSON.parse(stderr) as { code?: unknown; message?: unknown };
    if (typeof code === 'string' && typeof message === 'string') return new ControlError(code, message);
  } catch {
    // A refusal of the transport is plain text; it is passed on as it stands.
  }
  return new TransportError('watcher-refused', stderr.trim(), 'see `holdfast status`');
}

function dial(path: string, timeoutMs: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    const timer = setTimeout(() => {
      socket.destroy();
      reject(
        new TransportError(
          'watcher-silent',
          `nobody took the connection on ${path} within ${timeoutMs} ms`,
          'see `holdfast doctor`',
        ),
      );
    }, timeoutMs);
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.removeAllListeners('error');
      resolve(socket);
    });
    socket.once('error', (error) => {
      clearTimeout(timer);
      const code = codeOf(error);
      if (code === 'ENOENT' || code === 'ECONNREFUSED') reject(absent(path, error));
      else
        reject(
          new TransportError(
            'socket-io',
            `${path} cannot be reached (${code ?? 'error'})`,
            'see `holdfast doctor`',
            error,
          ),
        );
    });
  });
}
