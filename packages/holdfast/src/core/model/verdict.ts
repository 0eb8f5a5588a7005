// Verdicts and their two orders (architecture §1): strongest wins for one effect; allow only when everything is allowed.
import type { Json } from './json.ts';

export const LEVELS = ['pass', 'allow', 'modify', 'ask', 'deny'] as const;
export type Level = (typeof LEVELS)[number];

export type Reason = {
  readonly rule: string;
  /** Index of the effect, or the call as a whole. */
  readonly effect: number | 'call';
  readonly level: Level;
  /** The rule could not be evaluated and therefore counts as matched. */
  readonly erred?: true;
  /** The grant that lifted it; a waived reason no longer counts. */
  readonly waivedBy?: string;
};

export type Verdict = {
  readonly level: Level;
  readonly reasons: readonly Reason[];
  /** 0–100. */
  readonly risk: number;
  /** With level `modify`: the changed input. */
  readonly modified?: Json;
};

const WITHIN: Record<Level, number> = { pass: 0, allow: 1, modify: 2, ask: 3, deny: 4 };
const ACROSS: Record<Level, number> = { allow: 0, pass: 1, modify: 2, ask: 3, deny: 4 };

/** The stronger of two levels that answer for one effect: deny > ask > modify > allow > pass. */
export function strongest(a: Level, b: Level): Level {
  return WITHIN[a] >= WITHIN[b] ? a : b;
}

/** The level of two effects together: deny > ask > modify > pass > allow. */
export function together(a: Level, b: Level): Level {
  return ACROSS[a] >= ACROSS[b] ? a : b;
}

/** True when `a` stops at least as much as `b`, where pass and allow stop nothing. */
export function atLeast(a: Level, b: Level): boolean {
  return ACROSS[a] >= ACROSS[b];
}
