// ssh and its family: sessions and copies over a connection, and options that run something here.
import type { Attribute } from '../../model/index.ts';
import { behind, endOf, LETTERS, SPACE, wordsOf } from '../../names/index.ts';
import { known, type Stream, type Value } from '../../shell/value.ts';
import { hostOfRemote, schemeOf } from '../address.ts';
import { cut, has } from './parse-args.ts';
import { INLINE, type ProgramRun } from './program-run.ts';
import { answer, connection } from './sockets.ts';
import { joinedText } from './wrappers.ts';

/** Options whose value is a command, or a library that is loaded. */
const RUNS: ReadonlySet<string> = new Set(
  wordsOf(`proxycommand localcommand knownhostscommand pkcs11provider securitykeyprovider smartcarddevice xauthlocation
    askpass`),
);

/** `Key=value` or `Key value`: the key in lower case, and where its value begins; undefined when no key is known. */
function optionOf(text: string): { readonly key: string; readonly from: number } | undefined {
  const start = endOf(text, SPACE);
  const end = endOf(text, LETTERS, start);
  let from = endOf(text, SPACE, end);
  if (text[from] === '=') from = endOf(text, SPACE, from + 1);
  else if (from === end) return undefined;
  return end === start ? undefined : { key: text.slice(start, end).toLowerCase(), from };
}

/** Options of ssh that run something here (`-o ProxyCommand=…`). */
function sshOptions(run: ProgramRun): void {
  for (const { flag, value } of run.parsed.given) {
    if (flag.name !== '-o' || value === undefined) continue;
    const option = optionOf(value.kind === 'unknown' ? value.before : value.text);
    if (option === undefined) {
      if (value.kind !== 'known') run.opaque(value.why);
      continue;
    }
    const rest = cut(value, option.from);
    if (option.key === 'identityfile') run.ctx.readFile(run.place, rest);
    else if (RUNS.has(option.key) && rest.text.toLowerCase() !== 'none') run.ctx.script(run.place, rest, INLINE);
  }
}

/** ssh: a connection, a command for the other side, forwards, and options that run something here. */
export function ssh(run: ProgramRun): Stream {
  const { parsed, ctx } = run;
  sshOptions(run);
  run.rows();
  const destination = parsed.operands[0];
  if (destination === undefined) return run.data;
  const host = bare(destination);
  const index = connection(run, false, host);
  if (has(parsed, '-R', '-L', '-D'))
    ctx.emit(run.place, { kind: 'net.listen', target: ctx.host(known('127.0.0.1', destination.span)) });
  const words = parsed.operands.slice(1);
  if (words.length > 0) {
    const text = joinedText(words);
    ctx.emit(run.place, {
      kind: 'remote.change',
      target: { type: 'remote', name: `ssh://${host.text}`, scope: 'remote', groups: [] },
      from: text.from,
      args: [{ name: 'command', span: text.span }],
    });
    if (text.from.length > 0)
      ctx.emit(run.place, { kind: 'net.send', target: ctx.host(host), attributes: ['upload'], from: text.from });
  } else if (!has(parsed, '-N', '-W', '-V', '-G', '-Q', '-O') && run.invocation.stdin === undefined) {
    run.opaque('a shell on another machine that waits for commands', ['interactive']);
  }
  return answer(index);
}

/** `user@host`, `ssh://user@host:port` ▶ host. */
function bare(value: Value): Value {
  if (value.kind !== 'known') return value;
  const address = behind(value.text, 'ssh://') ?? value.text;
  const at = address.indexOf('@');
  const text = at >= 0 && !address.slice(0, at).includes('/') ? address.slice(at + 1) : address;
  return { ...value, text, before: text };
}

const SCHEMES: ReadonlySet<string> = new Set(['rsync', 'scp', 'sftp', 'ssh']);

/** The machine that a word of scp or rsync names; undefined for a file of this one. */
function machineOf(value: Value): Value | undefined {
  const head = value.kind === 'unknown' ? value.before : value.text;
  if (SCHEMES.has(schemeOf(head) ?? '')) return value;
  // `host::module` is a daemon of rsync.
  const text = hostOfRemote(head);
  return text === undefined ? undefined : { ...value, kind: 'known', text, before: text };
}

/** scp, rsync, sftp, rclone: files go to or come from another machine. */
export function copyRemote(run: ProgramRun): Stream {
  const { parsed, ctx } = run;
  sshOptions(run);
  run.rows();
  const { operands } = parsed;
  const last = operands[operands.length - 1];
  const adds = parsed.adds;
  let came: Stream = { from: [], decoded: false, fetched: false };
  for (const source of run.table.program === 'sftp' ? [] : operands.slice(0, -1)) {
    const host = machineOf(source);
    if (host === undefined) run.do('read', source, adds, true);
    else {
      const index = ctx.emit(run.place, {
        kind: 'net.connect',
        target: ctx.host(host),
        attributes: ['download'],
        args: [{ name: 'host', span: source.span }],
      });
      came = { from: [...came.from, index], decoded: false, fetched: true };
    }
  }
  if (last === undefined) return run.data;
  const target = machineOf(last);
  if (run.table.program === 'sftp') {
    connection(run, false, target ?? bare(last));
    if (run.invocation.stdin === undefined && !has(parsed, '-b'))
      run.opaque('a session that waits for commands', ['interactive']);
  } else if (target !== undefined) {
    ctx.emit(run.place, {
      kind: 'net.connect',
      target: ctx.host(target),
      attributes: ['upload'],
      args: [{ name: 'host', span: last.span }],
    });
    ctx.emit(run.place, {
      kind: 'net.send',
      target: ctx.host(target),
      attributes: ['upload'],
      from: run.data.from,
      args: [{ name: 'host', span: last.span }],
    });
    if (has(parsed, '--delete'))
      ctx.emit(run.place, {
        kind: 'remote.delete',
        target: { type: 'remote', name: last.text, scope: 'remote', groups: [] },
        attributes: ['recursive'],
      });
  } else if (operands.length > 1) {
    ctx.writeFile(run.place, last, came.from.length > 0 ? came : run.data, adds);
    if (has(parsed, '--delete')) run.do('delete', last, RECURSIVE, true);
  }
  return run.data;
}

const RECURSIVE: readonly Attribute[] = ['recursive'];
