// ssh and its family: sessions and copies over a connection, and options that run something here.
import { limits, type Attribute } from '../../model/index.ts';
import { behind, endOf, SPACE, trimStartOf, WORD, wordsOf } from '../../names/index.ts';
import { known, type Stream, type Value } from '../../shell/value.ts';
import { hostOfRemote, schemeOf } from '../address.ts';
import { cut, has, valueOf } from './parse-args.ts';
import { INLINE, type ProgramRun } from './program-run.ts';
import { answer, connection } from './sockets.ts';
import { joinedText } from './wrappers.ts';

/** Options whose value is a command, and those that name a library which is loaded. */
const RUNS: ReadonlySet<string> = new Set(wordsOf('proxycommand localcommand knownhostscommand xauthlocation askpass'));
const LOADS: ReadonlySet<string> = new Set(wordsOf('pkcs11provider securitykeyprovider smartcarddevice'));
const NOTHING: ReadonlySet<string> = new Set(['none', 'internal', '/dev/null']);

/** `Key=value` or `Key value`: the key in lower case, and where its value begins; undefined when no key is known. */
function optionOf(text: string): { readonly key: string; readonly from: number } | undefined {
  const start = endOf(text, SPACE);
  const end = endOf(text, WORD, start);
  let from = endOf(text, SPACE, end);
  if (text[from] === '=') from = endOf(text, SPACE, from + 1);
  else if (from === end) return undefined;
  return end === start ? undefined : { key: text.slice(start, end).toLowerCase(), from };
}

/** Options of ssh that run or load something here (`-o ProxyCommand=…`), on the command line and in a file of its own. */
function sshOptions(run: ProgramRun): void {
  for (const { flag, value } of run.parsed.given) {
    if (value === undefined) continue;
    if (flag.name === '-o') sshOption(run, value);
    else if (flag.name === '-I') load(run, value);
    else if (flag.name === '-F') settings(run, value);
  }
}

function sshOption(run: ProgramRun, value: Value): void {
  const option = optionOf(value.kind === 'unknown' ? value.before : value.text);
  if (option === undefined) {
    if (value.kind !== 'known') run.opaque(value.why);
    return;
  }
  const rest = cut(value, option.from);
  if (NOTHING.has(rest.text.toLowerCase())) return;
  if (option.key === 'identityfile') run.ctx.readFile(run.place, rest);
  else if (option.key === 'include') settings(run, rest);
  else if (RUNS.has(option.key)) run.ctx.script(run.place, rest, INLINE);
  else if (LOADS.has(option.key)) load(run, rest);
}

function load(run: ProgramRun, library: Value): void {
  if (!NOTHING.has(library.text.toLowerCase())) run.ctx.scriptFile(run.place, library, 'other');
}

/** A file of options: its lines are read like options, and it is told where it cannot be. */
function settings(run: ProgramRun, file: Value): void {
  if (NOTHING.has(file.text.toLowerCase())) return;
  const lines = linesOf(run, file);
  if (lines === undefined) run.opaque('settings of ssh that may name commands', ['script', 'unread']);
  for (const line of lines ?? [])
    if (!line.text.trimStart().startsWith('#') && line.text.trim() !== '') sshOption(run, line);
}

/** Commands of an sftp session from a file: those behind `!` run here. */
function batch(run: ProgramRun, file: Value): void {
  const lines = linesOf(run, file);
  if (lines === undefined) run.opaque('commands of sftp that were not read', ['script', 'unread']);
  for (const line of lines ?? []) {
    const text = trimStartOf(line.text, `-@${SPACE}`);
    if (text.startsWith('!')) run.ctx.script(run.place, { ...line, text: text.slice(1) }, INLINE);
  }
}

/** The lines of a file that this run reads; undefined where its text is not known. */
function linesOf(run: ProgramRun, file: Value): readonly Value[] | undefined {
  const { ctx, place } = run;
  const target = ctx.path(place, file);
  const written = ctx.writtenTo(target);
  let text = written?.text;
  if (written === undefined && target.type === 'path') {
    const fact = ctx.fact({ ask: 'text', path: target.name, max: limits.SCRIPT_BYTES });
    // Asked for now: the answer comes with the next round.
    if (fact === undefined) return [];
    text = 'got' in fact && typeof fact.got === 'string' ? fact.got : undefined;
  }
  return text?.split('\n').map((line) => ({ ...file, kind: 'known' as const, text: line, before: line }));
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
  if (has(parsed, '--daemon')) run.net('listen', known('0.0.0.0:873', run.place.span), []);
  const { operands } = parsed;
  const last = operands[operands.length - 1];
  const adds = parsed.adds;
  let came: Stream = { from: [], decoded: false, fetched: false };
  for (const source of run.table.program === 'sftp' ? [] : operands.slice(0, -1)) {
    const host = machineOf(source);
    if (host === undefined) {
      run.do('read', source, adds, true);
      if (has(parsed, '--remove-source-files') || MOVES.has(parsed.verbs[0] ?? ''))
        run.do('delete', source, adds, true);
    } else {
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
    const commands = valueOf(parsed, '-b');
    if (commands !== undefined && commands.text !== '-') batch(run, commands);
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

const MOVES: ReadonlySet<string> = new Set(['move', 'moveto']);
const RECURSIVE: readonly Attribute[] = ['recursive'];

const KEYS_SHOWN: readonly string[] = ['-y', '-l', '-L', '-B', '-e', '-F'];

/** ssh-keygen, ssh-add, ssh-copy-id: keys that are made, read, loaded into an agent, or put on another machine. */
export function sshKeys(run: ProgramRun): Stream {
  const { parsed, ctx, place } = run;
  run.rows();
  if (run.name === 'ssh-copy-id') {
    const host = parsed.operands[0];
    if (host === undefined) return run.data;
    const index = connection(run, false, bare(host));
    const target = { type: 'remote', name: `ssh://${bare(host).text}`, scope: 'remote', groups: [] } as const;
    ctx.emit(place, { kind: 'remote.change', target, from: run.data.from });
    return answer(index);
  }
  if (run.name === 'ssh-add') {
    for (const key of parsed.operands) run.do('read', key, [], true);
    return run.data;
  }
  const file = valueOf(parsed, '-f');
  if (has(parsed, '-R'))
    ctx.writeFile(place, file ?? known(`${ctx.action.home}/.ssh/known_hosts`, place.span), undefined);
  else if (file !== undefined && has(parsed, ...KEYS_SHOWN)) run.do('read', file, [], true);
  else if (has(parsed, '-t', '-p', '-c') || file !== undefined) {
    const key = file ?? known(`${ctx.action.home}/.ssh/id_ed25519`, place.span);
    ctx.writeFile(place, key, undefined, ['create']);
    if (key.kind === 'known') ctx.writeFile(place, { ...key, text: `${key.text}.pub` }, undefined, ['create']);
  }
  return run.data;
}
