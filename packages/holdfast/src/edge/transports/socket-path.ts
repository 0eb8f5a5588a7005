// The socket's place in the file system: a private directory, a path that fits, one owner at a time.
import { randomBytes } from 'node:crypto';
import { lstatSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname, isAbsolute, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { codeOf } from '../../core/model/index.ts';
import { TransportError } from './errors.ts';

/** Longest path the kernel takes, bytes (the terminating zero not counted). */
const PATH_BYTES = process.platform === 'darwin' ? 103 : 107;

/** Makes the directory 0700 where it is missing. Throws when it is another user's or open to others, or the path is too long. */
export function prepareDirectory(path: string): void {
  const dir = dirname(path);
  if (!isAbsolute(path) || Buffer.byteLength(path) > PATH_BYTES)
    throw new TransportError(
      'socket-path-long',
      `the socket path ${path} is not absolute or longer than ${PATH_BYTES} bytes`,
      'set HOLDFAST_HOME to a shorter one',
    );
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    const status = statSync(dir);
    if ((status.mode & 0o077) === 0 && (process.getuid === undefined || status.uid === process.getuid())) return;
  } catch (error) {
    throw new TransportError(
      'socket-io',
      `the directory ${dir} cannot be made (${codeOf(error) ?? 'error'})`,
      'make room for it or set HOLDFAST_HOME',
      error,
    );
  }
  throw new TransportError(
    'socket-dir-open',
    `the directory ${dir} belongs to, or is open to, other users`,
    `run \`chmod 700 ${dir}\``,
  );
}

/** A short name beside `path` to listen on before the socket becomes visible. */
export function hiddenName(path: string): string {
  return join(dirname(path), `.${randomBytes(3).toString('hex')}`);
}

/**
 * Takes the place beside `path` for this process; answers its release. Throws `watcher-running` when another has it. The lock
 * is the kernel's, so it ends with its process, however that ends: Node has no flock, SQLite's exclusive transaction is one.
 */
export function lockPlace(path: string): () => void {
  const file = join(dirname(path), 'gate.lock');
  const database = new DatabaseSync(file);
  try {
    database.exec(
      'PRAGMA busy_timeout = 0; PRAGMA journal_mode = MEMORY; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE',
    );
  } catch (error) {
    database.close();
    if (error instanceof Error && 'errcode' in error && error.errcode === 5) throw alreadyRunning(path);
    throw new TransportError('socket-io', `the lock ${file} cannot be taken`, 'remove it if no watcher runs', error);
  }
  return () => database.close();
}

/**
 * Makes the listening socket `hidden` visible as `path`, in one step. The caller holds the lock, so what lies there is a dead
 * watcher's; should somebody listen on it all the same, this throws `watcher-running`.
 */
export async function claim(hidden: string, path: string): Promise<void> {
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (there !== undefined) {
    if (!there.isSocket()) throw new TransportError('socket-io', `${path} is there and is no socket`, 'move it away');
    if (await listens(path)) throw alreadyRunning(path);
  }
  try {
    renameSync(hidden, path);
  } catch (error) {
    throw new TransportError(
      'socket-io',
      `the socket ${path} cannot be made (${codeOf(error) ?? 'error'})`,
      'look at the directory',
      error,
    );
  }
}

/** Removes `path` if it is still the file with this inode. */
export function release(path: string, inode: bigint | undefined): void {
  if (inode !== undefined && inodeOf(path) === inode) rmSync(path, { force: true });
}

/** Inode of the socket that a service manager made at `path`. Throws `socket-inherited` when it is not there or others may connect to it. */
export function inheritedInode(path: string): bigint {
  const bad = (why: string): TransportError =>
    new TransportError(
      'socket-inherited',
      `the service manager's socket cannot be used: ${why}`,
      'restart its unit, `systemctl restart holdfast.socket`',
    );
  const there = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  if (there?.isSocket() !== true) throw bad(`the socket file ${path} is gone`);
  if ((there.mode & 0o022n) !== 0n) throw bad(`others may connect to ${path}`);
  return there.ino;
}

/** Inode of what lies at `path`; undefined when nothing does. */
export function inodeOf(path: string): bigint | undefined {
  return lstatSync(path, { bigint: true, throwIfNoEntry: false })?.ino;
}

function alreadyRunning(path: string): TransportError {
  return new TransportError(
    'watcher-running',
    `another watcher has ${path}`,
    'see `holdfast status`, or use another HOLDFAST_HOME',
  );
}

/** Whether somebody accepts connections there. A full queue counts as yes: a hung watcher must not be displaced silently. */
function listens(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const probe = connect(path);
    const done = (answer: boolean): void => {
      probe.destroy();
      resolve(answer);
    };
    probe.once('connect', () => done(true));
    probe.once('error', (error) => {
      const code = codeOf(error);
      if (code === 'ECONNREFUSED' || code === 'ENOENT') done(false);
      else if (code === 'EAGAIN') done(true);
      else {
        probe.destroy();
        reject(
          new TransportError(
            'socket-io',
            `${path} cannot be tried (${code ?? 'error'})`,
            'remove it if no watcher runs',
            error,
          ),
        );
      }
    });
  });
}
