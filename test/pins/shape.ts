// Type-level equality, so that a pin of a type's fields breaks when `npm run check` compiles it.

/** True only for the same type: neither wider nor narrower. */
export type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Words of a text as a union: `Words<'a b'>` is `'a' | 'b'`. */
export type Words<Text extends string> = Text extends `${infer Head} ${infer Rest}` ? Head | Words<Rest> : Text;

/** Compiles only with `pinned<true>()`. The assertion is the type; at run time nothing happens. */
export function pinned<Equal extends true>(): Equal | undefined {
  return undefined;
}
