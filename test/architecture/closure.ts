// What an entry point reaches: every module behind its static imports, read from the text, nothing loaded.
import { existsSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { scan } from './scan.ts';
import { ROOT } from './tree.ts';

export type Closure = {
  /** Files of ours, relative to the root. */
  readonly files: readonly string[];
  /** `node:` modules and packages, sorted. Type imports are gone at run time and not counted. */
  readonly external: readonly string[];
};

/** Throws when an import leads to a file that is not there. Dynamic imports are followed only with `dynamic`. */
export function closure(entry: string, { dynamic = false } = {}): Closure {
  const files = new Set<string>();
  const external = new Set<string>();
  const visit = (path: string): void => {
    if (files.has(path)) return;
    files.add(path);
    if (path.endsWith('.json')) return;
    if (!existsSync(join(ROOT, path))) throw new Error(`${path} is imported and does not exist`);
    for (const each of scan({ path, text: readFileSync(join(ROOT, path), 'utf8') }).imports) {
      if (each.typeOnly || (each.dynamic && !dynamic)) continue;
      if (each.specifier.startsWith('.')) visit(posix.join(posix.dirname(path), each.specifier));
      else external.add(each.specifier);
    }
  };
  visit(entry);
  return { files: [...files].toSorted(), external: [...external].toSorted() };
}
