// curl and wget: what is fetched, what is sent, where it lands; and the rest that reaches a host.
import type { Attribute } from '../../model/index.ts';
import { behind, findOf, splitAt, wordsOf } from '../../names/index.ts';
import { known, type Stream, type Value } from '../../shell/value.ts';
import { joined } from '../sources.ts';
import { cut, has, valueOf } from './parse-args.ts';
import { INLINE, type ProgramRun } from './program-run.ts';

const METHODS_THAT_SEND: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH', 'MKCOL', 'PROPPATCH']);

/** Flags of curl by what their value means; `@file` reads that file. */
const DATA = new Set(['-d', '--data-binary', '--data-ascii', '--data-urlencode', '--json']);
const FORM = new Set(['-F']);

/** `HOST:PORT:ADDRESS…`: the connection goes to another machine than the address says. */
const ELSEWHERE: ReadonlySet<string> = new Set(['--connect-to', '--resolve']);

function elsewhere(run: ProgramRun, value: Value): void {
  if (value.kind !== 'known') return void run.opaque('connections that go elsewhere');
  const text = value.text.slice(value.text.indexOf(':', value.text.indexOf(':') + 1) + 1);
  if (text === '' || text.startsWith(':')) return;
  for (const host of splitAt(text, ','))
    run.ctx.emit(run.place, {
      kind: 'net.connect',
      target: run.ctx.host({ ...value, text: host, before: host }),
      args: [{ name: 'host', span: value.span }],
    });
}

/** `wget -e key=value`: a line of its configuration. */
function setting(run: ProgramRun, value: Value): void {
  const head = value.kind === 'unknown' ? value.before : value.text;
  const equals = head.indexOf('=');
  if (equals < 0) return void (value.kind === 'unknown' && run.opaque('a setting that cannot be resolved'));
  const key = head.slice(0, equals).trim().toLowerCase().replaceAll('-', '_');
  const rest = cut(value, equals + 1);
  const plain = rest.kind === 'known' ? { ...rest, text: rest.text.trim() } : rest;
  if (key === 'use_askpass' || key === 'useaskpass') run.words(plain);
  else if (WRITTEN.has(key)) run.ctx.writeFile(run.place, plain, undefined, ['truncate']);
  else if (READ.has(key)) run.do('read', plain, [], true);
  else if (key.endsWith('_proxy')) run.do('connect', plain, [], false);
}

const WRITTEN: ReadonlySet<string> = new Set(
  wordsOf(
    'output_document outputdocument logfile save_cookies savecookies rejected_log hsts_file warc_file dir_prefix dirprefix',
  ),
);
const READ: ReadonlySet<string> = new Set(
  wordsOf('post_file postfile body_file bodyfile input load_cookies loadcookies'),
);

/** Both programs: connections for all addresses, what goes out, and where what comes in is written. */
export function http(run: ProgramRun): Stream {
  const { ctx, parsed } = run;
  let outgoing = false;
  let literal: Value | undefined;
  for (const { flag, value } of parsed.given) {
    if (value === undefined) continue;
    if (
      DATA.has(flag.name) ||
      FORM.has(flag.name) ||
      flag.name === '-H' ||
      flag.name === '-b' ||
      flag.name === '--url-query'
    ) {
      const carries = DATA.has(flag.name) || FORM.has(flag.name);
      if (carries) outgoing = true;
      if (carries) literal ??= value;
      const file = fileIn(value, FORM.has(flag.name), flag.name);
      if (file !== undefined) {
        run.do('read', file, [], true);
        // Cookies go where they came from; any other file goes out as it is.
        if (flag.name !== '-b') outgoing = true;
      } else run.do('data', value, [], false);
      if (flag.name === '-H' && value.from.length > 0) outgoing = true;
    } else if (flag.name === '-T' || flag.name === '--post-file' || flag.name === '--body-file') {
      outgoing = true;
      run.do('read', value, [], true);
    } else if (flag.name === '--post-data' || flag.name === '--body-data') {
      outgoing = true;
      literal ??= value;
      run.do('data', value, [], false);
    } else if (flag.name === '-w' && run.table.program === 'curl') {
      if (value.text.startsWith('@')) run.do('read', cut(value, 1), [], true);
    } else if (flag.name === '-e' && run.table.program === 'wget') setting(run, value);
    else if (ELSEWHERE.has(flag.name)) elsewhere(run, value);
    else if (flag.name === '--unix-socket') {
      // Whoever listens there does what it is told: the daemon of containers, an agent of keys.
      ctx.emit(run.place, {
        kind: 'file.write',
        target: ctx.path(run.place, value),
        args: [{ name: 'socket', span: value.span }],
      });
    } else if (flag.name.startsWith('--expand-')) {
      outgoing = true;
      run.opaque('a value that curl puts together itself', INLINE);
    } else if (flag.name === '-u' && value.from.length > 0) {
      outgoing = true;
      run.do('data', value, [], false);
    }
  }
  for (const { flag, value } of parsed.given) {
    if (flag.does === undefined || value === undefined) continue;
    // Files and what comes in have their place below; what is run, loaded or asked besides is told here.
    if (flag.does === 'run' || flag.does === 'connect' || flag.does === 'config' || flag.does.startsWith('script:'))
      run.do(flag.does, value, [], false);
  }
  for (const one of parsed.given)
    if (one.flag.does === 'read' && one.value !== undefined) run.do('read', one.value, [], true);
  const method = (valueOf(parsed, '-X') ?? valueOf(parsed, '--method'))?.text.toUpperCase() ?? '';
  if (METHODS_THAT_SEND.has(method)) outgoing = true;
  const inherited = run.data;
  const piped = new Set(run.invocation.stdin?.from);
  const input =
    run.table.program === 'curl' && !usesStandardInput(run)
      ? { ...inherited, from: inherited.from.filter((index) => !piped.has(index)) }
      : inherited;
  const urls = [
    ...parsed.given.filter((one) => one.flag.name === '--url' && one.value !== undefined).map((one) => one.value!),
    ...parsed.operands,
  ];
  const came: number[] = [];
  for (const url of urls) {
    const head = url.kind === 'unknown' ? url.before : url.text;
    if (head.slice(0, 'file:'.length).toLowerCase() === 'file:') {
      const rest = url.text.slice('file:'.length);
      const text = behind(rest, '//localhost') ?? behind(rest, '//') ?? rest;
      run.take(ctx.readFile(run.place, { ...url, text }));
      continue;
    }
    const attributes: readonly Attribute[] = outgoing ? UPLOAD : DOWNLOAD;
    const connect = ctx.emit(run.place, {
      kind: 'net.connect',
      target: ctx.host(url),
      attributes,
      args: [{ name: 'url', span: url.span }],
    });
    came.push(connect);
    // Data in the address itself leaves as surely as a body does.
    if (outgoing || url.from.length > 0) {
      ctx.emit(run.place, {
        kind: 'net.send',
        target: ctx.host(url),
        attributes: UPLOAD,
        from: joined(outgoing ? input.from : [], url.from),
        args: [
          { name: 'url', span: url.span },
          ...(literal === undefined ? [] : [{ name: 'data', span: literal.span }]),
        ],
        ...(literal === undefined ? {} : { literal: literal.span }),
      });
    }
    if (method === 'DELETE')
      ctx.emit(run.place, {
        kind: 'remote.delete',
        target: remote(url),
        attributes: ['irreversible'],
        args: [{ name: 'url', span: url.span }],
      });
  }
  if (urls.length === 0 && has(parsed, '-i', '-K') && run.table.program === 'wget')
    came.push(
      ctx.emit(run.place, {
        kind: 'net.connect',
        target: ctx.host({ ...known('', run.place.span), kind: 'unknown', why: 'addresses that are listed in a file' }),
        attributes: DOWNLOAD,
      }),
    );
  const proxy = valueOf(parsed, '-x');
  if (proxy !== undefined)
    ctx.emit(run.place, { kind: 'net.connect', target: ctx.host(proxy), args: [{ name: 'proxy', span: proxy.span }] });
  if (has(parsed, '-K') || has(parsed, '--config'))
    run.opaque('a configuration file may name any address and any file');
  const answer: Stream = { from: came, decoded: false, fetched: came.length > 0 };
  return land(run, urls, answer, came.length === 0 ? run.data : answer);
}

const UPLOAD: readonly Attribute[] = ['upload'];
const DOWNLOAD: readonly Attribute[] = ['download'];

function remote(url: Value) {
  return url.kind === 'known'
    ? ({ type: 'remote', name: url.text, scope: 'remote', groups: [] } as const)
    : ({ type: 'unknown', name: url.why, groups: [] } as const);
}

function usesStandardInput(run: ProgramRun): boolean {
  return run.parsed.given.some(({ value }) => {
    if (value === undefined) return false;
    const { text } = value;
    return text === '-' || text === '@/dev/stdin' || ['@-', '=-', '<-'].some((end) => text.endsWith(end));
  });
}

/** `@name`, `field=@name`, `field=<name` ▶ the file; undefined for literal data. */
function fileIn(value: Value, form: boolean, flag: string): Value | undefined {
  const head = value.kind === 'unknown' ? value.before : value.text;
  if (flag === '-b') return value.kind === 'known' && !head.includes('=') ? value : undefined;
  if (head.startsWith('@')) return cut(value, 1);
  const mark = fileMark(head, form, flag);
  if (mark < 0) return undefined;
  const file = cut(value, mark + 1);
  // `file.txt;type=text/plain`
  return form && file.kind === 'known' ? { ...file, text: file.text.split(';')[0]! } : file;
}

/** Index of the `@` or `<` behind which a file name stands; -1 when there is none. */
function fileMark(head: string, form: boolean, flag: string): number {
  if (form) {
    const equals = head.indexOf('=');
    return equals >= 0 && '@<'.includes(head[equals + 1] ?? ' ') ? equals + 1 : -1;
  }
  if (flag !== '--data-urlencode') return -1;
  const at = findOf(head, '=@');
  return head[at] === '@' ? at : -1;
}

/** Where the answer goes: a named file, a file named like the address, or standard output. */
function land(run: ProgramRun, urls: readonly Value[], answer: Stream, out: Stream): Stream {
  const { ctx, parsed, place } = run;
  const curl = run.table.program === 'curl';
  for (const one of parsed.given) {
    if (one.flag.does === 'write' && one.value !== undefined) ctx.writeFile(place, one.value, answer, ['truncate']);
    if (one.flag.does === 'append' && one.value !== undefined) ctx.writeFile(place, one.value, answer, ['append']);
  }
  const directory = valueOf(parsed, curl ? '--output-dir' : '-P');
  const named = valueOf(parsed, curl ? '-o' : '-O');
  if (named !== undefined) {
    if (named.kind === 'known' && named.text === '-') return out;
    ctx.writeFile(place, inside(directory, named), answer, ['truncate', 'create']);
    return { from: [], decoded: false, fetched: false };
  }
  if (curl && !has(parsed, '-O', '--remote-name-all')) return out;
  if (!curl && has(parsed, '--spider')) return out;
  for (const url of urls) {
    const base = url.kind === 'known' ? fileOf(url.text) : undefined;
    if (base !== undefined)
      ctx.writeFile(place, inside(directory, { ...url, text: base, before: base }), answer, ['create']);
    else ctx.writeFile(place, directory ?? known('.', url.span), answer, ['create']);
  }
  return { from: [], decoded: false, fetched: false };
}

/** The name that an address gives its file: the last piece of its path. */
function fileOf(url: string): string {
  const path = url.slice(url.indexOf('://') < 0 ? 0 : url.indexOf('://') + 3);
  const plain = path.slice(0, findOf(path, '?#'));
  const slash = plain.lastIndexOf('/');
  return (slash < 0 ? '' : plain.slice(slash + 1)) || 'index.html';
}

function inside(directory: Value | undefined, name: Value): Value {
  if (directory === undefined || (name.kind === 'known' && name.text.startsWith('/'))) return name;
  if (directory.kind === 'unknown') return directory;
  if (name.kind !== 'known') return name;
  return { ...name, text: `${directory.text}/${name.text}`, before: `${directory.text}/${name.text}` };
}
