// The live feed on a terminal: one line per decision, in the form of `holdfast log`.
import type { FeedEntry } from '../../gate/parts.ts';
import { rowLine } from '../cli/record-words.ts';

/** One line: number, time, verdict or kind, who, what it was, and the rule when something was stopped. */
export function feedLine(entry: FeedEntry): string {
  return rowLine(entry, false);
}
