// Seeded randomness for generators: the same seed gives the same cases on every machine.

export type Random = {
  /** Whole number from 0 below `limit`. */
  below(limit: number): number;
  /** True with the given chance, 0–1. */
  chance(share: number): boolean;
  pick<T>(list: readonly T[]): T;
  /** Up to `most` picks, possibly with repeats. */
  some<T>(list: readonly T[], most: number): T[];
};

/** mulberry32: 32 bits of state, good enough to scatter cases. */
export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return {
    below,
    chance: (share) => next() < share,
    pick: <T>(list: readonly T[]): T => {
      const found = list[below(list.length)];
      if (found === undefined) throw new Error('pick from an empty list');
      return found;
    },
    some: <T>(list: readonly T[], most: number): T[] =>
      Array.from({ length: below(most + 1) }, () => list[below(list.length)] as T),
  };
}
