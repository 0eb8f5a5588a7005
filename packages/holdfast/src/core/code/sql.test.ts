// SQL: what deletes, changes, runs and only asks, in the forms of each client.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sqlDeeds, type Dialect } from './sql.ts';

type Row = readonly [want: string, dialect: Dialect, text: string];

const rows: readonly Row[] = [
  // Asks.
  ['', 'postgres', 'select 1'],
  ['', 'postgres', `select 'drop table t' as "delete"`],
  ['', 'postgres', '-- drop table t\nselect 1 /* truncate t */'],
  ['', 'postgres', 'select /* a /* drop table t */ */ 1'],
  ['', 'postgres', 'select $$drop table t$$, $a$ delete from t $a$'],
  ['', 'postgres', `select E'\\'; drop table t; --'`],
  ['', 'mysql', `select 'it\\'s'; select "drop table t"`],
  ['', 'mysql', '# drop table t\nselect truncate(1.5, 1), replace(a, b, c)'],
  ['', 'sqlite', '.tables\n.schema t\nselect 1;'],
  ['', 'postgres', '\\dt\n\\d+ users'],
  ['', 'postgres', 'explain select 1'],
  ['', 'postgres', 'select a.delete, b.update from a, b'],
  // Deletes.
  ['deletes', 'postgres', 'DROP TABLE users'],
  ['deletes', 'postgres', 'drop/**/table\n if exists users cascade;'],
  ['deletes', 'postgres', 'select 1; drop database app'],
  ['deletes', 'mysql', '/*!50000 drop table t */'],
  ['deletes', 'postgres', 'truncate t'],
  ['deletes', 'postgres', 'delete from t'],
  ['deletes', 'postgres', 'delete from "t";'],
  ['deletes', 'postgres', 'delete from t where true'],
  ['deletes', 'postgres', 'delete from t where 1 = 1'],
  ['deletes', 'postgres', 'alter table t drop column c'],
  ['deletes', 'postgres', 'with x as (select 1) delete from t'],
  ['deletes', 'postgres', 'with x as (delete from t returning *) select * from x'],
  ['deletes', 'postgres', 'explain analyze delete from t'],
  ['changes deletes', 'postgres', 'do $$ begin drop table t; end $$'],
  ['changes deletes', 'other', `exec('drop table t')`],
  // Changes.
  ['changes', 'postgres', 'delete from t where id = 1'],
  ['changes', 'postgres', 'UPDATE t SET a = 1'],
  ['changes', 'postgres', 'drop index i'],
  ['changes', 'postgres', 'alter table t drop constraint c'],
  ['changes', 'postgres', 'grant all on t to public'],
  ['changes', 'mysql', `select 1 into outfile '/tmp/x'`],
  ['changes', 'mysql', 'set global x = 1'],
  ['', 'postgres', 'set search_path = a'],
  ['changes', 'sqlite', 'pragma journal_mode = wal'],
  ['', 'sqlite', 'pragma table_info(t)'],
  // Runs and files of this machine.
  ['runs id', 'postgres', '\\! id'],
  ['runs id', 'postgres', `copy t to program 'id'`],
  ['runs id', 'postgres', `copy t from program 'id'`],
  ['runs id', 'postgres', `\\copy t from program 'id'`],
  ['writes /tmp/x', 'postgres', `\\copy t to '/tmp/x'`],
  ['runs id', 'postgres', 'select 1 \\g |id'],
  ['runs sh -c id', 'postgres', '\\o |sh -c id'],
  ['writes out.txt', 'postgres', '\\o out.txt'],
  ['script /tmp/x.sql', 'postgres', '\\i /tmp/x.sql'],
  ['runs id', 'postgres', '\\set a `id`'],
  ['unclear', 'postgres', `select 'x' \\gexec`],
  ['runs id', 'mysql', 'system id'],
  ['runs id', 'mysql', 'select 1;\n\\! id'],
  ['script x.sql', 'mysql', 'source x.sql'],
  ['', 'mysql', 'select system from t'],
  ['runs id', 'sqlite', '.shell id'],
  ['runs id', 'sqlite', 'select 1;\n  .system id'],
  ['runs id', 'sqlite', '.read |id'],
  ['script a.sql', 'sqlite', '.read a.sql'],
  ['writes out.csv', 'sqlite', '.once out.csv'],
  ['loads ./x.so', 'sqlite', '.load ./x.so'],
  ['loads ./x.so', 'sqlite', `select load_extension('./x.so')`],
  ['writes /tmp/x', 'sqlite', `select writefile('/tmp/x', 'a')`],
  ['changes runs id', 'other', `exec xp_cmdshell 'id'`],
];

for (const [want, dialect, text] of rows) {
  test(`${dialect}: ${text}`, () => {
    const deeds = sqlDeeds(text, dialect).map((deed) =>
      deed.text === undefined ? deed.does : `${deed.does} ${deed.text}`,
    );
    assert.equal([...new Set(deeds)].join(' '), want);
  });
}

test('any text ends, in steps that grow with its length', () => {
  for (const text of [`'`, '$$', '$a$', '/*', '/*!', '\\', '`', '"', "E'\\", '(((', ';;;', '.'])
    for (const dialect of ['postgres', 'mysql', 'sqlite', 'other'] as const) sqlDeeds(text.repeat(3), dialect);
  assert.deepEqual(sqlDeeds('('.repeat(100_000), 'postgres'), []);
  assert.ok(sqlDeeds('(drop '.repeat(10_000), 'postgres').length < 100);
});
