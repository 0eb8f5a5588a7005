// An index of plain names and globs without structure: programs and parties.
import { globMatch, isWild } from './glob.ts';

export type NameIndex = {
  readonly exact: Map<string, number[]>;
  readonly wild: { readonly pattern: string; readonly mark: number }[];
};

export function newNames(): NameIndex {
  return { exact: new Map(), wild: [] };
}

/** Adds a name or a glob (`*`, `?`). Compared as given: the caller brings both sides into one form. */
export function addName(index: NameIndex, name: string, mark: number): void {
  if (isWild(name)) {
    index.wild.push({ pattern: name, mark });
    return;
  }
  const marks = index.exact.get(name);
  if (marks === undefined) index.exact.set(name, [mark]);
  else if (!marks.includes(mark)) marks.push(mark);
}

/** Collects the marks of all entries that match `name`, each once. */
export function matchNames(index: NameIndex, name: string, into: number[]): void {
  for (const mark of index.exact.get(name) ?? []) if (!into.includes(mark)) into.push(mark);
  for (const entry of index.wild) {
    if (!into.includes(entry.mark) && globMatch(entry.pattern, name)) into.push(entry.mark);
  }
}
