// Who is at the other end of a unix socket, from the kernel: a hint where the native addon is there, never the wall.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { nativePart } from './native-part.ts';

export type Peer = { readonly pid: number; readonly uid: number };
export type PeerReader = (socket: Socket) => Peer | undefined;
/** A reader of peer credentials, or the reason why there is none. */
export type Peers = { readonly read: PeerReader } | { readonly read: undefined; readonly why: string };

const FILE = 'holdfast-peer.node';
/** Node-API's first version has all that the addon uses; a Node without any could not load it. */
const NODE_API = 1;

/**
 * Loads native/peer.c, because Node has no SO_PEERCRED. Whatever is wrong with the addon is a reason, never an exception;
 * and as loading a damaged file can end the whole process, only the bytes that native/build.mjs tried out are loaded.
 * The descriptor comes from inside the socket's handle, which is no public interface: without one there is no peer.
 */
export function peerReader(path = nativePart(FILE)): Peers {
  try {
    const why = path === undefined ? 'the native addon was not built' : unfit(path);
    if (why !== undefined || path === undefined) return { read: undefined, why: why ?? '' };
    const addon: { exports: { readonly peer?: unknown } } = { exports: {} };
    process.dlopen(addon, path);
    const { peer } = addon.exports;
    if (typeof peer !== 'function') return { read: undefined, why: `${path} has no function peer` };
    return { read: (socket) => known((peer as (fd: number) => unknown)(descriptor(socket))) };
  } catch (error) {
    const text = error instanceof Error ? error.message.split('\n')[0] : 'error';
    return { read: undefined, why: `the native addon does not load (${text})` };
  }
}

/** Why the addon at `path` is not to be loaded. Throws what reading throws. */
function unfit(path: string): string | undefined {
  if (process.platform !== 'linux' && process.platform !== 'darwin') return `not known how on ${process.platform}`;
  if (!(Number(process.versions['napi']) >= NODE_API)) return 'this Node has no Node-API';
  const [, stamped] = readFileSync(`${path}.stamp`, 'utf8').trim().split(' ');
  const digest = createHash('sha256').update(readFileSync(path)).digest('hex');
  return digest === stamped ? undefined : `${path} is not what was built`;
}

/** -1, for which there is never a peer, when the socket does not show one. */
function descriptor(socket: Socket): number {
  const fd = (socket as unknown as { readonly _handle?: { readonly fd?: unknown } | null })._handle?.fd;
  return typeof fd === 'number' && Number.isInteger(fd) && fd >= 0 && fd < 2 ** 31 ? fd : -1;
}

/** A process of another pid namespace is pid 0: nothing that could be looked up here. */
function known(value: unknown): Peer | undefined {
  const { pid, uid } = (value ?? {}) as { readonly pid?: unknown; readonly uid?: unknown };
  return typeof pid === 'number' && typeof uid === 'number' && pid > 0 ? { pid, uid } : undefined;
}
