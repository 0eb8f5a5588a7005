// Expansion of words as bash does it: braces, tildes, parameters, substitutions, arithmetic, splitting, patterns.
import { limits, type Span } from '../model/index.ts';
import { expandBraces, type Atom } from './brace.ts';
import { Fields } from './fields.ts';
import { expandParam, type Inner } from './params.ts';
import type { Scope } from './scope.ts';
import type { Arith, Part, Script, Word } from './tree.ts';
import { GAP, known, unknown, type Stream, type Value } from './value.ts';

/** What expansion needs from the walker. Every substitution met is walked through these; none is ever skipped. */
export interface Expander {
  readonly scope: Scope;
  /** Runs a command substitution in a subshell; answers what it prints. */
  substitute(script: Script): Stream;
  /** `<(…)`, `>(…)`: answers the stand-in for the pipe's name. */
  process(script: Script, dir: '<' | '>', span: Span): Value;
  /** Text that bash evaluates although it came as data (subscripts, `${x@P}`). */
  evaluate(text: Value): void;
  spend(steps: number): boolean;
  /** Offsets of the text under the walker ▶ span in the action's input. */
  span(pos: number, end: number): Span;
}

/** All fields of a word, split and with patterns alive. */
export function expandWord(x: Expander, word: Word): Value[] {
  const span = x.span(word.pos, word.end);
  if (word.plain !== undefined) return [plain(word.plain, span)];
  if (!x.spend(1)) return [unknown('the step limit', span)];
  const atoms = flatten(word.parts, false, []);
  const words = word.braces ? expandBraces(atoms, limits.WORDS) : [atoms];
  if (words === undefined) {
    // Too many words: the parts are still walked, so that nothing hidden in them is lost.
    fieldsOf(x, atoms, span, true);
    return [unknown('a brace expansion with too many words', span)];
  }
  const out: Value[] = [];
  for (const one of words) out.push(...fieldsOf(x, one, span, true));
  return out;
}

/** The one value of a word that is not split (assignment, redirection, here-document, case word). */
export function expandOne(x: Expander, word: Word): Value {
  const span = x.span(word.pos, word.end);
  if (word.plain !== undefined) return plain(word.plain, span);
  if (!x.spend(1)) return unknown('the step limit', span);
  const fields = fieldsOf(x, flatten(word.parts, false, []), span, false);
  return fields[0] ?? known('', span);
}

/** Arithmetic: its parts are expanded and what is hidden in subscripts is evaluated; the number is known for plain sums only. */
export function expandArith(x: Expander, arith: Arith): Value {
  const span = x.span(arith.pos, arith.end);
  const fields = new Fields(span);
  for (const part of arith.parts) addPart(x, fields, part, true, false);
  const value = fields.done()[0] ?? known('0', span);
  if (value.kind !== 'unknown') x.evaluate(value);
  for (const name of value.text.match(/[A-Za-z_]\w*/g) ?? []) {
    const held = x.scope.vars.get(name)?.value;
    if (held !== undefined && held.kind === 'known' && held.text.includes('[')) x.evaluate(held);
  }
  return /^\s*-?\d{1,15}\s*$/.test(value.text) && value.kind === 'known'
    ? known(value.text.trim(), span)
    : unknown('an arithmetic result', span, '', '', value.from);
}

/** A literal word; one out of a shape is unknown where its gap is. */
function plain(text: string, span: Span): Value {
  if (!text.includes(GAP)) return known(text, span);
  const fields = new Fields(span);
  fields.add(text);
  return fields.done()[0] ?? known('', span);
}

const INNER: Inner = { one: expandOne, arith: expandArith };

function flatten(parts: readonly Part[], quoted: boolean, out: Atom[]): Atom[] {
  for (const part of parts) {
    if (part.type === 'literal') literal(part.raw, quoted, out);
    else if (part.type === 'single') for (const c of part.text) out.push({ c, quoted: true });
    else if (part.type === 'glob' && part.parts.length === 0) for (const c of part.text) out.push({ c, quoted: false });
    else if (part.type === 'brace') flatten(part.parts, quoted, out);
    else out.push({ part, quoted });
  }
  // An empty quoted string is still a word.
  if (parts.length === 1 && parts[0]?.type === 'single' && parts[0].text === '') out.push({ c: '', quoted: true });
  return out;
}

function literal(raw: string, quoted: boolean, out: Atom[]): void {
  for (let i = 0; i < raw.length; i++) {
    const c = raw[i]!;
    if (c === '\\' && i + 1 < raw.length) {
      const next = raw[++i]!;
      if (next !== '\n') out.push({ c: next, quoted: true });
    } else out.push({ c, quoted });
  }
}

function fieldsOf(x: Expander, atoms: readonly Atom[], span: Span, split: boolean): Value[] {
  const fields = new Fields(span);
  for (const atom of atoms) {
    if ('c' in atom) fields.add(atom.c, !atom.quoted && (atom.c === '*' || atom.c === '?' || atom.c === '['));
    else addPart(x, fields, atom.part, atom.quoted, split);
  }
  return fields.done();
}

/** Adds one part. `quoted`: inside double quotes; `split`: unquoted expansions are split into fields. */
function addPart(x: Expander, fields: Fields, part: Part, quoted: boolean, split: boolean): void {
  if (!x.spend(1)) {
    fields.value(unknown('the step limit', x.span(part.pos, part.end)));
    return;
  }
  const span = x.span(part.pos, part.end);
  const give = (value: Value): void => {
    if (quoted || !split) fields.value(value);
    else fields.split(value, separators(x.scope));
  };
  switch (part.type) {
    case 'literal':
      fields.add(quoted ? part.text : part.raw.replaceAll(/\\([\s\S])/g, '$1'));
      return;
    case 'single':
      fields.add(part.text);
      return;
    case 'double':
      fields.add('');
      for (const inner of part.parts) addPart(x, fields, inner, true, split);
      return;
    case 'tilde':
      fields.value(tilde(x.scope, part.user, span));
      return;
    case 'glob': {
      // An extended pattern with expansions inside: walked, and unknown.
      for (const inner of part.parts) addPart(x, new Fields(span), inner, true, false);
      fields.add(part.text, true);
      return;
    }
    case 'param': {
      const values = expandParam(x, part, span, INNER);
      if (values.length === 1 && values[0] !== undefined) give(values[0]);
      else if (!split) fields.value(joined(values, span));
      else {
        values.forEach((value, index) => {
          if (index > 0) fields.end();
          if (quoted) fields.value(value);
          else fields.split(value, separators(x.scope));
        });
      }
      return;
    }
    case 'command':
      give(printed(x.substitute(part.script), span));
      return;
    case 'process':
      fields.value(x.process(part.script, part.dir, span));
      return;
    case 'arith':
      give(expandArith(x, part.arith));
      return;
    case 'brace':
      for (const inner of part.parts) addPart(x, fields, inner, quoted, split);
      return;
  }
}

/** What a substitution prints, without its trailing line ends. */
function printed(stream: Stream, span: Span): Value {
  const value =
    stream.text === undefined
      ? {
          ...unknown('the output of a command', span, '', '', stream.from),
          ...(stream.shape === undefined ? {} : { shape: stream.shape.replace(/\n+$/, '') }),
        }
      : { ...known(stream.text.replace(/\n+$/, ''), span), from: stream.from };
  return { ...value, decoded: stream.decoded, fetched: stream.fetched };
}

function tilde(scope: Scope, user: string, span: Span): Value {
  if (user === '') {
    const home = scope.vars.get('HOME')?.value;
    return home ?? known(scope.home, span);
  }
  if (user === '+') return scope.cwd;
  return unknown(`the home directory of ${user}`, span);
}

/** IFS as known, or undefined when it was set to something unknown. */
function separators(scope: Scope): string | undefined {
  const held = scope.vars.get('IFS');
  if (held === undefined) return ' \t\n';
  return held.value.kind === 'unknown' ? undefined : held.value.text;
}

function joined(values: readonly Value[], span: Span): Value {
  const fields = new Fields(span);
  fields.add('');
  values.forEach((value, index) => {
    if (index > 0) fields.add(' ');
    fields.value(value);
  });
  return fields.done()[0] ?? known('', span);
}
