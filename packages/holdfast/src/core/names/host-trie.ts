// A trie over host labels from the right: exact hosts, `*.` for everything below a domain, with or without a port.

type HostNode = { readonly next: Map<string, HostNode>; readonly here: PortMark[]; readonly below: PortMark[] };
type PortMark = { readonly port: number | undefined; readonly mark: number };
export type HostTrie = HostNode;

export function newHosts(): HostTrie {
  return { next: new Map(), here: [], below: [] };
}

/** Adds `host`, `host:port`, `*.host` or `*.host:port`; `*` alone is every host. Without a port any port matches. */
export function addHost(root: HostTrie, entry: string, mark: number): void {
  const { host, port } = splitPort(entry.toLowerCase());
  const labels = hostLabels(host);
  const below = labels[0] === '*';
  let node = root;
  for (let i = labels.length - 1; i >= (below ? 1 : 0); i--) {
    const label = labels[i] ?? '';
    let next = node.next.get(label);
    if (next === undefined) node.next.set(label, (next = newHosts()));
    node = next;
  }
  (below ? node.below : node.here).push({ port, mark });
}

/** Collects the marks of all entries that match, each once. */
export function matchHosts(root: HostTrie, host: string, port: number | undefined, into: number[]): void {
  const labels = hostLabels(host);
  let node: HostNode | undefined = root;
  for (let i = labels.length - 1; i >= 0; i--) {
    take(node.below, port, into);
    node = node.next.get(labels[i] ?? '');
    if (node === undefined) return;
  }
  take(node.here, port, into);
}

function take(list: readonly PortMark[], port: number | undefined, into: number[]): void {
  for (const entry of list) {
    if ((entry.port === undefined || entry.port === port) && !into.includes(entry.mark)) into.push(entry.mark);
  }
}

// An IP address is one label: its parts are no domains of each other.
function hostLabels(host: string): string[] {
  const bare = host.startsWith('[') ? host.slice(1, host.endsWith(']') ? -1 : undefined) : host;
  if (bare.includes(':') || /^[0-9]+(?:\.[0-9]+){3}$/.test(bare)) return [bare];
  return (bare.endsWith('.') ? bare.slice(0, -1) : bare).split('.');
}

function splitPort(entry: string): { host: string; port: number | undefined } {
  const found = /^(\[[^\]]*\]|[^:]*):([0-9]{1,5})$/.exec(entry);
  if (found === null) return { host: entry, port: undefined };
  return { host: found[1] ?? '', port: Number(found[2]) };
}
