// The tree against the definition written down literally, and the proofs against every tree up to a size.
import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { sha256Raw, type RawHash } from '../model/index.ts';
import {
  consistencyProof,
  consistent,
  EMPTY_ROOT,
  Frontier,
  includes,
  inclusionProof,
  leafHash,
  rawToBytes,
  rawToHex,
} from './index.ts';

/** MTH of RFC 9162 §2.1.1, as it stands there. */
function naive(leaves: readonly Uint8Array[]): RawHash {
  if (leaves.length === 0) return sha256Raw(new Uint8Array());
  if (leaves.length === 1) return sha256Raw(Uint8Array.from([0, ...leaves[0]!]));
  let k = 1;
  while (k * 2 < leaves.length) k *= 2;
  return sha256Raw(
    Uint8Array.from([1, ...rawToBytes(naive(leaves.slice(0, k))), ...rawToBytes(naive(leaves.slice(k)))]),
  );
}

const bytes = fc.uint8Array({ maxLength: 40 });

function frontierOf(leaves: readonly RawHash[]): Frontier {
  const frontier = new Frontier();
  for (const leaf of leaves) frontier.add(leaf);
  return frontier;
}

test('roots of known trees', () => {
  // Vectors every implementation of the RFC's tree shares: the empty tree, one empty leaf, leaves "", 00, 10.
  assert.equal(rawToHex(EMPTY_ROOT), 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  assert.equal(
    rawToHex(leafHash(new Uint8Array())),
    '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  );
  const three = frontierOf([new Uint8Array(), Uint8Array.of(0), Uint8Array.of(0x10)].map(leafHash));
  assert.equal(rawToHex(three.root()), 'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77');
});

test('property: the frontier has the root of the definition, also when carried over', () => {
  fc.assert(
    fc.property(fc.array(bytes, { maxLength: 70 }), fc.nat(70), (leaves, cut) => {
      let frontier = new Frontier();
      leaves.forEach((leaf, i) => {
        if (i === cut) frontier = new Frontier(frontier.size, frontier.hashes);
        frontier.add(leafHash(leaf));
      });
      assert.equal(frontier.root(), naive(leaves));
      assert.equal(frontier.size, leaves.length);
    }),
    { numRuns: 150 },
  );
});

test('every inclusion proof up to 40 leaves holds, and for nothing else', () => {
  const leaves = Array.from({ length: 40 }, (_, i) => leafHash(Uint8Array.of(i)));
  for (let size = 1; size <= leaves.length; size++) {
    const part = leaves.slice(0, size);
    const root = frontierOf(part).root();
    for (let index = 0; index < size; index++) {
      const path = inclusionProof(part, index);
      assert.ok(includes(root, size, index, part[index]!, path), `${index} of ${size}`);
      assert.ok(!includes(root, size, index, leaves[(index + 1) % 40]!, path));
      if (size > 1) assert.ok(!includes(root, size, (index + 1) % size, part[index]!, path));
      assert.ok(!includes(root, size, index, part[index]!, [...path, root]));
      if (path.length > 0) assert.ok(!includes(root, size, index, part[index]!, path.slice(1)));
    }
  }
});

test('every consistency proof up to 40 leaves holds, and for nothing else', () => {
  const leaves = Array.from({ length: 40 }, (_, i) => leafHash(Uint8Array.of(i)));
  const roots = [EMPTY_ROOT, ...leaves.map((_, i) => frontierOf(leaves.slice(0, i + 1)).root())];
  const other = frontierOf([leafHash(Uint8Array.of(99))]).root();
  for (let now = 0; now <= leaves.length; now++) {
    for (let old = 0; old <= now; old++) {
      const proof = consistencyProof(leaves.slice(0, now), old);
      assert.ok(consistent(old, roots[old]!, now, roots[now]!, proof), `${old} in ${now}`);
      assert.ok(!consistent(old, other, now, roots[now]!, proof), `forged old root, ${old} in ${now}`);
      if (old > 0) assert.ok(!consistent(old, roots[old]!, now, other, proof), `forged new root, ${old} in ${now}`);
      if (proof.length > 0) assert.ok(!consistent(old, roots[old]!, now, roots[now]!, proof.slice(1)));
      assert.ok(!consistent(old, roots[old]!, now, roots[now]!, [...proof, other]));
    }
  }
});

test('nonsense is refused, not run into', () => {
  const root = EMPTY_ROOT;
  for (const [size, index] of [
    [-1, 0],
    [0, 0],
    [1.5, 0],
    [3, 3],
    [Number.NaN, 0],
    [2 ** 60, 5],
  ] as const) {
    assert.equal(includes(root, size, index, root, []), false, `${index} of ${size}`);
    assert.equal(consistent(size, root, index, root, ['short']), false);
  }
  assert.throws(() => inclusionProof([], 0), RangeError);
  assert.throws(() => consistencyProof([root], 2), RangeError);
  assert.throws(() => new Frontier(3, [root]), RangeError);
});
