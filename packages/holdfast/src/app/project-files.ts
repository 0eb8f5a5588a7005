// What a workspace's own `.holdfast` holds: bounded regular files inside the workspace, read as facts, so that nothing in it can stall the watcher.
import { sha256, type Fact, type Json, type PathFact, type Want } from '../core/model/index.ts';
import type { FactSource } from '../ports/index.ts';

/** A project is a stranger: what is larger or more than this is not read, and said. */
export const PROJECT_LIMITS = {
  settingsBytes: 64 * 1024,
  policyBytes: 64 * 1024,
  policyFiles: 64,
  /** Names in all folders below `policies` together, and how deep these lie. */
  names: 512,
  depth: 4,
} as const;

export type ProjectFile = { readonly file: string; readonly text: string };

/** One part of a project: what it says (nothing when it has no such file), or why it cannot be read. */
export type ProjectPart<T> = { readonly found: T } | { readonly problems: readonly string[] };

export type ProjectFiles = {
  readonly settings: ProjectPart<ProjectFile | undefined>;
  readonly policies: ProjectPart<readonly ProjectFile[]>;
  /** Equal for equal contents and problems. */
  readonly seen: string;
};

const NOTHING: ProjectFiles = { settings: { found: undefined }, policies: { found: [] }, seen: '' };

/**
 * Reads the project files of a workspace (an absolute folder). `own` is Holdfast's own directory: where that is the workspace's
 * `.holdfast`, it is the user's and no project's. Never rejects; within about `deadlineMs` per step.
 */
export async function readProject(
  facts: FactSource,
  workspace: string,
  own: string,
  deadlineMs: number,
): Promise<ProjectFiles> {
  const reader = new Reader(facts, deadlineMs);
  const dir = join(workspace, '.holdfast');
  const [root, folder, home] = await reader.paths([workspace, dir, own]);
  if (folder === 'absent' || root === 'absent') return NOTHING;
  if (typeof root === 'string' || root === undefined) return failing(dir, `its workspace ${cannot(root)}`);
  if (typeof folder === 'string' || folder === undefined) return failing(dir, cannot(folder));
  if (!folder.exists) return NOTHING;
  if (typeof home === 'object' && folder.real === home.real) return NOTHING;
  if (!isInside(folder.real, root.real)) return failing(dir, 'leads out of the workspace');
  if (folder.kind !== 'dir') return failing(dir, 'is no directory');
  const settings = await readSettings(reader, join(dir, 'settings.json'), root.real);
  const policies = await readPolicies(reader, join(dir, 'policies'), root.real);
  return { settings, policies, seen: seenOf(settings, policies) };
}

async function readSettings(reader: Reader, file: string, root: string): Promise<ProjectPart<ProjectFile | undefined>> {
  const read = await reader.text(file, PROJECT_LIMITS.settingsBytes, root);
  if (read === undefined) return { found: undefined };
  return typeof read === 'string' ? { found: { file, text: read } } : { problems: [`${file}: ${read.why}`] };
}

async function readPolicies(reader: Reader, top: string, root: string): Promise<ProjectPart<readonly ProjectFile[]>> {
  const files: ProjectFile[] = [];
  const problems: string[] = [];
  const say = (path: string, why: string): void => void problems.push(`${path}: ${why}`);
  const todo: { readonly dir: string; readonly depth: number }[] = [{ dir: top, depth: 0 }];
  let names = 0;
  let bytes = 0;
  for (let next = todo.shift(); next !== undefined; next = todo.shift()) {
    const { dir, depth } = next;
    const listed = await reader.list(dir, PROJECT_LIMITS.names, root);
    if (listed === undefined) continue;
    if ('why' in listed) {
      say(dir, listed.why);
      continue;
    }
    names += listed.names.length;
    if (names > PROJECT_LIMITS.names) return { problems: [`${top}: holds more than ${PROJECT_LIMITS.names} names`] };
    const paths = listed.names.map((name) => join(dir, name));
    const kinds = await reader.paths(paths);
    for (const [at, path] of paths.entries()) {
      const kind = kinds[at];
      if (typeof kind === 'object' && kind.kind === 'dir') {
        if (depth >= PROJECT_LIMITS.depth) say(path, 'is nested too deeply');
        else todo.push({ dir: path, depth: depth + 1 });
        continue;
      }
      if (!path.endsWith('.cedar')) continue;
      if (files.length >= PROJECT_LIMITS.policyFiles)
        return { problems: [`${top}: holds more than ${PROJECT_LIMITS.policyFiles} policy files`] };
      const text = await reader.text(path, PROJECT_LIMITS.policyBytes, root);
      if (typeof text === 'string') {
        bytes += text.length;
        if (bytes > PROJECT_LIMITS.policyBytes)
          return { problems: [`${top}: holds more than ${PROJECT_LIMITS.policyBytes / 1024} KB of policies`] };
        files.push({ file: path, text });
      } else if (text !== undefined) say(path, text.why);
    }
  }
  files.sort((a, b) => (a.file < b.file ? -1 : 1));
  return problems.length > 0 ? { problems } : { found: files };
}

type Why = { readonly why: string };

/** Facts in the words of files. */
class Reader {
  readonly #facts: FactSource;
  readonly #deadlineMs: number;

  constructor(facts: FactSource, deadlineMs: number) {
    this.#facts = facts;
    this.#deadlineMs = deadlineMs;
  }

  /** What lies at each path, or the word of the fact that says why not. */
  async paths(paths: readonly string[]): Promise<readonly (PathFact | string | undefined)[]> {
    const facts = await this.#ask(paths.map((path) => ({ ask: 'path', path })));
    return facts.map((fact) => (fact === undefined ? undefined : 'none' in fact ? fact.none : (fact.got as PathFact)));
  }

  /** Undefined: not there. */
  async text(path: string, max: number, root: string): Promise<string | Why | undefined> {
    const inside = await this.#inside(path, root);
    if (inside !== true) return inside;
    const [fact] = await this.#ask([{ ask: 'text', path, max }]);
    if (fact === undefined) return { why: cannot(undefined) };
    if ('none' in fact) {
      if (fact.none === 'absent') return undefined;
      if (fact.none === 'too-big') return { why: `is larger than ${max / 1024} KB` };
      return { why: fact.none === 'refused' ? 'is no regular file that can be read' : cannot(fact.none) };
    }
    const text = fact.got as string;
    return text.includes('\ufffd') ? { why: 'is not UTF-8' } : text;
  }

  /** Names in a folder. Undefined: not there. */
  async list(dir: string, max: number, root: string): Promise<{ readonly names: readonly string[] } | Why | undefined> {
    const inside = await this.#inside(dir, root);
    if (inside !== true) return inside;
    const [fact] = await this.#ask([{ ask: 'list', dir, max }]);
    if (fact !== undefined && 'got' in fact) return { names: fact.got as readonly string[] };
    if (fact?.none === 'absent') return undefined;
    if (fact?.none === 'too-big') return { why: `holds more than ${max} names` };
    return { why: fact?.none === 'refused' ? 'is no directory that can be read' : cannot(fact?.none) };
  }

  /** True where what lies at the path lies in the workspace, also behind all links. */
  async #inside(path: string, root: string): Promise<true | Why | undefined> {
    const [fact] = await this.paths([path]);
    if (fact === 'absent') return undefined;
    if (fact === undefined || typeof fact === 'string') return { why: cannot(fact) };
    if (!isInside(fact.real, root)) return { why: 'leads out of the workspace' };
    return fact.exists ? true : fact.kind === 'link' ? { why: 'is a link that leads nowhere' } : undefined;
  }

  #ask(wants: readonly Want[]): Promise<readonly (Fact & { readonly got?: Json })[]> {
    return this.#facts.observe(wants, this.#deadlineMs);
  }
}

function failing(path: string, why: string): ProjectFiles {
  const problems = [`${path}: ${why}`];
  return { settings: { problems }, policies: { problems }, seen: sha256(problems.join()) };
}

function cannot(none: string | undefined): string {
  return none === 'late' ? 'did not answer in time' : `cannot be looked at (${none ?? 'unknown'})`;
}

function seenOf(...parts: readonly ProjectPart<unknown>[]): string {
  return parts.every((part) => 'found' in part && (part.found === undefined || isEmpty(part.found)))
    ? ''
    : sha256(JSON.stringify(parts));
}

function isEmpty(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

function isInside(path: string, root: string): boolean {
  return path === root || path.startsWith(root === '/' ? '/' : `${root}/`);
}

function join(folder: string, name: string): string {
  return folder.endsWith('/') ? `${folder}${name}` : `${folder}/${name}`;
}
