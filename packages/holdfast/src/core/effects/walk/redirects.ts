// Redirections: which files and connections a command reads and writes besides its words, before and after it runs.
import type { Attribute } from '../../model/index.ts';
import { expandOne } from '../../shell/expand.ts';
import type { Redirect } from '../../shell/tree.ts';
import { known, NO_STREAM, unknown, type Stream, type Value } from '../../shell/value.ts';
import type { Frame, Walker } from './walker.ts';

export type Opened = {
  /** Input and output as the redirections leave them. */
  readonly frame: Frame;
  /** Writes what the command printed to where its output went; answers what is left for the pipe. */
  close(out: Stream): Stream;
};

type Sink =
  | { readonly file: Value; readonly attributes: readonly Attribute[] }
  | { readonly effects: readonly number[] };
type Ends = { readonly read: Stream | undefined; readonly write: Sink | 'pipe' | undefined };

const PIPE: Ends = { read: undefined, write: 'pipe' };

export function openRedirects(walker: Walker, redirects: readonly Redirect[], frame: Frame): Opened {
  if (redirects.length === 0) return { frame, close: (out) => out };
  const table = new Map<string, Ends>([
    ['0', { read: frame.stdin, write: undefined }],
    ['1', frame.stdout === undefined ? PIPE : { read: undefined, write: { effects: frame.stdout } }],
    ['2', PIPE],
  ]);
  for (const [fd, held] of walker.descriptors)
    table.set(fd, { read: held.read, write: held.write.length === 0 ? undefined : { effects: held.write } });
  for (const redirect of redirects) open(walker, redirect, frame, table);
  const stdin = table.get('0')?.read;
  const output = table.get('1')?.write;
  const toEffects = typeof output === 'object' && 'effects' in output ? output.effects : undefined;
  return {
    frame: { stdin, stdout: toEffects, certain: frame.certain },
    close: (out) => close(walker, table, frame, out),
  };
}

/** `exec` without a command: what its redirections opened stays open for the rest of the text. */
export function keepOpen(walker: Walker, redirects: readonly Redirect[], frame: Frame): void {
  const table = new Map<string, Ends>();
  for (const redirect of redirects) open(walker, redirect, frame, table);
  for (const [fd, ends] of table) {
    const sink = ends.write;
    const place = walker.at(frame, walker.text.span);
    const write =
      sink === undefined || sink === 'pipe'
        ? []
        : 'effects' in sink
          ? sink.effects
          : [walker.ctx.writeFile(place, sink.file, undefined, sink.attributes)].filter((index) => index >= 0);
    walker.descriptors.set(fd, { read: ends.read, write });
  }
}

function open(walker: Walker, redirect: Redirect, frame: Frame, table: Map<string, Ends>): void {
  const { op } = redirect;
  const place = walker.at(frame, walker.span(redirect.pos, redirect.end));
  const fd = redirect.fd === undefined ? (op.startsWith('<') ? '0' : '1') : String(redirect.fd);
  if (op === '<<') {
    const body = redirect.body === undefined ? known('', place.span) : expandOne(walker, redirect.body);
    table.set(fd, {
      read: streamOf(
        redirect.strip && body.kind === 'known' ? { ...body, text: body.text.replaceAll(/^\t+/gm, '') } : body,
      ),
      write: undefined,
    });
    return;
  }
  const target =
    redirect.target === undefined
      ? unknown('a redirection without a name', place.span)
      : expandOne(walker, redirect.target);
  if (op === '<<<') {
    table.set(fd, {
      read: streamOf(target.kind === 'unknown' ? target : { ...target, text: `${target.text}\n` }),
      write: undefined,
    });
    return;
  }
  if ((op === '<&' || op === '>&') && target.kind === 'known' && /^(\d+-?|-)$/.test(target.text)) {
    if (target.text === '-') table.delete(fd);
    else table.set(fd, table.get(target.text.replace('-', '')) ?? PIPE);
    return;
  }
  const socket = connection(walker, place, target);
  if (socket !== undefined) {
    const ends: Ends = { read: { from: [socket], decoded: false, fetched: true }, write: { effects: [socket] } };
    table.set(fd, ends);
    if (op === '&>' || op === '&>>' || (op === '>&' && redirect.fd === undefined)) table.set('2', ends);
    return;
  }
  switch (op) {
    case '<':
    case '<&':
      table.set(fd, { read: walker.ctx.readFile(place, target), write: undefined });
      return;
    case '<>': {
      table.set(fd, { read: walker.ctx.readFile(place, target), write: { file: target, attributes: [] } });
      return;
    }
    case '>>':
    case '&>>':
      table.set(fd, { read: undefined, write: { file: target, attributes: ['append'] } });
      break;
    default:
      table.set(fd, { read: undefined, write: { file: target, attributes: ['truncate'] } });
  }
  if (op === '&>' || op === '&>>' || (op === '>&' && redirect.fd === undefined)) {
    const own = table.get(fd);
    if (own !== undefined) table.set('2', own);
  }
}

/** `/dev/tcp/host/port` and `/dev/udp/…` are connections to bash, not files. Answers the effect. */
function connection(walker: Walker, place: ReturnType<Walker['at']>, target: Value): number | undefined {
  const text = target.kind === 'unknown' ? target.before : target.text;
  if (!text.startsWith('/dev/tcp/') && !text.startsWith('/dev/udp/')) return undefined;
  const [host, port] = text.slice('/dev/tcp/'.length).split('/');
  const name =
    target.kind === 'unknown' && (host === undefined || host === '' || port === undefined)
      ? unknown('the host of a connection', target.span)
      : known(port === undefined || port === '' ? (host ?? '') : `${host ?? ''}:${port}`, target.span);
  return walker.ctx.emit(place, {
    kind: 'net.connect',
    target: walker.ctx.host(name),
    span: target.span,
    args: [{ name: 'host', span: target.span }],
  });
}

function streamOf(value: Value): Stream {
  return {
    from: value.from,
    ...(value.kind === 'unknown' ? shapeOf(value) : { text: value.text }),
    decoded: value.decoded,
    fetched: value.fetched,
  };
}

function close(walker: Walker, table: ReadonlyMap<string, Ends>, frame: Frame, out: Stream): Stream {
  const written = new Set<Sink>();
  let left = NO_STREAM;
  for (const [fd, ends] of table) {
    const sink = ends.write;
    if (sink === undefined) continue;
    if (sink === 'pipe') {
      // Only what standard output still sends down the pipe is data for the next command; errors carry none that is tracked.
      if (fd === '1') left = out;
      else if (fd === '2' && table.get('1') !== ends && written.size === 0 && table.get('1')?.write === 'pipe')
        left = out;
      continue;
    }
    if (written.has(sink)) continue;
    written.add(sink);
    if ('effects' in sink) {
      const first = sink.effects[0];
      const target = first === undefined ? undefined : walker.ctx.effect(first);
      if (target?.kind === 'net.connect' && fd === '1' && out.from.length > 0) {
        walker.ctx.emit(walker.at(frame, target.span), {
          kind: 'net.send',
          target: target.target,
          attributes: ['upload'],
          from: out.from,
          span: target.span,
        });
      }
      continue;
    }
    const data =
      fd === '1' || table.get('1')?.write === sink ? out : { from: out.from, decoded: false, fetched: false };
    walker.ctx.writeFile(walker.at(frame, sink.file.span), sink.file, data, sink.attributes);
  }
  return left;
}

function shapeOf(value: Value): { readonly shape?: string } {
  return value.shape === undefined ? {} : { shape: value.shape };
}
