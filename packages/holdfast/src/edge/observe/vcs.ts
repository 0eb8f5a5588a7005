// The repository around a directory, read from git's own files. Git itself is never run: a repository can make it execute.
import type { Fact, Json, NoAnswer, Want } from '../../core/model/index.ts';

type Read = (path: string, max: number) => { readonly bytes: Buffer } | { readonly none: NoAnswer };
type Kind = (path: string) => 'file' | 'dir' | 'none';

/** Directories that are climbed before the search ends. */
const UP = 64;
const HEAD_BYTES = 4_096;
const CONFIG_BYTES = 256 * 1024;

/** `{ root, branch?, remotes?: [{ name, url }] }` of the nearest repository; `absent` when there is none. Included configuration is not followed. */
export function vcsFact(want: Want, dir: string, read: Read, kind: Kind): Fact {
  if (!dir.startsWith('/')) return { want, none: 'refused' };
  let root = dir.replace(/\/+$/, '');
  for (let step = 0; step < UP; step++) {
    const git = `${root}/.git`;
    const what = kind(git);
    if (what !== 'none')
      return found(want, root === '' ? '/' : root, what === 'dir' ? git : linked(root, git, read), read);
    if (root === '') return { want, none: 'absent' };
    root = root.slice(0, root.lastIndexOf('/'));
  }
  return { want, none: 'absent' };
}

function found(want: Want, root: string, git: string | undefined, read: Read): Fact {
  if (git === undefined) return { want, none: 'refused' };
  const head = line(read(`${git}/HEAD`, HEAD_BYTES));
  if (head === undefined) return { want, none: 'refused' };
  const branch = head.startsWith('ref: refs/heads/') ? head.slice('ref: refs/heads/'.length) : undefined;
  // A worktree keeps its HEAD apart and shares the rest.
  const shared = line(read(`${git}/commondir`, HEAD_BYTES));
  const common = shared === undefined ? git : shared.startsWith('/') ? shared : `${git}/${shared}`;
  const config = read(`${common}/config`, CONFIG_BYTES);
  const remotes = 'bytes' in config ? remotesOf(config.bytes.toString('utf8')) : [];
  const got: Json = { root, ...(branch === undefined ? {} : { branch }), ...(remotes.length === 0 ? {} : { remotes }) };
  return { want, got };
}

/** A `.git` file of a worktree or submodule: `gitdir: PATH`. */
function linked(root: string, git: string, read: Read): string | undefined {
  const text = line(read(git, HEAD_BYTES));
  if (text?.startsWith('gitdir: ') !== true) return undefined;
  const path = text.slice('gitdir: '.length);
  return path.startsWith('/') ? path : `${root}/${path}`;
}

/** URLs of `[remote "name"]` sections, `pushurl` too; as git-config(1) writes them, without continuation lines. */
export function remotesOf(config: string): readonly { readonly name: string; readonly url: string }[] {
  const remotes: { name: string; url: string }[] = [];
  let name: string | undefined;
  for (const raw of config.split('\n')) {
    const text = raw.trim();
    if (text.startsWith('[')) {
      name = /^\[\s*remote\s+"((?:[^"\\]|\\.)*)"\s*\]/i.exec(text)?.[1]?.replace(/\\(.)/g, '$1');
      continue;
    }
    const url = name === undefined ? undefined : /^(?:push)?url\s*=\s*(.*)$/i.exec(text)?.[1];
    if (name === undefined || url === undefined) continue;
    remotes.push({ name, url: /^"(.*)"$/.exec(url)?.[1] ?? url });
  }
  return remotes;
}

function line(read: { readonly bytes: Buffer } | { readonly none: NoAnswer }): string | undefined {
  return 'bytes' in read ? (read.bytes.toString('utf8').split('\n')[0] ?? '').trim() : undefined;
}
