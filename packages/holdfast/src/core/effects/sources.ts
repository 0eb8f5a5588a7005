// Sources: lists of the effects that data came from, by index. They grow along pipes and loops, so putting them together must stay cheap.
import type { Context } from './context.ts';

/** Both lists; no copy when one is empty, or says nothing new at the end of the other. */
export function joined<Item>(a: readonly Item[], b: readonly Item[]): readonly Item[] {
  if (a.length === 0) return b;
  if (b.length === 0 || (b.length === 1 && a[a.length - 1] === b[0])) return a;
  return [...a, ...b];
}

/** Both lists, each index once. Mostly all of the second come later: then nothing can be in both. */
export function merged(a: readonly number[], b: readonly number[]): readonly number[] {
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  return a[a.length - 1]! < b[0]! ? [...a, ...b] : [...new Set([...a, ...b])];
}

/** Indexes below `length`, each once. Nearly all lists are in order already, and are taken as they are. */
export function earlier(list: readonly number[], length: number): readonly number[] {
  let before = -1;
  for (const index of list) {
    if (index <= before || index >= length) return unique(list.filter((one) => one >= 0 && one < length));
    before = index;
  }
  return list;
}

/** A list longer than this is carried by the effect that has it: whoever needs its members asks `allOf`. */
const CARRIED = 32;

/** The list behind `carrier`, an effect whose own sources are `list`: a pipe of many programs must not hold each in each. */
export function behind(list: readonly number[], carrier: number): readonly number[] {
  return list.length > CARRIED ? [carrier] : [...list, carrier];
}

/** The listed effects and everything that went into them, ascending. */
export function allOf(ctx: Pick<Context, 'effect'>, list: readonly number[]): readonly number[] {
  const found = new Set(list);
  // Sources stand before what they go into, and a set is walked in the order in which it grows.
  for (const index of found) for (const source of ctx.effect(index)?.data?.from ?? []) found.add(source);
  return [...found].sort((a, b) => a - b);
}

export function unique<Item>(items: readonly Item[]): readonly Item[] {
  return items.length < 2 ? items : [...new Set(items)];
}
