// The index as a command reads it: read-only, beside the watcher's worker, and only where it fits the ledger it lies in.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { rawToHex } from '../../core/record/index.ts';
import { INDEX_FILE, VERSION } from './index-database.ts';
import { ROWS_DEFAULT, ROWS_MAX, type IndexQuery } from './index-query.ts';
import { selectRows } from './index-sql.ts';
import { paths } from './layout.ts';
import { readStored } from './read.ts';

export type IndexReader = {
  /** Records below this seq are in it. */
  readonly next: number;
  /** Seqs of records that match, in the order of the query. Throws what SQLite throws. */
  seqs(query: IndexQuery): readonly number[];
  close(): void;
};

/** A reader, or why there is none. Looks only; never makes or repairs anything. */
export async function openIndexReader(
  dir: string,
): Promise<IndexReader | { readonly why: string; readonly broken: boolean }> {
  const path = join(paths(dir).index, INDEX_FILE);
  if (!existsSync(path)) return { why: 'there is none yet', broken: false };
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { readOnly: true });
    const open = database;
    open.exec('PRAGMA trusted_schema = OFF; PRAGMA busy_timeout = 200');
    const version = Number(open.prepare('PRAGMA user_version').get()?.['user_version']);
    if (version !== VERSION) throw new Error(`it is of version ${version}`);
    const state = open.prepare('SELECT next, hash FROM state').get();
    const next = Number(state?.['next'] ?? 0);
    if (next > 0 && (await hashAt(dir, next - 1)) !== String(state?.['hash']))
      throw new Error('it does not fit the ledger');
    return {
      next,
      seqs: (query) => allSeqs(open, query),
      close: () => open.close(),
    };
  } catch (error) {
    database?.close();
    // SQLite's own words say more than its code.
    return { why: error instanceof Error ? error.message : String(error), broken: true };
  }
}

/** As many as the query asks for, in pages of what one question may give. */
function allSeqs(database: DatabaseSync, query: IndexQuery): readonly number[] {
  const wanted = query.limit ?? ROWS_DEFAULT;
  const found: number[] = [];
  let page = query;
  for (;;) {
    const limit = Math.min(wanted - found.length, ROWS_MAX);
    const rows = selectRows(database, { ...page, limit });
    for (const row of rows) found.push(row.seq);
    const last = rows.at(-1)?.seq;
    if (rows.length < limit || found.length >= wanted || last === undefined) return found;
    page = query.oldest === true ? { ...query, after: last } : { ...query, before: last };
  }
}

async function hashAt(dir: string, seq: number): Promise<string | undefined> {
  for await (const { hash } of readStored(dir, seq, seq)) return rawToHex(hash);
  return undefined;
}
