// Agents started by a command, messages sent by one, and a few programs that only pass words on.
import type { Attribute } from '../../model/index.ts';
import { known, type Stream } from '../../shell/value.ts';
import { has, valueOf } from './parse-args.ts';
import { INLINE, type ProgramRun } from './program-run.ts';
import { standardOutputOf } from './output.ts';
import { joinedText } from './wrappers.ts';

/** Values of modes and settings under which an agent asks nobody. */
const OPEN_MODES = /^(?:bypassPermissions|dontAsk|never|yolo|danger-full-access|auto_edit|full-auto|acceptAll)$/;

/** An agent with its own tools: what it will do is not seen here, how it is guarded is. */
export function agent(run: ProgramRun): Stream {
  const { parsed, ctx } = run;
  run.rows();
  const attributes = new Set<Attribute>(parsed.adds);
  for (const { flag, value } of parsed.given) {
    if (
      value === undefined ||
      (!/mode|approval|sandbox|setting|config|hooks|disable/.test(flag.name) && !/^-[asc]$/.test(flag.name))
    )
      continue;
    const text = value.kind === 'unknown' ? '' : value.text;
    if (
      OPEN_MODES.test(text) ||
      /approval_policy\s*=\s*"?never|sandbox_mode\s*=\s*"?danger|disableAllHooks|features\.hooks\s*=\s*false|bypassPermissions/.test(
        text,
      )
    )
      attributes.add('bypass');
    // A value that cannot be seen may be the one that opens everything.
    if (value.kind === 'unknown' && /mode|approval|sandbox/.test(flag.name)) attributes.add('bypass');
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

/** tmux, screen: what runs in a terminal of its own; keys sent to one are commands nobody parses. */
export function multiplexer(run: ProgramRun): Stream {
  const { parsed, ctx, place } = run;
  run.rows();
  const [verb, ...words] = parsed.operands;
  if (verb === undefined) return standardOutputOf(run);
  if (run.table.called.has(run.name) && run.name !== 'tmux' && run.name !== 'zellij')
    return has(parsed, '-X') ? keys(run) : run.tail(parsed.at[0]!);
  if (/^(?:send-keys|send|paste-buffer|pipe-pane|run-shell|if-shell|action|run|source-file)$/.test(verb.text))
    return keys(run);
  if (/^(?:new|new-session|new-window|neww|split-window|splitw|respawn-pane|respawn-window)$/.test(verb.text)) {
    let start = 0;
    while (start < words.length && words[start]!.text.startsWith('-'))
      start += /^-[csntexyFl]$/.test(words[start]!.text) ? 2 : 1;
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

/** fd: like find with `-x` and `-X`, whose command is the rest of the words. */
export function fdFind(run: ProgramRun): Stream {
  const { invocation } = run;
  for (const one of run.parsed.given) if (one.flag.does === 'chdir' && one.value !== undefined) run.chdir(one.value);
  const at = invocation.argv.findIndex((word, index) => index > 0 && /^(?:-x|-X|--exec|--exec-batch)$/.test(word.text));
  const everything = { ...known('./**/*', run.place.span), kind: 'pattern' as const };
  if (at > 0) {
    const words = invocation.argv.slice(at + 1);
    const placed = words.some((word) => word.text.includes('{'))
      ? words.map((word) => (/^\{[^}]*\}$/.test(word.text) ? everything : word))
      : [...words, everything];
    if (words.length > 0) return run.start({ argv: placed });
  }
  return { from: [], decoded: false, fetched: false, names: [everything] };
}
