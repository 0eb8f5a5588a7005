// Programs that open a connection and pass bytes through it: nc, socat, telnet, openssl.
import { endOf, isDigits, quotedWords, splitAt, unquoted, WORD, wordsOf } from '../../names/index.ts';
import { known, type Stream, type Value } from '../../shell/value.ts';
import { allOf, joined } from '../sources.ts';
import { has, valueOf } from './parse-args.ts';
import { INLINE, type ProgramRun } from './program-run.ts';
import { plainName } from './table.ts';
import BASH from './bash.json' with { type: 'json' };

/** Programs that do what they are told over their input: every name of the shells, and interpreters. */
const COMMANDED: ReadonlySet<string> = new Set([
  BASH.program,
  ...BASH.names,
  ...wordsOf('cmd powershell pwsh python perl ruby php node lua busybox toybox tclsh expect'),
]);

/** One of the words is a shell or an interpreter by its name: `sh`, `/bin/bash`, `python3.12`, `cmd.exe`. */
function isCommanded(text: string): boolean {
  const words = quotedWords(text) ?? wordsOf(text);
  return words.some((word) => {
    const base = word.slice(word.lastIndexOf('/') + 1);
    return COMMANDED.has(base) || COMMANDED.has(plainName(base));
  });
}

/** A connection made or awaited: input goes out over it, and what comes back was fetched. */
export function connection(run: ProgramRun, listen: boolean, address: Value): number {
  const stdin = run.data;
  const index = run.net(listen ? 'listen' : 'connect', address, []);
  if (stdin.from.length > 0) {
    run.ctx.emit(run.place, {
      kind: 'net.send',
      target: run.ctx.host(address),
      attributes: ['upload'],
      from: stdin.from,
      args: [{ name: 'host', span: address.span }],
    });
    if (isFifoLoop(run, stdin)) run.ctx.mark(index, 'remote-shell');
  }
  return index;
}

const MAKES_PIPES: ReadonlySet<string> = new Set(['mkfifo', 'mknod']);

/** What a shell that reads a pipe made by this action prints goes out here: the other end gives the commands. */
function isFifoLoop(run: ProgramRun, stdin: Stream): boolean {
  return allOf(run.ctx, stdin.from).some((index) => {
    const source = run.ctx.effect(index);
    if (source === undefined || (source.kind !== 'code.eval' && source.kind !== 'file.read')) return false;
    const { type, name } = run.ctx.spelled(source.target);
    if (type !== 'path') return false;
    for (let other = 0; other < index; other++) {
      const made = run.ctx.effect(other)!;
      if (
        made.kind === 'file.write' &&
        made.target.name === name &&
        MAKES_PIPES.has(made.via[made.via.length - 1] ?? '')
      )
        return true;
    }
    return false;
  });
}

/** What comes back over a connection. */
export function answer(index: number): Stream {
  return { from: [index], decoded: false, fetched: true };
}

/** nc, netcat, ncat: `-e program`, `-c text`, `-l`. */
export function netcat(run: ProgramRun): Stream {
  const { parsed, ctx } = run;
  const listen = has(parsed, '-l');
  const [host, port] = parsed.operands;
  const portGiven = valueOf(parsed, '-p') ?? port ?? (listen ? host : undefined);
  const address = listen ? bound(portGiven, run) : hostPort(host, port, run);
  const index = connection(run, listen, address);
  const program = valueOf(parsed, '-e') ?? valueOf(parsed, '--lua-exec');
  const text = valueOf(parsed, '-c');
  const runs = program ?? text;
  if (runs !== undefined) {
    if (runs.kind !== 'known' || isCommanded(runs.text)) ctx.mark(index, 'remote-shell');
    const stdin: Stream = answer(index);
    if (text !== undefined && program === undefined) ctx.script({ ...run.place, stdin, stdout: [index] }, text, INLINE);
    else if (runs.kind === 'known') run.words(runs, { stdin, stdout: [index] });
    else run.start({ argv: [runs], stdin });
  }
  if (has(parsed, '-z')) return { from: [], decoded: false, fetched: false };
  return answer(index);
}

function hostPort(host: Value | undefined, port: Value | undefined, run: ProgramRun): Value {
  if (host === undefined) return { ...known('', run.place.span), kind: 'unknown', why: 'a connection without a host' };
  if (host.kind !== 'known' || port?.kind !== 'known' || !isDigits(port.text)) return host;
  const text =
    host.text.includes(':') && !host.text.startsWith('[') ? `[${host.text}]:${port.text}` : `${host.text}:${port.text}`;
  return { ...host, text, before: text, from: joined(host.from, port.from) };
}

function bound(port: Value | undefined, run: ProgramRun): Value {
  return port?.kind === 'known' && isDigits(port.text)
    ? { ...port, text: `0.0.0.0:${port.text}`, before: `0.0.0.0:${port.text}` }
    : known('0.0.0.0', run.place.span);
}

/** telnet host port; openssl s_client -connect host:port. */
export function telnet(run: ProgramRun): Stream {
  const [host, port] = run.parsed.operands;
  if (host === undefined) return run.data;
  return answer(connection(run, false, hostPort(host, port, run)));
}

export function opensslClient(run: ProgramRun): Stream {
  const target = valueOf(run.parsed, '-connect') ?? run.parsed.operands[0];
  run.rows();
  return target === undefined ? run.data : answer(connection(run, false, target));
}

export function opensslServer(run: ProgramRun): Stream {
  run.rows();
  return answer(
    connection(run, true, bound(valueOf(run.parsed, '-accept', '-port') ?? known('4433', run.place.span), run)),
  );
}

/** One end of socat: `TYPE:value,option,option`, the value perhaps in quotes. */
type End = { readonly word: Value; readonly type: string | undefined; readonly value: Value };

const TYPE = `${WORD}-`;
const FILES: ReadonlySet<string> = new Set(wordsOf('OPEN CREATE FILE GOPEN PIPE'));
const PROGRAMS: ReadonlySet<string> = new Set(wordsOf('EXEC SYSTEM SHELL'));
/** Protocols by name: alone or with `-CONNECT` they connect, with `-LISTEN`, `-L` or `-RECV…` they wait. */
const PROTOCOLS: ReadonlySet<string> = new Set(
  wordsOf(`TCP TCP4 TCP6 UDP UDP4 UDP6 UDPLITE UDPLITE4 UDPLITE6 SCTP SCTP4 SCTP6 DCCP DCCP4 DCCP6 OPENSSL SSL OPENSSL-DTLS-CLIENT
    SOCKS4 SOCKS4A SOCKS5 PROXY VSOCK IP IP4 IP6`),
);

function endOfSocat(word: Value): End {
  const text = word.kind === 'unknown' ? word.before : word.text;
  const end = endOf(text, TYPE);
  if (end === 0 || (end < text.length && text[end] !== ':')) return { word, type: undefined, value: word };
  const rest = text.slice(end + 1);
  const inner = withoutOptions(rest);
  return {
    word,
    type: text.slice(0, end).toUpperCase(),
    value: word.kind === 'known' ? { ...word, text: inner, before: inner } : word,
  };
}

/** What stands before the options; they begin at a comma outside quotes. */
function withoutOptions(text: string): string {
  let quote = '';
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!;
    if (char === '\\') at++;
    else if (quote !== '') quote = char === quote ? '' : quote;
    else if (char === "'" || char === '"') quote = char;
    else if (char === ',') return unquoted(text.slice(0, at));
  }
  return unquoted(text);
}

function waits(type: string): boolean {
  const parts = splitAt(type, '-');
  return parts.some((part, at) => part === 'LISTEN' || part.startsWith('RECV') || (at > 0 && part === 'L'));
}

function connects(type: string): boolean {
  return PROTOCOLS.has(type.endsWith('-CONNECT') ? type.slice(0, -'-CONNECT'.length) : type);
}

/** socat: two addresses, joined. `EXEC:` and `SYSTEM:` at one end and a connection at the other are a shell for the other side. */
export function socat(run: ProgramRun): Stream {
  const { ctx, parsed } = run;
  run.rows();
  const ends = parsed.operands.slice(0, 2).map(endOfSocat);
  // A file at the first end is sent, one at the second receives; without `-u` both ends do both.
  const both = !has(parsed, '-u');
  ends.forEach((end, index) => {
    if (FILES.has(end.type ?? '') && (index === 0 || both)) run.take(ctx.readFile(run.place, end.value));
  });
  let link: number | undefined;
  for (const { type = '', value, word } of ends) {
    if (waits(type)) link = connection(run, true, bound({ ...value, kind: 'known' }, run));
    else if (connects(type)) link = connection(run, false, word.kind === 'known' ? value : word);
  }
  let programAt = false;
  for (const { type = '', value } of ends) {
    if (!PROGRAMS.has(type)) continue;
    programAt = true;
    if (link !== undefined && (value.kind !== 'known' || isCommanded(value.text))) ctx.mark(link, 'remote-shell');
    const stdin: Stream | undefined = link === undefined ? run.invocation.stdin : answer(link);
    if (type === 'EXEC' && value.kind === 'known')
      run.words(value, { stdin, ...(link === undefined ? {} : { stdout: [link] }) });
    else ctx.script({ ...run.place, stdin }, value, INLINE);
  }
  ends.forEach((end, index) => {
    if (FILES.has(end.type ?? '') && (index === 1 || both))
      ctx.writeFile(run.place, end.value, link === undefined ? run.data : answer(link), ['create']);
  });
  if (link === undefined && !programAt && ends.some((end) => end.type === undefined))
    run.opaque('addresses that are not understood');
  return link === undefined ? run.data : answer(link);
}
