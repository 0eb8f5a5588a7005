// Reading and replacing one settings file of somebody else: whole or not at all, with its owner and mode, through symbolic links.
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import {
  lstat,
  mkdir,
  open,
  readFile,
  readlink,
  realpath,
  rename,
  rm,
  rmdir,
  stat,
  type FileHandle,
} from 'node:fs/promises';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { codeOf } from '../../core/model/index.ts';
import { InstallError } from './errors.ts';

/** Larger settings are not ours to rewrite. */
const BYTES = 8 * 1024 * 1024;
/** Links followed from a settings file to the real one. */
const LINKS = 16;

export type Found = {
  /** The file itself, after all links. */
  readonly real: string;
  /** Undefined when there is no such file. */
  readonly bytes: Buffer | undefined;
};

/** Reads the file that the program would read; refuses what is no regular file. */
export async function readSettings(path: string): Promise<Found> {
  const real = await target(path);
  let handle: FileHandle;
  try {
    // Non-blocking, so that a FIFO in its place cannot hold us up.
    handle = await open(real, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return { real, bytes: undefined };
    throw new InstallError(
      'settings-unreadable',
      `${path} cannot be read (${code ?? 'unknown'})`,
      `make it readable, or run as its owner`,
      error,
    );
  }
  try {
    const info = await handle.stat();
    if (!info.isFile())
      throw new InstallError('settings-unreadable', `${path} is no regular file`, 'move it away and run again');
    if (info.size > BYTES)
      throw new InstallError(
        'settings-unreadable',
        `${path} is larger than ${BYTES} bytes`,
        'make it smaller and run again',
      );
    return { real, bytes: await handle.readFile() };
  } finally {
    await handle.close();
  }
}

/** Where a path leads after its links, also when the last one points at nothing yet. */
async function target(path: string): Promise<string> {
  let at = path;
  for (let i = 0; i < LINKS; i++) {
    const info = await lstat(at).catch((error: unknown) => {
      if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined;
      throw new InstallError(
        'settings-unreadable',
        `${path} cannot be looked at (${codeOf(error)})`,
        'check the folder it is in',
        error,
      );
    });
    if (info === undefined || !info.isSymbolicLink()) {
      const folder = await realpath(dirname(at)).catch(() => dirname(at));
      return join(folder, basename(at));
    }
    const to = await readlink(at);
    at = isAbsolute(to) ? to : join(await realpath(dirname(at)), to);
  }
  throw new InstallError(
    'settings-unreadable',
    `${path} is a circle of links`,
    'replace the link by a file and run again',
  );
}

/**
 * Replaces the file's content in one step: a new file beside it, on disk, then renamed over it. Owner and mode stay; a new file gets
 * `mode` and the owner of its folder. `expected` is what the change was computed from: a file that changed since is left alone.
 */
export async function replaceFile(
  real: string,
  expected: Buffer | undefined,
  bytes: Buffer,
  mode: number,
): Promise<void> {
  const folder = dirname(real);
  const fresh = join(folder, `.${basename(real)}.holdfast-${process.pid}`);
  try {
    const owner = await stat(expected === undefined ? folder : real);
    const handle = await open(
      fresh,
      constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
      0o600,
    );
    try {
      await handle.writeFile(bytes);
      if (process.getuid?.() === 0) await handle.chown(owner.uid, owner.gid);
      await handle.chmod(expected === undefined ? mode : owner.mode & 0o7777);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await assertUnchanged(real, expected);
    await rename(fresh, real);
    await syncFolder(folder);
  } catch (error) {
    await rm(fresh, { force: true });
    if (error instanceof InstallError) throw error;
    throw new InstallError(
      'settings-unwritable',
      `${real} cannot be written (${codeOf(error) ?? 'unknown'})`,
      'check its folder, its owner and the space on that disk',
      error,
    );
  }
}

/** Removes the file if it still is what is expected. */
export async function removeFile(real: string, expected: Buffer): Promise<void> {
  await assertUnchanged(real, expected);
  try {
    await rm(real);
    await syncFolder(dirname(real));
  } catch (error) {
    throw new InstallError(
      'settings-unwritable',
      `${real} cannot be removed (${codeOf(error) ?? 'unknown'})`,
      'check its folder and its owner',
      error,
    );
  }
}

async function assertUnchanged(real: string, expected: Buffer | undefined): Promise<void> {
  const now = await readFile(real).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  });
  const same = now === undefined || expected === undefined ? now === expected : now.equals(expected);
  if (!same)
    throw new InstallError(
      'settings-changed',
      `${real} was changed by somebody else meanwhile`,
      'look at it and run again',
    );
}

/** Creates missing folders, owned like the nearest existing one; answers those it made, deepest first. */
export async function makeFolders(folder: string, mode: number): Promise<readonly string[]> {
  const missing: string[] = [];
  let at = folder;
  for (;;) {
    const info = await stat(at).catch((error: unknown) => {
      if (codeOf(error) === 'ENOENT') return undefined;
      throw new InstallError(
        'settings-unwritable',
        `${at} cannot be looked at (${codeOf(error)})`,
        'check the folder it is in',
        error,
      );
    });
    if (info !== undefined) {
      try {
        for (const one of missing.toReversed()) {
          await mkdir(one, { mode });
          if (process.getuid?.() === 0) await chownFolder(one, info.uid, info.gid);
        }
      } catch (error) {
        throw new InstallError(
          'settings-unwritable',
          `${folder} cannot be created (${codeOf(error) ?? 'unknown'})`,
          'check who owns the folder above it',
          error,
        );
      }
      return missing;
    }
    missing.push(at);
    at = dirname(at);
  }
}

async function chownFolder(folder: string, uid: number, gid: number): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    await handle.chown(uid, gid);
  } finally {
    await handle.close();
  }
}

/** Removes folders that are empty; one that somebody else has put something into stays. */
export async function removeEmptyFolders(folders: readonly string[]): Promise<void> {
  for (const folder of folders) {
    try {
      await rmdir(folder);
    } catch (error) {
      // In use by now, or already gone: both are as they should be.
      if (!['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes(codeOf(error) ?? '')) throw error;
    }
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

export function digestOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
