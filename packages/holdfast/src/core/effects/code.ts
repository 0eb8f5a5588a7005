// Text that becomes code: shell text is followed, other languages are said to be opaque; script files are read first.
import { limits, type Attribute, type Fact, type Target } from '../model/index.ts';
import { behind, DIGITS, hasOf, isOf, SPACE, trimEndOf, unquoted } from '../names/index.ts';
import { known, NO_STREAM, unknown, type Stream, type Value } from '../shell/value.ts';
import type { CodePlace, Context, Language, Place } from './context.ts';
import { opaque } from './opaque.ts';
import { lowerShell } from './walk/index.ts';

export { opaque };

/** How text came: the attributes that a value's own history adds to `how`. */
function history(text: Value, how: readonly Attribute[]): readonly Attribute[] {
  if (!text.decoded && !text.fetched) return how;
  const all = [...how];
  if (text.decoded) all.push('decoded');
  if (text.fetched) all.push('fetched');
  return all;
}

function deeper(ctx: Context, place: CodePlace): CodePlace | undefined {
  if (place.depth < limits.WRAP_DEPTH) return { ...place, depth: place.depth + 1 };
  opaque(ctx, place, 'things that execute things are nested too deeply', ['limit']);
  return undefined;
}

/** `Context.script`. */
export function lowerText(ctx: Context, place: CodePlace, text: Value, how: readonly Attribute[]): Stream {
  if (!ctx.spend(1)) return NO_STREAM;
  const attributes = history(text, how);
  const index = ctx.emit(place, {
    kind: 'code.eval',
    target: ctx.program(known(interpreter(place, 'sh'), text.span)),
    attributes,
    from: text.from,
    span: text.span,
    args: [{ name: 'code', span: text.span }],
  });
  const inner = deeper(ctx, place);
  if (inner === undefined) return NO_STREAM;
  if (text.kind === 'unknown') {
    opaque(ctx, place, text.why === '' ? 'code that cannot be resolved' : text.why, attributes, [index]);
    // What is known of it is followed all the same: `sh -c "rm -rf / $X"` deletes, whatever X is.
    if (text.shape !== undefined) lowerShell(ctx, inner, { ...text, kind: 'known', text: text.shape }, how);
    return { from: [index], decoded: text.decoded, fetched: text.fetched };
  }
  return lowerShell(ctx, inner, text, how);
}

/** `Context.code`. Text of other languages is not followed yet: it is code and it is opaque, unless it says nothing at all. */
export function lowerCode(
  ctx: Context,
  place: CodePlace,
  language: Language,
  text: Value,
  how: readonly Attribute[],
): Stream {
  if (language === 'shell') return lowerText(ctx, place, text, how);
  if (!ctx.spend(1)) return NO_STREAM;
  const attributes = history(text, how);
  const index = ctx.emit(place, {
    kind: 'code.eval',
    target: ctx.program(known(interpreter(place, language), text.span)),
    attributes,
    from: text.from,
    span: text.span,
    args: [{ name: 'code', span: text.span }],
  });
  if (deeper(ctx, place) === undefined) return NO_STREAM;
  const stream: Stream = {
    from: [index, ...(place.stdin?.from ?? [])],
    decoded: text.decoded || (place.stdin?.decoded ?? false),
    fetched: text.fetched || (place.stdin?.fetched ?? false),
  };
  if (text.kind === 'known' && isHarmless(text.text)) return stream;
  opaque(
    ctx,
    place,
    text.kind === 'unknown' && text.why !== '' ? text.why : `${language} code is not followed`,
    attributes,
    [index],
  );
  return stream;
}

function interpreter(place: Place, fallback: string): string {
  return place.via[place.via.length - 1] ?? fallback;
}

const PRINTS: readonly string[] = ['console.log', 'print'];
const SUMS = `${DIGITS}${SPACE}.+*/()-`;

/** Provably without effect: nothing but literals printed. One statement, no call inside, no name that could be one. */
function isHarmless(text: string): boolean {
  if (text.length > 200) return false;
  const statement = trimEndOf(text.trim(), ';').trim();
  if (statement === '') return true;
  const name = PRINTS.find((print) => statement.startsWith(print));
  if (name === undefined) return false;
  const rest = statement.slice(name.length).trim();
  const inner = rest.startsWith('(') && rest.endsWith(')') ? rest.slice(1, -1).trim() : rest;
  if (inner === '' || isOf(inner, SUMS)) return true;
  const plain = unquoted(inner);
  return plain !== inner && !hasOf(plain, `'"\\${'$'}{}`);
}

const EXTENSIONS: { readonly [extension: string]: Language } = {
  sh: 'shell',
  bash: 'shell',
  zsh: 'shell',
  dash: 'shell',
  ksh: 'shell',
  command: 'shell',
  py: 'python',
  js: 'javascript',
  mjs: 'javascript',
  cjs: 'javascript',
  ts: 'javascript',
  pl: 'perl',
  rb: 'ruby',
  php: 'php',
  awk: 'awk',
  sed: 'sed',
  ps1: 'powershell',
  sql: 'sql',
};
const SHEBANGS: readonly (readonly [string, Language])[] = [
  ['python', 'python'],
  ['node', 'javascript'],
  ['deno', 'javascript'],
  ['bun', 'javascript'],
  ['perl', 'perl'],
  ['ruby', 'ruby'],
  ['php', 'php'],
  ['awk', 'awk'],
  ['pwsh', 'powershell'],
  ['sh', 'shell'],
];

/** `Context.scriptFile`. Language `other`: a file run by its path; its first line or its name says what it is. */
export function lowerScriptFile(ctx: Context, place: CodePlace, file: Value, language: Language): Stream {
  if (!ctx.spend(1)) return NO_STREAM;
  // The pipe of a process substitution: its data is the script.
  if (file.pipe !== undefined) {
    return lowerCode(ctx, place, language === 'other' ? 'shell' : language, streamValue(file.pipe, file.span), [
      'script',
    ]);
  }
  const inline = file.kind === 'known' ? behind(file.text, 'data:') : undefined;
  if (inline !== undefined) {
    // An address that is the code itself: `data:text/javascript;base64,…`.
    const comma = inline.indexOf(',');
    const decoded = inline.slice(0, comma).endsWith(';base64');
    return lowerCode(ctx, place, language, { ...file, kind: 'unknown', why: 'code in an address', decoded }, [
      'inline',
    ]);
  }
  const target = ctx.path(place, file);
  // A file of another place is not the workspace's own code, whoever started it.
  if (target.type !== 'path' || target.scope !== 'workspace')
    return ctx.building(false, () => followFile(ctx, place, file, target, language));
  return followFile(ctx, place, file, target, language);
}

function followFile(ctx: Context, place: CodePlace, file: Value, target: Target, language: Language): Stream {
  const args = [{ name: 'script', span: file.span }];
  const written = ctx.writtenTo(target);
  const attributes: Attribute[] = ['script'];
  if (written?.decoded || file.decoded) attributes.push('decoded');
  if (written?.fetched || file.fetched) attributes.push('fetched');
  const index = ctx.emit(place, {
    kind: 'code.eval',
    target,
    attributes,
    from: [...file.from, ...(written?.from ?? [])],
    span: file.span,
    args,
  });
  const out: Stream = {
    from: [index, ...(place.stdin?.from ?? [])],
    decoded: place.stdin?.decoded ?? false,
    fetched: place.stdin?.fetched ?? false,
  };
  if (target.type !== 'path') {
    opaque(ctx, place, target.name, ['script', 'unread'], [index], args);
    if (written?.text === undefined) return out;
  }
  const inner = deeper(ctx, place);
  if (inner === undefined) return out;
  let text = written?.text;
  if (text === undefined) {
    if (written !== undefined) {
      opaque(
        ctx,
        place,
        `the script ${target.name} is written by this action itself`,
        [...attributes, 'unread'],
        [index],
        args,
      );
      return out;
    }
    const fact = ctx.fact({ ask: 'text', path: target.name, max: limits.SCRIPT_BYTES });
    if (fact === undefined) return out;
    text = textOf(fact);
    if (text === undefined) {
      opaque(
        ctx,
        place,
        `the script ${target.name} ${'none' in fact ? NOT_READ[fact.none] : 'is not text'}`,
        ['script', 'unread'],
        [index],
        args,
      );
      return out;
    }
  }
  const really = languageOf(text, target.name, language);
  const code: Value = {
    ...known(text, file.span),
    from: [index],
    decoded: written?.decoded ?? false,
    fetched: written?.fetched ?? false,
  };
  if (really === 'shell') return lowerShell(ctx, inner, code, ['script']);
  if (text.trim() !== '' && !isHarmless(text))
    opaque(
      ctx,
      place,
      `${really === 'other' ? 'a program file' : `a ${really} script`} is not followed`,
      ['script'],
      [index],
      args,
    );
  return out;
}

const NOT_READ = {
  absent: 'does not exist',
  refused: 'is no regular file that can be read',
  'too-big': 'is too large to be read',
  late: 'could not be read in time',
  unknown: 'was not read',
} as const;

function textOf(fact: Fact): string | undefined {
  return 'got' in fact && typeof fact.got === 'string' ? fact.got : undefined;
}

function languageOf(text: string, path: string, asked: Language): Language {
  if (asked !== 'other') return asked;
  if (text.startsWith('#!')) {
    const line = text.slice(2, text.indexOf('\n') < 0 ? undefined : text.indexOf('\n'));
    for (const [name, language] of SHEBANGS) if (line.includes(name)) return language;
    return 'other';
  }
  // A file without a first line of its own is run by the shell that started it, unless it is a binary.
  if (hasOf(text.slice(0, 512), '\0\uFFFD')) return 'other';
  const extension = path.slice(path.lastIndexOf('.') + 1);
  return Object.hasOwn(EXTENSIONS, extension) ? EXTENSIONS[extension]! : 'shell';
}

/** A stream as a value: what a shell or interpreter reads as code from its standard input. */
export function streamValue(stream: Stream, span: Value['span']): Value {
  const value =
    stream.text === undefined
      ? {
          ...unknown('code that comes over a pipe', span, '', '', stream.from),
          ...(stream.shape === undefined ? {} : { shape: stream.shape }),
        }
      : { ...known(stream.text, span), from: stream.from };
  return { ...value, decoded: stream.decoded, fetched: stream.fetched };
}
