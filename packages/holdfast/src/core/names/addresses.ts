// IP addresses as numbers: parsing of the canonical text forms and the network each lies in.
import type { Scope } from '../model/index.ts';

export type NetScope = Extract<Scope, 'loopback' | 'local-net' | 'metadata' | 'internet'>;

const DOT = 0x2e - 0x30;

/** Four octets of a dotted decimal address, or undefined. Other spellings are made canonical by the URL parser first. */
export function parseV4(text: string): readonly number[] | undefined {
  // Nearly every host is a name: it ends in a letter, and costs nothing here.
  const last = text.charCodeAt(text.length - 1);
  if (!(last >= 0x30 && last <= 0x39)) return undefined;
  const octets: number[] = [];
  let octet = 0;
  let digits = 0;
  for (let at = 0; at <= text.length; at++) {
    const digit = text.charCodeAt(at) - 0x30;
    if (digit >= 0 && digit <= 9 && digits < 3) {
      octet = octet * 10 + digit;
      digits++;
    } else if (digits > 0 && octet <= 255 && (at === text.length || digit === DOT) && octets.length < 4) {
      octets.push(octet);
      octet = 0;
      digits = 0;
    } else return undefined;
  }
  return octets.length === 4 ? octets : undefined;
}

/** Eight 16-bit groups of an IPv6 address without brackets and zone, or undefined. */
export function parseV6(text: string): readonly number[] | undefined {
  if (!text.includes(':')) return undefined;
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const head = hextets(halves[0] ?? '');
  const tail = halves.length === 2 ? hextets(halves[1] ?? '') : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  return [...head, ...Array.from({ length: missing }, () => 0), ...tail];
}

function hextets(text: string): number[] | undefined {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [i, part] of parts.entries()) {
    const v4 = i === parts.length - 1 && part.includes('.') ? parseV4(part) : undefined;
    if (v4 !== undefined) groups.push(((v4[0] ?? 0) << 8) | (v4[1] ?? 0), ((v4[2] ?? 0) << 8) | (v4[3] ?? 0));
    else if (/^[0-9a-fA-F]{1,4}$/.test(part)) groups.push(Number.parseInt(part, 16));
    else return undefined;
  }
  return groups;
}

// Addresses at which clouds hand out credentials of the machine: AWS, GCP, Azure, OpenStack and most others share the first.
const METADATA_V4 = new Set([
  '169.254.169.254',
  '169.254.169.253',
  '169.254.170.2',
  '169.254.170.23',
  '169.254.0.23',
  '169.254.10.10',
  '100.100.100.200',
  '168.63.129.16',
  '192.0.0.192',
]);
const METADATA_V6 = new Set([
  'fd00:ec2:0:0:0:0:0:254',
  'fd00:ec2:0:0:0:0:0:253',
  'fd00:ec2:0:0:0:0:0:23',
  'fd20:ce:0:0:0:0:0:254',
  'fd00:42:0:0:0:0:0:42',
]);

/** Scope of an IPv4 address given as four octets. */
export function scopeOfV4(octets: readonly number[]): NetScope {
  if (METADATA_V4.has(octets.join('.'))) return 'metadata';
  const [a = 0, b = 0] = octets;
  // 0.0.0.0/8 as a destination reaches this machine on Linux and macOS.
  if (a === 127 || a === 0) return 'loopback';
  if (a === 10 || (a === 172 && b >= 16 && b <= 31) || (a === 192 && b === 168)) return 'local-net';
  if ((a === 169 && b === 254) || (a === 100 && b >= 64 && b <= 127)) return 'local-net';
  // Multicast and broadcast stay on the local network unless routers are told otherwise.
  return a >= 224 && a <= 239 ? 'local-net' : octets.every((octet) => octet === 255) ? 'local-net' : 'internet';
}

/** Scope of an IPv6 address given as eight groups; embedded IPv4 addresses (mapped, compatible, NAT64, 6to4) count as what they carry. */
export function scopeOfV6(groups: readonly number[]): NetScope {
  const g = (i: number): number => groups[i] ?? 0;
  const zero = (to: number): boolean => groups.slice(0, to).every((group) => group === 0);
  const carried = (at: number): NetScope => scopeOfV4([g(at) >> 8, g(at) & 255, g(at + 1) >> 8, g(at + 1) & 255]);
  if (METADATA_V6.has(groups.map((group) => group.toString(16)).join(':'))) return 'metadata';
  if (zero(7) && g(7) <= 1) return 'loopback';
  if ((zero(5) && g(5) === 0xffff) || zero(6)) return carried(6);
  if (g(0) === 0x64 && g(1) === 0xff9b) return carried(6);
  if (g(0) === 0x2002) return carried(1);
  if ((g(0) & 0xfe00) === 0xfc00 || (g(0) & 0xffc0) === 0xfe80 || (g(0) & 0xffc0) === 0xfec0) return 'local-net';
  return (g(0) & 0xff00) === 0xff00 ? 'local-net' : 'internet';
}
