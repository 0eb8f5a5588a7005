// Context.run: finds the table for what argv names, unwraps multi-call programs, and lowers the run with it.
import type { Attribute } from '../../model/index.ts';
import { limits } from '../../model/index.ts';
import { NO_STREAM, type Stream, type Value } from '../../shell/value.ts';
import type { Context, Invocation, Place } from '../context.ts';
import { opaque } from '../code.ts';
import { lowerEnvironment } from '../environment.ts';
import type { Machinery } from '../machinery.ts';
import { behind, merged } from '../sources.ts';
import { standardOutputOf } from './output.ts';
import { parseArgs } from './parse-args.ts';
import { ProgramRun } from './program-run.ts';
import { SPECIALS } from './special.ts';
import { plainName, type Table } from './table.ts';
import { suggestedByWords } from './unknown.ts';

/** Programs that hold many others: the applet is named by their own name or by their first operand. */
const MULTI: ReadonlySet<string> = new Set(['busybox', 'toybox', 'coreutils', 'uutils', 'sbase-box']);

/** Total; answers the program's standard output. */
export function runProgram(ctx: Context, machinery: Machinery, invocation: Invocation): Stream {
  if (!ctx.spend(1 + invocation.argv.length)) return NO_STREAM;
  const head = invocation.argv[0]!;
  if (invocation.depth > limits.WRAP_DEPTH) {
    opaque(ctx, invocation, 'things that execute things are nested too deeply', ['limit']);
    return passed(invocation.stdin);
  }
  if (head.kind !== 'known' || head.text === '') {
    const why =
      head.kind === 'known'
        ? 'an empty program name'
        : head.kind === 'pattern'
          ? 'a program named by a pattern'
          : head.why;
    const attributes: Attribute[] = [];
    if (head.decoded) attributes.push('decoded');
    if (head.fetched) attributes.push('fetched');
    if (attributes.length > 0) {
      ctx.emit(invocation, {
        kind: 'code.eval',
        target: ctx.program(head),
        attributes,
        from: head.from,
        span: head.span,
      });
    }
    opaque(ctx, invocation, why, attributes, head.from, [{ name: 'program', span: head.span }]);
    return passed(invocation.stdin);
  }
  const slash = head.text.lastIndexOf('/');
  const written = head.text.slice(slash + 1);
  let name = written;
  if (slash >= 0) {
    const target = ctx.path(invocation, head);
    const named = ctx.spelled(target);
    if (named.type === 'path' && (named.scope === 'system' || named.scope === 'device')) {
      // Looked at in vain it may be any program as well as the one it is called.
      if (named !== target)
        opaque(ctx, invocation, target.name, ['unread'], head.from, [{ name: 'program', span: head.span }]);
      // A link to another program is that program – unless it chooses by the name it was called with.
      const real = named.name.slice(named.name.lastIndexOf('/') + 1);
      if (!MULTI.has(real) && machinery.tables.find(real) !== undefined) name = real;
    } else return runFile(ctx, machinery, invocation, head, named.name);
  }
  if (MULTI.has(plainName(name))) return runApplet(ctx, machinery, invocation, name);
  return runNamed(ctx, machinery, invocation, name);
}

/** A program file of the workspace, a temporary directory or a home: it is what its text says, whatever its name. */
function runFile(ctx: Context, machinery: Machinery, invocation: Invocation, head: Value, path: string): Stream {
  const target = ctx.path(invocation, head);
  const exec = ctx.emit(invocation, {
    kind: 'process.exec',
    target,
    attributes: ['script'],
    args: [{ name: 'program', span: head.span }],
    span: invocation.span,
  });
  const name = path.slice(path.lastIndexOf('/') + 1);
  const place = within(invocation, name);
  lowerEnvironment(ctx, machinery, place, name);
  const table = machinery.tables.find(name);
  const wrapper = table?.wrappers.has(name) === true && ctx.writtenTo(target) === undefined;
  const follow = (): Stream =>
    ctx.scriptFile(
      {
        ...place,
        stdin: invocation.stdin,
        ...(invocation.stdout === undefined ? {} : { stdout: invocation.stdout }),
        args: invocation.argv,
      },
      head,
      'other',
    );
  const stream = wrapper ? ctx.building(true, follow) : follow();
  // A virtual environment's `python` is that interpreter as well: what its arguments say happens, too.
  if (table !== undefined && (wrapper || path.includes('/bin/')))
    return runTable(ctx, table, invocation, name, place, exec);
  return stream;
}

function runApplet(ctx: Context, machinery: Machinery, invocation: Invocation, name: string): Stream {
  const applet = invocation.argv[1];
  const exec = (): number =>
    ctx.emit(invocation, {
      kind: 'process.exec',
      target: ctx.program(invocation.argv[0]!),
      args: [{ name: 'program', span: invocation.argv[0]!.span }],
    });
  if (applet === undefined || (applet.kind === 'known' && applet.text.startsWith('--'))) {
    exec();
    return NO_STREAM;
  }
  exec();
  return runProgram(ctx, machinery, {
    ...invocation,
    argv: invocation.argv.slice(1),
    via: [...invocation.via, name],
    depth: invocation.depth + 1,
  });
}

function runNamed(ctx: Context, machinery: Machinery, invocation: Invocation, name: string): Stream {
  const table = machinery.tables.find(name);
  const head = invocation.argv[0]!;
  const called = table === undefined || table.called.has(name) ? name : table.program;
  const target = ctx.program(called === head.text ? head : { ...head, text: called });
  const exec = ctx.emit(invocation, {
    kind: 'process.exec',
    target,
    attributes: table === undefined ? UNKNOWN : NONE,
    from: table === undefined ? (invocation.stdin?.from ?? NONE) : NONE,
    args: [{ name: 'program', span: head.span }],
  });
  const place = within(invocation, called);
  if (table === undefined) {
    lowerEnvironment(ctx, machinery, place, name);
    const out = passed(invocation.stdin);
    const made = suggestedByWords(ctx, machinery, invocation, place, name);
    const from = invocation.argv.flatMap((word) => word.from);
    // What came in is carried by the run itself.
    return { ...out, from: merged(behind(out.from, exec), [...from, ...made]) };
  }
  lowerEnvironment(ctx, machinery, place, called);
  return runTable(ctx, table, invocation, called, place, exec);
}

function runTable(
  ctx: Context,
  table: Table,
  invocation: Invocation,
  name: string,
  place: Place,
  exec: number,
): Stream {
  const parsed = parseArgs(table, invocation.argv, 1);
  if (parsed.harmless) return NO_STREAM;
  const run = new ProgramRun(ctx, table, name, parsed, invocation, place, exec);
  const special = parsed.spec.special === undefined ? undefined : SPECIALS[parsed.spec.special];
  if (special !== undefined) return special(run);
  run.rows();
  return standardOutputOf(run);
}

function within(invocation: Invocation, name: string): Place {
  return {
    cwd: invocation.cwd,
    span: invocation.span,
    via: [...invocation.via, name],
    certain: invocation.certain,
    depth: invocation.depth,
    env: invocation.env,
  };
}

const NONE: readonly never[] = [];
const UNKNOWN: readonly Attribute[] = ['unknown-program'];

function passed(stdin: Stream | undefined): Stream {
  return stdin === undefined ? NO_STREAM : { from: stdin.from, decoded: stdin.decoded, fetched: stdin.fetched };
}
