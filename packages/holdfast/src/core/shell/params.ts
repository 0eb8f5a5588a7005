// Parameter expansion: `$x`, `${x:-y}`, `${x#p}`, `${x/a/b}`, `${!x}`, `$@`, array elements. What is not known stays unknown.
import type { Span } from '../model/index.ts';
import { isDigits, isName } from '../names/index.ts';
import { Assoc } from './scope.ts';
import { operate } from './transform.ts';
import type { Param, ParamOp, Word } from './tree.ts';
import { GAP, known, unknown, type Value } from './value.ts';
import type { Operands, World } from './world.ts';

/** Values of a parameter (`many`: each a field of its own), or the operand that stands for it. */
export type Found =
  | { readonly values: readonly Value[]; readonly many: boolean }
  | { readonly operand: Word; readonly assign: string | undefined };

/** `set`: undefined when only the agent's environment knows. */
type Held = { readonly values: readonly Value[]; readonly many: boolean; readonly set: boolean | undefined };

/** Total. Subscripts and operands that bash would evaluate are always walked. */
export function expandParam(world: World, ex: Operands, param: Param, span: Span, quoted: boolean): Found {
  const { op, prefix } = param;
  let held = lookup(world, ex, param.name, param.index, span, quoted);
  if (prefix === '!') {
    if (op?.type === 'names') return single(unknown('names of variables', span));
    const index = param.index?.plain;
    if (index === '@' || index === '*') return { values: keys(world, param.name, span), many: true };
    held = indirect(world, ex, held, span, quoted);
  } else if (prefix === '#') return single(length(param, held, span));
  if (op === undefined) return held;
  if (op.type === 'default') return defaulted(world, ex, held, op, param, span);
  if (op.type === 'slice' && held.many) return sliceOf(world, ex, held, op, param, span);
  if (held.set === false && op.type !== 'transform') {
    walkOperands(world, ex, op);
    return single(known('', span));
  }
  const apply = operation(world, ex, op, span);
  return { values: held.values.map(apply), many: held.many };
}

function single(value: Value): Found {
  return { values: [value], many: false };
}

function lookup(world: World, ex: Operands, name: string, index: Word | undefined, span: Span, quoted: boolean): Held {
  const special = lookupSpecial(world, name, span, quoted);
  if (special !== undefined) return special;
  const { scope } = world;
  let variable = scope.get(name);
  let at = name;
  for (let hops = 0; variable?.ref !== undefined && hops < 8; hops++) {
    at = variable.ref;
    if (at.includes('[')) {
      world.evaluate(known(at, span), 'name');
      return { values: [unknown(`what ${name} refers to`, span)], many: false, set: true };
    }
    variable = scope.get(at);
  }
  const key =
    index === undefined
      ? undefined
      : index.plain === '@' || index.plain === '*'
        ? index.plain
        : subscript(world, ex, index, variable?.items);
  if (variable === undefined) {
    if (scope.knows(at)) return { values: key === '@' ? [] : [known('', span)], many: key === '@', set: false };
    return {
      values: [environment(world, at, span)],
      many: false,
      set: at === 'HOME' || at === 'PWD' || at === 'IFS' ? true : undefined,
    };
  }
  const { items } = variable;
  if (items === undefined) {
    if (typeof key === 'object' && !(key.kind === 'known' && key.text === '0')) {
      return { values: [unknown(`an element of ${at}`, span, '', '', variable.value.from)], many: false, set: true };
    }
    return { values: [again(variable.value, span)], many: false, set: true };
  }
  if (key === '@' || key === '*') {
    const values = [...items.values()].map((value) => again(value, span));
    if (key === '*' && quoted) return { values: [glued(world, values, span)], many: false, set: values.length > 0 };
    return { values, many: true, set: values.length > 0 };
  }
  if (key !== undefined && key.kind !== 'known') {
    const from = [...items.values()].flatMap((value) => value.from);
    return { values: [unknown(`an element of ${at}`, span, '', '', from)], many: false, set: true };
  }
  const element = items.get(key?.text ?? '0');
  return {
    values: [element === undefined ? known('', span) : again(element, span)],
    many: false,
    set: element !== undefined,
  };
}

function lookupSpecial(world: World, name: string, span: Span, quoted: boolean): Held | undefined {
  const { state } = world.scope;
  const first = name.charCodeAt(0);
  if (first >= 0x61 || first === 0x5f || (first >= 0x41 && first <= 0x5a)) return undefined;
  const value = (held: Value, set: boolean | undefined = true): Held => ({ values: [held], many: false, set });
  if (name === '@' || name === '*') {
    if (state.argsLost) return value(unknown('positional parameters that are not known', span), undefined);
    const values = state.args.slice(1).map((arg) => again(arg, span));
    if (name === '*' && quoted) return value(glued(world, values, span), values.length > 0);
    return { values, many: true, set: values.length > 0 };
  }
  if (name === '#')
    return value(
      state.argsLost
        ? unknown('how many parameters there are', span)
        : known(String(Math.max(0, state.args.length - 1)), span),
    );
  if (name === '?')
    return value(
      state.status === undefined ? unknown('the status of a command', span) : known(String(state.status), span),
    );
  if (first >= 0x30 && first <= 0x39) {
    if (state.argsLost && name !== '0') return value(unknown(`parameter ${name} is not known`, span), undefined);
    const arg = state.args[Number(name)];
    return arg === undefined ? value(known('', span), false) : value(again(arg, span));
  }
  return value(unknown(name === '$' || name === '!' ? 'a process id' : `$${name} is not known`, span));
}

/** A variable that the text has not set. */
function environment(world: World, name: string, span: Span): Value {
  const { scope } = world;
  if (name === 'HOME') return known(scope.home, span);
  if (name === 'PWD') return again(scope.state.cwd, span);
  if (name === 'OLDPWD' && scope.state.oldpwd !== undefined) return again(scope.state.oldpwd, span);
  if (name === 'IFS' && !scope.state.lost) return known(' \t\n', span);
  // Which shell it is does not matter: the text given to it is followed as bash.
  if (name === 'SHELL' || name === 'BASH') return known('/bin/bash', span);
  return unknown(`$${name} is not known`, span);
}

function again(value: Value, span: Span): Value {
  return { ...value, span };
}

function glued(world: World, values: readonly Value[], span: Span): Value {
  const ifs = world.scope.get('IFS')?.value;
  const gap = ifs === undefined ? ' ' : ifs.kind === 'known' ? ifs.text.slice(0, 1) : undefined;
  const from = values.flatMap((value) => value.from);
  const marks = {
    from,
    decoded: values.some((value) => value.decoded),
    fetched: values.some((value) => value.fetched),
  };
  if (gap === undefined || values.some((value) => value.kind === 'unknown'))
    return { ...unknown('positional parameters that are not known', span), ...marks };
  return { ...known(values.map((value) => value.text).join(gap), span), ...marks };
}

/** A subscript: a key for an associative array, else arithmetic, which evaluates what stands in it. */
export function subscript(
  world: World,
  ex: Operands,
  index: Word,
  items: ReadonlyMap<string, Value> | undefined,
): Value {
  const text = ex.one(world, index);
  if (items instanceof Assoc) return text;
  return ex.number(world, text);
}

function keys(world: World, name: string, span: Span): readonly Value[] {
  const variable = world.scope.get(name);
  if (variable?.items === undefined)
    return [variable === undefined ? unknown(`keys of ${name}`, span) : known('0', span)];
  return [...variable.items.keys()].map((key) => known(key, span));
}

/** What `${…}` may name: a variable, a position, or `@ * # ?`. */
function isParameter(name: string): boolean {
  return isName(name) || isDigits(name) || (name.length === 1 && '@*#?'.includes(name));
}

function indirect(world: World, ex: Operands, held: Held, span: Span, quoted: boolean): Held {
  const name = held.values[0];
  if (name === undefined || held.many)
    return { values: [unknown('an indirect expansion', span)], many: false, set: undefined };
  world.evaluate(name, 'name');
  if (name.kind !== 'known' || !isParameter(name.text)) {
    return {
      values: [
        { ...unknown('an indirect expansion', span, '', '', name.from), decoded: name.decoded, fetched: name.fetched },
      ],
      many: false,
      set: undefined,
    };
  }
  return lookup(world, ex, name.text, undefined, span, quoted);
}

function length(param: Param, held: Held, span: Span): Value {
  const index = param.index?.plain;
  if (held.many || param.name === '*' || index === '*') {
    return held.values.some((value) => value.kind === 'unknown') && !held.many
      ? unknown('a length', span)
      : known(String(held.values.length), span);
  }
  const value = held.values[0];
  return value?.kind === 'known' ? known(String([...value.text].length), span) : unknown('a length', span);
}

function defaulted(
  world: World,
  ex: Operands,
  held: Held,
  op: Extract<ParamOp, { type: 'default' }>,
  param: Param,
  span: Span,
): Found {
  const sign = op.op.at(-1);
  const value = held.values[0];
  const colon = op.op.startsWith(':');
  let set = held.set;
  if (set === true && colon && !held.many) set = value?.kind === 'known' ? value.text !== '' : undefined;
  const wanted = sign === '+' ? set === true : set === false;
  if (set !== undefined) {
    if (!wanted) return sign === '+' ? single(known('', span)) : held;
    if (sign === '?') {
      ex.one(world, op.word);
      return single(known('', span));
    }
    return { operand: op.word, assign: sign === '=' && isName(param.name) ? param.name : undefined };
  }
  // Only the environment, or what a command printed, says which it is: the operand is walked and the value is not known.
  const other = ex.one(world, op.word);
  const result: Value = {
    ...unknown(value?.why || `$${param.name} is not known`, span, '', '', [...(value?.from ?? []), ...other.from]),
    decoded: other.decoded || (value?.decoded ?? false),
    fetched: other.fetched || (value?.fetched ?? false),
    // Where it becomes code the operand is what is followed.
    shape: other.kind === 'unknown' ? (other.shape ?? GAP) : other.text,
  };
  if (sign === '=' && isName(param.name)) world.scope.set(param.name, result);
  return single(result);
}

function sliceOf(
  world: World,
  ex: Operands,
  held: Held,
  op: Extract<ParamOp, { type: 'slice' }>,
  param: Param,
  span: Span,
): Found {
  const offset = number(world, ex, op.offset);
  const count = op.length === undefined ? undefined : number(world, ex, op.length);
  if (offset === undefined || offset < 0 || (op.length !== undefined && (count === undefined || count < 0))) {
    return single(
      unknown(
        'some of several values',
        span,
        '',
        '',
        held.values.flatMap((value) => value.from),
      ),
    );
  }
  // `${@:0}` begins with `$0`, `${@:1}` with `$1`.
  const positional = param.name === '@' || param.name === '*';
  const all = positional ? [world.scope.state.args[0] ?? unknown('$0', span), ...held.values] : held.values;
  return { values: all.slice(offset, count === undefined ? undefined : offset + count), many: true };
}

/** Offsets are arithmetic. */
function number(world: World, ex: Operands, word: Word): number | undefined {
  const value =
    word.plain === undefined
      ? ex.arith(world, { parts: word.parts, pos: word.pos, end: word.end })
      : ex.number(world, known(word.plain, world.span(word.pos, word.end)));
  return value.kind === 'known' ? Number(value.text) : undefined;
}

function walkOperands(world: World, ex: Operands, op: ParamOp): void {
  if (op.type === 'remove' || (op.type === 'case' && op.word !== undefined)) ex.one(world, op.word as Word);
  else if (op.type === 'replace') {
    ex.one(world, op.pattern);
    ex.one(world, op.with);
  } else if (op.type === 'slice') {
    number(world, ex, op.offset);
    if (op.length !== undefined) number(world, ex, op.length);
  }
}

/** Operands are walked once, then applied to each value. */
function operation(
  world: World,
  ex: Operands,
  op: Exclude<ParamOp, { type: 'default' }>,
  span: Span,
): (value: Value) => Value {
  switch (op.type) {
    case 'remove': {
      const pattern = ex.pattern(world, op.word);
      return (value) => operate({ type: 'remove', op: op.op, pattern }, value, span);
    }
    case 'replace': {
      const pattern = ex.pattern(world, op.pattern);
      const fresh = ex.one(world, op.with);
      return (value) => operate({ type: 'replace', op: op.op, pattern, fresh }, value, span);
    }
    case 'slice': {
      const offset = number(world, ex, op.offset);
      const count = op.length === undefined ? undefined : number(world, ex, op.length);
      const bad = offset === undefined || (op.length !== undefined && count === undefined);
      return (value) => operate({ type: 'slice', offset: bad ? undefined : offset, length: count }, value, span);
    }
    case 'case': {
      const pattern = op.word === undefined ? undefined : ex.pattern(world, op.word);
      return (value) => operate({ type: 'case', op: op.op, pattern }, value, span);
    }
    case 'transform':
      return (value) => {
        if (op.op === 'P') world.evaluate(value, 'prompt');
        return operate({ type: 'transform', op: op.op }, value, span);
      };
    case 'names':
      return () => unknown('names of variables', span);
  }
}
