// One writer at a time: an exclusive lock of the operating system on a file, which ends with the process, however it ends.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { LedgerError } from './errors.ts';
import { paths } from './layout.ts';

/**
 * Takes the lock; answers its release. Node has no flock of its own, SQLite does: an open exclusive transaction on an empty
 * database holds a record lock of the kernel, also against a second writer in this process. A pid file would outlive a crash.
 */
export function lock(dir: string): () => void {
  const { lock: path, owner } = paths(dir);
  const database = new DatabaseSync(path);
  try {
    database.exec('PRAGMA busy_timeout = 0; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    const busy = error instanceof Error && 'errcode' in error && error.errcode === 5;
    if (!busy)
      throw new LedgerError(
        'ledger-locked',
        `the lock ${path} cannot be taken`,
        error,
        'if no watcher runs, remove that file',
      );
    throw new LedgerError(
      'ledger-locked',
      `another process (pid ${ownerOf(owner)}) writes the ledger in ${dir}`,
      error,
    );
  }
  // Only for the sentence above; the lock itself is the kernel's.
  writeFileSync(owner, `${process.pid}\n`, { mode: 0o600 });
  return () => {
    rmSync(owner, { force: true });
    database.close();
  };
}

function ownerOf(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim().slice(0, 20);
  } catch {
    // The pid is a courtesy; a writer that has just begun may not have written it yet.
    return 'unknown';
  }
}
