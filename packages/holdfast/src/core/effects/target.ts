// Small targets that need no groups.
import type { Target } from '../model/index.ts';

const NONE: readonly never[] = [];

/** A target nobody could resolve; `why` in a few lower-case words. */
export function unresolved(why: string): Target {
  return { type: 'unknown', name: why, groups: NONE };
}
