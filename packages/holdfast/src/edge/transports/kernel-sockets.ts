// What the kernel says about sockets on this machine: who listens, who is at the other end. From /proc/net, so Linux only.
import { readFileSync } from 'node:fs';

/** A listening TCP socket, or one end of a connection. `uid` is whose process made the socket. */
export type TcpSocket = {
  /** As Node writes addresses: `127.0.0.1`, `::1`; an IPv4 address in IPv6 clothes is given as IPv4. */
  readonly address: string;
  readonly port: number;
  readonly farAddress: string;
  readonly farPort: number;
  readonly listening: boolean;
  readonly uid: number;
  /** 0 when no process holds it any more. */
  readonly inode: number;
};
export type UnixSocket = { readonly path: string; readonly listening: boolean; readonly inode: number };

const LISTENING = '0A';
/** SO_ACCEPTCON in the flags of a unix socket. */
const ACCEPTS = 0x10000;

/** All TCP sockets of this network namespace; empty where the platform does not tell. */
export function tcpSockets(): readonly TcpSocket[] {
  return ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) => rows(file).flatMap(tcpRow));
}

/** All unix sockets with a path. */
export function unixSockets(): readonly UnixSocket[] {
  return rows('/proc/net/unix').flatMap((line) => {
    const found = /^\S+: \S+ \S+ ([0-9A-F]+) \S+ \S+ +(\d+) (\/.*)$/.exec(line);
    if (found === null) return [];
    const [, flags = '', inode = '', path = ''] = found;
    return [{ path, listening: (Number.parseInt(flags, 16) & ACCEPTS) !== 0, inode: Number(inode) }];
  });
}

/** Whose socket listens at that address and port; undefined when none does. */
export function listenerUid(address: string, port: number): number | undefined {
  return tcpSockets().find((one) => one.listening && one.address === address && one.port === port)?.uid;
}

/**
 * The user at the other end of a loopback connection to `port` of ours, whose own port is `farPort`. Undefined when the kernel shows no
 * such living connection: one that was closed meanwhile keeps no owner.
 */
export function callerUid(address: string, port: number, farPort: number): number | undefined {
  const found = tcpSockets().find(
    (one) =>
      !one.listening &&
      one.inode !== 0 &&
      one.address === address &&
      one.port === farPort &&
      one.farAddress === address &&
      one.farPort === port,
  );
  return found?.uid;
}

/** Lines of a table below its head; none where the file is not there, as on other platforms. */
function rows(file: string): readonly string[] {
  let text: string;
  try {
    text = readFileSync(file, 'latin1');
  } catch {
    // No table tells of no socket, and whoever asks treats that as a refusal.
    return [];
  }
  return text.split('\n').slice(1).filter(Boolean);
}

function tcpRow(line: string): readonly TcpSocket[] {
  const [, near = '', far = '', state, , , , uid, , inode] = line.trim().split(/\s+/);
  const [here, there] = [endpoint(near), endpoint(far)];
  if (here === undefined || there === undefined) return [];
  return [
    {
      address: here.address,
      port: here.port,
      farAddress: there.address,
      farPort: there.port,
      listening: state === LISTENING,
      uid: Number(uid),
      inode: Number(inode),
    },
  ];
}

/** `0100007F:55BB`: the address in words of 32 bits, each in the byte order of the machine, then the port. */
function endpoint(text: string): { readonly address: string; readonly port: number } | undefined {
  const found = /^((?:[0-9A-F]{8}){1,4}):([0-9A-F]{4})$/.exec(text);
  if (found === null) return undefined;
  const [, hex = '', port = ''] = found;
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) => {
    const four = [...Buffer.from(word, 'hex')];
    return LITTLE ? four.toReversed() : four;
  });
  return { address: addressOf(bytes), port: Number.parseInt(port, 16) };
}

const LITTLE = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
const LOOPBACK6 = `${'0,'.repeat(15)}1`;

function addressOf(bytes: readonly number[]): string {
  if (bytes.length === 4) return bytes.join('.');
  const mapped = bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 255 && bytes[11] === 255;
  if (mapped) return bytes.slice(12).join('.');
  if (bytes.join(',') === LOOPBACK6) return '::1';
  return (Buffer.from(bytes).toString('hex').match(/.{4}/g) ?? []).join(':');
}
