// Variables that something loads or runs: what setting them for a program does. Rows are data in environment.json.
import type { Attribute } from '../model/index.ts';
import { DIGITS, isOf, quotedWords, SPACE, splitAt, trimStartOf, wordsOf } from '../names/index.ts';
import { known, type Value } from '../shell/value.ts';
import type { Context, Language, Place } from './context.ts';
import type { Machinery } from './machinery.ts';
import { opaque } from './code.ts';
import { parseArgs } from './programs/parse-args.ts';
import FILE from './environment.json' with { type: 'json' };

const EXACT = new Map<string, string>();
/** Longest prefix first. */
const PREFIXES: (readonly [string, string])[] = [];
for (const [names, what] of Object.entries(FILE.rows)) {
  for (const name of names.split(' ')) {
    if (name.endsWith('*')) PREFIXES.push([name.slice(0, -1), what]);
    else EXACT.set(name, what);
  }
}
PREFIXES.sort((a, b) => b[0].length - a[0].length);

/** What a variable does, or undefined for one that nothing is known to execute. */
export function meaningOf(name: string): string | undefined {
  const exact = EXACT.get(name);
  if (exact !== undefined) return exact === 'plain' ? undefined : exact;
  for (const [prefix, what] of PREFIXES) if (name.startsWith(prefix)) return what;
  return undefined;
}

const ENV: readonly Attribute[] = ['env'];
/** Values already told in a run: an `export` counts once, not for every program after it. A cache, not state. */
const told = new WeakMap<Context, WeakSet<Value>>();

/** Emits what the environment of a program does besides the program. Most runs have none; then this costs nothing. */
export function lowerEnvironment(ctx: Context, machinery: Machinery, place: Place, program: string): void {
  const { env } = place;
  if (env === undefined || env.size === 0) return;
  for (const [name, value] of env) {
    const what = meaningOf(name);
    if (what === undefined || isTold(ctx, value)) continue;
    assign(ctx, machinery, place, what, value, program);
  }
}

function isTold(ctx: Context, value: Value): boolean {
  let values = told.get(ctx);
  if (values === undefined) told.set(ctx, (values = new WeakSet()));
  if (values.has(value)) return true;
  values.add(value);
  return false;
}

const SWITCHES: ReadonlySet<string> = new Set(wordsOf('0 1 ignore default error always'));

function assign(ctx: Context, machinery: Machinery, outer: Place, what: string, value: Value, program: string): void {
  if (value.kind === 'known' && value.text === '') return;
  // What it starts inherits no environment from here, or the variable would tell of itself for ever.
  const place: Place = {
    cwd: outer.cwd,
    span: outer.span,
    via: outer.via,
    certain: outer.certain,
    depth: outer.depth + 1,
  };
  const args = [{ name: 'environment', span: value.span }];
  const evaluates = (target = ctx.program(known(program, value.span))): number =>
    ctx.emit(place, { kind: 'code.eval', target, attributes: ENV, from: value.from, args });
  switch (what) {
    case 'library':
      for (const path of list(value, `:${SPACE}`)) {
        if (path.text === '' && path.kind === 'known') continue;
        opaque(ctx, place, 'a library that programs load', ENV, [evaluates(ctx.path(place, path))], args);
      }
      return;
    case 'search':
      for (const path of list(value, ':'))
        if (path.text !== '' || path.kind !== 'known') evaluates(ctx.path(place, path));
      return;
    case 'path':
      searchPath(ctx, place, value);
      return;
    case 'shell':
    case 'run':
      ctx.script(place, value, ENV);
      return;
    case 'pipe':
      ctx.script(place, value.kind === 'known' ? { ...value, text: trimStartOf(value.text, '|-') } : value, ENV);
      return;
    case 'script:shell':
      ctx.scriptFile(place, value, 'shell');
      return;
    case 'script:python':
      ctx.scriptFile(place, value, 'python');
      return;
    case 'source':
      ctx.emit(place, { kind: 'net.connect', target: ctx.host(value), attributes: ENV, args });
      return;
    case 'options:node':
    case 'options:perl':
    case 'options:ruby':
    case 'options:java':
      if (!runTimeOptions(ctx, machinery.tables, place, what.slice('options:'.length), value))
        opaque(ctx, place, 'options that may load code', ENV, [evaluates()], args);
      return;
    case 'options:any':
      if (value.kind !== 'known' || !isQuiet(value.text))
        opaque(ctx, place, 'options that may load code', ENV, [evaluates()], args);
      return;
    case 'interpreter':
      if (value.kind !== 'known' || !SWITCHES.has(value.text))
        opaque(ctx, place, 'a variable that may name code', ENV, [evaluates()], args);
      return;
    default:
      opaque(ctx, place, 'a variable that programs execute', ENV, [evaluates()], args);
  }
}

/** Flags with which a run time loads code, besides those whose value its table follows. */
const LOADING: { readonly [program: string]: ReadonlySet<string> } = {
  perl: new Set(wordsOf('-M -m -I -d -D')),
  ruby: new Set(wordsOf('-r -I -d -E -S')),
};

/**
 * Options that a run time takes from its environment, read by its own table: what they load or run happens. Answers false
 * where something in them is not followed.
 */
function runTimeOptions(
  ctx: Context,
  tables: Machinery['tables'],
  place: Place,
  program: string,
  value: Value,
): boolean {
  const table = tables.find(program);
  const words = value.kind === 'known' ? quotedWords(value.text) : undefined;
  if (table === undefined || words === undefined) return false;
  const argv = [program, ...words].map((text) => ({ ...value, text, before: text }));
  const parsed = parseArgs(table, argv, 1);
  let followed = parsed.operands.length === 0;
  for (const { flag, value: given } of parsed.given) {
    if (LOADING[program]?.has(flag.name) === true) followed = false;
    if (flag.does === undefined || given === undefined) continue;
    if (flag.does === 'shell') ctx.script(place, given, ENV);
    // A bare name is a module of wherever the run time looks for them.
    else if (
      flag.does.startsWith('script:') &&
      (given.text.startsWith('data:') || ['.', '/', '~'].includes(given.text[0] ?? ''))
    )
      ctx.scriptFile(place, given, flag.does.slice('script:'.length) as Language);
    else if (flag.does === 'listen') ctx.emit(place, { kind: 'net.listen', target: ctx.host(given), attributes: ENV });
    else followed = false;
  }
  return followed;
}

/** Words of MAKEFLAGS, GREP_OPTIONS and their likes that only say how much is printed or done at once. */
const QUIET: ReadonlySet<string> = new Set(
  wordsOf(
    '--silent --quiet --no-print-directory --color --colour --keep-going --jobs --output-sync --warn-undefined-variables',
  ),
);

function isQuiet(text: string): boolean {
  return wordsOf(text).every((word) => {
    const equals = word.indexOf('=');
    if (word.startsWith('--')) return QUIET.has(equals < 0 ? word : word.slice(0, equals));
    return isOf(word.startsWith('-') ? word.slice(1) : word, `jskwBr${DIGITS}`);
  });
}

/** A directory of its own before the system's decides which program a name means; a relative or temporary one is anybody's. */
function searchPath(ctx: Context, place: Place, value: Value): void {
  for (const directory of list(value, ':')) {
    if (directory.kind !== 'known' || directory.text.startsWith('$')) continue;
    const relative = !directory.text.startsWith('/') && !directory.text.startsWith('~');
    const scope = relative ? undefined : ctx.path(place, directory).scope;
    if (relative || scope === 'temp') {
      opaque(
        ctx,
        place,
        'programs are looked up in a directory that anything may write to',
        ENV,
        [],
        [{ name: 'environment', span: value.span }],
      );
      return;
    }
    if (scope === 'system') return;
  }
}

/** Parts of a known list as values; of an unknown one the known parts at its front and the rest as unknown. */
function list(value: Value, separators: string): readonly Value[] {
  if (value.kind !== 'unknown')
    return splitAt(value.text, separators).map((text) => ({ ...value, kind: 'known', text, before: text }));
  const parts = splitAt(value.before, separators);
  const front = parts.slice(0, -1).map((text) => ({ ...known(text, value.span) }));
  return [...front, { ...value, before: parts[parts.length - 1] ?? '' }];
}
