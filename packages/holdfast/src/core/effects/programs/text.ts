// Programs whose output is known text: echo, printf and their likes; decoders, whose output was something else before.
import { known, NO_STREAM, type Stream, type Value } from '../../shell/value.ts';
import { has, valueOf } from './parse-args.ts';
import { type ProgramRun } from './program-run.ts';

/** echo: its words, with escapes read where `-e` says so; a flag-like word that is not one is text. */
export function echo(run: ProgramRun): Stream {
  const words = run.invocation.argv.slice(1);
  let escapes = false;
  let newline = true;
  let start = 0;
  for (; start < words.length; start++) {
    const word = words[start]!;
    if (word.kind !== 'known' || !/^-[neE]+$/.test(word.text)) break;
    if (word.text.includes('e')) escapes = true;
    if (word.text.includes('n')) newline = false;
  }
  const rest = words.slice(start);
  return spoken(
    rest,
    rest.map((word) => (escapes ? unescape(word.text) : { text: word.text, changed: false })),
    ' ',
    newline ? '\n' : '',
  );
}

/** printf: the format applied to its words; `%s`, `%b`, `%d`, `%c`, `%%` and escapes are followed, all else is not. */
export function printf(run: ProgramRun): Stream {
  const words = run.invocation.argv.slice(1).filter((word, index) => !(index === 0 && word.text === '--'));
  const [format, ...args] = words;
  if (format === undefined) return NO_STREAM;
  if (format.text === '-v') return NO_STREAM;
  const flat = spoken(
    words,
    words.map((word) => ({ text: word.text, changed: false })),
    ' ',
    '',
  );
  if (words.some((word) => word.kind === 'unknown')) return flat;
  const pattern = unescape(format.text);
  let changed = pattern.changed;
  let used = 0;
  let text = '';
  let failed = false;
  do {
    const before = used;
    text += pattern.text.replace(/%(%|-?\d*(?:\.\d+)?[a-zA-Z])/g, (_all, spec: string) => {
      if (spec === '%') return '%';
      const value = args[used++]?.text ?? '';
      const kind = spec[spec.length - 1];
      if (kind === 'b') {
        const inner = unescape(value);
        if (inner.changed) changed = true;
        return inner.text;
      }
      if (kind === 's' || kind === 'c' || kind === 'd' || kind === 'i' || kind === 'u')
        return kind === 'c' ? value.slice(0, 1) : value;
      failed = true;
      return '';
    });
    if (used === before) break;
  } while (used < args.length && text.length < 65_536);
  if (failed) return { from: flat.from, decoded: flat.decoded, fetched: flat.fetched };
  return { ...flat, text, decoded: flat.decoded || changed };
}

function spoken(
  words: readonly Value[],
  texts: readonly { readonly text: string; readonly changed: boolean }[],
  gap: string,
  end: string,
): Stream {
  const from = words.flatMap((word) => word.from);
  const decoded = words.some((word) => word.decoded) || texts.some((one) => one.changed);
  const fetched = words.some((word) => word.fetched);
  if (words.some((word) => word.kind === 'unknown')) return { from, decoded, fetched };
  return { from, text: texts.map((one) => one.text).join(gap) + end, decoded, fetched };
}

/** Backslash escapes. `changed` says that an octal or hex escape hid a letter: text that was written in another form. */
function unescape(text: string): { readonly text: string; readonly changed: boolean } {
  if (!text.includes('\\')) return { text, changed: false };
  let changed = false;
  const plain: { readonly [letter: string]: string } = {
    n: '\n',
    t: '\t',
    r: '\r',
    a: '\x07',
    b: '\b',
    f: '\f',
    v: '\v',
    e: '\x1b',
    '\\': '\\',
    '"': '"',
    "'": "'",
  };
  const out = text.replace(
    /\\(x[0-9a-fA-F]{1,2}|0?[0-7]{1,3}|u[0-9a-fA-F]{4}|[a-zA-Z\\"'])/g,
    (all, escape: string) => {
      const code =
        escape[0] === 'x' || escape[0] === 'u'
          ? Number.parseInt(escape.slice(1), 16)
          : /^[0-7]/.test(escape)
            ? Number.parseInt(escape, 8)
            : -1;
      if (code >= 0) {
        if (code > 32 && code < 127) changed = true;
        return String.fromCharCode(code);
      }
      return plain[escape] ?? all;
    },
  );
  return { text: out, changed };
}

/** base64, base32, xxd -r, uudecode, openssl enc -d, gunzip, rev …: what comes out was written in another form. */
export function decode(run: ProgramRun): Stream {
  const { table, parsed } = run;
  run.rows();
  const turns = ALWAYS.has(run.name) || has(parsed, '-d', '-D', '-r');
  const { data } = run;
  if (!turns) return { from: data.from, decoded: data.decoded, fetched: data.fetched };
  const text = data.text === undefined || has(parsed, '-o') ? undefined : decodedText(table.program, run, data.text);
  return { from: data.from, decoded: true, fetched: data.fetched, ...(text === undefined ? {} : { text }) };
}

const ALWAYS: ReadonlySet<string> = new Set([
  'gunzip',
  'zcat',
  'gzcat',
  'bunzip2',
  'bzcat',
  'unxz',
  'xzcat',
  'lzcat',
  'unzstd',
  'zstdcat',
  'uudecode',
  'rev',
  'funzip',
  'unlz4',
  'lz4cat',
]);
const LARGEST = 64 * 1024;

function decodedText(program: string, run: ProgramRun, text: string): string | undefined {
  if (text.length > LARGEST) return undefined;
  if (run.name === 'rev')
    return text
      .split('\n')
      .map((line) => [...line].reverse().join(''))
      .join('\n');
  if (program === 'base64') return fromBase64(text);
  if (program === 'openssl') return valueOf(run.parsed, '-in') === undefined ? fromBase64(text) : undefined;
  if (program === 'xxd') return fromHex(text);
  return undefined;
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Standard or URL base64, blanks ignored, ▶ text; undefined when it is not that or not ASCII. */
export function fromBase64(text: string): string | undefined {
  const clean = text.replace(/\s+/g, '').replaceAll('-', '+').replaceAll('_', '/').replace(/=+$/, '');
  let bits = 0;
  let count = 0;
  let out = '';
  for (const letter of clean) {
    const value = ALPHABET.indexOf(letter);
    if (value < 0) return undefined;
    bits = (bits << 6) | value;
    count += 6;
    if (count >= 8) {
      count -= 8;
      const code = (bits >> count) & 255;
      if (code === 0 || code > 126) return undefined;
      out += String.fromCharCode(code);
      bits &= (1 << count) - 1;
    }
  }
  return out;
}

function fromHex(text: string): string | undefined {
  const digits = text.replace(/\s+/g, '');
  if (digits.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(digits)) return undefined;
  let out = '';
  for (let index = 0; index < digits.length; index += 2)
    out += String.fromCharCode(Number.parseInt(digits.slice(index, index + 2), 16));
  return /[^\t\n\r -~]/.test(out) ? undefined : out;
}

/** tr: a translated text is another text; deleting or squeezing leaves it what it was. */
export function tr(run: ProgramRun): Stream {
  const { data, parsed } = run;
  const turns = !has(parsed, '-d') && parsed.operands.length >= 2 && isRotation(parsed.operands);
  return { from: data.from, decoded: data.decoded || turns, fetched: data.fetched };
}

/** A whole alphabet mapped onto another order: a cipher, not a change of case or of separators. */
function isRotation(operands: readonly Value[]): boolean {
  const [from, to] = operands.map((word) => word.text);
  if (from === undefined || to === undefined) return false;
  const letters = (text: string): boolean => /[A-Za-z]-[A-Za-z]|[A-Za-z]{13,}/.test(text);
  const caseOnly = /^(?:A-Z|a-z|\[A-Z\]|\[a-z\])$/.test(from) && /^(?:A-Z|a-z|\[A-Z\]|\[a-z\])$/.test(to);
  return letters(from) && letters(to) && !caseOnly;
}

/** mktemp: a fresh name in the temporary directory. */
export function mktemp(run: ProgramRun): Stream {
  run.rows();
  const template = run.parsed.operands[0];
  const directory = valueOf(run.parsed, '-p') ?? valueOf(run.parsed, '--tmpdir');
  if (template === undefined && directory === undefined)
    return { from: [], text: '/tmp/tmp.fresh\n', decoded: false, fetched: false };
  if (template?.kind === 'known' && template.text.startsWith('/') && directory === undefined)
    return { from: [], text: `${template.text}\n`, decoded: false, fetched: false };
  if (directory?.kind === 'known')
    return { from: [], text: `${directory.text}/${template?.text ?? 'tmp.fresh'}\n`, decoded: false, fetched: false };
  return has(run.parsed, '-t') && template?.kind === 'known'
    ? { from: [], text: `/tmp/${template.text}\n`, decoded: false, fetched: false }
    : { from: [], decoded: false, fetched: false };
}

/** pwd, basename, dirname: text that follows from words. */
export function nameText(run: ProgramRun): Stream {
  const { invocation, parsed } = run;
  const plain = (text: string): Stream => ({ from: [], text: `${text}\n`, decoded: false, fetched: false });
  if (run.name === 'pwd') return invocation.cwd.kind === 'known' ? plain(invocation.cwd.text) : NO_STREAM;
  const operand = parsed.operands[0];
  if (operand?.kind !== 'known') return { from: operand?.from ?? [], decoded: false, fetched: false };
  const path = operand.text.replace(/(?<=.)\/+$/, '');
  const slash = path.lastIndexOf('/');
  if (run.name === 'dirname') return plain(slash < 0 ? '.' : slash === 0 ? '/' : path.slice(0, slash));
  const suffix = valueOf(parsed, '-s')?.text ?? parsed.operands[1]?.text ?? '';
  const base = path.slice(slash + 1);
  return plain(suffix !== '' && base.endsWith(suffix) && base !== suffix ? base.slice(0, -suffix.length) : base);
}

/** ls prints names that stand in a directory; without `-d` they are named from there. Other programs of its table print facts. */
export function listing(run: ProgramRun): Stream {
  const out = { from: run.data.from, decoded: run.data.decoded, fetched: run.data.fetched };
  if (run.name !== 'ls' || run.parsed.operands.length > 1) return out;
  const where = run.parsed.operands[0];
  if (where !== undefined && where.kind !== 'pattern') return out;
  const text = where?.text ?? '*';
  return { ...out, names: [{ ...known(text, run.place.span), kind: 'pattern' }] };
}
