// Parameter expansion: `$x`, `${x:-y}`, `${x#p}`, `${x/a/b}`, `${!x}`, `$@`, array elements. What is not known stays unknown with its edges.
import { limits, type Span } from '../model/index.ts';
import type { Expander } from './expand.ts';
import { hasGlob, matches } from './glob.ts';
import type { Arith, Param, ParamOp, Word } from './tree.ts';
import { known, unknown, type Value } from './value.ts';

/** Expansion of the words inside a parameter expansion; given, since they are expanded by the module that calls this one. */
export type Inner = {
  readonly one: (x: Expander, word: Word) => Value;
  readonly arith: (x: Expander, arith: Arith) => Value;
};

/** Values of a parameter: one, or one per element for `$@` and `${a[@]}`. Operands are always walked. */
export function expandParam(x: Expander, param: Param, span: Span, inner: Inner): readonly Value[] {
  if (param.index !== undefined) hidden(x, inner, param.index);
  const held = lookup(x, param, span);
  if (param.prefix === '#') {
    if (held.length === 1 && held[0]?.kind === 'known' && param.name !== '@' && param.name !== '*')
      return [known(String(held[0].text.length), span)];
    return [unknown('a length', span)];
  }
  if (param.prefix === '!') {
    const name = held[0];
    if (param.op !== undefined || name?.kind !== 'known') return [unknown('an indirect expansion', span)];
    return lookup(x, { ...param, name: name.text, prefix: '', index: undefined }, span);
  }
  if (param.op === undefined) return held;
  if (held.length === 0 && param.op.type !== 'default') return held;
  if (held.length > 1) return held.map((value) => operate(x, value, param.op as ParamOp, param, span, inner));
  return [operate(x, held[0], param.op, param, span, inner)];
}

/** `undefined` inside the list never; an empty list for `$@` without arguments. */
function lookup(x: Expander, param: Param, span: Span): readonly Value[] {
  const { scope } = x;
  const { name } = param;
  if (name === '@' || name === '*') return scope.args.slice(1).map((value) => ({ ...value, span }));
  if (/^\d+$/.test(name)) {
    const value = scope.args[Number(name)];
    return [value === undefined ? known('', span) : { ...value, span }];
  }
  if (name === '#') return [known(String(Math.max(0, scope.args.length - 1)), span)];
  const variable = scope.vars.get(name);
  if (variable !== undefined) {
    if (variable.items === undefined) return [{ ...variable.value, span }];
    const index = param.index?.plain;
    if (index === '@' || index === '*') return variable.items.map((value) => ({ ...value, span }));
    const at =
      index === undefined && param.index === undefined
        ? 0
        : index !== undefined && /^\d+$/.test(index)
          ? Number(index)
          : -1;
    if (at < 0) return [unknown(`an element of ${name}`, span)];
    return [variable.items[at] === undefined ? known('', span) : { ...variable.items[at], span }];
  }
  if (name === 'HOME') return [known(scope.home, span)];
  if (name === 'PWD') return [{ ...scope.cwd, span }];
  if (name === 'IFS') return [known(' \t\n', span)];
  return [unknown(`$${name} is not known`, span)];
}

function operate(x: Expander, value: Value | undefined, op: ParamOp, param: Param, span: Span, inner: Inner): Value {
  switch (op.type) {
    case 'default':
      return defaulted(x, value, op, param, span, inner);
    case 'remove': {
      const pattern = inner.one(x, op.word);
      return value?.kind === 'known' && pattern.kind !== 'unknown'
        ? removed(value, op.op, pattern.text, span)
        : unknown('a part of a value', span, '', '', value?.from);
    }
    case 'replace': {
      const pattern = inner.one(x, op.pattern);
      const fresh = inner.one(x, op.with);
      if (value?.kind !== 'known' || fresh.kind !== 'known' || pattern.kind !== 'known' || hasGlob(pattern.text))
        return unknown('a replaced value', span, '', '', value?.from);
      return { ...value, text: replaced(value.text, op.op, pattern.text, fresh.text), before: '' };
    }
    case 'slice': {
      const offset = inner.one(x, op.offset);
      const length = op.length === undefined ? undefined : inner.one(x, op.length);
      hidden(x, inner, op.offset);
      if (op.length !== undefined) hidden(x, inner, op.length);
      if (value?.kind !== 'known' || !isNumber(offset) || (length !== undefined && !isNumber(length)))
        return unknown('a slice of a value', span, '', '', value?.from);
      return {
        ...value,
        text: sliced(value.text, Number(offset.text), length === undefined ? undefined : Number(length.text)),
        before: '',
      };
    }
    case 'case': {
      if (op.word !== undefined) inner.one(x, op.word);
      if (value?.kind !== 'known' || op.word !== undefined)
        return unknown('a value in another case', span, '', '', value?.from);
      const { text } = value;
      const fresh =
        op.op === '^^'
          ? text.toUpperCase()
          : op.op === ',,'
            ? text.toLowerCase()
            : op.op === '^'
              ? text.slice(0, 1).toUpperCase() + text.slice(1)
              : text.slice(0, 1).toLowerCase() + text.slice(1);
      return { ...value, text: fresh };
    }
    case 'transform':
      // `@P` expands the value as a prompt: substitutions inside it run.
      if (op.op.startsWith('P') && value !== undefined)
        x.evaluate(value.kind === 'unknown' ? { ...value, why: 'a prompt expansion of something unknown' } : value);
      return op.op.startsWith('P') || value === undefined
        ? unknown('a prompt expansion', span, '', '', value?.from)
        : unknown('a transformed value', span, '', '', value.from);
    case 'names':
      return unknown('names of variables', span);
  }
}

function defaulted(
  x: Expander,
  value: Value | undefined,
  op: Extract<ParamOp, { type: 'default' }>,
  param: Param,
  span: Span,
  inner: Inner,
): Value {
  const colon = op.op.startsWith(':');
  const sign = op.op.at(-1);
  const fallback = inner.one(x, op.word);
  const set =
    x.scope.vars.has(param.name) ||
    (/^\d+$/.test(param.name) && x.scope.args[Number(param.name)] !== undefined) ||
    param.name === 'HOME' ||
    param.name === 'PWD';
  if (value === undefined || (value.kind === 'unknown' && !set)) {
    // Nothing is known of the environment: it may be the value, or the fallback.
    if (sign === '+')
      return fallback.kind === 'known' && fallback.text === ''
        ? fallback
        : unknown(`$${param.name} is not known`, span, '', '', fallback.from);
    return unknown(`$${param.name} is not known`, span, '', '', fallback.from);
  }
  const empty = !set || (colon && value.kind === 'known' && value.text === '');
  if (sign === '+') return empty ? known('', span) : fallback;
  if (!empty) return value;
  if (sign === '=') x.scope.set(param.name, fallback);
  return fallback;
}

function removed(value: Value, op: string, pattern: string, span: Span): Value {
  const { text } = value;
  const cuts = Array.from({ length: Math.min(text.length, limits.WORDS) + 1 }, (_, i) => i);
  const front = op.startsWith('#');
  const order = op.length === 2 ? cuts.reverse() : cuts;
  for (const n of order) {
    const piece = front ? text.slice(0, n) : text.slice(text.length - n);
    const hit = matches(pattern, piece);
    if (hit === undefined) return unknown('a part of a value', span, '', '', value.from);
    if (hit) return { ...value, text: front ? text.slice(n) : text.slice(0, text.length - n), before: '' };
  }
  return value;
}

function replaced(text: string, op: string, pattern: string, fresh: string): string {
  if (pattern === '') return text;
  if (op === '//') return text.split(pattern).join(fresh);
  if (op === '/#') return text.startsWith(pattern) ? fresh + text.slice(pattern.length) : text;
  if (op === '/%') return text.endsWith(pattern) ? text.slice(0, text.length - pattern.length) + fresh : text;
  const at = text.indexOf(pattern);
  return at < 0 ? text : text.slice(0, at) + fresh + text.slice(at + pattern.length);
}

function sliced(text: string, offset: number, length: number | undefined): string {
  const from = offset < 0 ? Math.max(0, text.length + offset) : offset;
  if (length === undefined) return text.slice(from);
  return length < 0 ? text.slice(from, Math.max(from, text.length + length)) : text.slice(from, from + length);
}

function isNumber(value: Value): boolean {
  return value.kind === 'known' && /^\s*-?\d{1,9}\s*$/.test(value.text);
}

/** A subscript or offset is arithmetic, and arithmetic evaluates what stands in its own subscripts. */
function hidden(x: Expander, inner: Inner, word: Word): void {
  if (word.plain !== undefined) {
    if (word.plain.includes('[')) x.evaluate(known(word.plain, x.span(word.pos, word.end)));
    return;
  }
  inner.arith(x, { parts: word.parts, pos: word.pos, end: word.end });
}
