// The gate socket: takes requests of hook clients and of the command line, and answers each exactly once.
import { chmodSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { codeOf, type Json } from '../../core/model/index.ts';
import { Connection, type ConnectionLimits, type ConnectionOwner } from './connection.ts';
import { TransportError } from './errors.ts';
import { ensureHookKey, keyPath } from './hook-key.ts';
import { peerReader, type Peer, type PeerReader } from './peer.ts';
import { fingerprint, type Answer, type ControlCall, type HookCall } from './protocol.ts';
import { claim, hiddenName, inheritedInode, inodeOf, lockPlace, prepareDirectory, release } from './socket-path.ts';

export type HookRequest = Omit<HookCall, 'kind' | 'nonce'> & { readonly peer?: Peer };
export type ControlRequest = { readonly method: string; readonly params: Json; readonly peer?: Peer };
/** A control method that fails with a code of its own throws this; anything else becomes `internal`. */
export type ControlFailure = { readonly code: string; readonly message: string };

export type SocketServerOptions = {
  /** Absolute path of the socket; the key `hook.key` lies beside it. */
  readonly path: string;
  /** Descriptor of a socket that already listens there, held by a service manager; then the file is not ours to make or remove. */
  readonly inherited?: number;
  readonly handle: (request: HookRequest) => Promise<Answer>;
  readonly control?: (request: ControlRequest) => Promise<Json>;
  /** What is said when a handler throws, is late, or the request is malformed. Must not allow anything. */
  readonly onError?: (code: string, why: string, error?: unknown) => Answer;
  readonly limits?: Partial<ConnectionLimits & { readonly connections: number; readonly heldBytes: number }>;
};

export type SocketStats = {
  readonly connections: number;
  readonly requests: number;
  readonly malformed: number;
  /** Connections turned away because there were too many. */
  readonly refused: number;
  /** Requests that the server answered because the handler did not in time. */
  readonly late: number;
  /** Replies that nobody was there to take. */
  readonly lost: number;
};

export type SocketServer = {
  readonly path: string;
  /** Fingerprint for installed hook commands. */
  readonly fingerprint: string;
  /** Why requests carry no `peer`, or undefined when they do. */
  readonly noPeer: string | undefined;
  stats(): SocketStats;
  /** False when the socket file was removed or replaced: nobody can reach this watcher any more. */
  visible(): boolean;
  close(): Promise<void>;
};

const DEFAULTS = {
  frameMs: 10_000,
  drainMs: 10_000,
  answerMs: 600_000,
  inFlight: 64,
  connections: 512,
  heldBytes: 128 * 1024 * 1024,
};

/**
 * Listens on `path`. Throws TransportError: `watcher-running` when a process listens there already (a stale socket file is
 * replaced), `socket-dir-open`, `socket-path-long`, `hook-key`, `socket-io`; with an inherited socket that others may write to or that is
 * not to be found at `path`, `socket-inherited`.
 */
export async function serveSocket(options: SocketServerOptions): Promise<SocketServer> {
  const { path } = options;
  const limits = { ...DEFAULTS, ...options.limits };
  prepareDirectory(path);
  const key = ensureHookKey(keyPath(path));
  const peers = peerReader();
  const connections = new Set<Connection>();
  const counts = { requests: 0, malformed: 0, refused: 0, late: 0, lost: 0 };
  const refusal = safeRefusal(options.onError);
  const owner: ConnectionOwner = {
    key,
    limits,
    now: () => performance.now(),
    room: () => {
      let held = 0;
      for (const each of connections) held += each.held;
      return held <= limits.heldBytes;
    },
    answer: (call, peer) => answerCall(options, refusal, call, peer),
    refusal: (code, why) => refusal(code, why),
    count: (what) => {
      counts[what]++;
    },
  };
  const server = createServer((socket) => accept(socket, owner, connections, limits.connections, peers.read));
  const unlock = lockPlace(path);
  const { inherited } = options;
  let inode: bigint | undefined;
  try {
    if (inherited === undefined) inode = await own(server, path);
    else {
      inode = inheritedInode(path);
      await listen(server, { fd: inherited }, path);
    }
  } catch (error) {
    await new Promise((done) => server.close(done));
    unlock();
    throw error;
  }
  const sweep = setInterval(
    () => {
      const now = owner.now();
      for (const each of connections) each.sweep(now);
    },
    Math.min(1_000, limits.frameMs, limits.drainMs, limits.answerMs),
  );
  sweep.unref();
  let ended = false;
  return {
    path,
    fingerprint: fingerprint(key),
    noPeer: peers.read === undefined ? peers.why : undefined,
    stats: () => ({ connections: connections.size, ...counts }),
    visible: () => inodeOf(path) === inode,
    close: async () => {
      clearInterval(sweep);
      if (inherited === undefined) release(path, inode);
      const closed = new Promise((done) => server.close(done));
      for (const each of connections) each.shutdown();
      // Whoever does not take the last reply within a second is cut off.
      const cut = setTimeout(() => connections.forEach((each) => each.socket.destroy()), 1_000);
      await closed;
      clearTimeout(cut);
      if (!ended) unlock();
      ended = true;
    },
  };
}

function accept(
  socket: Socket,
  owner: ConnectionOwner,
  all: Set<Connection>,
  max: number,
  peerOf: PeerReader | undefined,
): void {
  if (all.size >= max && !evict(all)) {
    owner.count('refused');
    socket.on('error', () => socket.destroy());
    socket.destroy();
    return;
  }
  const connection = new Connection(socket, owner, peerOf?.(socket));
  all.add(connection);
  socket.on('close', () => all.delete(connection));
}

/** Closes the connection that is idle longest, so that connections kept open cannot shut others out. False when all are at work. */
function evict(all: Set<Connection>): boolean {
  let oldest: Connection | undefined;
  for (const each of all) if (each.idle && (oldest === undefined || each.quietSince < oldest.quietSince)) oldest = each;
  if (oldest === undefined) return false;
  all.delete(oldest);
  oldest.socket.destroy();
  return true;
}

async function answerCall(
  options: SocketServerOptions,
  refusal: (code: string, why: string, error?: unknown) => Answer,
  call: HookCall | ControlCall,
  peer: Peer | undefined,
): Promise<Answer> {
  const from = peer === undefined ? {} : { peer };
  try {
    if (call.kind === 'control') return await answerControl(options, call, from);
    const { kind: _kind, nonce: _nonce, ...request } = call;
    const answer = await options.handle({ ...request, ...from });
    return isAnswer(answer) ? answer : refusal('gate-no-answer', 'the decision came in no form that can be passed on');
  } catch (error) {
    return refusal('gate-failed', 'the decision failed', error);
  }
}

async function answerControl(
  options: SocketServerOptions,
  call: ControlCall,
  from: { readonly peer?: Peer },
): Promise<Answer> {
  const failure = (code: string, message: string): Answer => ({
    stdout: '',
    stderr: JSON.stringify({ code, message }),
    exit: 1,
  });
  if (options.control === undefined) return failure('no-control', 'this watcher takes no commands over its socket');
  try {
    const result = await options.control({ method: call.method, params: call.params, ...from });
    return { stdout: JSON.stringify(result), stderr: '', exit: 0 };
  } catch (error) {
    return failure(codeOf(error) ?? 'internal', error instanceof Error ? error.message : String(error));
  }
}

/** The given `onError`, which may itself fail or allow: then a plain refusal that every command-hook host honours. */
function safeRefusal(given: SocketServerOptions['onError']): (code: string, why: string, error?: unknown) => Answer {
  return (code, why, error) => {
    const plain: Answer = {
      stdout: '',
      stderr: `holdfast: ${why}; the action was stopped; find out with \`holdfast doctor\` [${code}]\n`,
      exit: 2,
    };
    if (given === undefined) return plain;
    try {
      const answer = given(code, why, error);
      return isAnswer(answer) ? answer : plain;
    } catch (second) {
      const cause = second instanceof Error ? second.name : 'error';
      return { ...plain, stderr: plain.stderr.replace('\n', ` (and telling so failed: ${cause})\n`) };
    }
  };
}

/** Checked at run time: a handler that answers nothing must not become an exit code 0. */
function isAnswer(value: unknown): value is Answer {
  const answer = value as Partial<Answer> | null | undefined;
  return (
    typeof answer?.stdout === 'string' &&
    typeof answer.stderr === 'string' &&
    typeof answer.exit === 'number' &&
    Number.isInteger(answer.exit) &&
    answer.exit >= 0 &&
    answer.exit <= 255
  );
}

/** Makes the socket and shows it at `path`; answers its inode. */
async function own(server: Server, path: string): Promise<bigint | undefined> {
  const hidden = hiddenName(path);
  await listen(server, { path: hidden }, path);
  // Nobody sees the socket before it is private.
  chmodSync(hidden, 0o600);
  const inode = inodeOf(hidden);
  await claim(hidden, path);
  return inode;
}

function listen(server: Server, at: { path: string } | { fd: number }, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) =>
      reject(
        new TransportError(
          'socket-io',
          `cannot listen in the directory of ${path} (${codeOf(error) ?? error.message})`,
          'look at the directory',
          error,
        ),
      ),
    );
    server.listen({ ...at, backlog: 511 }, resolve);
  });
}
