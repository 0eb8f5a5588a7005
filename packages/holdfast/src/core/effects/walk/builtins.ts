// The builtins of the shell: which name is handled where, and those that merely do nothing to the world.
import { limits, type Span } from '../../model/index.ts';
import type { Assign } from '../../shell/tree.ts';
import { endOf, hasOf, isDigits, isFlags, LETTERS } from '../../names/index.ts';
import { known, type Stream, type Value } from '../../shell/value.ts';
import { DIRECTORY_BUILTINS } from './builtins-cwd.ts';
import { RUNNING_BUILTINS } from './builtins-run.ts';
import { VARIABLE_BUILTINS } from './builtins-vars.ts';
import { SILENT } from './stream.ts';
import type { Frame, Walker } from './walker.ts';

export type Call = {
  /** argv[0] is the builtin's name. */
  readonly argv: readonly Value[];
  /** Assignments among the words of a declaration builtin. */
  readonly assigns: readonly Assign[];
  /** Variables set for this one command. */
  readonly prefix: ReadonlyMap<string, Value>;
  readonly frame: Frame;
  readonly span: Span;
};

/** Lowers one call; undefined: this use is a program's after all. Sets `scope.state.status` where the status is known. */
export type Builtin = (walker: Walker, call: Call) => Stream | undefined;

function nothing(walker: Walker): Stream {
  walker.scope.state.status = undefined;
  return SILENT;
}

function succeeds(walker: Walker): Stream {
  walker.scope.state.status = 0;
  return SILENT;
}

function fails(walker: Walker): Stream {
  walker.scope.state.status = 1;
  return SILENT;
}

const LOWER = LETTERS.slice(0, 26);

/** `exit`, `return`, `break`, `continue`: what follows in the same list is not reached. */
function leaves(walker: Walker, call: Call): Stream {
  walker.scope.state.ended = true;
  const status = call.argv[1];
  walker.scope.state.status =
    status?.kind === 'known' && status.text.length <= 3 && isDigits(status.text) ? Number(status.text) : undefined;
  return SILENT;
}

/** `test` and `[`: `-v` and `-R` evaluate a subscript in their operand. */
function test(walker: Walker, call: Call): Stream {
  const { argv } = call;
  for (let i = 1; i + 1 < argv.length; i++) {
    const word = argv[i];
    if (word?.kind === 'known' && (word.text === '-v' || word.text === '-R'))
      walker.evaluate(argv[i + 1] as Value, 'name');
  }
  return nothing(walker);
}

/** `history -w FILE`, `-a`: writes it, with what the session typed; `-r`, `-n`: reads it. */
function history(walker: Walker, call: Call): Stream {
  const { argv } = call;
  for (let i = 1; i < argv.length; i++) {
    const word = argv[i];
    if (word === undefined || word.kind !== 'known' || !isFlags(word.text, LOWER)) continue;
    const file = argv[i + 1];
    const place = walker.at(call.span);
    if (hasOf(word.text, 'wa')) {
      const name = file ?? known(`${walker.scope.home}/.bash_history`, call.span);
      walker.ctx.writeFile(place, name, undefined, word.text.includes('a') ? ['append'] : ['truncate']);
    } else if (hasOf(word.text, 'rn') && file !== undefined) walker.ctx.readFile(place, file);
  }
  return nothing(walker);
}

/** `fc` runs an earlier command again, which nothing here knows. */
function fc(walker: Walker, call: Call): Stream {
  const lists = call.argv.some(
    (word) => word.kind === 'known' && word.text.startsWith('-') && word.text[endOf(word.text, 'nr', 1)] === 'l',
  );
  if (!lists) walker.opaque('a command of the history', ['inline'], call.span);
  return nothing(walker);
}

/** `enable -f FILE NAME` loads a shared object into the shell. */
function enable(walker: Walker, call: Call): Stream {
  const { argv } = call;
  const at = argv.findIndex((word) => word.kind === 'known' && isFlags(word.text, LOWER) && word.text.endsWith('f'));
  const file = argv[at + 1];
  if (at > 0 && file !== undefined) {
    const target = walker.ctx.path(walker.at(call.span), file);
    const index = walker.ctx.emit(walker.at(call.span), {
      kind: 'code.eval',
      target,
      attributes: ['unread'],
      from: file.from,
    });
    walker.opaque('a shared object that is loaded into the shell', ['unread'], call.span, [index]);
  }
  return nothing(walker);
}

/** `shopt -s expand_aliases` makes aliases count; other options change nothing that is followed. */
function shopt(walker: Walker, call: Call): Stream {
  const names = call.argv.map((word) => (word.kind === 'known' ? word.text : ''));
  if (names.includes('-s') && names.includes('expand_aliases')) walker.scope.state.aliasesOn = true;
  return succeeds(walker);
}

function alias(walker: Walker, call: Call): Stream {
  for (const word of call.argv.slice(1)) {
    const at = word.kind === 'known' ? word.text.indexOf('=') : -1;
    if (at > 0)
      walker.scope.setAlias(word.text.slice(0, at), {
        ...word,
        text: word.text.slice(at + 1),
        before: word.text.slice(at + 1),
      });
    else if (word.kind === 'unknown') {
      const name = word.before.slice(0, Math.max(0, word.before.indexOf('=')));
      if (name !== '') walker.scope.setAlias(name, { ...word, before: word.before.slice(name.length + 1) });
    }
  }
  return succeeds(walker);
}

function unalias(walker: Walker, call: Call): Stream {
  for (const word of call.argv.slice(1)) if (word.kind === 'known') walker.scope.setAlias(word.text, undefined);
  return succeeds(walker);
}

/** `hash -p PATH NAME`: from now on the name means that file. */
function hash(walker: Walker, call: Call): Stream {
  const { argv } = call;
  const at = argv.findIndex((word) => word.kind === 'known' && word.text === '-p');
  const file = argv[at + 1];
  if (at > 0 && file !== undefined) {
    for (const name of argv.slice(at + 2))
      if (name.kind === 'known') walker.scope.setAlias(`${HASHED}${name.text}`, file);
  }
  return succeeds(walker);
}

/** Prefix under which `hash -p` entries stand among the aliases; no alias can be called so. */
export const HASHED = 'hash -p ';

/** `complete -C`, `compgen -C`, `bind -x`: text that runs, now or when a human presses a key. */
function keyed(walker: Walker, call: Call): Stream {
  const { argv } = call;
  const name = argv[0]?.text ?? '';
  for (let i = 1; i + 1 < argv.length; i++) {
    const flag = argv[i]?.kind === 'known' ? argv[i]?.text : undefined;
    const text = argv[i + 1] as Value;
    if (flag === '-C') walker.unsure(() => walker.evalText(text, ['inline']), name === 'compgen');
    else if (flag === '-W') walker.unsure(() => walker.evaluate(text, 'prompt'), name === 'compgen');
    else if (flag === '-x' && name === 'bind') {
      const at = text.text.indexOf(':');
      walker.unsure(() =>
        walker.evalText(text.kind === 'known' ? { ...text, text: text.text.slice(at + 1) } : text, ['inline']),
      );
    }
  }
  return nothing(walker);
}

const TABLE: ReadonlyMap<string, Builtin> = new Map(
  Object.entries({
    ':': succeeds,
    true: succeeds,
    false: fails,
    exit: leaves,
    return: leaves,
    break: leaves,
    continue: leaves,
    logout: leaves,
    test,
    '[': test,
    history,
    fc,
    enable,
    shopt,
    alias,
    unalias,
    hash,
    complete: keyed,
    compgen: keyed,
    bind: keyed,
    compopt: nothing,
    wait: nothing,
    jobs: nothing,
    fg: nothing,
    bg: nothing,
    disown: nothing,
    suspend: nothing,
    times: nothing,
    caller: nothing,
    type: nothing,
    umask: succeeds,
    ulimit: nothing,
    dirs: nothing,
    help: nothing,
    ...DIRECTORY_BUILTINS,
    ...RUNNING_BUILTINS,
    ...VARIABLE_BUILTINS,
  }),
);

/** The builtin of that name, or undefined: `echo`, `printf`, `kill`, `pwd` are left to the program tables, which know them as well. */
export function builtinOf(name: string): Builtin | undefined {
  return TABLE.get(name);
}

export const MOST_CALLS = limits.WRAP_DEPTH;
