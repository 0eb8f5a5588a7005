// The live feed on a terminal: one line per decision, coloured only where a terminal can show it.
import type { FeedEntry } from '../../gate/parts.ts';

const COLOURS: { readonly [level: string]: string } = { deny: '31', ask: '33', modify: '36', allow: '32', pass: '90' };

/** One line: time, verdict or kind, session, what it was, and the rule when something was stopped. */
export function feedLine(entry: FeedEntry, colour: boolean): string {
  const time = new Date(entry.time).toTimeString().slice(0, 8);
  const word = (entry.level ?? entry.type).padEnd(7);
  const paint = colour && entry.level !== undefined ? `\x1b[${COLOURS[entry.level] ?? '0'}m${word}\x1b[0m` : word;
  const who =
    `${entry.agent ?? ''}${entry.session === undefined ? '' : ` ${printable(entry.session).slice(0, 8)}`}`.trim();
  const rule = entry.rule === undefined ? '' : `  [${entry.rule}]`;
  return `${time}  ${paint}  ${who.padEnd(20)}  ${printable(entry.text)}${rule}${entry.seq >= 0 ? `  #${entry.seq}` : ''}`;
}

/** Control characters of an action's text must not reach the terminal that shows it. */
export function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are exactly what is taken out
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069]/g, '·');
}
