// Brace expansion over atoms: `{a,b}`, `{1..3}`, nested, as bash does it before any other expansion.
import type { Part } from './tree.ts';

/** One character with its quoting, or one expansion that stands for itself. */
export type Atom = { readonly c: string; readonly quoted: boolean } | { readonly part: Part; readonly quoted: boolean };

/** All words an atom list stands for, or undefined when there would be more than `most`. Without a brace pair: the list itself. */
export function expandBraces(atoms: readonly Atom[], most: number): readonly (readonly Atom[])[] | undefined {
  const open = firstPair(atoms);
  if (open === undefined) return [atoms];
  const { from, to, pieces } = open;
  const head = atoms.slice(0, from);
  const tails = expandBraces(atoms.slice(to + 1), most);
  if (tails === undefined) return undefined;
  const out: (readonly Atom[])[] = [];
  for (const piece of pieces) {
    const inner = expandBraces(piece, most);
    if (inner === undefined) return undefined;
    for (const middle of inner) {
      for (const tail of tails) {
        out.push([...head, ...middle, ...tail]);
        if (out.length > most) return undefined;
      }
    }
  }
  return out;
}

type Pair = { readonly from: number; readonly to: number; readonly pieces: readonly (readonly Atom[])[] };

function firstPair(atoms: readonly Atom[]): Pair | undefined {
  for (let from = 0; from < atoms.length; from++) {
    if (!is(atoms[from], '{')) continue;
    const commas: number[] = [];
    let depth = 0;
    for (let to = from + 1; to < atoms.length; to++) {
      if (is(atoms[to], '{')) depth++;
      else if (is(atoms[to], '}') && depth > 0) depth--;
      else if (is(atoms[to], ',') && depth === 0) commas.push(to);
      else if (is(atoms[to], '}')) {
        const inside = atoms.slice(from + 1, to);
        if (commas.length > 0) return { from, to, pieces: cut(atoms, from, to, commas) };
        const range = sequence(inside);
        if (range !== undefined) return { from, to, pieces: range };
        break;
      }
    }
  }
  return undefined;
}

function is(atom: Atom | undefined, c: string): boolean {
  return atom !== undefined && 'c' in atom && !atom.quoted && atom.c === c;
}

function cut(atoms: readonly Atom[], from: number, to: number, commas: readonly number[]): readonly (readonly Atom[])[] {
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
  const ends = numeric.test(first) && numeric.test(last)
    ? [Number(first), Number(last)]
    : /^[a-zA-Z]$/.test(first) && /^[a-zA-Z]$/.test(last) ? [first.charCodeAt(0), last.charCodeAt(0)] : undefined;
  if (ends === undefined) return undefined;
  const [a = 0, b = 0] = ends;
  if (Math.abs(b - a) / step > 1024) return undefined;
  const width = numeric.test(first) && (/^-?0\d/.test(first) || /^-?0\d/.test(last)) ? Math.max(first.length, last.length) : 0;
  const out: Atom[][] = [];
  for (let n = a; a <= b ? n <= b : n >= b; n += a <= b ? step : -step) {
    const word = numeric.test(first) ? String(n).padStart(width, '0') : String.fromCharCode(n);
    out.push([...word].map((c) => ({ c, quoted: true })));
  }
  return out;
}
