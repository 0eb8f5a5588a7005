// What lowering an action yields, and what a decision answers.
import type { Effect } from './effect.ts';
import type { Event } from './event.ts';
import type { Want } from './fact.ts';
import type { Finding } from './finding.ts';
import type { Verdict } from './verdict.ts';

export type Lowered = {
  readonly effects: readonly Effect[];
  readonly findings: readonly Finding[];
  /** Facts still wanted; empty when lowering is complete. */
  readonly wants: readonly Want[];
  readonly fuelLeft: number;
};

export type Decision = {
  readonly verdict: Verdict;
  readonly effects: readonly Effect[];
  /** Labels in play: `integrity:external`, `confidentiality:secret` … */
  readonly labels: readonly string[];
  readonly findings: readonly Finding[];
  readonly events: readonly Event[];
};
