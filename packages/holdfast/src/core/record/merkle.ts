// The Merkle tree of RFC 9162 §2.1 as an append-only frontier: constant work per leaf, log(n) for a root.
import { sha256Raw, type RawHash } from '../model/index.ts';

/** Reused because hashing happens one node at a time and never re-enters. */
const pair = new Uint8Array(65);
pair[0] = 0x01;

/** Root of the tree without leaves: the hash of nothing. */
export const EMPTY_ROOT: RawHash = sha256Raw('');

/** HASH(0x00 || bytes). The ledger hashes leaves in place (frame.ts); this is the same for anyone else. */
export function leafHash(bytes: Uint8Array): RawHash {
  const prefixed = new Uint8Array(bytes.length + 1);
  prefixed.set(bytes, 1);
  return sha256Raw(prefixed);
}

/** HASH(0x01 || left || right). */
export function nodeHash(left: RawHash, right: RawHash): RawHash {
  for (let i = 0; i < 32; i++) {
    pair[1 + i] = left.charCodeAt(i);
    pair[33 + i] = right.charCodeAt(i);
  }
  return sha256Raw(pair);
}

/**
 * The right edge of the tree: one hash for each complete subtree, largest first, one per bit of the size.
 * That is all that is needed to add leaves and to tell the root at any moment.
 */
export class Frontier {
  #size: number;
  readonly #hashes: RawHash[];

  /** `hashes` as `hashes` told them; throws RangeError when their number does not fit the size. */
  constructor(size = 0, hashes: readonly RawHash[] = []) {
    if (
      !Number.isSafeInteger(size) ||
      size < 0 ||
      hashes.length !== ones(size) ||
      hashes.some((hash) => hash.length !== 32)
    ) {
      throw new RangeError(
        `a tree of ${size} leaves has ${ones(size)} frontier hashes of 32 bytes, not ${hashes.length}`,
      );
    }
    this.#size = size;
    this.#hashes = [...hashes];
  }

  get size(): number {
    return this.#size;
  }

  get hashes(): readonly RawHash[] {
    return this.#hashes;
  }

  add(leaf: RawHash): void {
    let hash = leaf;
    // Each trailing one of the size is a complete subtree as large as what is carried: they merge.
    for (let rest = this.#size; rest % 2 === 1; rest = Math.floor(rest / 2)) hash = nodeHash(this.#hashes.pop()!, hash);
    this.#hashes.push(hash);
    this.#size += 1;
  }

  root(): RawHash {
    let at = this.#hashes.length - 1;
    if (at < 0) return EMPTY_ROOT;
    let root = this.#hashes[at]!;
    while (--at >= 0) root = nodeHash(this.#hashes[at]!, root);
    return root;
  }

  copy(): Frontier {
    return new Frontier(this.#size, this.#hashes);
  }
}

/** Number of one bits; sizes may pass 2^32, where bit operators would lie. */
function ones(size: number): number {
  let count = 0;
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) count += rest % 2;
  return count;
}
