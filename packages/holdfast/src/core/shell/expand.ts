// Expansion of words as bash does it: braces, tildes, parameters, substitutions, arithmetic, splitting, patterns.
import { limits, type Span } from '../model/index.ts';
import { trimEndOf, trimStartOf } from '../names/index.ts';
import { arithmetic, assignedNames, type ArithWorld } from './arithmetic.ts';
import { expandBraces } from './brace.ts';
import { Fields, plainValue } from './fields.ts';
import { withoutBackslashes } from './literal.ts';
import { expandParam } from './params.ts';
import { escapePattern } from './pattern.ts';
import type { Scope } from './scope.ts';
import { tildes } from './tilde.ts';
import type { Arith, Part, Word } from './tree.ts';
import { known, unknown, type Stream, type Value } from './value.ts';
import type { Operands, World } from './world.ts';

export type { World } from './world.ts';

/** All fields of a word: split, with patterns alive. Empty when an unquoted expansion vanishes. */
export function expandWord(world: World, word: Word): readonly Value[] {
  const span = world.span(word.pos, word.end);
  if (word.plain !== undefined) return [plainValue(word.plain, span)];
  if (!world.spend(1)) return [unknown('the step limit', span)];
  if (!word.braces) return fieldsOf(world, word.parts, span);
  const words = expandBraces(word.parts, limits.WORDS);
  if (words === undefined || !world.spend(words.length)) {
    // Too many words: the parts are still walked, so that nothing in them is lost.
    fieldsOf(world, word.parts, span);
    return [unknown('a brace expansion with too many words', span)];
  }
  const out: Value[] = [];
  for (const parts of words) {
    const first = parts[0];
    const opens = first?.type === 'literal' && first.raw.startsWith('~');
    out.push(
      ...fieldsOf(world, opens ? [...tildes(first, true, parts.length === 1, false), ...parts.slice(1)] : parts, span),
    );
  }
  return out;
}

/** The one value of a word that is not split: assignment, here-string, case word; with `patterns` a redirection's target. */
export function expandOne(world: World, word: Word, patterns = false): Value {
  if (word.plain !== undefined) return plainValue(word.plain, inner(world, word));
  const span = inner(world, word);
  if (!world.spend(1)) return unknown('the step limit', span);
  const fields = new Fields(span);
  for (const part of word.parts) addPart(world, fields, part, { quoted: false, split: false, operand: false });
  return fields.one(patterns);
}

/** A word as bash matches with it: what is quoted matches itself, the rest is a pattern. The text of a known value is the pattern. */
export function expandPattern(world: World, word: Word): Value {
  const span = world.span(word.pos, word.end);
  if (word.plain !== undefined) return known(word.plain, span);
  const fields = new Fields(span);
  for (const part of word.parts) {
    if (part.type === 'literal') fields.add(part.raw.replaceAll('\\\n', ''));
    else if (part.type === 'glob') {
      walkInner(world, part.parts, span);
      fields.add(part.text);
    } else if (part.type === 'param' || part.type === 'command' || part.type === 'arith') {
      addPart(world, fields, part, { quoted: false, split: false, operand: false });
    } else {
      const one = new Fields(span);
      addPart(world, one, part, { quoted: false, split: false, operand: false });
      const value = one.one(false);
      fields.value(value.kind === 'known' ? { ...value, text: escapePattern(value.text) } : value);
    }
  }
  return fields.one(false);
}

/** Text of a here-document: like double quotes, but `"` is ordinary. */
export function expandBody(world: World, body: Word, strip: boolean): Value {
  const span = world.span(body.pos, body.end);
  const fields = new Fields(span);
  let lineStart = true;
  for (const part of body.parts) {
    if (part.type === 'literal' || part.type === 'single') {
      const text: string = strip ? unindent(part.text, lineStart) : part.text;
      fields.add(text);
      lineStart = text.endsWith('\n');
    } else {
      addPart(world, fields, part, { quoted: true, split: false, operand: false });
      lineStart = false;
    }
  }
  return fields.one(false);
}

/** `<<-`: tabs at the start of lines are no text. */
function unindent(text: string, lineStart: boolean): string {
  return text
    .split('\n')
    .map((line, at) => (at > 0 || lineStart ? trimStartOf(line, '\t') : line))
    .join('\n');
}

/** Arithmetic: expanded like double quotes, then evaluated; what variables and subscripts hide is evaluated with it. */
export function expandArith(world: World, arith: Arith): Value {
  const span = world.span(arith.pos, arith.end);
  const fields = new Fields(span);
  for (const part of arith.parts) {
    if (part.type === 'single') {
      // Single quotes mean nothing inside arithmetic: what they hold is expanded as well.
      world.evaluate(known(part.text, world.span(part.pos, part.end)), 'arithmetic');
      fields.add(part.text);
    } else if (part.type === 'double') {
      for (const inside of part.parts) addPart(world, fields, inside, { quoted: true, split: false, operand: false });
    } else if (part.type === 'literal') fields.add(part.raw.replaceAll('"', ''));
    else addPart(world, fields, part, { quoted: true, split: false, operand: false });
  }
  return evaluateArith(world, fields.one(false));
}

/** A number for expression text that is already expanded (`let`, subscripts, offsets). */
export function evaluateArith(world: World, text: Value): Value {
  if (text.kind !== 'known') {
    world.evaluate(text, 'arithmetic');
    for (const name of assignedNames(`${text.before} ${text.after}`))
      world.scope.blur(name, `$${name} is set by arithmetic`);
    return unknown('an arithmetic result', text.span, '', '', text.from);
  }
  const walked = { hidden: false };
  const value = arithmetic(text.text, arithWorld(world, text, walked));
  if (!walked.hidden && (text.text.includes('$') || text.text.includes('`'))) world.evaluate(text, 'arithmetic');
  if (value !== undefined)
    return { ...known(String(value), text.span), from: text.from, decoded: text.decoded, fetched: text.fetched };
  for (const name of assignedNames(text.text)) {
    if (world.scope.get(name)?.value.kind !== 'unknown') world.scope.blur(name, `$${name} is set by arithmetic`);
  }
  return unknown('an arithmetic result', text.span, '', '', text.from);
}

function arithWorld(world: World, text: Value, walked: { hidden: boolean }): ArithWorld {
  return {
    read: (name) => {
      if (!world.scope.knows(name)) return undefined;
      const held = world.scope.get(name);
      if (held === undefined) return '';
      if (held.value.kind === 'known' && held.items === undefined) return held.value.text;
      if (held.value.kind === 'unknown') world.evaluate(held.value, 'arithmetic');
      return undefined;
    },
    write: (name, value) => {
      if (value === undefined) world.scope.blur(name, `$${name} is set by arithmetic`);
      else world.scope.set(name, known(String(value), text.span));
    },
    hidden: (inside) => {
      walked.hidden = true;
      world.evaluate({ ...text, text: inside, before: inside }, 'arithmetic');
    },
    spend: (steps) => world.spend(steps),
  };
}

function fieldsOf(world: World, parts: readonly Part[], span: Span): readonly Value[] {
  const fields = new Fields(exact(world, parts, span));
  for (const part of parts) addPart(world, fields, part, SPLIT);
  return fields.done();
}

/** How a part stands: inside double quotes; where unquoted expansions are split; as the operand of `:-`, whose text is split as well. */
type How = { readonly quoted: boolean; readonly split: boolean; readonly operand: boolean };
const OPERANDS: Operands = { one: expandOne, pattern: expandPattern, arith: expandArith, number: evaluateArith };
const SPLIT: How = { quoted: false, split: true, operand: false };

function addPart(world: World, fields: Fields, part: Part, how: How): void {
  switch (part.type) {
    case 'literal':
      if (how.operand && how.quoted) fields.add(dequoted(part.raw));
      else if (how.operand && how.split) addOperandText(world, fields, part.raw, world.span(part.pos, part.end));
      else fields.add(part.text);
      return;
    case 'single':
      fields.add(part.text);
      return;
    case 'double': {
      // `"$@"` without parameters is no field; every other quoted string is one.
      if (part.parts.length !== 1 || !isAll(part.parts[0] as Part)) fields.add('');
      for (const inside of part.parts)
        addPart(world, fields, inside, { quoted: true, split: how.split, operand: false });
      return;
    }
    case 'tilde':
      if (how.quoted) fields.add(`~${part.user}`);
      else fields.value(tilde(world, part.user, world.span(part.pos, part.end)));
      return;
    case 'glob':
      walkInner(world, part.parts, world.span(part.pos, part.end));
      if (how.quoted) fields.add(part.text);
      else fields.glob(part.text);
      return;
    case 'param':
      addParam(world, fields, part, how);
      return;
    case 'command': {
      const span = world.span(part.pos, part.end);
      give(world, fields, printed(world.spend(1) ? world.substitute(part.script, span) : undefined, span), how);
      return;
    }
    case 'process':
      fields.value(world.pipe(part.script, part.dir, world.span(part.pos, part.end)));
      return;
    case 'arith':
      give(world, fields, expandArith(world, part.arith), how);
      return;
    case 'brace':
      for (const inside of part.parts) addPart(world, fields, inside, how);
      return;
  }
}

/** Unquoted text of an operand is split like a value, its escaped characters are not. */
function addOperandText(world: World, fields: Fields, raw: string, span: Span): void {
  const ifs = separators(world.scope);
  let from = 0;
  const split = (to: number): void => {
    if (to > from) fields.split(known(raw.slice(from, to), span), ifs, true);
  };
  for (let at = raw.indexOf('\\'); at >= 0 && at + 1 < raw.length; at = raw.indexOf('\\', from)) {
    split(at);
    if (raw[at + 1] !== '\n') fields.add(raw[at + 1]!);
    from = at + 2;
  }
  split(raw.length);
}

function addParam(world: World, fields: Fields, part: Extract<Part, { type: 'param' }>, how: How): void {
  if (!world.spend(1)) {
    fields.value(unknown('the step limit', world.span(part.pos, part.end)));
    return;
  }
  const found = expandParam(world, OPERANDS, part, world.span(part.pos, part.end), how.quoted);
  if ('operand' in found) {
    const word = found.operand;
    if (word.plain !== undefined)
      addPart(
        world,
        fields,
        { type: 'literal', text: word.plain, raw: word.plain, pos: word.pos, end: word.end },
        { ...how, operand: true },
      );
    else for (const inside of word.parts) addPart(world, fields, inside, { ...how, operand: true });
    // `:=` keeps what it stands for.
    if (found.assign !== undefined) world.scope.set(found.assign, expandOne(world, word));
    return;
  }
  const { values } = found;
  if (!found.many) {
    if (values[0] !== undefined) give(world, fields, values[0], how);
    return;
  }
  if (!how.split) {
    values.forEach((value, index) => {
      if (index > 0) fields.add(' ');
      fields.value(value);
    });
    return;
  }
  values.forEach((value, index) => {
    if (index > 0) fields.end();
    give(world, fields, value, how);
  });
}

function give(world: World, fields: Fields, value: Value, how: How): void {
  if (how.quoted || !how.split) fields.value(value);
  else fields.split(value, separators(world.scope), world.scope.state.noglob);
}

function isAll(part: Part): boolean {
  if (part.type !== 'param' || part.prefix === '#') return false;
  return part.name === '@' || part.index?.plain === '@' || (part.prefix === '!' && part.op?.type === 'names');
}

function walkInner(world: World, parts: readonly Part[], span: Span): void {
  for (const part of parts) addPart(world, new Fields(span), part, { quoted: true, split: false, operand: false });
}

/** Inside double quotes a backslash is special before a few characters only. */
function dequoted(raw: string): string {
  return withoutBackslashes(raw, '$`"\\}');
}

/** What a substitution prints, without its trailing line ends. */
function printed(stream: Stream | undefined, span: Span): Value {
  if (stream === undefined) return unknown('the step limit', span);
  const text = stream.text === undefined ? undefined : trimEndOf(stream.text.replaceAll('\0', ''), '\n');
  const shape = stream.shape === undefined ? undefined : { shape: trimEndOf(stream.shape, '\n') };
  const value =
    text === undefined
      ? { ...unknown('the output of a command', span, '', '', stream.from), ...shape }
      : { ...known(text, span), from: stream.from };
  return stream.decoded || stream.fetched ? { ...value, decoded: stream.decoded, fetched: stream.fetched } : value;
}

function tilde(world: World, user: string, span: Span): Value {
  const { scope } = world;
  if (user === '') return { ...(scope.get('HOME')?.value ?? known(scope.home, span)), span };
  if (user === '+') return { ...scope.state.cwd, span };
  if (user === '-') return { ...(scope.state.oldpwd ?? unknown('the previous directory', span)), span };
  if (user === 'root') return known('/root', span);
  const name = scope.home.slice(scope.home.lastIndexOf('/') + 1);
  return user === name ? known(scope.home, span) : unknown(`the home directory of ${user}`, span);
}

/** IFS, or undefined when it was set to something unknown. */
export function separators(scope: Scope): string | undefined {
  const held = scope.get('IFS');
  if (held === undefined) return scope.state.lost ? undefined : ' \t\n';
  return held.value.kind === 'known' ? held.value.text : undefined;
}

/** A word that is one quoted string spans its inside, so that offsets into its text are offsets into the input. */
function inner(world: World, word: Word): Span {
  return word.parts.length === 1
    ? exact(world, word.parts, world.span(word.pos, word.end))
    : world.span(word.pos, word.end);
}

function exact(world: World, parts: readonly Part[], span: Span): Span {
  const only = parts[0];
  if (only === undefined || parts.length !== 1) return span;
  if (only.type === 'single' && !only.ansi) {
    const text = only.end - only.pos - 2 === only.text.length;
    return text ? world.span(only.pos + 1, only.end - 1) : span;
  }
  return only.type === 'double' ? world.span(only.pos + 1, only.end - 1) : span;
}
