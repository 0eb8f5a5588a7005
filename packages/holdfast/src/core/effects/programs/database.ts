// Database clients: statements that delete, change, or reach out of the database, in words, from files and over a pipe.
import { mongoDeeds } from '../../code/mongo.ts';
import { redisDeed } from '../../code/redis.ts';
import { sqlDeeds, type Dialect, type SqlDeed } from '../../code/sql.ts';
import { limits, type Target } from '../../model/index.ts';
import { quotedWords, wordsOf } from '../../names/index.ts';
import { known, type Stream, type Value } from '../../shell/value.ts';
import { streamValue } from '../code.ts';
import { standardOutputOf } from './output.ts';
import { valueOf, has } from './parse-args.ts';
import { INLINE, type ProgramRun } from './program-run.ts';

const DIALECTS: { readonly [program: string]: Dialect } = { psql: 'postgres', mysql: 'mysql', sqlite3: 'sqlite' };
/** Flags whose values are statements. */
const STATEMENTS: ReadonlySet<string> = new Set(['-c', '-e', '--eval', '-cmd', '-Q', '-q', '--query']);
/** Flags whose values are files of statements; reading them is a row of the table. */
const FILES: ReadonlySet<string> = new Set(['-f', '-init', '--eval-file', '-i', '--queries-file']);
/** Files that statements name, at most so deep inside each other. */
const DEEPEST = 4;

/** psql, mysql, sqlite3, redis-cli, mongosh and their likes. */
export function database(run: ProgramRun): Stream {
  const { parsed } = run;
  const { program } = run.table;
  run.rows();
  const target = databaseOf(run);
  let said = false;
  const say = (statement: Value, depth = 0): void => {
    said = true;
    statements(run, statement, target, depth);
  };
  for (const { flag, value } of parsed.given) {
    if (value === undefined) continue;
    // redis-cli --eval names a file of Lua, which the server runs.
    if (program === 'redis-cli' && flag.name === '--eval') {
      said = true;
      changes(run, value, target, 'changes');
    } else if (STATEMENTS.has(flag.name)) say(value);
    else if (FILES.has(flag.name)) {
      said = true;
      fromFile(run, value, target, 1);
    }
  }
  if (program === 'redis-cli' && parsed.operands.length > 0) {
    said = true;
    redis(run, parsed.operands, target);
  }
  if (program === 'sqlite3') for (const operand of parsed.operands.slice(1)) say(operand);
  if (program === 'mongosh')
    for (const operand of parsed.operands)
      if (operand.kind === 'known' && operand.text.endsWith('.js')) {
        said = true;
        run.take(run.ctx.scriptFile(run.place, operand, 'javascript'));
      }
  if (!said) input(run, target);
  return standardOutputOf(run);
}

function databaseOf(run: ProgramRun): Target {
  const { parsed } = run;
  const { program } = run.table;
  const named =
    program === 'sqlite3'
      ? (parsed.operands[0]?.text ?? 'memory')
      : ((valueOf(parsed, '-d', '-D') ?? (program === 'redis-cli' ? undefined : parsed.operands[0]))?.text ??
        'default');
  return { type: 'remote', name: `${program}:${named}`, scope: 'remote', groups: [] };
}

/** Standard input is statements; without any the client waits for them. */
function input(run: ProgramRun, target: Target): void {
  const { stdin } = run.invocation;
  if (stdin === undefined) {
    if (!has(run.parsed, '-l')) run.opaque('a client that waits for statements', ['interactive']);
    return;
  }
  if (stdin.text !== undefined) return statements(run, streamValue(stdin, run.place.span), target, 0);
  const source = stdin.from.length === 1 ? run.ctx.effect(stdin.from[0]!) : undefined;
  if (source?.kind === 'file.read' && source.target.type === 'path' && !stdin.fetched && !stdin.decoded)
    fromFile(run, known(source.target.name, source.span), target, 1);
  else run.opaque('statements that come over a pipe', ['stdin']);
}

/** A file of statements: its text is followed, or said not to be. */
function fromFile(run: ProgramRun, file: Value, target: Target, depth: number): void {
  const { ctx, place } = run;
  const path = ctx.path(place, file);
  const written = ctx.writtenTo(path);
  if (written?.text !== undefined) return statements(run, streamValue(written, file.span), target, depth);
  const fact =
    path.type === 'path' && written === undefined && depth < DEEPEST
      ? ctx.fact({ ask: 'text', path: path.name, max: limits.SCRIPT_BYTES })
      : { none: 'unknown' as const };
  if (fact === undefined) return;
  if ('got' in fact && typeof fact.got === 'string')
    statements(run, { ...known(fact.got, file.span), from: file.from }, target, depth);
  else run.opaque(`the statements in ${path.name} were not read`, ['script', 'unread']);
}

function statements(run: ProgramRun, text: Value, target: Target, depth: number): void {
  if (text.kind !== 'known') {
    run.opaque(text.why === '' ? 'statements that cannot be resolved' : text.why, INLINE);
    return;
  }
  if (!run.ctx.spend(1 + (text.text.length >> 4))) return;
  const { program } = run.table;
  if (program === 'redis-cli') {
    for (const line of text.text.split('\n')) {
      const words = quotedWords(line) ?? wordsOf(line);
      if (words.length > 0)
        redis(
          run,
          words.map((word) => ({ ...text, text: word })),
          target,
        );
    }
    return;
  }
  if (program === 'mongosh') {
    const deeds = mongoDeeds(text.text);
    if (deeds.has('code')) run.take(run.ctx.code(run.place, 'javascript', text, INLINE));
    if (deeds.has('deletes')) changes(run, text, target, 'deletes');
    if (deeds.has('changes')) changes(run, text, target, 'changes');
    return;
  }
  const told = new Set<string>();
  for (const deed of sqlDeeds(text.text, DIALECTS[program] ?? 'other')) {
    const key = `${deed.does} ${deed.text ?? ''}`;
    if (told.has(key)) continue;
    told.add(key);
    ofDeed(run, deed, text, target, depth);
  }
}

function ofDeed(run: ProgramRun, deed: SqlDeed, statement: Value, target: Target, depth: number): void {
  const { ctx, place } = run;
  const value: Value = { ...statement, text: deed.text ?? '', before: deed.text ?? '' };
  switch (deed.does) {
    case 'deletes':
    case 'changes':
      return changes(run, statement, target, deed.does);
    case 'runs':
      ctx.script(place, value, INLINE);
      return;
    case 'script':
      ctx.readFile(place, value);
      return fromFile(run, value, target, depth + 1);
    case 'reads':
      run.take(ctx.readFile(place, value));
      return;
    case 'writes':
      ctx.writeFile(place, value, run.data);
      return;
    case 'loads':
      ctx.scriptFile(place, value, 'other');
      return;
    case 'unclear':
      run.opaque('statements that the client makes itself', INLINE);
  }
}

function redis(run: ProgramRun, words: readonly Value[], target: Target): void {
  if (words[0]!.kind !== 'known') return void run.opaque('a command that cannot be resolved', INLINE);
  const deed = redisDeed(words.slice(0, 2).map((word) => word.text));
  if (deed !== undefined) changes(run, words[0]!, target, deed);
}

function changes(run: ProgramRun, statement: Value, target: Target, deed: 'deletes' | 'changes'): void {
  run.made.push(
    run.ctx.emit(run.place, {
      kind: deed === 'deletes' ? 'remote.delete' : 'remote.change',
      target,
      attributes: deed === 'deletes' ? ['irreversible'] : [],
      from: statement.from,
      args: [{ name: 'statement', span: statement.span }],
    }),
  );
}
