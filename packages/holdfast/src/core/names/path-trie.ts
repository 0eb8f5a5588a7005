// A trie over path segments: all path globs of all groups, matched in one walk over a path.
import { globMatch, isWild } from './glob.ts';

/** `tail`: last UTF-16 unit of the pattern, 0 where that is a wildcard; most names fail on it without a match being tried. */
type Wild = { readonly pattern: string; readonly tail: number; readonly node: TrieNode };

export type TrieNode = {
  /** It stands behind a `**`: any number of segments may pass before its children match. */
  readonly skips: boolean;
  /** Next segment as literal text. */
  readonly next: Map<string, TrieNode>;
  /** Next segment as `*.ext`, by the extension with its dot. */
  readonly byExtension: Map<string, TrieNode>;
  /** Next segment with other wildcards, by its first UTF-16 unit; 0 where that is itself a wildcard. */
  readonly byFirst: Map<number, Wild[]>;
  /** The node behind a `**` that follows here. */
  deep: TrieNode | undefined;
  /** Marks of patterns that end here. */
  readonly here: number[];
  /** Marks of patterns that end in `**` here: this path itself and everything below it. */
  readonly below: number[];
};

export function newNode(skips = false): TrieNode {
  return { skips, next: new Map(), byExtension: new Map(), byFirst: new Map(), deep: undefined, here: [], below: [] };
}

const EXTENSION = /^\*(\.[^.*?]+)$/;

/** Adds one pattern given as segments; `**` may stand anywhere. Marks are the caller's numbers. */
export function addPattern(root: TrieNode, parts: readonly string[], mark: number): void {
  let node = root;
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i] ?? '';
    if (part !== '**') {
      node = isWild(part) ? wildChild(node, part) : child(node.next, part);
    } else if (i < parts.length - 1) {
      // Two in a row mean the same as one.
      node = node.skips ? node : (node.deep ??= newNode(true));
    } else {
      add(node.below, mark);
      return;
    }
  }
  add(node.here, mark);
}

function child<K>(map: Map<K, TrieNode>, key: K): TrieNode {
  let node = map.get(key);
  if (node === undefined) map.set(key, (node = newNode()));
  return node;
}

function wildChild(node: TrieNode, pattern: string): TrieNode {
  const extension = EXTENSION.exec(pattern)?.[1];
  if (extension !== undefined) return child(node.byExtension, extension);
  const first = isWild(pattern.charAt(0)) ? 0 : pattern.charCodeAt(0);
  let list = node.byFirst.get(first);
  if (list === undefined) node.byFirst.set(first, (list = []));
  let found = list.find((entry) => entry.pattern === pattern);
  if (found === undefined) {
    const tail = isWild(pattern.charAt(pattern.length - 1)) ? 0 : pattern.charCodeAt(pattern.length - 1);
    list.push((found = { pattern, tail, node: newNode() }));
  }
  return found.node;
}

function add(marks: number[], mark: number): void {
  if (!marks.includes(mark)) marks.push(mark);
}

/**
 * Collects into `into`, each once, the marks of all patterns that match the segments `parts[from…]`.
 * Work: segments × nodes reachable at once, which is a handful unless patterns hold many `**`.
 */
export function matchTrie(root: TrieNode, parts: readonly string[], from: number, into: number[]): void {
  const active: TrieNode[] = [];
  enter(root, active, into, parts.length === from);
  matchOn(active, parts, from, into);
}

/** The nodes reached behind `parts[from…]` where more segments follow, and into `into` the marks that hold for all that follows. */
export function startTrie(root: TrieNode, parts: readonly string[], from: number, into: number[]): readonly TrieNode[] {
  let active: TrieNode[] = [];
  enter(root, active, into, false);
  for (let i = from; i < parts.length && active.length > 0; i++) {
    const after: TrieNode[] = [];
    for (const node of active) step(node, parts[i] ?? '', false, after, into);
    active = after;
  }
  return active;
}

/** Goes on from `active`, the nodes that `startTrie` reached, over `parts[from…]`. */
export function matchOn(active: readonly TrieNode[], parts: readonly string[], from: number, into: number[]): void {
  let nodes = active;
  for (let i = from; i < parts.length && nodes.length > 0; i++) {
    const part = parts[i] ?? '';
    const last = i === parts.length - 1;
    const after: TrieNode[] = [];
    for (let at = 0; at < nodes.length; at++) step(nodes[at]!, part, last, after, into);
    nodes = after;
  }
}

function step(node: TrieNode, part: string, last: boolean, after: TrieNode[], into: number[]): void {
  const literal = node.next.get(part);
  if (literal !== undefined) enter(literal, after, into, last);
  if (node.byExtension.size > 0) {
    const dot = part.lastIndexOf('.');
    const found = dot < 0 ? undefined : node.byExtension.get(part.slice(dot));
    if (found !== undefined) enter(found, after, into, last);
  }
  if (node.byFirst.size > 0) {
    tryWild(node.byFirst.get(part.charCodeAt(0)), part, last, after, into);
    tryWild(node.byFirst.get(0), part, last, after, into);
  }
  if (node.skips && !last && !after.includes(node)) after.push(node);
}

function tryWild(
  list: readonly Wild[] | undefined,
  part: string,
  last: boolean,
  after: TrieNode[],
  into: number[],
): void {
  if (list === undefined) return;
  const tail = part.charCodeAt(part.length - 1);
  for (const entry of list) {
    if (entry.tail !== 0 && entry.tail !== tail) continue;
    if (!last && isLeaf(entry.node)) continue;
    if (globMatch(entry.pattern, part)) enter(entry.node, after, into, last);
  }
}

/** Nothing can match below it, so it matters for a last segment only. */
function isLeaf(node: TrieNode): boolean {
  return (
    node.next.size === 0 &&
    node.byExtension.size === 0 &&
    node.byFirst.size === 0 &&
    node.deep === undefined &&
    node.below.length === 0
  );
}

function enter(node: TrieNode, after: TrieNode[], into: number[], last: boolean): void {
  if (after.includes(node)) return;
  for (const mark of node.below) add(into, mark);
  if (last) for (const mark of node.here) add(into, mark);
  after.push(node);
  if (node.deep !== undefined && !after.includes(node.deep)) after.push(node.deep);
}

/**
 * Collects the marks of all patterns that could match something below the literal path `parts[from…]`: what a change of
 * that whole tree would touch. Patterns that hold everywhere (`**` before any name) are left out: they say nothing of a place.
 */
export function marksBelow(root: TrieNode, parts: readonly string[], from: number, into: number[]): void {
  let active: TrieNode[] = [root];
  for (let i = from; i < parts.length && active.length > 0; i++) {
    const after: TrieNode[] = [];
    for (const node of active) {
      const part = parts[i] ?? '';
      const literal = node.next.get(part);
      if (literal !== undefined) after.push(literal);
      const dot = part.lastIndexOf('.');
      const found = dot < 0 ? undefined : node.byExtension.get(part.slice(dot));
      if (found !== undefined) after.push(found);
      for (const list of node.byFirst.values()) {
        for (const entry of list) if (globMatch(entry.pattern, part)) after.push(entry.node);
      }
    }
    active = after;
  }
  for (const node of active) subtree(node, into, node === root);
}

function subtree(node: TrieNode, into: number[], top: boolean): void {
  for (const mark of node.below) add(into, mark);
  for (const mark of node.here) add(into, mark);
  for (const next of node.next.values()) subtree(next, into, false);
  for (const next of node.byExtension.values()) subtree(next, into, false);
  for (const list of node.byFirst.values()) for (const entry of list) subtree(entry.node, into, false);
  if (node.deep !== undefined && !top) subtree(node.deep, into, false);
}
