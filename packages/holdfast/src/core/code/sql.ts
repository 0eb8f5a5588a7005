// SQL: what the statements of a text do to a database, and what lines for its client do on this machine.
import { splitAt, unquoted, wordsOf } from '../names/index.ts';
import { metaParts, tokensOf, type Dialect, type SqlToken } from './sql-tokens.ts';

export type { Dialect };

/**
 * deletes: data is lost that the statement does not bring back · changes · runs: `text` is a command of the client's shell ·
 * script, reads, writes: `text` is a file of the client · loads: native code into the client · unclear: more SQL that nobody sees.
 */
export type SqlDeed = {
  readonly does: 'deletes' | 'changes' | 'runs' | 'script' | 'reads' | 'writes' | 'loads' | 'unclear';
  readonly text?: string;
};

/** What a text of SQL does; nothing for one that only asks. */
export function sqlDeeds(text: string, dialect: Dialect): readonly SqlDeed[] {
  const deeds: SqlDeed[] = [];
  let statement: SqlToken[] = [];
  const end = (): void => {
    if (statement.length > 0) ofStatement(statement, dialect, deeds);
    statement = [];
  };
  for (const token of tokensOf(text, dialect)) {
    if (token.type === 'meta') {
      // `\g` and its likes send the statement before them.
      end();
      ofMeta(token.text, dialect, deeds);
    } else if (token.type === 'end') end();
    else statement.push(token);
  }
  end();
  return deeds;
}

/** Things whose removal loses data; that of a view, an index or a function does not. */
const HOLDS_DATA: ReadonlySet<string> = new Set(
  wordsOf(`DATABASE SCHEMA TABLE KEYSPACE USER ROLE TABLESPACE COLUMN PARTITION COLLECTION OWNED`),
);
/** Words that may stand between DROP and what is dropped. */
const BETWEEN: ReadonlySet<string> = new Set(wordsOf(`IF EXISTS FOREIGN EXTERNAL MATERIALIZED CASCADE`));
const CHANGES: ReadonlySet<string> = new Set(
  wordsOf(
    `INSERT UPDATE MERGE REPLACE UPSERT CREATE ALTER GRANT REVOKE CALL EXEC EXECUTE RENAME LOAD IMPORT REINDEX REFRESH DELETE DROP TRUNCATE ATTACH INSTALL COPY KILL SHUTDOWN RESET PURGE DO`,
  ),
);
/** Behind these a statement may begin inside another: a query in brackets, the body of a procedure, a plan that is run. */
const OPENS: ReadonlySet<string> = new Set(wordsOf(`BEGIN THEN ELSE LOOP DO EXPLAIN ANALYZE VERBOSE AS`));
/** Functions that reach out of the database. */
const REACHES: ReadonlyMap<string, SqlDeed['does']> = byWord({
  loads: 'LOAD_EXTENSION',
  runs: 'XP_CMDSHELL SYS_EXEC SYS_EVAL SHELL',
  writes: 'WRITEFILE',
  reads: 'READFILE',
  changes: 'LO_EXPORT LO_IMPORT',
  unclear: 'DBLINK_EXEC QUERY_TO_XML',
});
/** Verbs looked at in one statement; a statement with more counts as one that deletes. */
const VERBS = 64;

function byWord<Key extends string>(rows: { readonly [key in Key]?: string }): ReadonlyMap<string, Key> {
  return new Map(
    (Object.entries(rows) as [Key, string][]).flatMap(([key, words]) => wordsOf(words).map((word) => [word, key])),
  );
}

function ofStatement(tokens: readonly SqlToken[], dialect: Dialect, deeds: SqlDeed[]): void {
  let verbs = 0;
  tokens.forEach((token, at) => {
    if (token.type !== 'word') return;
    const reach = REACHES.get(token.text);
    if (reach !== undefined && (isPunctuation(tokens[at + 1], '(') || token.text === 'XP_CMDSHELL')) {
      const text = tokens.slice(at + 1, at + 3).find((next) => next.type === 'string')?.text;
      deeds.push(text === undefined ? { does: reach === 'changes' ? reach : 'unclear' } : { does: reach, text });
    }
    if (CHANGES.has(token.text) && begins(tokens, at)) {
      if (++verbs <= VERBS) ofVerb(tokens, at, dialect, deeds);
      else if (verbs === VERBS + 1) deeds.push({ does: 'deletes' });
    }
    // `SELECT … INTO OUTFILE '…'`: the server writes a file.
    if (token.text === 'OUTFILE' || token.text === 'DUMPFILE') deeds.push({ does: 'changes' });
    if (token.text === 'INTO' && isWord(tokens[0], 'SELECT')) deeds.push({ does: 'changes' });
    if (token.text === 'GLOBAL' && isWord(tokens[0], 'SET')) deeds.push({ does: 'changes' });
    if (token.text === 'PRAGMA' && at === 0 && tokens.some((next) => isPunctuation(next, '=')))
      deeds.push({ does: 'changes' });
  });
}

/** A verb is one where a statement may begin: `SELECT "delete"` and `COMMENT … update` have none. */
function begins(tokens: readonly SqlToken[], at: number): boolean {
  const before = tokens[at - 1];
  return (
    before === undefined ||
    isPunctuation(before, '(') ||
    isPunctuation(before, ')') ||
    (before.type === 'word' && OPENS.has(before.text))
  );
}

function ofVerb(tokens: readonly SqlToken[], at: number, dialect: Dialect, deeds: SqlDeed[]): void {
  const verb = tokens[at]!.text;
  const rest = tokens.slice(at + 1);
  switch (verb) {
    case 'DROP':
      deeds.push({ does: dropsData(rest) ? 'deletes' : 'changes' });
      return;
    case 'TRUNCATE':
      // The function of that name has brackets.
      if (!isPunctuation(rest[0], '(')) deeds.push({ does: 'deletes' });
      return;
    case 'DELETE':
      deeds.push({ does: isWhole(rest) ? 'deletes' : 'changes' });
      return;
    case 'ALTER': {
      const drop = rest.findIndex((token) => isWord(token, 'DROP'));
      deeds.push({ does: drop >= 0 && dropsData(rest.slice(drop + 1)) ? 'deletes' : 'changes' });
      return;
    }
    case 'REPLACE':
      if (!isPunctuation(rest[0], '(')) deeds.push({ does: 'changes' });
      return;
    case 'COPY': {
      const program = rest.findIndex((token) => isWord(token, 'PROGRAM'));
      const text = rest[program + 1];
      if (program >= 0 && text?.type === 'string') deeds.push({ does: 'runs', text: text.text });
      // DuckDB runs inside its client: the file is one of this machine.
      else deeds.push(dialect === 'sqlite' ? copied(rest) : { does: 'changes' });
      return;
    }
    case 'DO':
    case 'EXEC':
    case 'EXECUTE': {
      deeds.push({ does: 'changes' });
      const body = rest.find((token) => token.type === 'string');
      if (body !== undefined && !rest.some((token) => isWord(token, 'XP_CMDSHELL')))
        deeds.push(...sqlDeeds(body.text, dialect));
      return;
    }
    case 'LOAD':
    case 'INSTALL':
      deeds.push({ does: dialect === 'sqlite' ? 'loads' : 'changes' });
      return;
    default:
      deeds.push({ does: 'changes' });
  }
}

function copied(rest: readonly SqlToken[]): SqlDeed {
  const to = rest.findIndex((token) => isWord(token, 'TO'));
  const file = rest.slice(to < 0 ? 0 : to).find((token) => token.type === 'string');
  return file === undefined ? { does: 'changes' } : { does: to < 0 ? 'reads' : 'writes', text: file.text };
}

function dropsData(rest: readonly SqlToken[]): boolean {
  const what = rest.find((token) => token.type !== 'word' || !BETWEEN.has(token.text));
  return what?.type === 'word' && HOLDS_DATA.has(what.text);
}

/** No condition, or one that holds for every row: constants alone behind WHERE. */
function isWhole(rest: readonly SqlToken[]): boolean {
  const where = rest.findIndex((token) => isWord(token, 'WHERE'));
  if (where < 0) return true;
  const condition = rest.slice(where + 1);
  return condition.every(
    (token) =>
      token.type !== 'name' &&
      (token.type !== 'word' || token.text === 'TRUE' || token.text === 'OR' || token.text === 'LIMIT'),
  );
}

function isWord(token: SqlToken | undefined, text: string): boolean {
  return token?.type === 'word' && token.text === text;
}

function isPunctuation(token: SqlToken | undefined, text: string): boolean {
  return token?.type === 'punctuation' && token.text === text;
}

/** Of a client's line: a deed, `copy`, or a deed that is `runs` where the argument begins with a bar. */
type Meta = SqlDeed['does'] | 'copy' | `pipe:${'writes' | 'script' | 'reads'}`;

/** Lines for the client, by their first word; a word that is not here prints or sets something. */
const META: { readonly [dialect in Dialect]: ReadonlyMap<string, Meta> } = {
  postgres: byWord<Meta>({
    runs: '!',
    copy: 'copy',
    script: 'i ir include include_relative',
    'pipe:writes': 'o out g gx w write',
    writes: 's lo_export',
    reads: 'lo_import',
    unclear: 'e edit ef ev gexec setenv',
  }),
  mysql: byWord<Meta>({ runs: '! P system pager', script: '. source', writes: 'T tee', unclear: 'e edit' }),
  sqlite: byWord<Meta>({
    runs: 'shell system',
    'pipe:script': 'read',
    'pipe:writes': 'output once',
    'pipe:reads': 'import',
    loads: 'load',
    writes: 'save backup clone log trace open',
    reads: 'restore',
    unclear: 'excel www archive ar',
  }),
  other: byWord<Meta>({ runs: '! system', script: 'source' }),
};

function ofMeta(line: string, dialect: Dialect, deeds: SqlDeed[]): void {
  const { name, rest } = metaParts(line);
  // psql runs what stands in backquotes in any line of its own.
  if (dialect === 'postgres')
    splitAt(rest, '`').forEach((text, at) => at % 2 === 1 && deeds.push({ does: 'runs', text }));
  const does = META[dialect].get(dialect === 'postgres' || name.length === 1 ? name : name.toLowerCase());
  const words = splitAt(rest, ' ').filter((word) => word !== '' && !word.startsWith('-'));
  const first = unquoted(words[0] ?? '');
  switch (does) {
    case undefined:
      return;
    case 'copy':
      // The client opens the file, as DuckDB does.
      ofStatement([{ type: 'word', text: 'COPY' }, ...tokensOf(rest, dialect)], 'sqlite', deeds);
      return;
    case 'unclear':
      deeds.push({ does });
      return;
    case 'runs':
      if (rest !== '') deeds.push({ does, text: rest });
      return;
    case 'pipe:reads':
    case 'pipe:script':
    case 'pipe:writes':
      if (rest.startsWith('|')) deeds.push({ does: 'runs', text: rest.slice(1) });
      else if (first.startsWith('|')) deeds.push({ does: 'runs', text: unquoted(rest).slice(1) });
      else if (first !== '') deeds.push({ does: does.slice('pipe:'.length) as SqlDeed['does'], text: first });
      return;
    case 'script':
    case 'loads':
      if (first !== '') deeds.push({ does, text: first });
      return;
    default: {
      const last = unquoted(words[words.length - 1] ?? '');
      if (last !== '') deeds.push({ does, text: last });
    }
  }
}
