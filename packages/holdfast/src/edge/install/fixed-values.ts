// Values that must stand in a settings file beside the hooks: put in, recognised, and taken out where they were not there before.
import { InstallError } from './errors.ts';
import { append, cutParts, indentOf, member, scan, type Node } from './json-text.ts';

/** One value and where it stands. */
export type Fixed = {
  /** Names of the members from the root on. */
  readonly path: readonly string[];
  readonly value: boolean | number | string;
  /**
   * What happens to another value: `set` replaces it, `keep` refuses (it is somebody's wish); `item` is one of a list, `word` one of a text
   * with commas, where `*` stands for all, and a text without it refuses.
   */
  readonly how: 'set' | 'keep' | 'item' | 'word';
};

/** Root object of a settings text; refuses anything else with file and line. */
export function rootOf(file: string, text: string): Node {
  const read = scan(text);
  if ('flaw' in read) {
    const { line, column, why } = read.flaw;
    throw new InstallError(
      'settings-invalid',
      `${file}:${line}:${column} is no JSON (${why})`,
      'put that line right and run again; nothing was changed',
    );
  }
  if (read.root.kind !== 'object') throw shape(file, text, read.root, 'is no object');
  return read.root;
}

export function shape(file: string, text: string, node: Node, what: string): InstallError {
  return new InstallError(
    'settings-shape',
    `${file}:${lineOf(text, node)} ${what}`,
    'put it right and run again; nothing was changed',
  );
}

/** The text with the value in it; the same text when it is there. Throws InstallError `settings-taken` where another value stands. */
export function withFixed(file: string, text: string, fixed: Fixed): string {
  if (holds(file, text, fixed)) return text;
  const { path, value, how } = fixed;
  let node = rootOf(file, text);
  for (const [depth, key] of path.entries()) {
    const found = member(node, key)?.value;
    const last = depth === path.length - 1;
    if (found === undefined) {
      const rest = path.slice(depth + 1);
      const inner = rest.reduceRight<unknown>((all, name) => ({ [name]: all }), how === 'item' ? [value] : value);
      return append(text, node, `${JSON.stringify(key)}: ${JSON.stringify(inner, null, indentOf(text))}`, depth);
    }
    if (!last) {
      if (found.kind !== 'object') throw shape(file, text, found, `has \`${key}\` that is no object`);
      node = found;
      continue;
    }
    if (how === 'set') return text.slice(0, found.from) + JSON.stringify(value) + text.slice(found.to);
    if (how === 'item') {
      if (found.kind !== 'array') throw shape(file, text, found, `has \`${key}\` that is no list`);
      return append(text, found, JSON.stringify(value), depth + 1);
    }
    throw new InstallError(
      'settings-taken',
      `${file}:${lineOf(text, found)} has another \`${path.join('.')}\` than ${JSON.stringify(value)}`,
      how === 'word' ? `add ${String(value)} to it and run again` : 'take it out, or use `--hook command`',
    );
  }
  return text;
}

/** True when the value stands there. */
export function holds(file: string, text: string, { path, value, how }: Fixed): boolean {
  const found = at(rootOf(file, text), path);
  if (found === undefined) return false;
  const there = JSON.parse(text.slice(found.from, found.to)) as unknown;
  if (how === 'item') return Array.isArray(there) && there.includes(value);
  if (how === 'word')
    return typeof there === 'string' && [value, '*'].some((one) => wordsOf(there).includes(String(one)));
  return there === value;
}

/** The text without the value, and without the objects that only held it. What is not exactly ours, or stood in `before`, stays. */
export function withoutFixed(file: string, text: string, fixed: Fixed, before: string | undefined): string {
  if (!holds(file, text, fixed) || (before !== undefined && holds(`${file} (backup)`, before, fixed))) return text;
  const root = rootOf(file, text);
  const found = at(root, fixed.path);
  const ours = JSON.stringify(fixed.value);
  if (fixed.how === 'item' && found !== undefined && found.items.length > 1) {
    const cut = found.items.findIndex((item) => text.slice(item.from, item.to) === ours);
    return cutParts(text, found, new Set([cut]));
  }
  if (fixed.how === 'word' && found !== undefined && text.slice(found.from, found.to) !== ours) return text;
  // The outermost object of the path that held nothing else goes as a whole.
  let depth = fixed.path.length - 1;
  while (depth > 0 && at(root, fixed.path.slice(0, depth))?.members.length === 1) depth--;
  const holder = at(root, fixed.path.slice(0, depth));
  const index = holder?.members.findLastIndex((one) => one.key === fixed.path[depth]) ?? -1;
  return holder === undefined || index < 0 ? text : cutParts(text, holder, new Set([index]));
}

function at(root: Node, path: readonly string[]): Node | undefined {
  return path.reduce<Node | undefined>(
    (node, key) => (node === undefined ? undefined : member(node, key)?.value),
    root,
  );
}

function wordsOf(text: string): readonly string[] {
  return text.split(/[\s,]+/);
}

function lineOf(text: string, node: Node): number {
  return text.slice(0, node.from).split('\n').length;
}
