// "No pattern over command text decides anything": where regular expressions may not stand, and the places where one may.
import type { Violation } from './rules.ts';
import { scan, type Source } from './scan.ts';
import { SOURCE } from './rules.ts';

/** Folders that read commands, code and shell text: by parsers, tokenisers and tables, never by a pattern. */
const FOLDERS: readonly string[] = ['core/effects/', 'core/shell/', 'core/code/', 'core/hosts/', 'core/engine/'];

/** Places where a regular expression may stand, by path below src/: how many, and why that one decides nothing about a command. */
export const ALLOWED: { readonly [path: string]: { readonly most: number; readonly why: string } } = {};

/** Method names that make a regular expression of what they are given, or are only of use with one. */
const MAKES = /\bRegExp\b|\.\s*(?:match|matchAll|search)\s*\(/g;

/** Regular expressions in the folders above that no row allows, and rows that allow more than is there. */
export function patterns(sources: readonly Source[], allowed: typeof ALLOWED = ALLOWED): Violation[] {
  const found: Violation[] = [];
  for (const source of sources) {
    const path = source.path.slice(SOURCE.length);
    if (!source.path.startsWith(SOURCE) || !FOLDERS.some((folder) => path.startsWith(folder))) continue;
    if (path.endsWith('.test.ts')) continue;
    const { code, text, patterns: literals } = scan(source);
    const places = [
      ...literals.map(({ from, to }) => ({ from, what: text.slice(from, to) })),
      ...[...code.matchAll(MAKES)].map((match) => ({ from: match.index, what: match[0] })),
    ];
    const most = allowed[path]?.most ?? 0;
    for (const { from, what } of places.length > most ? places : [])
      found.push({ rule: 'pattern', path: `${source.path}:${text.slice(0, from).split('\n').length}`, what });
    if (places.length < most)
      found.push({ rule: 'pattern', path: source.path, what: `${most} allowed, ${places.length} there` });
  }
  return found;
}
