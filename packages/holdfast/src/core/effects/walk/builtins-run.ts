// Builtins that run something: eval, source, exec, command, builtin, trap.
import type { Attribute } from '../../model/index.ts';
import { behind, hasOf, isFlags } from '../../names/index.ts';
import { Fields } from '../../shell/fields.ts';
import { type Stream, type Value } from '../../shell/value.ts';
import type { Builtin, Call } from './builtins.ts';
import { sourceFile } from './evaluate.ts';
import { SILENT } from './stream.ts';
import type { Walker } from './walker.ts';

const INLINE: readonly Attribute[] = ['inline'];

/** `eval`: its words, joined by blanks, are text of this very shell. */
function evaluate(walker: Walker, call: Call): Stream {
  const args = call.argv.slice(1);
  if (args[0]?.kind === 'known' && args[0].text === '--') args.shift();
  if (args.length === 0) {
    walker.scope.state.status = 0;
    return SILENT;
  }
  return walker.evalText(args.length === 1 ? (args[0] as Value) : joined(args, call), INLINE, call.frame);
}

function joined(words: readonly Value[], call: Call): Value {
  const fields = new Fields(call.span);
  words.forEach((word, index) => {
    if (index > 0) fields.add(' ');
    fields.value(word.kind === 'pattern' ? { ...word, kind: 'known' } : word);
  });
  return fields.one(false);
}

/** `source FILE args`: the file's text runs in this shell. What it sets is seen where its text is known. */
function source(walker: Walker, call: Call): Stream {
  const args = call.argv.slice(1);
  if (args[0]?.kind === 'known' && args[0].text === '--') args.shift();
  const file = args[0];
  if (file === undefined) return SILENT;
  return sourceFile(walker, file, args, call);
}

/** `exec CMD`: the program takes the place of the shell. Without a command only its redirections count (redirects.ts). */
function exec(walker: Walker, call: Call): Stream {
  const args = call.argv.slice(1);
  while (args[0]?.kind === 'known' && isFlags(args[0].text, 'acl')) {
    if (args.shift()?.text.endsWith('a') === true) args.shift();
  }
  if (args[0]?.kind === 'known' && args[0].text === '--') args.shift();
  if (args.length === 0) return SILENT;
  const out = walker.runProgram(args, call);
  walker.scope.state.ended = true;
  return out;
}

/** `command NAME`: functions and aliases do not count; builtins do. `-v` only tells what the name means. */
function command(walker: Walker, call: Call): Stream {
  const args = call.argv.slice(1);
  while (args[0]?.kind === 'known' && isFlags(args[0].text, 'pvV')) {
    if (hasOf(args[0].text, 'vV')) {
      walker.scope.state.status = undefined;
      return { from: [], decoded: false, fetched: false };
    }
    args.shift();
  }
  if (args[0]?.kind === 'known' && args[0].text === '--') args.shift();
  return args.length === 0 ? SILENT : walker.invoke(args, call, false);
}

function builtin(walker: Walker, call: Call): Stream {
  const args = call.argv.slice(1);
  if (args[0]?.kind === 'known' && args[0].text === '--') args.shift();
  return args.length === 0 ? SILENT : walker.invoke(args, call, false);
}

/** `trap TEXT CONDITION…`: run when the shell leaves, or at every command, or on a signal. */
function trap(walker: Walker, call: Call): Stream {
  const { state } = walker.scope;
  const args = call.argv.slice(1);
  state.status = 0;
  if (args[0]?.kind === 'known' && args[0].text === '--') args.shift();
  if (args[0]?.kind === 'known' && isFlags(args[0].text, 'lpP')) return SILENT;
  const action = args[0];
  if (action === undefined || args.length < 2) return SILENT;
  const traps = new Map(state.traps);
  for (const condition of args.slice(1)) {
    const written = condition.kind === 'known' ? condition.text.toUpperCase() : 'a signal';
    const name = behind(written, 'SIG') ?? written;
    const key = name === '0' ? 'EXIT' : name;
    if (action.kind === 'known' && (action.text === '-' || action.text === '')) traps.delete(key);
    else traps.set(key, action);
  }
  state.traps = traps;
  return SILENT;
}

export const RUNNING_BUILTINS: { readonly [name: string]: Builtin } = {
  eval: evaluate,
  source,
  '.': source,
  exec,
  command,
  builtin,
  trap,
};
