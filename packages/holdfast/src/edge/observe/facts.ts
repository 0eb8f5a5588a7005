// FactSource over the real disk: bounded, read-only, never waiting on what is no regular file, each answer before its deadline.
import { constants } from 'node:fs';
import { lstat, open, readdir, readlink, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { sha256, type Fact, type Json, type NoAnswer, type PathFact, type Want } from '../../core/model/index.ts';
import type { FactSource } from '../../ports/index.ts';

export type Observer = FactSource & { close(): Promise<void> };

const HOPS = 40;

/** Every want is answered: in time with what there is, otherwise `late`. A call that hangs in the kernel keeps one pool thread, not us. */
export function observeFacts(): Observer {
  return {
    async observe(wants, deadlineMs) {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<'late'>((done) => {
        timer = setTimeout(() => done('late'), deadlineMs);
      });
      try {
        return await Promise.all(wants.map(async (want): Promise<Fact> => {
          const answer = await Promise.race([answerTo(want), late]);
          return answer === 'late' ? { want, none: 'late' } : answer;
        }));
      } finally {
        clearTimeout(timer);
      }
    },
    close: () => Promise.resolve(),
  };
}

async function answerTo(want: Want): Promise<Fact> {
  try {
    switch (want.ask) {
      case 'path':
        return { want, got: (await pathFact(want.path)) as unknown as Json };
      case 'text':
        return await textFact(want, want.path, want.max);
      case 'list': {
        const names = await readdir(want.dir);
        return names.length > want.max ? { want, none: 'too-big' } : { want, got: names.sort() };
      }
      case 'program':
        return await programFact(want, want.name, want.path);
      case 'vcs':
        return await vcsFact(want, want.dir);
      case 'resolve':
      case 'file-label':
        return { want, none: 'unknown' };
    }
  } catch (error) {
    return { want, none: whyNot(error) };
  }
}

/** Real path through all links. Of a missing file: that of its nearest existing ancestor, and the rest behind it. */
async function pathFact(path: string): Promise<PathFact> {
  const links: string[] = [];
  const absolute = resolve(path);
  const found = await lstat(absolute).catch((error: unknown) => missing(error));
  if (found === undefined) {
    let parent = dirname(absolute);
    let rest = basename(absolute);
    for (;;) {
      const real = await realpath(parent).catch((error: unknown) => missing(error));
      if (real !== undefined) return { real: join(real, rest), exists: false };
      if (parent === '/') return { real: absolute, exists: false };
      rest = join(basename(parent), rest);
      parent = dirname(parent);
    }
  }
  if (!found.isSymbolicLink()) {
    const real = await realpath(absolute);
    return { real, exists: true, kind: kindOf(found), dev: found.dev, ino: found.ino, uid: found.uid };
  }
  // A link that leads nowhere still leads somewhere a write would create.
  let at = absolute;
  for (let hop = 0; hop < HOPS; hop++) {
    const next = await readlink(at).catch((error: unknown) => (whyNot(error) === 'absent' || (error as NodeJS.ErrnoException).code === 'EINVAL' ? undefined : Promise.reject(error as Error)));
    if (next === undefined) break;
    at = resolve(dirname(at), next);
    links.push(at);
  }
  const target = await stat(absolute).catch((error: unknown) => missing(error));
  if (target === undefined) {
    const real = await realpath(dirname(at)).catch((error: unknown) => missing(error));
    return { real: real === undefined ? at : join(real, basename(at)), exists: false, kind: 'link', links };
  }
  return { real: await realpath(absolute), exists: true, kind: kindOf(target), dev: target.dev, ino: target.ino, uid: target.uid, links };
}

/** Bytes of a regular file. Opened without blocking, so that a FIFO answers at once, and looked at before anything is read. */
async function textFact(want: Want, path: string, max: number): Promise<Fact> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  try {
    const status = await handle.stat();
    if (!status.isFile()) return { want, none: 'refused' };
    if (status.size > max) return { want, none: 'too-big' };
    const bytes = Buffer.alloc(max + 1);
    let length = 0;
    // Files below /proc say size 0 and still have content, so reading is bounded by what comes, not by what is said.
    for (;;) {
      const { bytesRead } = await handle.read(bytes, length, bytes.length - length, null);
      length += bytesRead;
      if (length > max) return { want, none: 'too-big' };
      if (bytesRead === 0) break;
    }
    const content = bytes.subarray(0, length);
    return { want, got: content.toString('utf8'), digest: sha256(content) };
  } finally {
    await handle.close();
  }
}

async function programFact(want: Want, name: string, path: string): Promise<Fact> {
  for (const folder of path.split(':')) {
    if (!folder.startsWith('/')) continue;
    const file = join(folder, name);
    const status = await stat(file).catch((error: unknown) => missing(error));
    if (status?.isFile() === true && (status.mode & 0o111) !== 0) return { want, got: { path: await realpath(file) } };
  }
  return { want, none: 'absent' };
}

/** The repository around a directory, read from its files; git itself is never run, since a repository can make it execute. */
async function vcsFact(want: Want, dir: string): Promise<Fact> {
  for (let at = resolve(dir), hop = 0; hop < HOPS; hop++, at = dirname(at)) {
    const status = await stat(join(at, '.git')).catch((error: unknown) => missing(error));
    if (status !== undefined) {
      const head = await textFact(want, join(at, '.git', 'HEAD'), 4096).catch((): undefined => undefined);
      const text = head !== undefined && 'got' in head && typeof head.got === 'string' ? head.got.trim() : '';
      const branch = text.startsWith('ref: refs/heads/') ? text.slice('ref: refs/heads/'.length) : undefined;
      return { want, got: { root: at, ...(branch === undefined ? {} : { branch }) } };
    }
    if (at === '/') break;
  }
  return { want, none: 'absent' };
}

type Kinds = { isFile(): boolean; isDirectory(): boolean; isSymbolicLink(): boolean; isFIFO(): boolean; isSocket(): boolean; isBlockDevice(): boolean; isCharacterDevice(): boolean };

function kindOf(status: Kinds): NonNullable<PathFact['kind']> {
  if (status.isFile()) return 'file';
  if (status.isDirectory()) return 'dir';
  if (status.isSymbolicLink()) return 'link';
  if (status.isFIFO()) return 'fifo';
  if (status.isSocket()) return 'socket';
  if (status.isBlockDevice()) return 'block';
  return status.isCharacterDevice() ? 'char' : 'other';
}

/** Undefined for what is not there; every other error goes on. */
function missing(error: unknown): undefined {
  if (whyNot(error) !== 'absent') throw error;
  return undefined;
}

function whyNot(error: unknown): NoAnswer {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ENOENT' || code === 'ENOTDIR' ? 'absent' : 'refused';
}
