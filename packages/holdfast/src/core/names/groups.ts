// Named lists of settings, compiled once: which groups a path, host, program or party is a member of.
import { isTrusting } from '../model/index.ts';
import { foldSegment, foldSegments } from './fold.ts';
import { expandBraces } from './glob.ts';
import { addHost, matchHosts, newHosts, type HostTrie } from './host-trie.ts';
import { addName, matchNames, newNames, type NameIndex } from './name-index.ts';
import { addPattern, marksBelow, matchOn, matchTrie, newNode, startTrie, type TrieNode } from './path-trie.ts';
import { isWithin, segments, type NamePlace } from './paths.ts';

export type EntryKind = 'path' | 'host' | 'program' | 'party';

/**
 * Compiled groups. Entries of one list may be
 * paths `/etc/shadow`, `~/.ssh/**` (any user's home), `./secrets/**` (the workspace), `**` + `/.env` (anywhere) ·
 * hosts `example.org`, `*.example.org` (all below it), `example.org:8443`, `[::1]` ·
 * programs `docker`, `kubectl*` · parties `*@example.org`, `#ops`, `github.com/acme/*`;
 * `path:`, `host:`, `program:` or `party:` in front says which where the text does not; a leading `!` takes members out again.
 */
export type GroupIndex = {
  readonly names: readonly string[];
  /** Entries that mean nothing, as `group: entry`; the settings edge refuses them, here they are left out. */
  readonly refused: readonly string[];
  readonly paths: Tries;
  /** Lists that trust: compared exactly, never folded. */
  readonly trusted: Tries;
  readonly hosts: HostTrie;
  readonly programs: NameIndex;
  readonly parties: NameIndex;
  /** Fold of places seen lately; a cache, not state. */
  readonly homes: Map<string, readonly string[]>;
  /** Where walks below the workspace asked about last begin; a cache, not state. */
  readonly below: { last: Start | undefined };
};

/** What all paths below one workspace have in common: the nodes that its own segments lead to. */
type Start = NamePlace & {
  readonly marks: readonly number[];
  readonly root: readonly TrieNode[];
  readonly ofHome: readonly TrieNode[];
  readonly ofWorkspace: readonly TrieNode[];
};

type Tries = { readonly root: TrieNode; readonly home: TrieNode; readonly workspace: TrieNode; size: number };

// Marks are group numbers; negative ones (-1 - number) take a member out again.
const out = (mark: number): number => -1 - mark;
const NONE: readonly string[] = Object.freeze([]);

/** Compiles `groups`. Total: what cannot be read as an entry lands in `refused`. */
export function compileGroups(groups: { readonly [group: string]: readonly string[] }): GroupIndex {
  const names = Object.keys(groups);
  const refused: string[] = [];
  const index: GroupIndex = {
    names,
    refused,
    paths: newTries(),
    trusted: newTries(),
    hosts: newHosts(),
    programs: newNames(),
    parties: newNames(),
    homes: new Map(),
    below: { last: undefined },
  };
  names.forEach((group, number) => {
    for (const entry of groups[group] ?? []) {
      const parsed = parseEntry(entry);
      if (parsed === undefined) {
        refused.push(`${group}: ${entry}`);
        continue;
      }
      const mark = parsed.not ? out(number) : number;
      for (const text of expandBraces(parsed.text)) {
        if (parsed.kind === 'path') addPath(index, isTrusting(group), text, mark);
        else if (parsed.kind === 'host') addHost(index.hosts, text, mark);
        else addName(parsed.kind === 'program' ? index.programs : index.parties, text, mark);
      }
    }
  });
  return index;
}

/** How one entry of a list is read, or undefined when it means nothing. */
export function parseEntry(
  entry: string,
): { readonly kind: EntryKind; readonly text: string; readonly not: boolean } | undefined {
  const not = entry.startsWith('!');
  const body = (not ? entry.slice(1) : entry).trim();
  if (body === '' || body.includes('\0')) return undefined;
  const named = /^(path|host|program|party):(.+)$/.exec(body);
  const kind = (named?.[1] as EntryKind | undefined) ?? kindOf(body);
  const text = named?.[2] ?? body;
  if (kind === 'path' && !/^(?:\/|~\/|~$|\.\/|\*\*\/)/.test(text)) return undefined;
  if (kind === 'path' && /(?:^|\/)\.\.(?:\/|$)/.test(text)) return undefined;
  return kind === undefined ? undefined : { kind, text, not };
}

function kindOf(text: string): EntryKind | undefined {
  if (/^(?:\/|~|\.\/|\*\*\/)/.test(text)) return 'path';
  if (text.includes('@') || text.startsWith('#')) return 'party';
  if (text.includes('/')) return /^[^/]+\.[^/]+\//.test(text) ? 'party' : undefined;
  if (/[.:]/.test(text) || text === 'localhost') return 'host';
  return 'program';
}

function newTries(): Tries {
  return { root: newNode(), home: newNode(), workspace: newNode(), size: 0 };
}

function addPath(index: GroupIndex, trusting: boolean, text: string, mark: number): void {
  const tries = trusting ? index.trusted : index.paths;
  tries.size++;
  const parts = text.split('/').filter((part, i) => part !== '' && part !== '.' && !(i === 0 && part === '~'));
  const keys = trusting ? parts : parts.map((part) => (part === '**' ? part : foldSegment(part)));
  const root = text.startsWith('~') ? tries.home : text.startsWith('./') ? tries.workspace : tries.root;
  addPattern(root, keys, mark);
}

/** Groups of an absolute path in normal form. Protecting lists compare folded names and know every user's home; trusting ones neither. */
export function groupsOfPath(index: GroupIndex, place: NamePlace, path: string): readonly string[] {
  const marks: number[] = [];
  const start = isBelow(place.workspace, path) ? startOf(index, place) : undefined;
  if (start === undefined) collect(index, place, path, matchTrie, marks);
  else {
    const rest = path.slice(place.workspace.length + 1);
    const parts = rest.split('/');
    foldSegments(rest, parts);
    for (let i = 0; i < start.marks.length; i++) marks.push(start.marks[i]!);
    matchOn(start.root, parts, 0, marks);
    matchOn(start.ofHome, parts, 0, marks);
    matchOn(start.ofWorkspace, parts, 0, marks);
  }
  if (index.trusted.size > 0) {
    const parts = segments(path);
    matchTrie(index.trusted.root, parts, 0, marks);
    if (isWithin(place.home, path)) matchTrie(index.trusted.home, parts, segments(place.home).length, marks);
    if (isWithin(place.workspace, path))
      matchTrie(index.trusted.workspace, parts, segments(place.workspace).length, marks);
  }
  return namesOf(index, marks);
}

/** Protecting groups that have, or may have, members below `path`: what deleting or moving that whole tree would touch. */
export function groupsBelow(index: GroupIndex, place: NamePlace, path: string): readonly string[] {
  const marks: number[] = [];
  collect(index, place, path, marksBelow, marks);
  // Above a home or a workspace everything that is anchored there is below.
  const above = (inner: string): boolean => isWithin(path, inner);
  if (above(place.home) || path === '/home' || path === '/Users') marksBelow(index.paths.home, [], 0, marks);
  if (above(place.workspace)) marksBelow(index.paths.workspace, [], 0, marks);
  return namesOf(
    index,
    marks.filter((mark) => mark >= 0),
  );
}

type Walk = typeof matchTrie;

function collect(index: GroupIndex, place: NamePlace, path: string, walk: Walk, marks: number[]): void {
  const parts = segments(path);
  foldSegments(path, parts);
  walk(index.paths.root, parts, 0, marks);
  const home = homeDepth(parts, folded(index, place.home));
  if (home >= 0) walk(index.paths.home, parts, home, marks);
  if (index.paths.workspace.next.size > 0 || index.paths.workspace.deep !== undefined) {
    const workspace = folded(index, place.workspace);
    if (startsWith(parts, workspace)) walk(index.paths.workspace, parts, workspace.length, marks);
  }
}

function isBelow(root: string, path: string): boolean {
  return root.length > 1 && path.length > root.length + 1 && isWithin(root, path);
}

/** The start for a place, or undefined where the home may lie below the workspace: paths then differ in where the home begins. */
function startOf(index: GroupIndex, place: NamePlace): Start | undefined {
  const { last } = index.below;
  if (last !== undefined && last.workspace === place.workspace && last.home === place.home) return last;
  const parts = folded(index, place.workspace);
  const home = folded(index, place.home);
  if (parts.length < 2 || (home.length > parts.length && startsWith(home, parts))) return undefined;
  const marks: number[] = [];
  const root = startTrie(index.paths.root, parts, 0, marks);
  const depth = homeDepth(parts, home);
  const start: Start = {
    home: place.home,
    workspace: place.workspace,
    root,
    ofHome: depth < 0 ? [] : startTrie(index.paths.home, parts, depth, marks),
    ofWorkspace: startTrie(index.paths.workspace, [], 0, marks),
    marks,
  };
  index.below.last = start;
  return start;
}

/** How many segments of `parts` name a home directory – the place's own or anybody's by custom – or -1. */
function homeDepth(parts: readonly string[], home: readonly string[]): number {
  if (home.length > 0 && startsWith(parts, home)) return home.length;
  const first = parts[0];
  if (first === 'root') return 1;
  if ((first === 'home' || first === 'users') && parts.length > 1) return 2;
  if (first === 'var' && parts[1] === 'root') return 2;
  return -1;
}

function startsWith(parts: readonly string[], prefix: readonly string[]): boolean {
  if (parts.length < prefix.length) return false;
  for (let i = 0; i < prefix.length; i++) if (parts[i] !== prefix[i]) return false;
  return true;
}

const PLACES = 64;

function folded(index: GroupIndex, path: string): readonly string[] {
  let parts = index.homes.get(path);
  if (parts === undefined) {
    parts = segments(path).map(foldSegment);
    if (index.homes.size >= PLACES) index.homes.clear();
    index.homes.set(path, parts);
  }
  return parts;
}

/** Groups of a host name in WHATWG form (lower case, punycode, no brackets needed, no trailing dot), with its port if one was named. */
export function groupsOfHost(index: GroupIndex, host: string, port?: number): readonly string[] {
  const marks: number[] = [];
  matchHosts(index.hosts, host, port, marks);
  return namesOf(index, marks);
}

/** Groups of a program by its base name. */
export function groupsOfProgram(index: GroupIndex, name: string): readonly string[] {
  const marks: number[] = [];
  matchNames(index.programs, name, marks);
  return namesOf(index, marks);
}

/** Groups of a recipient, channel or repository in the form that `parties.ts` gives it. */
export function groupsOfParty(index: GroupIndex, name: string): readonly string[] {
  const marks: number[] = [];
  matchNames(index.parties, name, marks);
  return namesOf(index, marks);
}

function namesOf(index: GroupIndex, marks: readonly number[]): readonly string[] {
  if (marks.length === 0) return NONE;
  const names: string[] = [];
  for (const mark of marks) {
    const name = index.names[mark];
    if (mark >= 0 && name !== undefined && !marks.includes(out(mark))) names.push(name);
  }
  return names;
}
