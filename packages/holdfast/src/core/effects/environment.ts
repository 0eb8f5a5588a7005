// Variables that something loads or runs: what setting them for a program does. Rows are data in environment.json.
import type { Attribute } from '../model/index.ts';
import { known, type Value } from '../shell/value.ts';
import type { Context, Place } from './context.ts';
import type { Machinery } from './machinery.ts';
import { opaque } from './code.ts';
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
export function lowerEnvironment(ctx: Context, _machinery: Machinery, place: Place, program: string): void {
  const { env } = place;
  if (env === undefined || env.size === 0) return;
  for (const [name, value] of env) {
    const what = meaningOf(name);
    if (what === undefined || isTold(ctx, value)) continue;
    assign(ctx, place, what, value, program);
  }
}

function isTold(ctx: Context, value: Value): boolean {
  let values = told.get(ctx);
  if (values === undefined) told.set(ctx, (values = new WeakSet()));
  if (values.has(value)) return true;
  values.add(value);
  return false;
}

function assign(ctx: Context, outer: Place, what: string, value: Value, program: string): void {
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
      for (const path of list(value, /[:\s]+/)) {
        opaque(ctx, place, 'a library that programs load', ENV, [evaluates(ctx.path(place, path))], args);
      }
      return;
    case 'search':
      for (const path of list(value, /:/))
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
      ctx.script(place, value.kind === 'known' ? { ...value, text: value.text.replace(/^[|-]+/, '') } : value, ENV);
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
      nodeOptions(ctx, place, value);
      return;
    case 'options:letters':
    case 'options:java':
    case 'options:any':
      if (value.kind !== 'known' || isLoading(what, value.text))
        opaque(ctx, place, 'options that may load code', ENV, [evaluates()], args);
      return;
    case 'interpreter':
      if (value.kind !== 'known' || !/^(?:0|1|ignore|default|error|always)$/.test(value.text))
        opaque(ctx, place, 'a variable that may name code', ENV, [evaluates()], args);
      return;
    default:
      opaque(ctx, place, 'a variable that programs execute', ENV, [evaluates()], args);
  }
}

/** Options of a language's run time that load or run something; sizes, warnings and the like do not. */
function isLoading(what: string, text: string): boolean {
  if (what === 'options:letters') return /-[a-zA-Z]*[MmIredD]/.test(text);
  if (what === 'options:java')
    return /-(?:javaagent|agentpath|agentlib|Xbootclasspath|XX:OnError|XX:OnOutOfMemoryError)/.test(text);
  return !/^(?:\s*-?-?(?:j\s*\d*|s|k|w|-?silent|-?no-print-directory|-?color(?:=\w+)?|\d))*\s*$/.test(text);
}

/** A directory of its own before the system's decides which program a name means; a relative or temporary one is anybody's. */
function searchPath(ctx: Context, place: Place, value: Value): void {
  for (const directory of list(value, /:/)) {
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

function nodeOptions(ctx: Context, place: Place, value: Value): void {
  const words = value.kind === 'known' ? value.text.split(/\s+/) : [];
  let loads = value.kind !== 'known';
  for (let index = 0; index < words.length; index++) {
    const match = /^(?:--require|--import|--loader|--experimental-loader|-r)(?:=(.*))?$/.exec(words[index]!);
    if (match === null) continue;
    const module = match[1] ?? words[index + 1] ?? '';
    if (/^(?:\.|\/|~)/.test(module)) ctx.scriptFile(place, { ...value, text: module }, 'javascript');
    else loads = true;
  }
  if (!loads) return;
  const index = ctx.emit(place, {
    kind: 'code.eval',
    target: ctx.program(known('node', value.span)),
    attributes: ENV,
    from: value.from,
  });
  opaque(ctx, place, 'a module that node loads first', ENV, [index], [{ name: 'environment', span: value.span }]);
}

/** Parts of a known list as values; of an unknown one the known parts at its front and the rest as unknown. */
function list(value: Value, separator: RegExp): readonly Value[] {
  if (value.kind !== 'unknown')
    return value.text.split(separator).map((text) => ({ ...value, kind: 'known', text, before: text }));
  const parts = value.before.split(separator);
  const front = parts.slice(0, -1).map((text) => ({ ...known(text, value.span) }));
  return [...front, { ...value, before: parts[parts.length - 1] ?? '' }];
}
