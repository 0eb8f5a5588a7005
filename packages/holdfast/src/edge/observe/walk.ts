// From a path to what lies there, one component after the other as the kernel goes, so that no step enters a mount unseen.
import { lstatSync, readlinkSync, type Stats } from 'node:fs';
import { codeOf, type NoAnswer, type PathFact } from '../../core/model/index.ts';
import type { Mounts } from './mounts.ts';

/** As many links as Linux follows before it says ELOOP: what lies behind more can be opened by nobody. */
const HOPS = 40;
/** Linux takes no longer path; one that expands further through links is followed by nobody. */
const PATH_MAX = 4_096;
/** Longest text that is walked at all, UTF-16 units: room for many short steps, a bound on the work. */
const TEXT_MAX = 8 * PATH_MAX;

export type Found = {
  readonly real: string;
  readonly links: readonly string[];
  /** Of what lies at `real`; undefined when nothing does. */
  readonly status: Stats | undefined;
  /** Below a mount that shows the kernel's state instead of files. */
  readonly pseudo: boolean;
  /** The last name is a link that led to `real`, where nothing lies. */
  readonly dangling: boolean;
};

/** A step would enter a mount that may hang: the answer has to come from the process that may be killed. */
export class SlowPath extends Error {
  readonly mount: string;

  constructor(mount: string) {
    super(mount);
    this.mount = mount;
  }
}

/** What one call has already looked at; wants of one decision share most of their directories. */
export class Seen {
  readonly status = new Map<string, Stats | undefined>();
  /** Directories that a walk has reached without a link on the way ▶ whether they show the kernel's state instead of files. */
  readonly plain = new Map<string, boolean>();
}

/**
 * Walks `path` (absolute; `..` goes up from where a link leads, as in the kernel). Throws SlowPath, and answers `refused`
 * for what may not be looked at or never ends, `unknown` for what is another process's to see (`/proc/self/cwd`).
 */
export function walk(path: string, mounts: Mounts, seen: Seen): Found | { readonly none: NoAnswer } {
  if (!path.startsWith('/') || path.length > TEXT_MAX || path.includes('\0')) return { none: 'refused' };
  const known = path.slice(0, path.lastIndexOf('/'));
  const reached = seen.plain.get(known);
  // Where another want has gone before, only the last step is new.
  const todo = reached === undefined ? path.split('/').reverse() : [path.slice(known.length + 1)];
  const links: string[] = [];
  let real = reached === undefined ? '' : known;
  // Undefined also for the root, which is a directory and is looked at only when nothing follows it.
  let status = reached === undefined ? undefined : seen.status.get(known);
  let inDirectory = true;
  let pseudo = reached ?? false;
  let lastIsLink = false;
  while (todo.length > 0) {
    const name = todo.pop() as string;
    if (name === '' || name === '.') continue;
    if (name === '..') {
      const there: boolean = inDirectory || status !== undefined;
      real = real.slice(0, Math.max(0, real.lastIndexOf('/')));
      status = there && real !== '' ? look(real, seen) : undefined;
      inDirectory = real === '' ? there : status?.isDirectory() === true;
      continue;
    }
    const next = `${real}/${name}`;
    // Below something that is not there, or is no directory, nothing can be: the rest is only written behind it.
    if (!inDirectory) {
      real = next;
      status = undefined;
      continue;
    }
    if (mounts.slow(next)) throw new SlowPath(next);
    if (isOwnView(next)) return { none: 'unknown' };
    let found: Stats | undefined;
    try {
      found = look(next, seen);
    } catch (error) {
      if (codeOf(error) !== 'ENAMETOOLONG') return { none: 'refused' };
    }
    if (found?.isSymbolicLink() !== true) {
      real = next;
      status = found;
      inDirectory = found?.isDirectory() === true;
      pseudo = pseudo || mounts.pseudo(next);
      if (inDirectory && links.length === 0) seen.plain.set(next, pseudo);
      continue;
    }
    const target = linkTarget(next);
    if (target === undefined || links.length >= HOPS || target.length > PATH_MAX) return { none: 'refused' };
    // A name that is no valid UTF-8 cannot be followed by its text.
    if (target.includes('\ufffd')) return { none: 'unknown' };
    links.push(next);
    lastIsLink ||= todo.every((rest) => rest === '' || rest === '.');
    todo.push(...target.split('/').reverse());
    if (target.startsWith('/')) {
      real = '';
      status = undefined;
      pseudo = false;
    }
  }
  if (real === '' && inDirectory) status = look('/', seen);
  return { real: real === '' ? '/' : real, links, status, pseudo, dangling: lastIsLink && status === undefined };
}

/** The fact about a walked path. A dangling link is told by kind `link` with `exists` false: writing there creates `real`. */
export function pathFact(found: Found): PathFact {
  const { real, links, status } = found;
  const via = links.length === 0 ? {} : { links };
  if (status === undefined)
    return { real, exists: false, ...(found.dangling ? { kind: 'link' as const } : {}), ...via };
  return { real, exists: true, kind: kindOf(status), dev: status.dev, ino: status.ino, uid: status.uid, ...via };
}

function look(path: string, seen: Seen): Stats | undefined {
  const before = seen.status.get(path);
  if (before !== undefined || seen.status.has(path)) return before;
  const status = lstatSync(path, { throwIfNoEntry: false });
  seen.status.set(path, status);
  return status;
}

function linkTarget(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    // Gone since it was looked at, or not permitted: either way nothing can be said about where it leads.
    return undefined;
  }
}

/** Names in /proc that answer about whoever looks, which is this process and not the agent's, or lead where no path does. */
function isOwnView(path: string): boolean {
  if (!path.startsWith('/proc/')) return false;
  const [, , owner = '', what] = path.split('/');
  return owner === 'self' || owner === 'thread-self' || (/^\d+$/.test(owner) && what !== undefined && MAGIC.has(what));
}
const MAGIC: ReadonlySet<string> = new Set(['cwd', 'exe', 'fd', 'map_files', 'ns', 'task', 'root']);

function kindOf(status: Stats): NonNullable<PathFact['kind']> {
  if (status.isFile()) return 'file';
  if (status.isDirectory()) return 'dir';
  if (status.isFIFO()) return 'fifo';
  if (status.isSocket()) return 'socket';
  if (status.isBlockDevice()) return 'block';
  return status.isCharacterDevice() ? 'char' : 'other';
}
