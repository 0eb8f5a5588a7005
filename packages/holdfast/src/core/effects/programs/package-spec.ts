// What a word names that a package manager installs: a file of this machine, an address, or a name of its registry.
import { behind, DIGITS, endOf, isOf, SPACE, trimEndOf, WORD } from '../../names/index.ts';
import { hostOfRemote, schemeOf } from '../address.ts';

export type PackageSpec =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'address'; readonly address: string }
  | { readonly kind: 'registry'; readonly pinned: boolean };

export type Manager = 'npm' | 'python' | 'other';

/** Forges by the prefix that npm knows them under. */
const FORGES: { readonly [prefix: string]: string } = {
  github: 'https://github.com/',
  gitlab: 'https://gitlab.com/',
  bitbucket: 'https://bitbucket.org/',
  gist: 'https://gist.github.com/',
};
const ARCHIVES: readonly string[] = ['.whl', '.tgz', '.tar.gz', '.gem', '.nupkg', '.deb', '.rpm', '.apk'];
const NAME = `${WORD}.-`;

export function packageSpec(text: string, manager: Manager): PackageSpec {
  // `name @ https://…`: the address decides.
  const at = manager === 'python' ? text.indexOf('@') : -1;
  if (at > 0 && isOf(text.slice(0, at).trim(), `${NAME}[],`)) return packageSpec(text.slice(at + 1).trim(), manager);
  const bare = behind(text, 'git+') ?? text;
  const scheme = schemeOf(bare);
  if (scheme === 'file') return fileSpec(bare.slice('file://'.length));
  if (scheme !== undefined) return { kind: 'address', address: bare };
  const colon = text.indexOf(':');
  const prefix = colon > 0 ? text.slice(0, colon).toLowerCase() : '';
  if (prefix === 'file' || prefix === 'link' || prefix === 'portal') return fileSpec(text.slice(colon + 1));
  if (Object.hasOwn(FORGES, prefix)) return { kind: 'address', address: FORGES[prefix]! + text.slice(colon + 1) };
  if (hostOfRemote(text) !== undefined && text.includes('@')) return { kind: 'address', address: text };
  if (isPath(text) || ARCHIVES.some((end) => text.endsWith(end))) return fileSpec(text);
  if (manager === 'npm' && isForgeName(text)) return { kind: 'address', address: `https://github.com/${text}` };
  return {
    kind: 'registry',
    pinned: manager === 'python' ? isPinnedPython(text) : isExact(text.slice(versionAt(text))),
  };
}

function fileSpec(path: string): PackageSpec {
  return { kind: 'file', path: withoutExtras(path) };
}

/** Without the extras at its end: `./pkg[dev]`. */
function withoutExtras(text: string): string {
  const open = text.endsWith(']') ? text.lastIndexOf('[') : -1;
  return open < 0 ? text : text.slice(0, open);
}

function isPath(text: string): boolean {
  const path = withoutExtras(text);
  return path === '.' || path === '..' || ['./', '../', '/', '~/'].some((start) => text.startsWith(start));
}

/** `owner/repository`, which npm takes from GitHub; a scope begins with `@`. */
function isForgeName(text: string): boolean {
  const slash = text.indexOf('/');
  const hash = text.indexOf('#');
  const name = text.slice(slash + 1, hash < 0 ? text.length : hash);
  return slash > 0 && isOf(text.slice(0, slash), NAME) && isOf(name, NAME);
}

/** Where the version begins behind the last `@` that is not the first character; the end when there is none. */
function versionAt(text: string): number {
  const at = text.lastIndexOf('@');
  return at > 0 ? at + 1 : text.length;
}

/** `1.2.3`, `1.2.3-rc.1+x`: no range, no tag. A leading `v` is Go's. */
function isExact(version: string): boolean {
  let at = version.startsWith('v') ? 1 : 0;
  for (let part = 0; part < 3; part++) {
    const end = endOf(version, DIGITS, at);
    if (end === at || (part < 2 && version[end] !== '.')) return false;
    at = part < 2 ? end + 1 : end;
  }
  return at === version.length || ('-+'.includes(version[at]!) && isOf(version.slice(at + 1), `${NAME}+`));
}

/** `name==1.2` or `name===1.2`, without a wildcard; a condition behind `;` changes nothing. */
function isPinnedPython(text: string): boolean {
  const condition = text.indexOf(';');
  const whole = condition < 0 ? text : text.slice(0, condition);
  const equals = whole.indexOf('==');
  if (equals < 0) return false;
  const version = trimEndOf(whole.slice(endOf(whole, `=${SPACE}`, equals)), SPACE);
  return isOf(version, `${NAME}!+`);
}
