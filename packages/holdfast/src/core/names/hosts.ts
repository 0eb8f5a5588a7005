// Hosts: one reading of a URL, host or host:port, the network it lies in, and what is odd about how it was written.
import type { Finding, FindingCode, Span, Target } from '../model/index.ts';
import { parseV4, parseV6, scopeOfV4, scopeOfV6, type NetScope } from './addresses.ts';
import { groupsOfHost, type GroupIndex } from './groups.ts';
import { confusableLabel } from './idn.ts';

export type HostName = {
  /** Lower case, punycode, canonical address, without trailing dot; an IPv6 address without brackets. */
  readonly host: string;
  /** Where one was named and it is not the scheme's own. */
  readonly port: number | undefined;
  readonly scope: NetScope;
  /** Codes of findings about how it was written: `host.userinfo`, `host.disguised-address`, … */
  readonly odd: readonly FindingCode[];
};

const DEFAULT_PORT: { readonly [scheme: string]: number } = {
  // The null prototype keeps `constructor:` from being a scheme.
  __proto__: null as never,
  http: 80,
  https: 443,
  ws: 80,
  wss: 443,
  ftp: 21,
  ftps: 990,
  ssh: 22,
  sftp: 22,
  git: 9418,
};
// DNS names end at 253 characters; user name and password may stand before one.
const LONGEST = 2_048;
// Schemes that name no host; their targets are paths, texts or recipients.
const NO_HOST = new Set(['file', 'data', 'javascript', 'mailto', 'blob', 'about', 'urn', 'tel', 'unix', 'vbscript']);

/**
 * Reads `text` – a URL, `host`, `host:port`, `host/path` or `[v6]:port` – as the WHATWG parser does, or says why it
 * cannot be known. Where parsers are known to disagree (backslash, two `@`, controls, NUL) nothing is guessed.
 */
export function readHost(text: string): HostName | { readonly unknown: string } {
  // One address is asked about several times: how it was written, where it leads, once for each effect.
  const before = READ.get(text);
  if (before !== undefined) return before;
  const read = readAddress(text);
  if (READ.size >= MOST_READ) READ.clear();
  if (text.length <= LONGEST) READ.set(text, read);
  return read;
}

/** What was read lately. A cache, not state. */
const READ = new Map<string, HostName | { readonly unknown: string }>();
const MOST_READ = 16;

function readAddress(text: string): HostName | { readonly unknown: string } {
  if (text.includes('\0')) return { unknown: 'a host with a NUL' };
  // eslint-disable-next-line no-control-regex -- these are exactly the characters that URL parsers drop silently
  if (/[\u0000-\u0020\u007f-\u00a0\u2028\u2029]/.test(text.trim()))
    return { unknown: 'a host with white space or control characters' };
  const trimmed = text.trim();
  const scheme = /^([a-zA-Z][a-zA-Z0-9+.-]*):/.exec(trimmed);
  let rest = trimmed;
  let name = '';
  if (scheme !== null && trimmed.startsWith('//', scheme[0].length)) {
    name = (scheme[1] ?? '').toLowerCase();
    rest = trimmed.slice(scheme[0].length + 2);
  } else if (scheme !== null && NO_HOST.has((scheme[1] ?? '').toLowerCase())) {
    return { unknown: `a ${(scheme[1] ?? '').toLowerCase()} address names no host` };
  } else if (trimmed.startsWith('//')) {
    rest = trimmed.slice(2);
  } else if (scheme !== null && /^https?:\/?[^/0-9]/i.test(trimmed)) {
    // The URL parser takes `https:example.org` for `https://example.org`.
    name = (scheme[1] ?? '').toLowerCase();
    rest = trimmed.slice(scheme[0].length).replace(/^\//, '');
  }
  if (NO_HOST.has(name)) return { unknown: `a ${name} address names no host` };
  return readAuthority(rest, name);
}

function readAuthority(rest: string, scheme: string): HostName | { readonly unknown: string } {
  // More slashes than two are skipped by browsers and Node, and refused or kept by others.
  if (rest.startsWith('/') || rest === '') return { unknown: 'an address without a host' };
  const end = rest.search(/[/?#]/);
  const authority = end < 0 ? rest : rest.slice(0, end);
  if (authority.length > LONGEST) return { unknown: 'a host longer than any name' };
  if (authority.includes('\\')) return { unknown: 'a host with a backslash, which programs read differently' };
  const at = authority.indexOf('@');
  if (at !== authority.lastIndexOf('@')) return { unknown: 'a host with two @, which programs read differently' };
  let written = authority.slice(at + 1);
  const zone = written.indexOf('%');
  if (zone >= 0 && written.includes(':'))
    written = written.slice(0, zone) + (written.startsWith('[') ? written.slice(written.indexOf(']')) : '');
  if (!written.startsWith('[') && parseV6(written) !== undefined) written = `[${written}]`;
  const name = hostName(written);
  if (name === undefined) return { unknown: 'text that is no valid host' };
  if (name === '') return { unknown: 'an address without a host' };
  const canonical = name.replace(/\.+$/, '');
  const host = canonical.startsWith('[') ? canonical.slice(1, -1) : canonical;
  if (host === '') return { unknown: 'text that is no valid host' };
  // `http://` drops :80 even where the scheme was another one, so the port is read from the text.
  const named = /:([0-9]{1,5})$/.exec(written.slice(written.lastIndexOf(']') + 1))?.[1];
  const port = named === undefined || Number(named) === DEFAULT_PORT[scheme] ? undefined : Number(named);
  return {
    host,
    port,
    scope: scopeOfHost(host),
    odd: oddities(written, host, at >= 0 && scheme !== 'ssh' && scheme !== 'git'),
  };
}

/** A name that every parser reads as it is written: lower case, no punycode, and a last label that begins no number. */
const PLAIN = /^(?:[a-z0-9-]+\.)*[a-z][a-z0-9-]*$/;
const PORT = /^[0-9]{1,4}$/;

/** Host of `name`, `name:port` or `[v6]:port` in WHATWG form; undefined when it is none. */
function hostName(written: string): string | undefined {
  const colon = written.indexOf(':');
  const name = colon < 0 ? written : written.slice(0, colon);
  // What is in that form already spares the parser.
  if ((colon < 0 || PORT.test(written.slice(colon + 1))) && (isPlainName(name) || parseV4(name)?.join('.') === name))
    return name;
  try {
    return new URL(`http://${written}/`).hostname;
  } catch {
    // What a URL parser refuses names no host.
    return undefined;
  }
}

function isPlainName(name: string): boolean {
  return PLAIN.test(name) && !name.includes('xn--');
}

const METADATA_NAMES = new Set([
  'metadata',
  'metadata.google.internal',
  'metadata.goog',
  'instance-data',
  'instance-data.ec2.internal',
  'metadata.tencentyun.com',
  'metadata.azure.internal',
  'metadata.platformequinix.com',
  'metadata.packet.net',
]);
const LOCAL_SUFFIX = /\.(?:local|lan|internal|intranet|corp|home|private|home\.arpa|localdomain|test)$/;

/** Network of a canonical host name; a name is judged as text, what it resolves to is a fact of its own (`strictest`). */
export function scopeOfHost(host: string): NetScope {
  const v4 = parseV4(host);
  if (v4 !== undefined) return scopeOfV4(v4);
  const v6 = host.includes(':') ? parseV6(host) : undefined;
  if (v6 !== undefined) return scopeOfV6(v6);
  if (METADATA_NAMES.has(host)) return 'metadata';
  if (/^(?:localhost|ip6-localhost|ip6-loopback|localhost\.localdomain|localhost6)$|\.localhost$/.test(host))
    return 'loopback';
  return !host.includes('.') || LOCAL_SUFFIX.test(host) ? 'local-net' : 'internet';
}

const STRICT: Record<NetScope, number> = { internet: 0, loopback: 1, 'local-net': 2, metadata: 3 };

/** The scope a name has once its addresses are known: a public name that leads inside counts as what it leads to. */
export function strictest(scope: NetScope, addresses: readonly string[]): NetScope {
  let most = scope;
  for (const address of addresses) {
    const found = scopeOfHost(address);
    if (STRICT[found] > STRICT[most]) most = found;
  }
  return most;
}

/** Host target for a URL, host or host:port; `addresses` are those it resolves to, where they were observed. Unreadable ▶ unknown. */
export function hostTarget(index: GroupIndex, text: string, addresses: readonly string[] = []): Target {
  const read = readHost(text);
  if ('unknown' in read) return { type: 'unknown', name: read.unknown, groups: [] };
  const shown = read.host.includes(':') ? `[${read.host}]` : read.host;
  return {
    type: 'host',
    name: read.port === undefined ? shown : `${shown}:${read.port}`,
    scope: strictest(read.scope, addresses),
    groups: groupsOfHost(index, read.host, read.port ?? portOf(text)),
  };
}

function portOf(text: string): number | undefined {
  const scheme = /^([a-zA-Z][a-zA-Z0-9+.-]*):\/\//.exec(text.trim())?.[1]?.toLowerCase();
  return scheme === undefined ? undefined : DEFAULT_PORT[scheme];
}

function oddities(written: string, host: string, userinfo: boolean): FindingCode[] {
  const odd: FindingCode[] = [];
  if (userinfo) odd.push('host.userinfo');
  const bare = written.replace(/:[0-9]{1,5}$/, '').replace(/\.$/, '');
  if (parseV4(host) !== undefined && bare !== host) odd.push('host.disguised-address');
  else if (parseV6(host) !== undefined && scopeOfHost(host) !== 'internet' && /ffff|64:ff9b|\./i.test(bare))
    odd.push('host.disguised-address');
  else if (bare.includes('%') || (/[\u0080-\uffff]/.test(bare) && !host.includes('xn--')))
    odd.push('host.disguised-name');
  const doubt = host.includes('xn--')
    ? host
        .split('.')
        .map(confusableLabel)
        .find((code) => code !== undefined)
    : undefined;
  if (doubt !== undefined) odd.push(doubt);
  return odd;
}

const SEVERITY: { readonly [code in FindingCode]?: Finding['severity'] } = {
  'host.userinfo': 'medium',
  'host.disguised-address': 'high',
  'host.disguised-name': 'high',
  'host.mixed-script': 'high',
  'host.confusable': 'high',
};

const NONE: readonly never[] = [];
/** Plain letters to the end of the name: nothing that could be odd. Only spares the reading. */
const ORDINARY =
  /^(?:[a-z]{1,8}:\/\/)?(?!xn--)(?:[a-z0-9-]{1,63}\.(?!xn--)){0,8}[a-z][a-z-]{0,62}(?::\d{1,5})?(?:[/?#]|$)/;

/** Findings about how a host was written; none for an ordinary or an unreadable one. */
export function hostFindings(text: string, span: Span): readonly Finding[] {
  if (ORDINARY.test(text)) return NONE;
  const read = readHost(text);
  if ('unknown' in read) return NONE;
  return read.odd.map((code) => ({
    code,
    severity: SEVERITY[code] ?? 'medium',
    by: 'lower',
    span,
    evidence: [read.host],
  }));
}
