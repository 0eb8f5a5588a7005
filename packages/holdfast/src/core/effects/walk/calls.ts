// Calls of what the text itself defined: functions run in a frame of their own, aliases are text put in front.
import { limits } from '../../model/index.ts';
import type { Defined } from '../../shell/scope.ts';
import { known, NO_STREAM, type Stream, type Value } from '../../shell/value.ts';
import type { Call } from './builtins.ts';
import type { Walker } from './walker.ts';

/** How often a function may stand inside itself before it is opaque; it may branch, so deeper would be much. */
const MOST_WITHIN = 3;

/** Runs a function's body with its words as positional parameters. What it does not declare local it sets in the shell. */
export function callFunction(
  walker: Walker,
  defined: Defined,
  argv: readonly Value[],
  call: Omit<Call, 'argv'>,
): Stream {
  const { running } = walker.shared;
  const { body } = defined;
  const within = running.get(body) ?? 0;
  if (within >= MOST_WITHIN || walker.calls >= limits.WRAP_DEPTH) {
    // Said once for each function.
    if (within <= MOST_WITHIN) walker.tooDeep(call.span);
    running.set(body, MOST_WITHIN + 1);
    return NO_STREAM;
  }
  running.set(body, within + 1);
  const outer = walker.scope;
  const { state } = outer;
  const { args } = state;
  const inner = outer.call();
  for (const [name, value] of call.prefix) {
    inner.put(name, { value, items: undefined, exported: true, integer: false, ref: undefined }, true);
  }
  state.args = [args[0] ?? known(walker.shared.shell, call.span), ...argv.slice(1)];
  // The body's offsets index the text it was defined in.
  const runner = walker.over(defined.text);
  runner.scope = inner;
  runner.calls++;
  const out = runner.node(body, call.frame);
  runner.calls--;
  if ((running.get(body) ?? 0) <= MOST_WITHIN) running.set(body, within);
  else if (within === 0) running.delete(body);
  runner.scope = outer;
  state.args = args;
  state.ended = false;
  state.env = undefined;
  return out;
}

/** The alias text with the rest of the words behind it. `sure`: the shell surely expands aliases. */
export function expandAlias(
  walker: Walker,
  alias: Value,
  argv: readonly Value[],
  call: Omit<Call, 'argv'>,
  sure: boolean,
): Stream {
  if (walker.calls >= limits.WRAP_DEPTH) return walker.tooDeep(call.span);
  const rest = argv.slice(1).map((word) => (word.kind === 'known' ? quoted(word.text) : '"$__"'));
  const text: Value = alias.kind === 'known' ? { ...alias, text: [alias.text, ...rest].join(' ') } : alias;
  walker.calls++;
  // An alias does not expand inside itself.
  const name = (argv[0] as Value).text;
  const held = walker.scope.alias(name);
  walker.scope.setAlias(name, undefined);
  const out = sure
    ? walker.evalText(text, undefined, call.frame)
    : walker.inFork(() => walker.evalText(text, undefined, { ...call.frame, certain: false }));
  walker.scope.setAlias(name, held);
  walker.calls--;
  return out;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
