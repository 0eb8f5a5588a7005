// Who is at the other end of a unix socket, from the kernel: a hint where the platform gives one, never the wall.
import { createRequire } from 'node:module';
import type { Socket } from 'node:net';

export type Peer = { readonly pid: number; readonly uid: number };
export type PeerReader = (socket: Socket) => Peer | undefined;

const SOL_SOCKET = 1;
const SO_PEERCRED = 17;

/**
 * A reader of peer credentials, or the reason why there is none. Node has no SO_PEERCRED: koffi, an optional dependency,
 * calls getsockopt on the descriptor inside the socket's handle, which is no public interface; so it is tried, not relied on.
 */
export function peerReader(): { readonly read: PeerReader } | { readonly read: undefined; readonly why: string } {
  if (process.platform !== 'linux') return { read: undefined, why: `not known how on ${process.platform}` };
  try {
    type Library = { func(declaration: string): (...args: unknown[]) => number };
    const koffi = createRequire(import.meta.url)('koffi') as { load(name: null): Library };
    const getsockopt = koffi.load(null).func('int getsockopt(int fd, int level, int name, void *value, void *size)');
    const credentials = Buffer.alloc(12);
    const size = Buffer.alloc(4);
    const read: PeerReader = (socket) => {
      const fd = (socket as unknown as { _handle?: { fd?: unknown } })._handle?.fd;
      if (typeof fd !== 'number' || fd < 0) return undefined;
      size.writeInt32LE(12);
      if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, credentials, size) !== 0 || size.readInt32LE() !== 12)
        return undefined;
      const pid = credentials.readInt32LE(0);
      // Another pid namespace is pid 0: nothing that could be looked up here.
      return pid > 0 ? { pid, uid: credentials.readUInt32LE(4) } : undefined;
    };
    return { read };
  } catch (error) {
    return {
      read: undefined,
      why: `koffi does not load (${error instanceof Error ? error.message.split('\n')[0] : 'error'})`,
    };
  }
}
