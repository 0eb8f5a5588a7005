// Brace expansion: `{a,b}`, `{1..9..2}`, nested and next to each other, before any other expansion, as bash orders it.
import { isDigits, LETTERS, nameEnd, WORD } from '../names/index.ts';
import { withoutBackslashes } from './literal.ts';
import type { Part } from './tree.ts';

/** A character as written (an escaped one with its backslash), or a part that braces cannot look into. */
type Unit = string | Part;

/**
 * The words that the parts stand for, each as parts again; undefined when there would be more than `most`.
 * Text of the results is unquoted literal text, quotes stay parts.
 */
export function expandBraces(parts: readonly Part[], most: number): readonly (readonly Part[])[] | undefined {
  const budget = { left: most };
  const all = units(parts, []);
  // Every pair doubles the words, or is a range of one word; so many openings are no ordinary word.
  if (all.reduce((count, unit) => (unit === '{' ? count + 1 : count), 0) > MOST_OPEN) return undefined;
  const words = expand(all, budget);
  return words?.map((word) => assemble(word, parts[0]?.pos ?? 0, parts.at(-1)?.end ?? 0));
}

const MOST_OPEN = 128;

function units(parts: readonly Part[], out: Unit[]): Unit[] {
  for (const part of parts) {
    if (part.type === 'brace') units(part.parts, out);
    else if (part.type !== 'literal') out.push(part);
    else {
      for (let i = 0; i < part.raw.length; i++) {
        out.push(part.raw[i] === '\\' && i + 1 < part.raw.length ? `\\${part.raw[++i]}` : part.raw.charAt(i));
      }
    }
  }
  return out;
}

/** Recursion follows nesting and the number of braces in one word, bounded by MOST_OPEN; the budget bounds the words. */
function expand(all: readonly Unit[], budget: { left: number }): Unit[][] | undefined {
  for (let open = 0; open < all.length; open++) {
    // `{}` at the start of a word is text.
    if (all[open] !== '{' || (open === 0 && all[1] === '}')) continue;
    const found = pieces(all, open);
    if (found === undefined) continue;
    const head = all.slice(0, open);
    const tails = expand(all.slice(found.close + 1), budget);
    if (tails === undefined) return undefined;
    const out: Unit[][] = [];
    for (const piece of found.pieces) {
      const middles = found.sequence ? [piece] : expand(piece, budget);
      if (middles === undefined) return undefined;
      for (const middle of middles) {
        for (const tail of tails) {
          if (--budget.left < 0) return undefined;
          out.push([...head, ...middle, ...tail]);
        }
      }
    }
    return out;
  }
  return [[...all]];
}

type Found = { readonly close: number; readonly pieces: readonly (readonly Unit[])[]; readonly sequence: boolean };

/**
 * The brace pair that opens here, as bash finds it: a closing brace counts only behind a comma or `..` of its own level, so that
 * `{a},b}` is `a}` and `b`.
 */
function pieces(all: readonly Unit[], open: number): Found | undefined {
  const commas: number[] = [];
  let dots = false;
  let depth = 0;
  for (let i = open + 1; i < all.length; i++) {
    const unit = all[i];
    if (unit === '}' && depth === 0 && (commas.length > 0 || dots)) {
      if (commas.length > 0) {
        const edges = [open, ...commas, i];
        return {
          close: i,
          pieces: edges.slice(1).map((edge, n) => all.slice((edges[n] ?? open) + 1, edge)),
          sequence: false,
        };
      }
      const steps = sequence(all.slice(open + 1, i));
      return steps === undefined ? undefined : { close: i, pieces: steps, sequence: true };
    }
    if (unit === '{') depth++;
    else if (unit === '}' && depth > 0) depth--;
    else if (unit === ',' && depth === 0) commas.push(i);
    else if (unit === '.' && depth === 0 && all[i + 1] === '.' && all[i + 2] !== '}') dots = true;
  }
  return undefined;
}

const MOST_STEPS = 1 << 16;

function sequence(inside: readonly Unit[]): readonly (readonly Unit[])[] | undefined {
  if (inside.length > 64 || !inside.every((unit) => typeof unit === 'string' && unit.length === 1)) return undefined;
  const text = inside.join('');
  const ends = text.split('..');
  const [first = '', last = '', by = '1'] = ends;
  if (ends.length > 3 || !isEnd(first) || !isEnd(last) || !isWhole(by)) return undefined;
  const letters = isLetter(first);
  if (letters !== isLetter(last)) return undefined;
  const from = letters ? first.charCodeAt(0) : Number(first);
  const to = letters ? last.charCodeAt(0) : Number(last);
  const step = Math.abs(Number(by)) || 1;
  if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to)) return undefined;
  const padded = !letters && (isPadded(first) || isPadded(last));
  const width = padded ? Math.max(first.length, last.length) : 0;
  const out: Unit[][] = [];
  // One more than fits is enough to be over every limit.
  for (let n = from; (from <= to ? n <= to : n >= to) && out.length <= MOST_STEPS; n += from <= to ? step : -step) {
    const word = letters ? escaped(String.fromCharCode(n)) : pad(n, width);
    out.push(letters ? [word] : [...word]);
  }
  return out;
}

/** Between `Z` and `a` lie characters that are special to a shell; there they are text. */
function escaped(c: string): string {
  return isLetter(c) ? c : `\\${c}`;
}

function isLetter(c: string): boolean {
  return c.length === 1 && LETTERS.includes(c);
}

function isWhole(text: string): boolean {
  return isDigits(text.startsWith('-') ? text.slice(1) : text);
}

function isEnd(text: string): boolean {
  return isLetter(text) || isWhole(text);
}

/** `01`, `-01`: all numbers of the range get that width. */
function isPadded(text: string): boolean {
  const digits = text.startsWith('-') ? text.slice(1) : text;
  return digits.length > 1 && digits.startsWith('0');
}

function pad(n: number, width: number): string {
  const digits = String(Math.abs(n)).padStart(n < 0 ? width - 1 : width, '0');
  return n < 0 ? `-${digits}` : digits;
}

function assemble(word: readonly Unit[], pos: number, end: number): readonly Part[] {
  const parts: Part[] = [];
  let raw = '';
  const flush = (): void => {
    if (raw !== '') parts.push({ type: 'literal', text: withoutBackslashes(raw), raw, pos, end });
    raw = '';
  };
  for (const unit of word) {
    if (typeof unit === 'string') {
      const last = parts.at(-1);
      // Braces are expanded as text: `$x{a,b}` is `$xa $xb`.
      if (raw === '' && last?.type === 'param' && isBare(last) && unit.length === 1 && WORD.includes(unit))
        parts[parts.length - 1] = { ...last, name: last.name + unit, end: last.end + 1 };
      else raw += unit;
    } else {
      flush();
      parts.push(unit);
    }
  }
  flush();
  return parts;
}

/** `$name` without braces. */
function isBare(param: Extract<Part, { type: 'param' }>): boolean {
  return param.end - param.pos === param.name.length + 1 && nameEnd(param.name) > 0;
}
