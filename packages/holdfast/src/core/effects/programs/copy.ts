// cp, mv, install, ln: sources, a destination, and the names that come to stand inside it when it is a directory.
import type { Attribute } from '../../model/index.ts';
import { baseName, trimEndOf } from '../../names/index.ts';
import { known, NO_STREAM, type Stream, type Value } from '../../shell/value.ts';
import { joined } from '../sources.ts';
import { has, valueOf } from './parse-args.ts';
import { type ProgramRun } from './program-run.ts';

/** What each program does with a source. `ln` only names it; a hard link and a link to a secret still expose it. */
export function copy(run: ProgramRun): Stream {
  const { parsed, ctx, place } = run;
  run.rows();
  const directory = valueOf(parsed, '-t');
  const { operands } = parsed;
  const adds = parsed.adds;
  if (run.table.program === 'install' && has(parsed, '-d')) {
    for (const operand of operands) ctx.writeFile(place, operand, undefined, CREATE);
    return NO_STREAM;
  }
  const only = operands.length === 1 && directory === undefined;
  const sources = directory !== undefined || only ? operands : operands.slice(0, -1);
  const destination =
    directory ??
    (only ? (run.table.program === 'ln' ? known('.', place.span) : undefined) : operands[operands.length - 1]);
  for (const source of sources) {
    const data = run.table.program === 'ln' ? linked(run, source) : ctx.readFile(place, source, adds);
    run.take(data);
    if (run.table.program === 'mv')
      run.made.push(
        ctx.emit(place, {
          kind: 'file.delete',
          target: ctx.entry(place, source),
          attributes: source.kind === 'pattern' ? ['glob'] : [],
          args: [{ name: 'path', span: source.span }],
        }),
      );
    if (destination !== undefined)
      write(run, destination, source, data, adds, directory !== undefined || sources.length > 1);
  }
  return NO_STREAM;
}

const CREATE: readonly Attribute[] = ['create'];

/** A link is no read of its own. It is told as one, because whoever reads the link reads what it leads to. */
function linked(run: ProgramRun, source: Value): Stream {
  if (has(run.parsed, '-s') && source.kind === 'known' && !source.text.startsWith('/')) return NO_STREAM;
  return run.ctx.readFile(run.place, source);
}

/**
 * Writes to `destination`, to a name in it, or – when nobody has looked – possibly to either: `cp x ~/.ssh` writes
 * `~/.ssh/x` where that is a directory.
 */
function write(
  run: ProgramRun,
  destination: Value,
  source: Value,
  data: Stream,
  adds: readonly Attribute[],
  mustBeDirectory: boolean,
): void {
  const { ctx, place } = run;
  const base = source.kind === 'known' ? baseName(trimEndOf(source.text, '/')) : undefined;
  const plain = destination.kind === 'known';
  const inside: Value | undefined =
    plain && base !== undefined && base !== '' && base !== '.' && base !== '..'
      ? { ...destination, text: `${destination.text}/${base}`, before: `${destination.text}/${base}` }
      : undefined;
  const attributes = joined(adds, TRUNCATE);
  if (inside === undefined || has(run.parsed, '-T')) {
    run.made.push(ctx.writeFile(place, destination, data, attributes));
    return;
  }
  const target = ctx.path(place, destination);
  const fact = target.type === 'path' ? ctx.fact({ ask: 'path', path: target.name }) : undefined;
  const kind =
    fact !== undefined && 'got' in fact
      ? (fact.got as { kind?: string; exists?: boolean } | null)?.exists === true
        ? (fact.got as { kind?: string }).kind
        : 'absent'
      : undefined;
  const isDirectory =
    mustBeDirectory ||
    destination.text.endsWith('/') ||
    ['.', '..'].includes(baseName(destination.text)) ||
    kind === 'dir';
  if (isDirectory) {
    run.made.push(ctx.writeFile(place, inside, data, attributes));
    return;
  }
  run.made.push(ctx.writeFile(place, destination, data, attributes));
  if (kind === undefined) run.made.push(ctx.writeFile({ ...place, certain: false }, inside, data, attributes));
}

const TRUNCATE: readonly Attribute[] = ['truncate'];
