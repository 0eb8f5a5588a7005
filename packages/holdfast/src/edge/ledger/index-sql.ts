// A question of people as SQL over the index: values are always bound, and what was typed never reaches an operator.
import type { DatabaseSync } from 'node:sqlite';
import { ROWS_DEFAULT, ROWS_MAX, typedWords, type IndexQuery, type IndexRow } from './index-query.ts';

/** Rows that match; newest first, or oldest first where the query says so. Throws what SQLite throws. */
export function selectRows(database: DatabaseSync, query: IndexQuery): IndexRow[] {
  const where: string[] = [];
  const values: (string | number)[] = [];
  const and = (clause: string, value: string | number | undefined): void => {
    if (value === undefined) return;
    where.push(clause);
    values.push(value);
  };
  and('time >= ?', query.since);
  and('time <= ?', query.until);
  and('type = ?', query.type);
  and('type <> ?', query.not);
  and('session >= ?', query.session);
  and('session < ?', query.session === undefined ? undefined : `${query.session}\u{10ffff}`);
  and('agent = ?', query.agent);
  and('level = ?', query.level);
  and('seq IN (SELECT seq FROM reason WHERE rule = ?)', query.rule);
  and('seq IN (SELECT rowid FROM word WHERE word MATCH ?)', query.text === undefined ? undefined : phrases(query.text));
  and('seq < ?', query.before);
  and('seq > ?', query.after);
  const limit = Math.min(Math.max(Math.trunc(query.limit ?? ROWS_DEFAULT), 1), ROWS_MAX);
  const order = query.oldest === true ? 'ASC' : 'DESC';
  const sql = `SELECT * FROM record ${where.length === 0 ? '' : `WHERE ${where.join(' AND ')}`} ORDER BY seq ${order} LIMIT ${limit}`;
  return database
    .prepare(sql)
    .all(...values)
    .map((row) => ({
      seq: Number(row['seq']),
      time: Number(row['time']),
      type: String(row['type']),
      session: nullable(row['session']),
      agent: nullable(row['agent']),
      level: nullable(row['level']),
      rules: JSON.parse(String(row['rules'])) as string[],
      text: String(row['text']),
    }));
}

/** What was typed, as FTS5 phrases: letters and digits in quotes only, so that no operator of its language is reached. */
function phrases(typed: string): string {
  const quoted = typedWords(typed).map((word) => `"${word.join(' ')}"`);
  return quoted.length === 0 ? '""' : `${quoted.join(' ')}*`;
}

function nullable(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
