// Builds, tests and tasks: programs that do what a project file says. The file is named, what it says is not followed here.
import type { Attribute } from '../../model/index.ts';
import { known, type Stream, type Value } from '../../shell/value.ts';
import { opaque } from '../opaque.ts';
import { joined } from '../sources.ts';
import { manifestAt, manifestOf, type Manifest } from './manifest.ts';
import { standardOutputOf } from './output.ts';
import { cut } from './parse-args.ts';
import { INLINE, type ProgramRun } from './program-run.ts';

const OWN: readonly Attribute[] = ['script', 'workspace-build'];
const OTHER: readonly Attribute[] = ['script'];

/** cargo, go, mvn, gradle, pytest, tox …: runs code of the project that its file describes. */
export function build(run: ProgramRun): Stream {
  // Code that options give or load is not the project file's: it is lowered on its own.
  run.rows();
  return buildsProject(run);
}

/** What the project file of this run describes happens; the rows of its table are the caller's matter. */
export function buildsProject(run: ProgramRun): Stream {
  return follow(run, manifestOf(run));
}

/** make and its likes: besides, words like `NAME=value` are put into recipes, and a file of `-` comes over the pipe. */
export function tasks(run: ProgramRun): Stream {
  const { parsed, ctx } = run;
  run.rows();
  for (const operand of parsed.operands) override(run, operand);
  const file = parsed.given.findLast((one) => one.flag.does === 'manifest')?.value;
  if (file?.kind !== 'known' || (file.text !== '-' && file.text !== '/dev/stdin')) return follow(run, manifestOf(run));
  const index = ctx.emit(run.place, {
    kind: 'code.eval',
    target: ctx.program(known(run.name, file.span)),
    attributes: joined(['stdin'], history(run.data)),
    from: run.data.from,
  });
  run.opaque('recipes that come over a pipe', ['stdin']);
  return { from: [index], decoded: false, fetched: false };
}

function follow(run: ProgramRun, manifest: Manifest): Stream {
  const { ctx, place } = run;
  const { target, written } = manifest;
  const index = ctx.emit(place, {
    kind: 'code.eval',
    target,
    attributes: joined(OTHER, history(written)),
    from: written?.from ?? [],
    args: [{ name: 'script', span: place.span }],
  });
  // Said once, so that no rule takes silence for knowledge.
  opaque(ctx, place, `what ${target.name} describes is not followed`, manifest.own ? OWN : OTHER, [index]);
  const out = standardOutputOf(run);
  return { from: joined([index], out.from), decoded: out.decoded, fetched: out.fetched };
}

function history(stream: Stream | undefined): readonly Attribute[] {
  const attributes: Attribute[] = [];
  if (stream?.decoded === true) attributes.push('decoded');
  if (stream?.fetched === true) attributes.push('fetched');
  return attributes;
}

/** Variables whose value make runs. */
const RUN_BY_MAKE: ReadonlySet<string> = new Set(['SHELL', 'MAKE', 'CC', 'CXX', 'CPP', 'LD', 'AR', 'AS', 'FC', 'RM']);
/** Variables that are options of make or of its shell. */
const OPTIONS_OF_MAKE: ReadonlySet<string> = new Set(['MAKEFLAGS', 'GNUMAKEFLAGS', '.SHELLFLAGS', 'MAKEFILES']);
/** What ends a word or begins a command where a shell reads it. */
const ACTIVE = [';', '|', '&', '`', '<', '>', '\n', '$(', '${'] as const;

/** `NAME=value` on the command line: recipes are shell text, and the value stands in it as it is. */
function override(run: ProgramRun, operand: Value): void {
  const head = operand.kind === 'unknown' ? operand.before : operand.text;
  const equals = head.indexOf('=');
  if (equals <= 0) return;
  let end = equals;
  while (end > 0 && (head[end - 1] === ':' || head[end - 1] === '+' || head[end - 1] === '?')) end--;
  const name = head.slice(0, end);
  const value = cut(operand, equals + 1);
  if (OPTIONS_OF_MAKE.has(name)) run.opaque(`options of ${run.name} in ${name}`, INLINE);
  else if (value.kind === 'unknown') run.opaque('a variable of recipes that cannot be resolved', INLINE);
  else if (RUN_BY_MAKE.has(name)) run.words(value);
  else if (ACTIVE.some((mark) => value.text.includes(mark)))
    run.ctx.script({ ...run.place, certain: false }, { ...value, kind: 'known' }, INLINE);
}

/** `go run path@version` fetches a module and runs it; a file or folder elsewhere is not the workspace's own. */
export function goRun(run: ProgramRun): Stream {
  run.rows();
  const word = run.parsed.operands[0];
  if (word === undefined) return buildsProject(run);
  const head = word.kind === 'unknown' ? word.before : word.text;
  if (word.kind === 'unknown' || head.includes('@')) {
    run.do('package', word, ['unpinned'], true);
    return standardOutputOf(run);
  }
  if (head.endsWith('.go')) return follow(run, { ...manifestAt(run, run.ctx.path(run.place, word)), own: false });
  const path = head.startsWith('.') || head.startsWith('/') || head.startsWith('~');
  return path ? follow(run, manifestAt(run, run.ctx.path(run.place, word))) : buildsProject(run);
}
