// Listening sockets that a service manager passed to this process (sd_listen_fds): taken once, and only what we asked it for.
import { fstatSync } from 'node:fs';
import { TransportError } from './errors.ts';
import { tcpSockets, unixSockets } from './kernel-sockets.ts';

/** Name of our descriptors in the unit (`FileDescriptorName=`). */
export const DESCRIPTOR = 'holdfast';
/** The one address that an http port may have; hosts are told it by number, so that no resolver stands between. */
export const LOOPBACK = '127.0.0.1';

const FIRST = 3;
const MOST = 8;

export type HttpSocket = {
  readonly fd: number;
  readonly port: number;
  /** Whose socket it is: root's when the system's service manager holds it. */
  readonly uid: number;
};
export type Inherited = {
  /** Descriptor of the gate socket. */
  readonly unix?: number;
  readonly http?: HttpSocket;
  /** Why sockets that were announced are not taken, in a sentence. */
  readonly notice?: string;
};

/**
 * Takes what `env` announces, and takes the announcement out of `env`, so that no child believes it. Nothing announced: nothing. Throws
 * TransportError `socket-inherited` when it is something else than the gate socket at `path` and a loopback port: a watcher that listened
 * where nobody asks would leave every agent refused, and one that listened elsewhere would be open to others.
 */
export function takeInherited(env: NodeJS.ProcessEnv, path: string, pid: number = process.pid): Inherited {
  const { LISTEN_FDS: count, LISTEN_PID: whose, LISTEN_FDNAMES: names } = env;
  for (const name of ['LISTEN_FDS', 'LISTEN_PID', 'LISTEN_FDNAMES']) delete env[name];
  if (count === undefined || whose === undefined) return {};
  if (whose !== String(pid))
    return {
      notice: `sockets that a service manager passed are not taken: they are for process ${whose.slice(0, 20)}`,
    };
  if (process.platform !== 'linux') throw bad('sockets were passed on a platform where they cannot be examined');
  if (!/^[1-9]\d{0,2}$/.test(count) || Number(count) > MOST) throw bad(`it announces ${count.slice(0, 20)} sockets`);
  const fds = Array.from({ length: Number(count) }, (_, i) => FIRST + i);
  const called = names === undefined ? fds.map(() => DESCRIPTOR) : names.split(':');
  if (called.length !== fds.length) throw bad(`it announces ${fds.length} sockets and ${called.length} names`);
  let taken: { unix?: number; http?: HttpSocket } = {};
  fds.forEach((fd, i) => {
    if (called[i] !== DESCRIPTOR) throw bad(`a socket is called ${JSON.stringify(called[i]?.slice(0, 40))}`);
    const one = examine(fd, path);
    const kind = 'http' in one ? 'http' : 'unix';
    if (taken[kind] !== undefined) throw bad(`there is more than one ${kind} socket`);
    taken = { ...taken, ...one };
  });
  return taken;
}

function examine(fd: number, path: string): { unix: number } | { http: HttpSocket } {
  let inode: number;
  try {
    const info = fstatSync(fd);
    if (!info.isSocket()) throw bad(`descriptor ${fd} is no socket`);
    inode = info.ino;
  } catch (error) {
    if (error instanceof TransportError) throw error;
    throw bad(`descriptor ${fd} is not open`, error);
  }
  const unix = unixSockets().find((one) => one.inode === inode);
  if (unix !== undefined) {
    if (!unix.listening || unix.path !== path) throw bad(`it listens on ${unix.path}, not on ${path}`);
    return { unix: fd };
  }
  const tcp = tcpSockets().find((one) => one.inode === inode);
  if (tcp === undefined || !tcp.listening) throw bad(`descriptor ${fd} is no listening stream socket`);
  if (tcp.address !== LOOPBACK)
    throw bad(`it listens on ${tcp.address}, where others can reach it, not on ${LOOPBACK}`);
  return { http: { fd, port: tcp.port, uid: tcp.uid } };
}

function bad(why: string, cause?: unknown): TransportError {
  return new TransportError(
    'socket-inherited',
    `the service manager passed sockets that are not ours: ${why}`,
    'write the units anew with `holdfast init --service`',
    cause,
  );
}
