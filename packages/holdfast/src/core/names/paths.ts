// Paths as text: the lexical normal form of a file name, without looking at any file system.

/** Where an action happens, as far as names depend on it. Both absolute, in normal form. */
export type NamePlace = { readonly home: string; readonly workspace: string };

// A NUL cannot be in a path, so no file can be mistaken for the marker.
const MARK = '\0unknown:';
/** Longest name that is read, UTF-16 units: far beyond what any kernel opens (PATH_MAX is 4,096 bytes). */
const LONGEST = 32_768;

/** The marker that stands for a path which cannot be known; `why` in a few lower-case words. */
export function unknownPath(why: string): string {
  return MARK + why;
}

/** Why `path` is a marker of `unknownPath`, or undefined when it is a path. */
export function whyUnknown(path: string): string | undefined {
  return path.startsWith(MARK) ? path.slice(MARK.length) : undefined;
}

/**
 * Absolute lexical normal form of `name` as seen from `cwd`: tilde expanded, `.`, `..`, `//` and trailing `/` gone,
 * `/proc/self/root`, `/proc/self/cwd` and `/proc/<pid>/root` followed, `/proc/self/fd/n` written as `/dev/fd/n`.
 * What cannot be known by text (another user's `~name`, `/proc/<pid>/cwd`, an unknown cwd, a NUL, an empty name)
 * becomes a marker: test with `whyUnknown`; `pathTarget` turns it into an unknown target.
 * A leading tilde is always read as a home; a caller that knows it was quoted passes `./~`.
 */
export function resolvePath(cwd: string, name: string, home: string): string {
  const absolute = absolutePath(cwd, name, home);
  if (absolute.charCodeAt(0) === 0) return absolute;
  return isNormal(absolute) ? absolute : normalise(absolute, cwd);
}

/**
 * The absolute path that an observer should be asked about: like `resolvePath`, but when `..` follows a name, dots are
 * kept, because the kernel goes up from where a link leads and the text does not show that.
 */
export function pathToObserve(cwd: string, name: string, home: string): string {
  const absolute = absolutePath(cwd, name, home);
  if (absolute.charCodeAt(0) === 0) return absolute;
  if (isNormal(absolute)) return absolute;
  const normal = normalise(absolute, cwd);
  const up = absolute.indexOf('/..');
  // Leading `..` directly at the root change nothing; magic links of /proc are resolved here and need no observer.
  return up <= 0 || absolute.startsWith('/proc/') || normal.charCodeAt(0) === 0 ? normal : absolute;
}

/** True when `path` is `root` or lies below it. Both absolute and in normal form; `/a/bc` is not below `/a/b`. */
export function isWithin(root: string, path: string): boolean {
  if (root === '/') return path.startsWith('/');
  return path.startsWith(root) && (path.length === root.length || path.charCodeAt(root.length) === 0x2f);
}

/** Segments of an absolute path in normal form; none for `/`. */
export function segments(path: string): string[] {
  return path.length <= 1 ? [] : path.slice(1).split('/');
}

/** Last segment, or empty for `/`. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** The directory that holds `path`; of `/` it is `/`. */
export function parentPath(path: string): string {
  const cut = path.lastIndexOf('/');
  return cut <= 0 ? '/' : path.slice(0, cut);
}

function absolutePath(cwd: string, name: string, home: string): string {
  if (name === '') return unknownPath('an empty file name');
  if (name.charCodeAt(0) === 0 && name.startsWith(MARK)) return name;
  if (name.length > LONGEST) return unknownPath('a file name longer than any path');
  if (name.includes('\0')) return unknownPath('a file name with a NUL');
  const first = name.charCodeAt(0);
  if (first === 0x2f) return name;
  if (first === 0x7e) return fromTilde(cwd, name, home);
  return under(cwd, name);
}

function under(base: string, rest: string): string {
  if (base.charCodeAt(0) !== 0x2f || base.includes('\0')) {
    return whyUnknown(base) === undefined ? unknownPath('a relative name in an unknown directory') : base;
  }
  return rest === '' ? base : `${base}/${rest}`;
}

function fromTilde(cwd: string, name: string, home: string): string {
  const slash = name.indexOf('/');
  const who = slash < 0 ? name.slice(1) : name.slice(1, slash);
  const rest = slash < 0 ? '' : name.slice(slash + 1);
  if (who === '') return under(home, rest);
  if (who === '+') return under(cwd, rest);
  // The user's own name and root have homes that convention fixes; anyone else's is known to the system only.
  if (who === baseName(home)) return under(home, rest);
  if (who === 'root') return under('/root', rest);
  return unknownPath(`the home of another user (~${who})`);
}

// One pass without allocation: an absolute path that has nothing to normalise.
function isNormal(path: string): boolean {
  const end = path.length;
  if (end === 1) return true;
  if (path.charCodeAt(end - 1) === 0x2f) return false;
  if (path.startsWith('/proc/') || path.startsWith('/dev/fd/')) return false;
  for (let i = path.indexOf('/', 0); i >= 0; i = path.indexOf('/', i + 1)) {
    const next = path.charCodeAt(i + 1);
    if (next === 0x2f) return false;
    if (next === 0x2e) {
      const after = path.charCodeAt(i + 2);
      if (i + 2 === end || after === 0x2f) return false;
      if (after === 0x2e && (i + 3 === end || path.charCodeAt(i + 3) === 0x2f)) return false;
    }
  }
  return true;
}

function normalise(path: string, cwd: string): string {
  const stack: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    // What lies below or above an open directory is known to the process alone.
    if (stack.length === 3 && stack[1] === 'fd' && stack[0] === 'dev')
      return unknownPath('a name relative to an open file');
    if (part === '..') {
      stack.pop();
      continue;
    }
    stack.push(part);
    if (stack[0] === 'proc' && stack.length >= 3) {
      const why = followProc(stack, cwd);
      if (why !== undefined) return unknownPath(why);
    }
  }
  return `/${stack.join('/')}`;
}

const NUMBER = /^[0-9]+$/;

/** Replaces a stack that stands on a magic link of /proc by where it leads. Answers why when that cannot be known. */
function followProc(stack: string[], cwd: string): string | undefined {
  const process = stack[1] ?? '';
  const own = process === 'self' || process === 'thread-self';
  if (!own && !NUMBER.test(process)) return undefined;
  const at = stack[2] === 'task' && stack.length >= 5 ? 4 : 2;
  const link = stack[at];
  if (stack.length === at + 1) {
    // `..` above a root is that root, as for the kernel. Another process may see another root; `/` is the stricter reading.
    if (link === 'root') stack.length = 0;
    if (link === 'cwd') {
      const here = own && cwd.charCodeAt(0) === 0x2f ? normalise(cwd, '/') : '';
      if (here.charCodeAt(0) !== 0x2f) return 'the working directory of another process';
      stack.splice(0, stack.length, ...segments(here));
    }
  } else if (link === 'fd' && stack.length === at + 2) {
    if (!own) return 'an open file of another process';
    stack.splice(0, stack.length, 'dev', 'fd', stack[at + 1] ?? '');
  }
  return undefined;
}
