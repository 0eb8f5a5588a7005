// Redirections: the files and connections a command reads and writes besides what its words say, before and after it runs.
import type { Attribute } from '../../model/index.ts';
import { isDigits } from '../../names/index.ts';
import { expandBody, expandOne, expandWord } from '../../shell/expand.ts';
import type { Descriptor } from '../../shell/scope.ts';
import type { Redirect } from '../../shell/tree.ts';
import { known, NO_STREAM, unknown, type Stream, type Value } from '../../shell/value.ts';
import { SILENT, streamOf } from './stream.ts';
import type { Frame, Walker } from './walker.ts';

export type Opened = {
  /** Input and output as the redirections leave them. */
  readonly frame: Frame;
  /** Writes what the command printed to where its output went; answers what is left for the pipe. */
  readonly close: (out: Stream) => Stream;
};

/** Where a descriptor leads: down the pipe (or to what the agent sees), into a file, into effects, nowhere. */
type Sink =
  | { readonly to: 'pipe' | 'nowhere' }
  | { readonly to: 'file'; readonly file: Value; readonly attributes: readonly Attribute[] }
  | { readonly to: 'effects'; readonly effects: readonly number[] };
type Ends = { readonly read: Stream | undefined; readonly sink: Sink };
type Table = Map<string, Ends>;

const PIPE: Sink = { to: 'pipe' };
const NOWHERE: Sink = { to: 'nowhere' };
const NO_INPUT: Ends = { read: undefined, sink: NOWHERE };
const OUTPUT: Ends = { read: undefined, sink: PIPE };
const ERRORS: Ends = { read: undefined, sink: NOWHERE };
const TRUNCATE: readonly Attribute[] = ['truncate'];
const APPEND: readonly Attribute[] = ['append'];
const CREATE: readonly Attribute[] = ['create'];

const unchanged = (out: Stream): Stream => out;

/** Where the three descriptors of a command lead when nothing is redirected. */
function standard({ stdin }: Frame): Table {
  const table: Table = new Map();
  table.set('0', stdin === undefined ? NO_INPUT : { read: stdin, sink: NOWHERE });
  table.set('1', OUTPUT);
  table.set('2', ERRORS);
  return table;
}

/** Opens the redirections of a command, in order, on top of what `exec` left open. */
export function openRedirects(walker: Walker, redirects: readonly Redirect[], frame: Frame): Opened {
  const kept = walker.scope.state.descriptors;
  if (redirects.length === 0 && kept.size === 0) return { frame, close: unchanged };
  const table = standard(frame);
  for (const [fd, held] of kept) table.set(fd, endsOf(held, fd === '0' ? frame.stdin : undefined));
  const opened = new Set<Ends>();
  for (const redirect of redirects) open(walker, redirect, table, opened);
  const sink = table.get('1')?.sink;
  const stdout = sink?.to === 'effects' ? sink.effects : sink?.to === 'pipe' ? frame.stdout : undefined;
  const inner: Frame = { stdin: table.get('0')?.read, stdout, certain: frame.certain };
  return { frame: inner, close: (out) => close(walker, table, opened, out) };
}

/** `exec` without a command: what its redirections opened stays open for the rest of this shell. */
export function keepOpen(walker: Walker, redirects: readonly Redirect[], frame: Frame): void {
  const { state } = walker.scope;
  const table = standard(frame);
  for (const [fd, held] of state.descriptors) table.set(fd, endsOf(held, undefined));
  const opened = new Set<Ends>();
  for (const redirect of redirects) open(walker, redirect, table, opened);
  const descriptors = new Map<string, Descriptor>();
  const written = new Map<Sink, number>();
  for (const [fd, ends] of table) {
    const { sink } = ends;
    if (
      sink.to === 'pipe' ||
      (sink.to === 'nowhere' && ends.read === undefined) ||
      (fd === '0' && ends.read === frame.stdin)
    )
      continue;
    if (sink.to !== 'file') {
      descriptors.set(fd, { read: ends.read, write: sink.to === 'effects' ? sink.effects : [], file: undefined });
      continue;
    }
    let index = written.get(sink);
    if (index === undefined && opened.has(ends))
      index = walker.ctx.writeFile(walker.at(sink.file.span), sink.file, SILENT, sink.attributes);
    written.set(sink, index ?? -1);
    descriptors.set(fd, { read: ends.read, write: [], file: sink.file });
  }
  state.descriptors = descriptors;
}

function endsOf(held: Descriptor, stdin: Stream | undefined): Ends {
  const sink: Sink =
    held.file !== undefined
      ? { to: 'file', file: held.file, attributes: APPEND }
      : held.write.length > 0
        ? { to: 'effects', effects: held.write }
        : NOWHERE;
  return { read: stdin ?? held.read, sink };
}

function open(walker: Walker, redirect: Redirect, table: Table, opened: Set<Ends>): void {
  const { op } = redirect;
  const span = walker.span(redirect.pos, redirect.end);
  const incoming = op.startsWith('<') && op !== '<>';
  const fd =
    typeof redirect.fd === 'string'
      ? variableDescriptor(walker, redirect.fd)
      : String(redirect.fd ?? (op.startsWith('<') ? 0 : 1));
  const set = (ends: Ends): void => {
    table.set(fd, ends);
    opened.add(ends);
    if (typeof redirect.fd === 'string') keep(walker, fd, ends);
  };
  if (op === '<<') {
    const body = redirect.body === undefined ? known('', span) : expandBody(walker, redirect.body, redirect.strip);
    set({ read: streamOf(body), sink: NOWHERE });
    return;
  }
  if (redirect.target === undefined) return;
  if (op === '<<<') {
    const value = expandOne(walker, redirect.target);
    set({
      read: streamOf({
        ...value,
        text: `${value.text}\n`,
        ...(value.shape === undefined ? undefined : { shape: `${value.shape}\n` }),
      }),
      sink: NOWHERE,
    });
    return;
  }
  const target = targetOf(walker, redirect);
  const both = op === '&>' || op === '&>>' || (op === '>&' && redirect.fd === undefined);
  if ((op === '<&' || op === '>&') && duplicate(target, fd, table)) return;
  if (target.pipe !== undefined) {
    // `< <(…)`: what the inner commands print. `> >(…)`: they read what comes out; see Walker.pipe.
    if (incoming) set({ read: target.pipe, sink: NOWHERE });
    return;
  }
  const socket = connection(walker, target);
  if (socket !== undefined)
    set({ read: { from: [socket], decoded: false, fetched: true }, sink: { to: 'effects', effects: [socket] } });
  else if (incoming) set({ read: walker.ctx.readFile(walker.at(span), target), sink: NOWHERE });
  else if (op === '<>')
    set({ read: walker.ctx.readFile(walker.at(span), target), sink: { to: 'file', file: target, attributes: CREATE } });
  else
    set({
      read: undefined,
      sink: { to: 'file', file: target, attributes: op === '>>' || op === '&>>' ? APPEND : TRUNCATE },
    });
  const own = table.get(fd);
  if (both && own !== undefined) table.set('2', own);
}

/** The file a redirection names. A word that becomes several is an error in bash; what it would name is not known. */
function targetOf(walker: Walker, redirect: Redirect): Value {
  const word = redirect.target;
  if (word === undefined) return unknown('a redirection without a name', walker.span(redirect.pos, redirect.end));
  const values = expandWord(walker, word);
  if (values.length === 1) return values[0] as Value;
  const from = values.flatMap((value) => value.from);
  return unknown('a redirection to a name that is not known', walker.span(word.pos, word.end), '', '', from);
}

/** `2>&1`, `<&3`, `>&-`; `3>&1-` moves. False when the word names a file. */
function duplicate(target: Value, fd: string, table: Table): boolean {
  if (target.kind !== 'known') return false;
  const source = target.text.endsWith('-') ? target.text.slice(0, -1) : target.text;
  if (source === '' ? target.text !== '-' : !isDigits(source)) return false;
  if (source === '') table.delete(fd);
  else table.set(fd, table.get(source) ?? { read: undefined, sink: NOWHERE });
  if (source !== '' && target.text.endsWith('-')) table.delete(source);
  return true;
}

/** `{name}>file` opens a descriptor that stays open, and puts its number into the variable. */
function variableDescriptor(walker: Walker, name: string): string {
  const { scope } = walker;
  const number = String(10 + scope.state.descriptors.size);
  scope.set(name, known(number, walker.text.span));
  return number;
}

function keep(walker: Walker, fd: string, ends: Ends): void {
  const { sink } = ends;
  const held: Descriptor = {
    read: ends.read,
    write: sink.to === 'effects' ? sink.effects : [],
    file: sink.to === 'file' ? sink.file : undefined,
  };
  walker.scope.state.descriptors = new Map([...walker.scope.state.descriptors, [fd, held]]);
}

/** `/dev/tcp/host/port` and `/dev/udp/…` are connections to bash, not files. Answers the effect. */
function connection(walker: Walker, target: Value): number | undefined {
  const text = target.kind === 'unknown' ? target.before : target.text;
  if (!text.startsWith('/dev/tcp/') && !text.startsWith('/dev/udp/')) return undefined;
  const [host = '', port = ''] = text.slice('/dev/tcp/'.length).split('/');
  const complete = target.kind === 'known' || port !== '';
  const name = complete
    ? known(port === '' || target.kind === 'unknown' ? host : `${host}:${port}`, target.span)
    : unknown('the host of a connection', target.span);
  return walker.ctx.emit(walker.at(target.span), {
    kind: 'net.connect',
    target: walker.ctx.host(name),
    args: [{ name: 'host', span: target.span }],
  });
}

/** Only what standard output carries is tracked as data; an error stream is opened, and empty as far as anybody knows. */
function close(walker: Walker, table: Table, opened: ReadonlySet<Ends>, out: Stream): Stream {
  const done = new Set<Sink>();
  const main = table.get('1')?.sink ?? NOWHERE;
  for (const [fd, ends] of table) {
    const { sink } = ends;
    if (sink.to === 'pipe' || sink.to === 'nowhere' || done.has(sink)) continue;
    const data = sink === main ? out : SILENT;
    const fresh = opened.has(ends);
    done.add(sink);
    if (sink.to === 'effects') {
      if (data.from.length > 0 || (sink === main && data.text !== undefined && data.text !== ''))
        send(walker, sink.effects, data);
    } else if (sink.to === 'file' && (fresh || (fd === '1' && (data.from.length > 0 || data.text !== '')))) {
      walker.ctx.writeFile(walker.at(sink.file.span), sink.file, data, sink.attributes);
    }
  }
  // `2>&1 >file` leaves standard error on the pipe: nothing that is tracked.
  return main.to === 'pipe'
    ? out
    : main.to === 'nowhere' && !table.has('1')
      ? SILENT
      : table.get('2')?.sink.to === 'pipe'
        ? NO_STREAM
        : SILENT;
}

/** Data written to a connection that was opened before. */
function send(walker: Walker, effects: readonly number[], data: Stream): void {
  for (const index of effects) {
    const effect = walker.ctx.effect(index);
    if (effect === undefined || (effect.kind !== 'net.connect' && effect.kind !== 'net.listen')) continue;
    const from = data.from.filter((source) => source !== index);
    walker.ctx.emit(walker.at(effect.span), { kind: 'net.send', target: effect.target, attributes: ['upload'], from });
  }
}
