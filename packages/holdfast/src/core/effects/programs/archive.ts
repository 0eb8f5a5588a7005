// tar, zip, unzip and others: members that are read, files that are written, helpers that are run.
import type { Attribute } from '../../model/index.ts';
import { DIGITS, isOf, LETTERS } from '../../names/index.ts';
import { known, NO_STREAM, type Stream, type Value } from '../../shell/value.ts';
import { has, valueOf } from './parse-args.ts';
import { INLINE, type ProgramRun } from './program-run.ts';

/** tar: mode letters with or without a dash; actions, compressors and commands for members run programs. */
export function tar(run: ProgramRun): Stream {
  const { parsed, ctx } = run;
  const operands = [...parsed.operands];
  let letters = '';
  // `tar xzf file`: the first word is a bundle without a dash, its values follow in order.
  const first = run.invocation.argv[1];
  const values = new Map<string, Value>();
  if (first?.kind === 'known' && isOf(first.text, LETTERS) && operands[0] === first) {
    letters = first.text;
    operands.shift();
    for (const letter of letters)
      if (BUNDLED.includes(letter) && operands.length > 0) values.set(letter, operands.shift()!);
  }
  const mode = (letter: string, flag: string): boolean => letters.includes(letter) || has(parsed, flag);
  const file = values.get('f') ?? valueOf(parsed, '-f');
  // The archive is opened before `-C` takes effect.
  const outer = run.place;
  for (const { flag, value } of parsed.given) {
    if (value === undefined) continue;
    if (flag.name === '--checkpoint-action' || flag.name === '--to-command' || flag.name === '-F') {
      const head = value.kind === 'unknown' ? value.before : value.text;
      if (flag.name !== '--checkpoint-action') ctx.script(run.place, value, INLINE);
      else if (head.startsWith('exec='))
        ctx.script(
          run.place,
          value.kind === 'unknown' ? { ...value, before: head.slice(5) } : { ...value, text: head.slice(5) },
          INLINE,
        );
    }
    if (flag.name === '-I' || flag.name === '--rsh-command' || flag.name === '--rmt-command') run.words(value);
    if (flag.name === '--index-file') ctx.writeFile(run.place, value, undefined, ['truncate']);
    if (flag.name === '-C') run.chdir(value);
    if (flag.name === '-T') run.take(ctx.readFile(run.place, value));
  }
  if (values.has('I')) run.words(values.get('I')!);
  if (values.has('C')) run.chdir(values.get('C')!);
  const machine = file?.kind === 'known' && !has(parsed, '--force-local') ? machineOf(file.text) : undefined;
  const remote = machine !== undefined;
  if (remote)
    ctx.emit(run.place, {
      kind: mode('x', '-x') || mode('t', '-t') ? 'net.connect' : 'net.send',
      target: ctx.host({ ...file!, text: machine }),
      from: run.data.from,
    });
  const archive = file !== undefined && !(file.kind === 'known' && file.text === '-') && !remote ? file : undefined;
  if (mode('c', '-c') || mode('r', '-r') || mode('u', '-u') || mode('A', '-A')) {
    for (const operand of operands) run.do('read', operand, RECURSIVE, true);
    if (has(parsed, '--remove-files')) for (const operand of operands) run.do('delete', operand, RECURSIVE, true);
    if (archive !== undefined) ctx.writeFile(outer, archive, run.data, mode('c', '-c') ? ['truncate'] : ['append']);
    return file === undefined || archive !== undefined ? NO_STREAM : plain(run.data);
  }
  if (archive !== undefined) run.take(ctx.readFile(outer, archive));
  if (mode('x', '-x') && !has(parsed, '-O') && !letters.includes('O')) {
    ctx.writeFile(
      run.place,
      known('.', run.place.span),
      plain(run.data),
      has(parsed, '-P') ? ['create', 'recursive', 'force'] : ['create', 'recursive'],
    );
    if (has(parsed, '-P')) run.opaque('members may be written anywhere (absolute names)');
    return NO_STREAM;
  }
  return plain(run.data);
}

/** Letters of a bundle without a dash that take a word of their own. */
const BUNDLED = 'fCbTXIFgKNVHL';

/** The machine of `[user@]host:file`, which tar takes a name with a colon before any slash for. */
function machineOf(file: string): string | undefined {
  const colon = file.indexOf(':');
  const slash = file.indexOf('/');
  if (colon <= 0 || (slash >= 0 && slash < colon)) return undefined;
  return file.slice(file.lastIndexOf('@', colon) + 1, colon);
}

const RECURSIVE: readonly Attribute[] = ['recursive'];

function plain(data: Stream): Stream {
  return { from: data.from, decoded: data.decoded, fetched: data.fetched };
}

/** zip: archive first, then members; `-TT cmd` tests with a command of its own. */
export function zip(run: ProgramRun): Stream {
  const { parsed, ctx } = run;
  const test = valueOf(parsed, '-TT');
  if (test !== undefined) ctx.script(run.place, test, INLINE);
  run.rows();
  const [archive, ...members] = parsed.operands;
  for (const member of members) run.do('read', member, has(parsed, '-r') ? RECURSIVE : [], true);
  if (has(parsed, '-m'))
    for (const member of members) run.do('delete', member, has(parsed, '-r') ? RECURSIVE : [], true);
  if (archive === undefined || archive.text === '-') return plain(run.data);
  ctx.writeFile(run.place, archive, run.data, ['create']);
  return NO_STREAM;
}

/** unzip, 7z x: an archive is read, files are written below the directory. */
export function unzip(run: ProgramRun): Stream {
  const { parsed, ctx } = run;
  const archive = parsed.operands[0];
  if (archive !== undefined) run.do('read', archive, [], true);
  if (has(parsed, '-l', '-t', '-v', '-Z')) return NO_STREAM;
  if (has(parsed, '-p', '-c')) return plain(run.data);
  ctx.writeFile(run.place, valueOf(parsed, '-d') ?? known('.', run.place.span), plain(run.data), [
    'create',
    'recursive',
  ]);
  return NO_STREAM;
}

/** gzip, bzip2, xz, zstd: a file is replaced by its packed form, or the other way round. */
export function compress(run: ProgramRun): Stream {
  const { parsed, ctx } = run;
  const unpacks =
    ['gun', 'bun', 'un'].some((start) => run.name.startsWith(start)) || run.name.endsWith('cat') || has(parsed, '-d');
  const out = has(parsed, '-c') || run.name.endsWith('cat') || parsed.operands.length === 0;
  for (const operand of parsed.operands) {
    run.do('read', operand, parsed.adds, true);
    if (out || has(parsed, '-t', '-l', '-o')) continue;
    const suffix = SUFFIX[run.table.program] ?? '.gz';
    if (operand.kind === 'known') {
      const name = unpacks ? withoutSuffix(operand.text) : `${operand.text}${suffix}`;
      ctx.writeFile(run.place, { ...operand, text: name, before: name }, plain(run.data), ['create']);
    } else ctx.writeFile(run.place, operand, plain(run.data), ['create']);
  }
  const named = valueOf(parsed, '-o');
  if (named !== undefined) ctx.writeFile(run.place, named, plain(run.data), ['create']);
  if (!out) return NO_STREAM;
  return { from: run.data.from, decoded: run.data.decoded || unpacks, fetched: run.data.fetched };
}

function withoutSuffix(name: string): string {
  const dot = name.lastIndexOf('.');
  return dot >= 0 && isOf(name.slice(dot + 1), `${LETTERS}${DIGITS}`) ? name.slice(0, dot) : name;
}

const SUFFIX: { readonly [program: string]: string } = { gzip: '.gz', bzip2: '.bz2', xz: '.xz', zstd: '.zst' };

/** 7z, rar: the first word is a letter for what to do, `-oDIR` says where to. */
export function sevenZip(run: ProgramRun): Stream {
  const { parsed, ctx, place, invocation } = run;
  const [verb, archive, ...rest] = parsed.operands;
  if (verb === undefined || archive === undefined) return NO_STREAM;
  const letter = verb.text[0] ?? '';
  if ('xe'.includes(letter)) {
    run.do('read', archive, [], true);
    if (has(parsed, '-so')) return plain(run.data);
    const flag = invocation.argv.find(
      (word) => word.kind === 'known' && word.text.startsWith('-o') && word.text.length > 2,
    );
    // rar takes the folder as a last word that ends in a slash.
    const last = rest.findLast((word) => word.text.endsWith('/'));
    const into = flag === undefined ? (last ?? known('.', place.span)) : { ...flag, text: flag.text.slice(2) };
    ctx.writeFile(place, into, plain(run.data), ['create', 'recursive']);
    return NO_STREAM;
  }
  if ('audmfs'.includes(letter)) {
    for (const member of rest) run.do('read', member, RECURSIVE, true);
    if (has(parsed, '-sdel') || letter === 'm') for (const member of rest) run.do('delete', member, RECURSIVE, true);
    ctx.writeFile(place, archive, run.data, ['create']);
    return NO_STREAM;
  }
  run.do('read', archive, [], true);
  return NO_STREAM;
}
