// Brace expansion over atoms: `{a,b}`, `{1..3}`, nested, as bash does it before any other expansion.
import type { Part } from './tree.ts';

/** One character with its quoting, or one expansion that stands for itself. */
export type Atom = { readonly c: string; readonly quoted: boolean } | { readonly part: Part; readonly quoted: boolean };

/** All words an atom list stands for, or undefined when there would be more than `most`. Without a brace pair: the list itself. */
export function expandBraces(atoms: readonly Atom[], most: number): readonly (readonly Atom[])[] | undefined {
  const pairs = outerPairs(atoms);
  if (pairs.length === 0) return [atoms];
  // Counted before anything is built: thirty pairs are a billion words.
  let words = 1;
  for (const pair of pairs) {
    words *= pair.pieces.length;
    if (words > most) return undefined;
  }
  let out: (readonly Atom[])[] = [[]];
  let from = 0;
  for (const pair of pairs) {
    const head = atoms.slice(from, pair.from);
    from = pair.to + 1;
    const middles: (readonly Atom[])[] = [];
    for (const piece of pair.pieces) {
      const inner = expandBraces(piece, most);
      if (inner === undefined) return undefined;
      middles.push(...inner);
    }
    if (out.length * middles.length > most) return undefined;
    out = out.flatMap((start) => middles.map((middle) => [...start, ...head, ...middle]));
  }
  const tail = atoms.slice(from);
  return tail.length === 0 ? out : out.map((start) => [...start, ...tail]);
}

type Pair = { readonly from: number; readonly to: number; readonly pieces: readonly (readonly Atom[])[] };
type Open = { readonly from: number; readonly commas: number[] };

/** Brace pairs that expand and stand in no other such pair, in order; one pass with a stack. */
function outerPairs(atoms: readonly Atom[]): readonly Pair[] {
  const open: Open[] = [];
  let found: { readonly from: number; readonly to: number; readonly commas: readonly number[] }[] = [];
  for (let at = 0; at < atoms.length; at++) {
    if (is(atoms[at], '{')) open.push({ from: at, commas: [] });
    else if (is(atoms[at], ',')) open.at(-1)?.commas.push(at);
    else if (is(atoms[at], '}')) {
      const top = open.pop();
      if (top === undefined || (top.commas.length === 0 && !isRange(atoms, top.from, at))) continue;
      while (found.length > 0 && (found.at(-1)?.from ?? 0) > top.from) found.pop();
      found.push({ from: top.from, to: at, commas: top.commas });
    }
  }
  // A pair inside one that is never closed still expands; one that is not valid itself was never put on the list.
  found = found.toSorted((a, b) => a.from - b.from);
  return found.map(({ from, to, commas }) => ({
    from,
    to,
    pieces:
      commas.length > 0
        ? cut(atoms, from, to, commas)
        : (sequence(atoms.slice(from + 1, to)) ?? [atoms.slice(from, to + 1)]),
  }));
}

/** `{x..y}`: cheap look before the words are made; anything longer than three short numbers is no range. */
function isRange(atoms: readonly Atom[], from: number, to: number): boolean {
  return to - from <= 40 && sequence(atoms.slice(from + 1, to)) !== undefined;
}

function is(atom: Atom | undefined, c: string): boolean {
  return atom !== undefined && 'c' in atom && !atom.quoted && atom.c === c;
}

function cut(
  atoms: readonly Atom[],
  from: number,
  to: number,
  commas: readonly number[],
): readonly (readonly Atom[])[] {
  const edges = [from, ...commas, to];
  return edges.slice(1).map((edge, index) => atoms.slice((edges[index] ?? 0) + 1, edge));
}

/** `1..10`, `a..e`, `1..10..2`; at most 1,024 words. */
function sequence(inside: readonly Atom[]): readonly (readonly Atom[])[] | undefined {
  let text = '';
  for (const atom of inside) {
    if (!('c' in atom) || atom.quoted) return undefined;
    text += atom.c;
  }
  const [first, last, by, ...more] = text.split('..');
  if (first === undefined || last === undefined || more.length > 0) return undefined;
  const numeric = /^-?\d{1,9}$/;
  const step = by === undefined ? 1 : Math.abs(Number(by)) || 1;
  if (by !== undefined && !numeric.test(by)) return undefined;
  const ends =
    numeric.test(first) && numeric.test(last)
      ? [Number(first), Number(last)]
      : /^[a-zA-Z]$/.test(first) && /^[a-zA-Z]$/.test(last)
        ? [first.charCodeAt(0), last.charCodeAt(0)]
        : undefined;
  if (ends === undefined) return undefined;
  const [a = 0, b = 0] = ends;
  if (Math.abs(b - a) / step > 1024) return undefined;
  const width =
    numeric.test(first) && (/^-?0\d/.test(first) || /^-?0\d/.test(last)) ? Math.max(first.length, last.length) : 0;
  const out: Atom[][] = [];
  for (let n = a; a <= b ? n <= b : n >= b; n += a <= b ? step : -step) {
    const word = numeric.test(first) ? String(n).padStart(width, '0') : String.fromCharCode(n);
    out.push([...word].map((c) => ({ c, quoted: true })));
  }
  return out;
}
