// The watcher's own secret: 32 random bytes in a 0600 file, from which fingerprints and commitments are keyed.
import { randomBytes } from 'node:crypto';
import { closeSync, fstatSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { UserError } from './cli/errors.ts';

/** Reads the key (hex), or makes it. A key that others can read is refused: everything keyed by it would be theirs to forge. */
export function secretKey(file: string): string {
  try {
    const fd = openSync(file, 'wx', 0o600);
    writeSync(fd, randomBytes(32).toString('hex'));
    fsyncSync(fd);
    closeSync(fd);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const fd = openSync(file, 'r');
  try {
    if ((fstatSync(fd).mode & 0o077) !== 0)
      throw new UserError('key-open', `${file} is readable by other users`, `run \`chmod 600 ${file}\``);
    const key = readFileSync(fd, 'utf8').trim();
    if (!/^[0-9a-f]{64}$/.test(key))
      throw new UserError(
        'key-damaged',
        `${file} holds no key`,
        'restore it from a backup; without it old commitments cannot be checked',
      );
    return key;
  } finally {
    closeSync(fd);
  }
}
