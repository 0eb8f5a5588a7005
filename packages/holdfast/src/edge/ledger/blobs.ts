// Payloads too large for a record: files named by the SHA-256 of their content, readable by the owner alone.
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { codeOf, sha256, type Hash } from '../../core/model/index.ts';
import type { Blobs } from '../../ports/index.ts';
import { isNoRoom, LedgerError } from './errors.ts';
import { paths } from './layout.ts';

export type BlobHooks = {
  /** Takes the descriptor of a new blob, to sync and close it with the records that name it. */
  readonly wrote: (fd: number, bytes: number) => void;
  /** No room for a blob; what is thrown to the caller. */
  readonly full: (error: unknown) => Error;
};

/** `put` is synchronous and atomic; a blob that is there already is not written again. `get` gives only bytes that still have their name's hash. */
export function fileBlobs(dir: string, hooks: BlobHooks): Blobs {
  const root = paths(dir).blobs;
  let count = 0;
  const fileOf = (hash: Hash): string => join(root, hash.slice(0, 2), checked(hash));
  return {
    put(bytes) {
      const hash = sha256(bytes);
      const path = fileOf(hash);
      if (statSync(path, { throwIfNoEntry: false })?.size === bytes.length) return hash;
      const fresh = `${path}.${process.pid}.${(count += 1)}.tmp`;
      try {
        mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
        const fd = openSync(fresh, 'wx', 0o600);
        try {
          for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done);
          renameSync(fresh, path);
        } catch (error) {
          closeSync(fd);
          throw error;
        }
        hooks.wrote(fd, bytes.length);
      } catch (error) {
        rmSync(fresh, { force: true });
        throw isNoRoom(error) ? hooks.full(error) : error;
      }
      return hash;
    },
    get(hash) {
      try {
        const bytes = readFileSync(fileOf(hash));
        if (sha256(bytes) === hash) return bytes;
      } catch (error) {
        if (codeOf(error) === 'ENOENT') return undefined;
        throw error;
      }
      throw new LedgerError('ledger-damaged', `blob ${hash} was changed: its content does not have that hash`);
    },
    drop(hash) {
      rmSync(fileOf(hash), { force: true });
    },
  };
}

/** A blob, for those who only read; undefined when it is not kept any more. Throws as `get` does. */
export function readBlob(dir: string, hash: Hash): Uint8Array | undefined {
  const never = (): never => {
    throw new LedgerError('record-refused', 'this only reads');
  };
  return fileBlobs(dir, { wrote: never, full: never }).get(hash);
}

/** A name that is a hash and nothing else: it becomes part of a path. */
function checked(hash: Hash): Hash {
  if (hash.length === 64 && [...hash].every((c) => '0123456789abcdef'.includes(c))) return hash;
  throw new LedgerError('record-refused', 'a blob is named by 64 lower-case hex digits');
}
