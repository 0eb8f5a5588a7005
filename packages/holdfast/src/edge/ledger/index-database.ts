// The SQLite side of the index: one table, its words, and the place up to which segments have been read. Runs in the worker.
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { IndexQuery, IndexRow } from './index-query.ts';
import { selectRows } from './index-sql.ts';

/** Raised when rows change their meaning: another number is another database, built anew. */
export const VERSION = 1;

/** Its file, in the ledger's folder for the index. */
export const INDEX_FILE = 'records.db';

const SCHEMA = `
  CREATE TABLE record (seq INTEGER PRIMARY KEY, time INTEGER NOT NULL, type TEXT NOT NULL, session TEXT, agent TEXT, level TEXT, rules TEXT NOT NULL, text TEXT NOT NULL) STRICT;
  CREATE INDEX by_time ON record (time);
  CREATE INDEX by_session ON record (session, seq) WHERE session IS NOT NULL;
  CREATE INDEX by_level ON record (level, seq) WHERE level IS NOT NULL;
  CREATE TABLE reason (rule TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (rule, seq)) STRICT, WITHOUT ROWID;
  CREATE VIRTUAL TABLE word USING fts5 (text, content='record', content_rowid='seq', tokenize="unicode61 remove_diacritics 2");
  CREATE TABLE state (one INTEGER PRIMARY KEY CHECK (one = 1), next INTEGER NOT NULL, hash TEXT NOT NULL) STRICT;
  INSERT INTO state VALUES (1, 0, '');
  PRAGMA user_version = ${VERSION};
`;

export class IndexDatabase {
  readonly #database: DatabaseSync;
  readonly #insert: StatementSync;
  readonly #insertWord: StatementSync;
  readonly #insertReason: StatementSync;
  readonly #advance: StatementSync;

  /** Opens or makes it; throws what SQLite throws for a damaged file. `whole`: every page is looked at, about 5 ms per MB. */
  constructor(path: string, whole: boolean) {
    this.#database = new DatabaseSync(path);
    try {
      // A lost index is built anew, so it never waits for the disk.
      this.#database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA trusted_schema = OFF');
      const version = Number(this.#database.prepare('PRAGMA user_version').get()?.['user_version']);
      if (version === 0) this.#database.exec(SCHEMA);
      else if (version !== VERSION) throw new Error(`it is of version ${version}`);
      const check = whole ? this.#database.prepare('PRAGMA quick_check(1)').get()?.['quick_check'] : 'ok';
      if (check !== 'ok') throw new Error(`SQLite says: ${String(check)}`);
      this.#insert = this.#database.prepare('INSERT INTO record VALUES (?, ?, ?, ?, ?, ?, ?, ?)');
      this.#insertWord = this.#database.prepare('INSERT INTO word (rowid, text) VALUES (?, ?)');
      this.#insertReason = this.#database.prepare('INSERT INTO reason VALUES (?, ?)');
      this.#advance = this.#database.prepare('UPDATE state SET next = ?, hash = ?');
    } catch (error) {
      this.#database.close();
      throw error;
    }
  }

  /** Records read so far, and the chain hash (hex) of the last of them. */
  place(): { readonly next: number; readonly hash: string } {
    const row = this.#database.prepare('SELECT next, hash FROM state').get();
    return { next: Number(row?.['next'] ?? 0), hash: String(row?.['hash'] ?? '') };
  }

  /** Adds rows and moves the place, both or neither. */
  add(rows: readonly IndexRow[], next: number, hash: string): void {
    this.#database.exec('BEGIN');
    try {
      for (const row of rows) {
        this.#insert.run(
          row.seq,
          row.time,
          row.type,
          row.session,
          row.agent,
          row.level,
          JSON.stringify(row.rules),
          row.text,
        );
        this.#insertWord.run(row.seq, row.text);
        for (const rule of row.rules) this.#insertReason.run(rule, row.seq);
      }
      this.#advance.run(next, hash);
      this.#database.exec('COMMIT');
    } catch (error) {
      this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  query(query: IndexQuery): IndexRow[] {
    return selectRows(this.#database, query);
  }

  close(): void {
    this.#database.close();
  }
}
