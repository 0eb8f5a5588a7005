// Opening a ledger: folders, lock, key, recovery, in this order.
import { mkdirSync } from 'node:fs';
import { isNoRoom, LedgerFull } from './errors.ts';
import { loadSigner } from './key.ts';
import { listSegments, paths } from './layout.ts';
import { FileLedger } from './ledger.ts';
import { lock } from './lock.ts';
import type { LedgerOptions } from './options.ts';
import { recover } from './recover.ts';

/** Opens the ledger of a folder, makes it where there is none, and takes the writer's lock. Throws LedgerError. */
export function openLedger(dir: string, options: LedgerOptions = {}): FileLedger {
  const { segments, blobs, snapshots } = paths(dir);
  for (const folder of [dir, segments, blobs, snapshots]) mkdirSync(folder, { recursive: true, mode: 0o700 });
  const unlock = lock(dir);
  try {
    const signer = loadSigner(dir, listSegments(dir).length === 0);
    return new FileLedger(dir, signer, recover(dir, signer.key), options, unlock);
  } catch (error) {
    unlock();
    throw isNoRoom(error) ? new LedgerFull(dir, error) : error;
  }
}
