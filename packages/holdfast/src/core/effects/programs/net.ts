// Programs that open a connection and pass bytes through it: nc, socat, telnet, openssl, ssh and its family.
import type { Attribute } from '../../model/index.ts';
import { known, type Stream, type Value } from '../../shell/value.ts';
import { has, valueOf } from './parse-args.ts';
import { INLINE, joined, type ProgramRun } from './program-run.ts';
import { joinedText } from './wrappers.ts';

const SHELLS =
  /(?:^|[\s/'"])(?:ba|z|da|k|c|tc|a|fi)?sh(?:$|[\s'",])|(?:^|[\s/])(?:cmd(?:\.exe)?|powershell|pwsh|python[\d.]*|perl|ruby|busybox)(?:$|[\s,])/;

/** A connection made or awaited: input goes out over it, and what comes back was fetched. */
function connection(run: ProgramRun, listen: boolean, address: Value): number {
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

/** What a shell that reads a pipe made by this action prints goes out here: the other end gives the commands. */
function isFifoLoop(run: ProgramRun, stdin: Stream): boolean {
  return stdin.from.some((index) => {
    const source = run.ctx.effect(index);
    if (source === undefined || (source.kind !== 'code.eval' && source.kind !== 'file.read')) return false;
    const { type, name } = run.ctx.spelled(source.target);
    if (type !== 'path') return false;
    for (let other = 0; other < index; other++) {
      const made = run.ctx.effect(other)!;
      if (
        made.kind === 'file.write' &&
        made.target.name === name &&
        /^mk(?:fifo|nod)$/.test(made.via[made.via.length - 1] ?? '')
      )
        return true;
    }
    return false;
  });
}

function answer(index: number): Stream {
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
    if (runs.kind !== 'known' || SHELLS.test(runs.text)) ctx.mark(index, 'remote-shell');
    const stdin: Stream = answer(index);
    if (text !== undefined && program === undefined) ctx.script({ ...run.place, stdin, stdout: [index] }, text, INLINE);
    else if (runs.kind === 'known')
      run.start({
        argv: runs.text
          .split(/\s+/)
          .filter(Boolean)
          .map((word) => ({ ...runs, text: word, before: word })),
        stdin,
        stdout: [index],
      });
    else run.start({ argv: [runs], stdin });
  }
  if (has(parsed, '-z')) return { from: [], decoded: false, fetched: false };
  return answer(index);
}

function hostPort(host: Value | undefined, port: Value | undefined, run: ProgramRun): Value {
  if (host === undefined) return { ...known('', run.place.span), kind: 'unknown', why: 'a connection without a host' };
  if (host.kind !== 'known' || port?.kind !== 'known' || !/^\d+$/.test(port.text)) return host;
  const text =
    host.text.includes(':') && !host.text.startsWith('[') ? `[${host.text}]:${port.text}` : `${host.text}:${port.text}`;
  return { ...host, text, before: text, from: joined(host.from, port.from) };
}

function bound(port: Value | undefined, run: ProgramRun): Value {
  return port?.kind === 'known' && /^\d+$/.test(port.text)
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

/** socat: two addresses, joined. `EXEC:` and `SYSTEM:` at one end and a connection at the other are a shell for the other side. */
export function socat(run: ProgramRun): Stream {
  const { ctx, parsed } = run;
  const ends = parsed.operands.slice(0, 2).map((word) => ({
    word,
    match: /^([A-Za-z0-9_-]+)(?::([\s\S]*))?$/.exec(word.kind === 'unknown' ? word.before : word.text),
  }));
  // A file at the first end is sent, one at the second receives; without `-u` both ends do both.
  const both = !has(parsed, '-u');
  const isFile = (type: string): boolean => /^(?:OPEN|CREATE|FILE|GOPEN|PIPE)$/i.test(type);
  const named = ({ word, match }: (typeof ends)[number]): Value => {
    const text = (match?.[2] ?? '').split(',')[0]!;
    return word.kind === 'known' ? { ...word, text, before: text } : word;
  };
  ends.forEach((end, index) => {
    if (isFile(end.match?.[1] ?? '') && (index === 0 || both)) run.take(ctx.readFile(run.place, named(end)));
  });
  let link: number | undefined;
  for (const { word, match } of ends) {
    const type = (match?.[1] ?? '').toUpperCase();
    const rest = match?.[2] ?? '';
    if (
      /^(?:TCP|TCP4|TCP6|UDP|UDP4|UDP6|SCTP|OPENSSL|SSL|TCP-CONNECT|TCP4-CONNECT|UDP-CONNECT|OPENSSL-CONNECT|SOCKS4|SOCKS4A|SOCKS5|PROXY)$/.test(
        type,
      )
    ) {
      const address = rest.split(',')[0]!;
      link = connection(run, false, word.kind === 'known' ? { ...word, text: address, before: address } : word);
    } else if (/LISTEN|^(?:TCP|UDP|SSL|OPENSSL)4?6?-?L$|RECV/.test(type)) {
      const port = rest.split(',')[0]!;
      link = connection(run, true, bound({ ...word, kind: 'known', text: port }, run));
    }
  }
  let programAt = false;
  for (const { word, match } of ends) {
    const type = (match?.[1] ?? '').toUpperCase();
    const text = (match?.[2] ?? '').split(/,(?=[a-z-]+(?:=|,|$))/i)[0]!.replace(/^(['"])(.*)\1$/, '$2');
    const value = word.kind === 'known' ? { ...word, text, before: text } : word;
    if (type === 'EXEC' || type === 'SYSTEM' || type === 'SHELL') {
      programAt = true;
      if (link !== undefined && (value.kind !== 'known' || SHELLS.test(text))) ctx.mark(link, 'remote-shell');
      const stdin: Stream | undefined = link === undefined ? run.invocation.stdin : answer(link);
      if (type === 'EXEC' && value.kind === 'known')
        run.start({
          argv: text
            .split(/\s+/)
            .filter(Boolean)
            .map((one) => ({ ...value, text: one, before: one })),
          stdin,
          ...(link === undefined ? {} : { stdout: [link] }),
        });
      else ctx.script({ ...run.place, stdin }, value, INLINE);
    }
  }
  ends.forEach((end, index) => {
    if (isFile(end.match?.[1] ?? '') && (index === 1 || both))
      ctx.writeFile(run.place, named(end), link === undefined ? run.data : answer(link), ['create']);
  });
  if (link === undefined && !programAt && ends.some((end) => end.match === null))
    run.opaque('addresses that are not understood');
  return link === undefined ? run.data : answer(link);
}

/** Options of ssh that run something here (`-o ProxyCommand=…`). */
function sshOptions(run: ProgramRun): void {
  for (const { flag, value } of run.parsed.given) {
    if (flag.name !== '-o' || value === undefined) continue;
    const match = /^\s*([A-Za-z]+)\s*[=\s]\s*([\s\S]*)$/.exec(value.kind === 'unknown' ? value.before : value.text);
    const key = (match?.[1] ?? '').toLowerCase();
    const text = match?.[2] ?? '';
    const rest: Value = value.kind === 'unknown' ? { ...value, before: text } : { ...value, text, before: text };
    if (
      /^(?:proxycommand|localcommand|knownhostscommand|pkcs11provider|securitykeyprovider|smartcarddevice|xauthlocation|askpass)$/.test(
        key,
      )
    ) {
      if (text.toLowerCase() === 'none') continue;
      run.ctx.script(run.place, rest, INLINE);
    } else if (key === 'identityfile') run.ctx.readFile(run.place, rest);
    else if (match === null && value.kind !== 'known') run.opaque(value.why);
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
  const text = value.text.replace(/^ssh:\/\//, '').replace(/^[^@/]*@/, '');
  return { ...value, text, before: text };
}

const REMOTE = /^(?:[^@/\s]+@)?(\[[^\]]+\]|[^/:\s]+):(?!\\)/;

/** scp, rsync, sftp, rclone: files go to or come from another machine. */
export function copyRemote(run: ProgramRun): Stream {
  const { parsed, ctx } = run;
  sshOptions(run);
  run.rows();
  const { operands } = parsed;
  const last = operands[operands.length - 1];
  const where = (value: Value): Value | undefined => {
    const head = value.kind === 'unknown' ? value.before : value.text;
    const url = /^(?:rsync|scp|sftp|ssh):\/\//.test(head);
    const match = url ? undefined : REMOTE.exec(head);
    if (!url && match === null) return undefined;
    return url ? value : { ...value, kind: 'known', text: match![1]!, before: match![1]! };
  };
  const adds = parsed.adds;
  let came: Stream = { from: [], decoded: false, fetched: false };
  for (const source of run.table.program === 'sftp' ? [] : operands.slice(0, -1)) {
    const host = where(source);
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
  const target = where(last);
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
