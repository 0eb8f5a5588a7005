// Agents started by a command, messages sent by one, and a few programs that only pass words on.
import { limits, type Attribute, type Json } from '../../model/index.ts';
import { splitAt, unquoted, wordsOf } from '../../names/index.ts';
import { known, type Stream } from '../../shell/value.ts';
import { has, valueOf } from './parse-args.ts';
import { INLINE, type ProgramRun } from './program-run.ts';
import { standardOutputOf } from './output.ts';
import { joinedText } from './wrappers.ts';

/** Values of modes under which an agent asks nobody. */
const OPEN: ReadonlySet<string> = new Set(
  wordsOf('bypassPermissions dontAsk never yolo danger-full-access auto_edit full-auto acceptAll'),
);
/** Settings, by their last name, and the values with which they open an agent. */
const OPENING: { readonly [name: string]: (value: string) => boolean } = {
  approval_policy: (value) => value === 'never',
  sandbox_mode: (value) => value.startsWith('danger'),
  disableAllHooks: (value) => value !== 'false',
  hooks: (value) => value === 'false',
  defaultMode: (value) => OPEN.has(value),
  permissionMode: (value) => OPEN.has(value),
  dangerouslyDisableSandbox: (value) => value !== 'false',
};
/** Flags of modes, and flags that carry settings, by words of their names. */
const MODES: ReadonlySet<string> = new Set(['mode', 'approval', 'sandbox']);
const SETTINGS: ReadonlySet<string> = new Set([
  ...MODES,
  'setting',
  'settings',
  'config',
  'hooks',
  'disable',
  'a',
  's',
  'c',
]);

/** An agent with its own tools: what it will do is not seen here, how it is guarded is. */
export function agent(run: ProgramRun): Stream {
  const { parsed, ctx } = run;
  run.rows();
  const attributes = new Set<Attribute>(parsed.adds);
  for (const { flag, value } of parsed.given) {
    const names = splitAt(flag.name, '-');
    if (value === undefined || !names.some((name) => SETTINGS.has(name))) continue;
    // A value that cannot be seen may be the one that opens everything.
    const mode = names.some((name) => MODES.has(name));
    if (value.kind === 'unknown' ? mode : OPEN.has(value.text) || opens(value.text)) attributes.add('bypass');
  }
  for (const name of BARE) if (run.invocation.env.get(name) !== undefined) attributes.add('bypass');
  const words = parsed.operands;
  const prompt = valueOf(parsed, '-p') ?? words[0];
  ctx.emit(run.place, {
    kind: 'agent.spawn',
    target: ctx.program(known(run.name, run.place.span)),
    attributes: [...attributes],
    from: [...run.data.from, ...words.flatMap((word) => word.from)],
    args: prompt === undefined ? [] : [{ name: 'prompt', span: prompt.span }],
  });
  return { from: [run.exec, ...run.data.from], decoded: run.data.decoded, fetched: run.data.fetched };
}

/** Settings as JSON or as `a.b = "c"`: one of them opens the agent. */
function opens(text: string): boolean {
  const parsed = parseSettings(text);
  if (parsed !== undefined) return opensWithin(parsed, 0);
  const equals = text.indexOf('=');
  if (equals < 0) return false;
  const key = splitAt(text.slice(0, equals).trim(), '.').pop() ?? '';
  return isOpening(key, unquoted(text.slice(equals + 1).trim()));
}

function parseSettings(text: string): Json | undefined {
  if (!text.trim().startsWith('{')) return undefined;
  try {
    return JSON.parse(text) as Json;
  } catch (thrown) {
    // No JSON after all: the agent will refuse it, or it is a file name.
    if (thrown instanceof SyntaxError) return undefined;
    throw thrown;
  }
}

function opensWithin(settings: Json, depth: number): boolean {
  if (depth > limits.JSON_DEPTH || typeof settings !== 'object' || settings === null) return false;
  return Object.entries(settings).some(([key, value]) =>
    typeof value === 'object' ? opensWithin(value as Json, depth + 1) : isOpening(key, String(value)),
  );
}

function isOpening(key: string, value: string): boolean {
  return Object.hasOwn(OPENING, key) && OPENING[key]!(value);
}

/** Variables under which a host starts without the hooks of its user. */
const BARE: readonly string[] = ['CLAUDE_CODE_SIMPLE', 'OPENCODE_PURE'];

/** mail and its likes: every operand is a recipient, the input is the text. */
export function mail(run: ProgramRun): Stream {
  const { parsed, ctx } = run;
  run.rows();
  const recipients = [
    ...parsed.operands,
    ...parsed.given.filter((one) => one.flag.name === '-c' && one.value !== undefined).map((one) => one.value!),
  ];
  for (const to of recipients)
    ctx.emit(run.place, {
      kind: 'message.send',
      target: ctx.party(to),
      from: run.data.from,
      args: [{ name: 'to', span: to.span }],
    });
  if (recipients.length === 0)
    ctx.emit(run.place, {
      kind: 'message.send',
      target: { type: 'unknown', name: 'recipients named in the text', groups: [] },
      from: run.data.from,
    });
  return standardOutputOf(run);
}

/** Verbs of tmux: those that type or run something in a terminal, those that open one, and flags of these with a value. */
const TYPES: ReadonlySet<string> = new Set(
  wordsOf(
    'send-keys send paste-buffer pasteb pipe-pane pipep run-shell if-shell if action run source-file source command-prompt',
  ),
);
const OPENS: ReadonlySet<string> = new Set(
  wordsOf(`new new-session new-window neww split-window splitw respawn-pane respawnp respawn-window respawnw display-popup popup
    popup-menu`),
);
const TAKES_VALUE: ReadonlySet<string> = new Set(wordsOf('-c -s -n -t -e -x -y -F -l'));

/** tmux, screen: what runs in a terminal of its own; keys sent to one are commands nobody parses. */
export function multiplexer(run: ProgramRun): Stream {
  const { parsed, ctx, place } = run;
  run.rows();
  const [verb, ...words] = parsed.operands;
  if (verb === undefined) return standardOutputOf(run);
  if (run.table.called.has(run.name) && run.name !== 'tmux' && run.name !== 'zellij')
    return has(parsed, '-X') ? keys(run) : run.tail(parsed.at[0]!);
  if (TYPES.has(verb.text)) return keys(run);
  if (OPENS.has(verb.text)) {
    let start = 0;
    while (start < words.length && words[start]!.text.startsWith('-'))
      start += TAKES_VALUE.has(words[start]!.text) ? 2 : 1;
    const rest = words.slice(start);
    if (rest.length > 0) ctx.script(place, joinedText(rest), INLINE);
  }
  return standardOutputOf(run);
}

function keys(run: ProgramRun): Stream {
  run.opaque('commands typed into another terminal', ['inline', 'background']);
  return standardOutputOf(run);
}

/** cmd and wsl: another shell, another machine. */
export function foreign(run: ProgramRun): Stream {
  const index = run.ctx.emit(run.place, {
    kind: 'code.eval',
    target: run.ctx.program(known(run.name, run.place.span)),
    attributes: INLINE,
    from: run.data.from,
  });
  run.opaque('commands of another kind of shell', INLINE);
  return { from: [index], decoded: false, fetched: false };
}

const FD_RUNS: ReadonlySet<string> = new Set(['-x', '-X', '--exec', '--exec-batch']);

/** `{}`, `{.}`, `{/}`: stands for the name that was found. */
function isPlace(text: string): boolean {
  return text.startsWith('{') && text.indexOf('}') === text.length - 1;
}

/** fd: like find with `-x` and `-X`, whose command is the rest of the words. */
export function fdFind(run: ProgramRun): Stream {
  const { invocation } = run;
  for (const one of run.parsed.given) if (one.flag.does === 'chdir' && one.value !== undefined) run.chdir(one.value);
  const at = invocation.argv.findIndex((word, index) => index > 0 && FD_RUNS.has(word.text));
  const everything = { ...known('./**/*', run.place.span), kind: 'pattern' as const };
  if (at > 0) {
    const words = invocation.argv.slice(at + 1);
    const placed = words.some((word) => word.text.includes('{'))
      ? words.map((word) => (isPlace(word.text) ? everything : word))
      : [...words, everything];
    if (words.length > 0) return run.start({ argv: placed });
  }
  return { from: [], decoded: false, fetched: false, names: [everything] };
}
