// The key that replies are signed with: 32 random bytes in a 0600 file beside the socket, one per installation.
import { randomBytes } from 'node:crypto';
import { closeSync, constants, fstatSync, fsyncSync, linkSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { codeOf } from '../../core/model/index.ts';
import { TransportError } from './errors.ts';

/** Where the key of a socket lies: the clients derive the same. */
export function keyPath(socket: string): string {
  return join(dirname(socket), 'hook.key');
}

/** What a hook by http carries as bearer token: the key in hex, made where there is none. Throws as `readHookKey` does. */
export function httpToken(file: string): string {
  return ensureHookKey(file).toString('hex');
}

/** Reads the key. Throws TransportError `hook-key` when there is none, or what lies there is no private key file. */
export function readHookKey(file: string): Buffer {
  let fd: number;
  try {
    fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  } catch (error) {
    throw new TransportError(
      'hook-key',
      `the key ${file} cannot be read (${codeOf(error) ?? 'error'})`,
      'start the watcher once with `holdfast start`',
      error,
    );
  }
  try {
    const status = fstatSync(fd);
    const bytes = Buffer.alloc(33);
    if (!status.isFile() || readSync(fd, bytes, 0, 33, 0) !== 32)
      throw new TransportError(
        'hook-key',
        `${file} is no key`,
        'remove it, start again and install the hooks anew with `holdfast init`',
      );
    if ((status.mode & 0o077) !== 0)
      throw new TransportError('hook-key', `${file} is open to other users`, `run \`chmod 600 ${file}\``);
    return bytes.subarray(0, 32);
  } finally {
    closeSync(fd);
  }
}

/** Reads the key, making it first where there is none. Two starts at once end with one key: the first to link its file wins. */
export function ensureHookKey(file: string): Buffer {
  const fresh = `${file}.${process.pid}-${randomBytes(4).toString('hex')}`;
  try {
    return readHookKey(file);
  } catch (error) {
    const missing = error instanceof TransportError && codeOf(error.cause) === 'ENOENT';
    if (!missing) throw error;
  }
  const fd = openSync(fresh, 'wx', 0o600);
  try {
    writeSync(fd, randomBytes(32));
    fsyncSync(fd);
    linkSync(fresh, file);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  } finally {
    closeSync(fd);
    rmSync(fresh, { force: true });
  }
  return readHookKey(file);
}
