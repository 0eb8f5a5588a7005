// Programs whose output is known text: echo, printf and their likes; decoders, whose output was something else before.
import { DIGITS, endOf, HEX, isOf, LETTERS, SPACE, splitAt, trimEndOf } from '../../names/index.ts';
import { known, NO_STREAM, type Stream, type Value } from '../../shell/value.ts';
import { unescaped } from './escapes.ts';
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
    if (word.kind !== 'known' || !(word.text.startsWith('-') && isOf(word.text.slice(1), 'neE'))) break;
    if (word.text.includes('e')) escapes = true;
    if (word.text.includes('n')) newline = false;
  }
  const rest = words.slice(start);
  return spoken(
    rest,
    rest.map((word) => (escapes ? unescaped(word.text) : { text: word.text, changed: false })),
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
  const pattern = unescaped(format.text);
  let changed = pattern.changed;
  let used = 0;
  let text = '';
  do {
    const before = used;
    const piece = formatted(pattern.text, () => args[used++]?.text ?? '');
    if (piece === undefined) return { from: flat.from, decoded: flat.decoded, fetched: flat.fetched };
    if (piece.changed) changed = true;
    text += piece.text;
    if (used === before) break;
  } while (used < args.length && text.length < 65_536);
  return { ...flat, text, decoded: flat.decoded || changed };
}

/** One pass over a format. Undefined where a conversion is not followed. */
function formatted(
  format: string,
  take: () => string,
): { readonly text: string; readonly changed: boolean } | undefined {
  let text = '';
  let changed = false;
  for (let at = 0; at < format.length; at++) {
    if (format[at] !== '%') {
      text += format[at]!;
      continue;
    }
    const kind = endOf(format, `-${DIGITS}.`, at + 1);
    at = kind;
    switch (format[kind]) {
      case '%':
        text += '%';
        break;
      case 'b': {
        const inner = unescaped(take());
        if (inner.changed) changed = true;
        text += inner.text;
        break;
      }
      case 'c':
        text += take().slice(0, 1);
        break;
      case 's':
      case 'd':
      case 'i':
      case 'u':
        text += take();
        break;
      default:
        return undefined;
    }
  }
  return { text, changed };
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
  const clean = trimEndOf(splitAt(text, SPACE).join(''), '=').replaceAll('-', '+').replaceAll('_', '/');
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
  const digits = splitAt(text, SPACE).join('');
  if (digits.length % 2 !== 0 || (digits !== '' && !isOf(digits, HEX))) return undefined;
  let out = '';
  for (let index = 0; index < digits.length; index += 2)
    out += String.fromCharCode(Number.parseInt(digits.slice(index, index + 2), 16));
  return Array.from(out).some((char) => !'\t\n\r'.includes(char) && (char < ' ' || char > '~')) ? undefined : out;
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
  return hasLetters(from) && hasLetters(to) && !(CASES.has(from) && CASES.has(to));
}

const CASES: ReadonlySet<string> = new Set(['A-Z', 'a-z', '[A-Z]', '[a-z]', '[:upper:]', '[:lower:]']);
/** So many letters in a row stand for half an alphabet. */
const HALF = 13;

/** A range of letters, or many of them. */
function hasLetters(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const end = endOf(text, LETTERS, at);
    if (end - at >= HALF || (end > at && text[end] === '-' && LETTERS.includes(text[end + 1] ?? ' '))) return true;
    at = end;
  }
  return false;
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
  const path = trimEndOf(operand.text, '/') || operand.text.slice(0, 1);
  const slash = path.lastIndexOf('/');
  if (run.name === 'dirname') return plain(slash < 0 ? '.' : slash === 0 ? '/' : path.slice(0, slash));
  const suffix = valueOf(parsed, '-s')?.text ?? parsed.operands[1]?.text ?? '';
  const base = path.slice(slash + 1);
  return plain(suffix !== '' && base.endsWith(suffix) && base !== suffix ? base.slice(0, -suffix.length) : base);
}

/** ls prints names that stand in a directory; without `-d` they are named from there. Other programs of its table print facts. */
export function listing(run: ProgramRun): Stream {
  run.rows();
  const out = { from: run.data.from, decoded: run.data.decoded, fetched: run.data.fetched };
  if (run.name !== 'ls' || run.parsed.operands.length > 1) return out;
  const where = run.parsed.operands[0];
  if (where !== undefined && where.kind !== 'pattern') return out;
  const text = where?.text ?? '*';
  return { ...out, names: [{ ...known(text, run.place.span), kind: 'pattern' }] };
}
