// Tilde-prefixes: where in a literal `~` stands for a home directory.
import { nameEnd } from '../names/index.ts';
import { withoutBackslashes } from './literal.ts';
import type { Part } from './tree.ts';

export type Literal = Extract<Part, { type: 'literal' }>;

/**
 * Splits a literal at its tilde-prefixes: at the start of a word, and in an assignment (or a word that looks like one) after the
 * first `=` and after each `:`. A prefix that is quoted, or runs into another part, is text.
 */
export function tildes(part: Literal, first: boolean, last: boolean, assigned: boolean): Part[] {
  const { raw, pos } = part;
  const equals = first && !assigned ? assignmentSign(raw) : -1;
  const parts: Part[] = [];
  let done = 0;
  for (let i = raw.indexOf('~'); i >= 0; i = raw.indexOf('~', i + 1)) {
    const before = raw.charAt(i - 1);
    const opens =
      i === 0 ? first : i - 1 === equals || (before === ':' && (assigned || equals >= 0) && raw.charAt(i - 2) !== '\\');
    if (!opens) continue;
    let stop = i + 1;
    while (stop < raw.length && raw.charAt(stop) !== '/' && raw.charAt(stop) !== ':') stop++;
    const user = raw.slice(i + 1, stop);
    if (user.includes('\\') || (stop === raw.length && !last)) continue;
    if (raw.charAt(stop) === ':' && !assigned && equals < 0) continue;
    if (i > done) parts.push(slice(part, done, i));
    parts.push({ type: 'tilde', user, pos: pos + i, end: pos + stop });
    done = stop;
  }
  if (done === 0) return [part];
  if (done < raw.length) parts.push(slice(part, done, raw.length));
  return parts;
}

function slice(part: Literal, from: number, to: number): Part {
  const raw = part.raw.slice(from, to);
  return { type: 'literal', text: withoutBackslashes(raw), raw, pos: part.pos + from, end: part.pos + to };
}

/** Where the `=` stands when the text starts like `NAME=`; -1 otherwise. */
function assignmentSign(raw: string): number {
  const end = nameEnd(raw);
  const sign = raw[end] === '+' ? end + 1 : end;
  return end > 0 && raw[sign] === '=' ? sign : -1;
}
