// Inclusion and consistency proofs of RFC 9162 §2.1.3 and §2.1.4: made from leaf hashes, checked from roots alone.
import type { RawHash } from '../model/index.ts';
import { EMPTY_ROOT, Frontier, nodeHash } from './merkle.ts';

/** Largest power of two below `size` (size > 1): where RFC 9162 splits a tree. */
function split(size: number): number {
  let k = 1;
  while (k * 2 < size) k *= 2;
  return k;
}

function rootOf(leaves: readonly RawHash[], from: number, to: number): RawHash {
  const frontier = new Frontier();
  for (let i = from; i < to; i++) frontier.add(leaves[i]!);
  return frontier.root();
}

/** Path from leaf `index` to the root over all `leaves`, nearest sibling first. Throws RangeError outside the tree. */
export function inclusionProof(leaves: readonly RawHash[], index: number): RawHash[] {
  if (!Number.isInteger(index) || index < 0 || index >= leaves.length)
    throw new RangeError(`no leaf ${index} in a tree of ${leaves.length}`);
  const path: RawHash[] = [];
  let from = 0;
  let to = leaves.length;
  while (to - from > 1) {
    const middle = from + split(to - from);
    if (index < middle) {
      path.push(rootOf(leaves, middle, to));
      to = middle;
    } else {
      path.push(rootOf(leaves, from, middle));
      from = middle;
    }
  }
  return path.reverse();
}

/** Proof that the tree of the first `size` leaves is a prefix of the one over all `leaves`. */
export function consistencyProof(leaves: readonly RawHash[], size: number): RawHash[] {
  if (!Number.isInteger(size) || size < 0 || size > leaves.length)
    throw new RangeError(`no tree of ${size} inside one of ${leaves.length}`);
  if (size === 0 || size === leaves.length) return [];
  const proof: RawHash[] = [];
  let from = 0;
  let to = leaves.length;
  let whole = true;
  // SUBPROOF(m, D[n], b), walked down instead of recursed; `whole` is b: the subtree is the old tree itself.
  while (to !== size) {
    const middle = from + split(to - from);
    if (size <= middle) {
      proof.push(rootOf(leaves, middle, to));
      to = middle;
    } else {
      proof.push(rootOf(leaves, from, middle));
      from = middle;
      whole = false;
    }
  }
  if (!whole) proof.push(rootOf(leaves, from, to));
  return proof.reverse();
}

/** RFC 9162 §2.1.3.2: whether `leaf` stands at `index` of the tree of `size` leaves with `root`. Total: false for any nonsense. */
export function includes(root: RawHash, size: number, index: number, leaf: RawHash, path: readonly RawHash[]): boolean {
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(size) || index < 0 || index >= size) return false;
  let fn = index;
  let sn = size - 1;
  let hash = leaf;
  for (const next of path) {
    if (sn === 0 || next.length !== 32) return false;
    if (fn % 2 === 1 || fn === sn) {
      hash = nodeHash(next, hash);
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [half(fn), half(sn)];
    } else {
      hash = nodeHash(hash, next);
    }
    [fn, sn] = [half(fn), half(sn)];
  }
  return sn === 0 && hash === root;
}

/** RFC 9162 §2.1.4.2: whether the tree (`size`, `root`) is a prefix of the tree (`newSize`, `newRoot`). Total. */
export function consistent(
  size: number,
  root: RawHash,
  newSize: number,
  newRoot: RawHash,
  proof: readonly RawHash[],
): boolean {
  if (!Number.isSafeInteger(size) || !Number.isSafeInteger(newSize) || size < 0 || size > newSize) return false;
  if (size === newSize) return proof.length === 0 && root === newRoot;
  if (size === 0) return proof.length === 0 && root === EMPTY_ROOT;
  // A complete old tree is its own first proof node and is left out by the prover.
  const path = isPowerOfTwo(size) ? [root, ...proof] : proof;
  const first = path[0];
  if (first === undefined || path.some((hash) => hash.length !== 32)) return false;
  let fn = size - 1;
  let sn = newSize - 1;
  while (fn % 2 === 1) [fn, sn] = [half(fn), half(sn)];
  let old = first;
  let now = first;
  for (const next of path.slice(1)) {
    if (sn === 0) return false;
    if (fn % 2 === 1 || fn === sn) {
      old = nodeHash(next, old);
      now = nodeHash(next, now);
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [half(fn), half(sn)];
    } else {
      now = nodeHash(now, next);
    }
    [fn, sn] = [half(fn), half(sn)];
  }
  return sn === 0 && old === root && now === newRoot;
}

function half(n: number): number {
  return Math.floor(n / 2);
}

function isPowerOfTwo(n: number): boolean {
  return n === 1 || 2 * split(n) === n;
}
