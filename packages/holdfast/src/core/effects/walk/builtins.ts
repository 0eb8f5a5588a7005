// Builtins of the shell that change what later commands mean, or that run or evaluate something themselves.
import type { Span } from '../../model/index.ts';
import type { Assign } from '../../shell/tree.ts';
import { GAP, known, NO_STREAM, unknown, type Stream, type Value } from '../../shell/value.ts';
import type { Place } from '../context.ts';
import { assign } from './assign.ts';
import { evaluateText } from './evaluate.ts';
import { evaluateHidden } from './hidden.ts';
import type { Frame, Walker } from './walker.ts';

type Run = {
  readonly assigns: readonly Assign[];
  readonly prefix: ReadonlyMap<string, Value>;
  readonly frame: Frame;
  readonly span: Span;
};

/** Lowers a builtin; undefined when `name` is none that is handled here, so that it runs as a program. */
export function runBuiltin(
  w: Walker,
  name: string,
  argv: readonly Value[],
  run: Run,
  place: Place,
): Stream | undefined {
  const args = argv.slice(1);
  switch (name) {
    case 'cd':
    case 'pushd':
      changeDirectory(w, args, place);
      return NO_STREAM;
    case 'popd':
      w.scope.cwd = unknown('a directory from the stack', place.span);
      return NO_STREAM;
    case 'export':
    case 'declare':
    case 'typeset':
    case 'readonly':
    case 'local':
      declare(w, name, args, run);
      return NO_STREAM;
    case 'unset':
      for (const arg of args) {
        evaluateHidden(w, arg, run.frame);
        if (arg.kind === 'known') {
          // What the environment held before is gone as well: the name is empty from here on.
          w.scope.set(arg.text, known('', arg.span), false);
          w.scope.functions.delete(arg.text);
        }
      }
      return NO_STREAM;
    case 'eval':
      return evaluateText(w, joinWords(args, place.span), run.frame);
    case '.':
    case 'source':
      return args[0] === undefined
        ? NO_STREAM
        : w.ctx.scriptFile({ ...place, stdin: run.frame.stdin, args }, args[0], 'shell');
    case 'exec': {
      const rest = skipOptions(args, 'a');
      return rest.length === 0 ? NO_STREAM : w.invoke(rest, { ...run, plain: true });
    }
    case 'command': {
      const first = args[0];
      if (first?.kind === 'known' && (first.text === '-v' || first.text === '-V')) return NO_STREAM;
      const rest = skipOptions(args, '');
      return rest.length === 0 ? NO_STREAM : w.invoke(rest, { ...run, plain: true });
    }
    case 'builtin':
      return args.length === 0 ? NO_STREAM : w.invoke(args, { ...run, plain: true });
    case 'set': {
      const at = args.findIndex((arg) => arg.kind === 'known' && arg.text === '--');
      if (at >= 0) w.scope.args = [w.scope.args[0] ?? known('sh', place.span), ...args.slice(at + 1)];
      return NO_STREAM;
    }
    case 'shift': {
      const by = args[0] === undefined ? 1 : Number(args[0].text);
      w.scope.args = [
        w.scope.args[0] ?? known('sh', place.span),
        ...w.scope.args.slice(1 + (Number.isSafeInteger(by) ? by : 1)),
      ];
      return NO_STREAM;
    }
    case 'trap': {
      const action = args.find((arg) => arg.kind !== 'known' || !arg.text.startsWith('-'));
      if (action !== undefined && args.length > 1 && !(action.kind === 'known' && action.text === ''))
        evaluateText(w, action, { ...run.frame, certain: false });
      return NO_STREAM;
    }
    case 'alias':
      for (const arg of args) {
        const at = arg.kind === 'known' ? arg.text.indexOf('=') : -1;
        if (at > 0) w.scope.aliases.set(arg.text.slice(0, at), { ...arg, text: arg.text.slice(at + 1), before: '' });
      }
      return NO_STREAM;
    case 'unalias':
      for (const arg of args) if (arg.kind === 'known') w.scope.aliases.delete(arg.text);
      return NO_STREAM;
    case 'read':
    case 'mapfile':
    case 'readarray':
      readInto(w, name, args, run);
      return NO_STREAM;
    case 'let':
      for (const arg of args) evaluateHidden(w, arg, run.frame);
      return NO_STREAM;
    case 'printf':
      if (args[0]?.kind === 'known' && args[0].text === '-v' && args[1] !== undefined) {
        evaluateHidden(w, args[1], run.frame);
        if (args[1].kind === 'known')
          w.scope.set(
            args[1].text,
            unknown(
              'printed text',
              args[1].span,
              '',
              '',
              args.flatMap((arg) => arg.from),
            ),
          );
        return NO_STREAM;
      }
      return undefined;
    case '[':
    case 'test':
      args.forEach((arg, index) => {
        const before = args[index - 1];
        if (before?.kind === 'known' && before.text === '-v') evaluateHidden(w, arg, run.frame);
      });
      return undefined;
    case 'history': {
      const at = args.findIndex((arg) => arg.kind === 'known' && /^-[awrn]+$/.test(arg.text));
      const file = args[at + 1];
      const flag = args[at]?.text ?? '';
      if (at >= 0 && file !== undefined && (flag.includes('a') || flag.includes('w')))
        w.ctx.writeFile(place, file, undefined, flag.includes('a') ? ['append'] : ['truncate']);
      return NO_STREAM;
    }
    case ':':
    case 'true':
    case 'false':
    case 'return':
    case 'exit':
    case 'break':
    case 'continue':
    case 'wait':
    case 'jobs':
    case 'fg':
    case 'bg':
    case 'disown':
    case 'shopt':
    case 'umask':
    case 'ulimit':
    case 'hash':
    case 'type':
    case 'getopts':
    case 'times':
    case 'dirs':
    case 'complete':
    case 'bind':
    case 'caller':
    case 'enable':
      return name === 'enable' && args.some((arg) => arg.kind === 'known' && arg.text === '-f') ? undefined : NO_STREAM;
    default:
      return undefined;
  }
}

/** The new directory as later commands see it: known only when the path is, and never through `CDPATH` guesses. */
function changeDirectory(w: Walker, args: readonly Value[], place: Place): void {
  const target = skipOptions(args, '')[0];
  if (target === undefined) {
    w.scope.cwd = known(w.scope.home, place.span);
    return;
  }
  const old = w.scope.cwd;
  if (target.kind === 'known' && target.text === '-') {
    w.scope.cwd = w.scope.vars.get('OLDPWD')?.value ?? unknown('the directory before', place.span);
  } else if (target.kind === 'known' && target.text.startsWith('/')) w.scope.cwd = target;
  else if (target.kind === 'known' && old.kind === 'known')
    w.scope.cwd = {
      ...target,
      text: `${old.text.endsWith('/') ? old.text : `${old.text}/`}${target.text}`,
      before: '',
    };
  else
    w.scope.cwd = unknown(
      target.kind === 'known' ? old.why : target.why === '' ? 'a directory named by a pattern' : target.why,
      place.span,
      target.before,
    );
  w.scope.set('OLDPWD', old, false);
}

function declare(w: Walker, name: string, args: readonly Value[], run: Run): void {
  const options = args.filter((arg) => arg.kind === 'known' && /^[-+]\w/.test(arg.text)).map((arg) => arg.text);
  const exported =
    name === 'export'
      ? !options.some((option) => option.includes('n'))
      : options.some((option) => option.startsWith('-') && option.includes('x'))
        ? true
        : undefined;
  for (const given of run.assigns) assign(w, given, exported);
  for (const arg of args) {
    if (arg.kind === 'known' && /^[-+]\w/.test(arg.text)) continue;
    evaluateHidden(w, arg, run.frame);
    if (arg.kind === 'unknown') continue;
    const at = arg.text.indexOf('=');
    const key = at < 0 ? arg.text : arg.text.slice(0, at).replace(/\+$/, '');
    if (!/^[A-Za-z_]\w*$/.test(key)) continue;
    const held = w.scope.vars.get(key);
    if (at >= 0)
      w.scope.set(
        key,
        { ...arg, kind: 'known', text: arg.text.slice(at + 1), before: '' },
        exported ?? held?.exported ?? false,
      );
    else if (held !== undefined && exported !== undefined) w.scope.vars.set(key, { ...held, exported });
  }
}

function readInto(w: Walker, name: string, args: readonly Value[], run: Run): void {
  const from = run.frame.stdin?.from ?? [];
  const lines = run.frame.stdin?.text?.split('\n')[0];
  const callback = name === 'read' ? -1 : args.findIndex((arg) => arg.kind === 'known' && arg.text === '-C');
  const code = callback < 0 ? undefined : args[callback + 1];
  if (code !== undefined) evaluateText(w, code, { ...run.frame, certain: false });
  const names = args.filter(
    (arg, index) => arg.kind !== 'known' || (!arg.text.startsWith('-') && !takesValue(args[index - 1])),
  );
  for (const arg of names) {
    evaluateHidden(w, arg, run.frame);
    if (arg.kind !== 'known' || !/^[A-Za-z_]\w*$/.test(arg.text)) continue;
    const value =
      names.length === 1 && lines !== undefined
        ? { ...known(lines.trim(), arg.span), from }
        : unknown('a line of input', arg.span, '', '', from);
    w.scope.set(arg.text, {
      ...value,
      decoded: run.frame.stdin?.decoded ?? false,
      fetched: run.frame.stdin?.fetched ?? false,
    });
  }
  if (names.length === 0 && name === 'read') w.scope.set('REPLY', unknown('a line of input', run.span, '', '', from));
}

function takesValue(option: Value | undefined): boolean {
  return option?.kind === 'known' && /^-\w*[adinNptuCcOs]$/.test(option.text) && !/^-\w*r$/.test(option.text);
}

/** Skips `-x` words; letters in `valued` take the next word. */
function skipOptions(args: readonly Value[], valued: string): readonly Value[] {
  let at = 0;
  while (at < args.length) {
    const arg = args[at];
    if (arg?.kind !== 'known' || !arg.text.startsWith('-') || arg.text === '-') break;
    at += 1;
    if (arg.text === '--') break;
    if (valued !== '' && valued.includes(arg.text.at(-1) ?? ' ')) at += 1;
  }
  return args.slice(at);
}

function joinWords(args: readonly Value[], span: Span): Value {
  const open = args.find((arg) => arg.kind === 'unknown');
  const from = args.flatMap((arg) => arg.from);
  const flags = { from, decoded: args.some((arg) => arg.decoded), fetched: args.some((arg) => arg.fetched) };
  if (open !== undefined)
    return {
      ...unknown(open.why, span),
      ...flags,
      shape: args.map((arg) => (arg.kind === 'unknown' ? (arg.shape ?? GAP) : arg.text)).join(' '),
    };
  const one = args.length === 1 ? args[0] : undefined;
  return { ...known(args.map((arg) => arg.text).join(' '), one?.span ?? span), ...flags };
}
