// Builtins that set variables: export, declare, local, readonly, unset, read, mapfile, printf -v, let, getopts, set, shift.
import { BLANK, hasOf, isDigits, isFlags, isName, LETTERS, trimEndOf, trimStartOf } from '../../names/index.ts';
import { evaluateArith, separators } from '../../shell/expand.ts';
import { Fields } from '../../shell/fields.ts';
import { Assoc } from '../../shell/scope.ts';
import { known, unknown, type Stream, type Value } from '../../shell/value.ts';
import { assign, setVariable, type Attributes } from './assign.ts';
import type { Builtin, Call } from './builtins.ts';
import { exportFunction } from './exported.ts';
import { SILENT } from './stream.ts';
import type { Walker } from './walker.ts';

function done(walker: Walker, status: number | undefined): Stream {
  walker.scope.state.status = status;
  return SILENT;
}

function declare(walker: Walker, call: Call): Stream {
  const name = call.argv[0]?.text;
  const args = call.argv.slice(1);
  let letters = '';
  let off = '';
  while (args[0]?.kind === 'known' && (isFlags(args[0].text, LETTERS) || isFlags(args[0].text, LETTERS, '+'))) {
    const option = args.shift()?.text ?? '';
    if (option.startsWith('-')) letters += option.slice(1);
    else off += option.slice(1);
  }
  const attributes: Attributes = {
    exported:
      name === 'export' ? !letters.includes('n') : letters.includes('x') ? true : off.includes('x') ? false : undefined,
    local:
      name === 'local' || ((name === 'declare' || name === 'typeset') && !letters.includes('g') && walker.calls > 0),
    integer: letters.includes('i'),
    ref: letters.includes('n') && name !== 'export',
    assoc: letters.includes('A'),
  };
  for (const node of call.assigns) assign(walker, node, attributes);
  if (hasOf(letters, 'fF')) {
    if (attributes.exported === true)
      for (const word of args) if (word.kind === 'known') exportFunction(walker, word.text);
    return done(walker, undefined);
  }
  for (const word of args) declareWord(walker, word, attributes);
  return done(walker, 0);
}

/** `NAME`, or `NAME=value` that came out of an expansion. */
function declareWord(walker: Walker, word: Value, attributes: Attributes): void {
  const { scope } = walker;
  const text = word.kind === 'unknown' ? word.before : word.text;
  const at = text.indexOf('=');
  if (at > 0) {
    const name = text.slice(0, text[at - 1] === '+' ? at - 1 : at);
    const value: Value =
      word.kind === 'unknown'
        ? { ...word, before: word.before.slice(at + 1) }
        : { ...word, kind: 'known', text: text.slice(at + 1), before: text.slice(at + 1) };
    setVariable(
      walker,
      name,
      text[at - 1] === '+' ? { ...unknown(`$${name} is not known`, word.span), from: word.from } : value,
      attributes,
    );
    return;
  }
  walker.evaluate(word, 'name');
  if (word.kind !== 'known' || !isName(word.text)) {
    if (word.kind === 'unknown') scope.forget('a variable may have been declared under a name that is not known');
    return;
  }
  const old = scope.get(word.text);
  if (old !== undefined && attributes.local !== true) {
    scope.put(word.text, {
      ...old,
      exported: attributes.exported ?? old.exported,
      integer: old.integer || attributes.integer === true,
    });
  } else if (attributes.local === true || attributes.assoc === true || attributes.integer === true) {
    const items = attributes.assoc === true ? new Assoc() : undefined;
    scope.put(
      word.text,
      {
        value: known('', word.span),
        items,
        exported: attributes.exported ?? false,
        integer: attributes.integer ?? false,
        ref: undefined,
      },
      attributes.local ?? false,
    );
  }
}

function unset(walker: Walker, call: Call): Stream {
  let functions = true;
  let variables = true;
  for (const word of call.argv.slice(1)) {
    if (word.kind === 'known' && isFlags(word.text, 'fvn')) {
      functions = word.text.includes('f');
      variables = !functions;
      continue;
    }
    walker.evaluate(word, 'name');
    if (word.kind !== 'known') walker.scope.forget('a variable that is not known was unset');
    else if (word.text.includes('['))
      walker.scope.blur(word.text.slice(0, word.text.indexOf('[')), 'an element was unset');
    else {
      if (variables) walker.scope.put(word.text, undefined);
      if (functions) walker.scope.define(word.text, undefined);
    }
  }
  return done(walker, 0);
}

/** Operands behind options, of which those in `valued` take a word. Values of options are evaluated as names where bash does so. */
function operands(
  call: Call,
  valued: string,
): { readonly rest: readonly Value[]; readonly given: ReadonlyMap<string, Value> } {
  const args = call.argv.slice(1);
  const given = new Map<string, Value>();
  while (args[0]?.kind === 'known' && args[0].text.startsWith('-') && args[0].text.length > 1) {
    const text = args.shift()?.text ?? '';
    if (text === '--') break;
    for (let i = 1; i < text.length; i++) {
      const letter = text.charAt(i);
      if (!valued.includes(letter)) {
        given.set(letter, known('', call.span));
        continue;
      }
      const value = i + 1 < text.length ? known(text.slice(i + 1), call.span) : args.shift();
      if (value !== undefined) given.set(letter, value);
      break;
    }
  }
  return { rest: args, given };
}

/** `read a b <<< "x y"`: known where the input is; otherwise the variables hold data of that input. */
function read(walker: Walker, call: Call): Stream {
  const { rest, given } = operands(call, 'adinNptu');
  const fd = given.get('u');
  const stream = fd?.kind === 'known' ? walker.scope.state.descriptors.get(fd.text)?.read : call.frame.stdin;
  const array = given.get('a');
  const line =
    stream?.text === undefined || given.has('d') || given.has('n') || given.has('N')
      ? undefined
      : (stream.text.split('\n', 1)[0] ?? '');
  const data =
    stream === undefined
      ? unknown('what is read from the input', call.span)
      : {
          ...unknown('what is read from the input', call.span, '', '', stream.from),
          decoded: stream.decoded,
          fetched: stream.fetched,
        };
  const plain = line !== undefined && (given.has('r') || !line.includes('\\'));
  const whole: Value = plain ? { ...data, kind: 'known', text: line, before: line, why: '' } : data;
  if (array !== undefined) {
    walker.evaluate(array, 'name');
    if (array.kind === 'known') walker.scope.set(array.text, data);
    return done(walker, undefined);
  }
  const names = rest.length === 0 ? [known('REPLY', call.span)] : rest;
  const pieces = plain ? splitLine(walker, call, whole, names.length) : undefined;
  names.forEach((name, index) => {
    if (name.kind !== 'known') {
      walker.evaluate(name, 'name');
      walker.scope.forget('a variable that is not known was read');
    } else
      setVariable(
        walker,
        name.text,
        pieces === undefined ? data : (pieces[index] ?? { ...data, kind: 'known', text: '', before: '', why: '' }),
      );
  });
  return done(walker, undefined);
}

/** A line cut into as many pieces as there are names; the last one takes the rest. Undefined when it cannot be told. */
function splitLine(walker: Walker, call: Call, line: Value, names: number): readonly Value[] | undefined {
  const given = call.prefix.get('IFS');
  const ifs = given === undefined ? separators(walker.scope) : given.kind === 'known' ? given.text : undefined;
  if (ifs === undefined) return undefined;
  if (names === 1) {
    const text = ifs.includes(' ') ? trimEndOf(trimStartOf(line.text, BLANK), BLANK) : line.text;
    return [{ ...line, text, before: text }];
  }
  const fields = new Fields(line.span);
  fields.split(line, ifs, true);
  const all = fields.done();
  if (all.length <= names) return all;
  const cut = all.slice(0, names - 1);
  const rest = all
    .slice(names - 1)
    .map((value) => value.text)
    .join(' ');
  return ifs === ' \t\n' ? [...cut, { ...line, text: rest, before: rest }] : undefined;
}

/** `mapfile -C TEXT` runs the text for every so many lines. */
function mapfile(walker: Walker, call: Call): Stream {
  const { rest, given } = operands(call, 'dnOsuCc');
  const callback = given.get('C');
  if (callback !== undefined) walker.evalText(callback, ['inline']);
  const name = rest[0] ?? known('MAPFILE', call.span);
  walker.evaluate(name, 'name');
  const { stdin } = call.frame;
  if (name.kind === 'known') {
    const lines =
      stdin?.text !== undefined && given.has('t') && !given.has('n') && !given.has('s') && !given.has('d')
        ? (stdin.text.endsWith('\n') ? stdin.text.slice(0, -1) : stdin.text).split('\n')
        : undefined;
    const marks = { from: stdin?.from ?? [], decoded: stdin?.decoded ?? false, fetched: stdin?.fetched ?? false };
    if (lines === undefined) walker.scope.set(name.text, { ...unknown('lines of the input', call.span), ...marks });
    else {
      const items = new Map(lines.map((line, index) => [String(index), { ...known(line, call.span), ...marks }]));
      walker.scope.put(name.text, {
        value: items.get('0') ?? known('', call.span),
        items,
        exported: false,
        integer: false,
        ref: undefined,
      });
    }
  }
  return done(walker, undefined);
}

/** `printf -v NAME …`: what would be printed goes into the variable. Without `-v` it is the program's. */
function printf(walker: Walker, call: Call): Stream | undefined {
  const flag = call.argv[1];
  const name = call.argv[2];
  if (flag?.kind !== 'known' || !flag.text.startsWith('-v')) return undefined;
  const target = flag.text === '-v' ? name : known(flag.text.slice(2), flag.span);
  if (target === undefined) return done(walker, 2);
  const argv = [call.argv[0] as Value, ...call.argv.slice(flag.text === '-v' ? 3 : 2)];
  const text =
    argv.length < 2 ? SILENT : walker.runProgram(argv, { ...call, frame: { ...call.frame, stdin: undefined } });
  const value = text.text === undefined ? unknown('printed text', call.span) : known(text.text, call.span);
  if (target.kind === 'known')
    setVariable(walker, target.text, { ...value, from: text.from, decoded: text.decoded, fetched: text.fetched });
  else {
    walker.evaluate(target, 'name');
    walker.scope.forget('a variable that is not known was printed into');
  }
  return done(walker, undefined);
}

function letBuiltin(walker: Walker, call: Call): Stream {
  for (const word of call.argv.slice(1)) evaluateArith(walker, word);
  return done(walker, undefined);
}

function getopts(walker: Walker, call: Call): Stream {
  const name = call.argv[2];
  if (name !== undefined) {
    walker.evaluate(name, 'name');
    if (name.kind === 'known') walker.scope.blur(name.text, 'an option that was given');
  }
  walker.scope.blur('OPTARG', 'the value of an option');
  return done(walker, undefined);
}

/** `set -- a b`, `set a b`, `set -x`, `set -f`. */
function set(walker: Walker, call: Call): Stream {
  const { state } = walker.scope;
  const args = call.argv.slice(1);
  while (args.length > 0) {
    const word = args[0] as Value;
    if (word.kind !== 'known' || !(word.text.startsWith('-') || word.text.startsWith('+'))) break;
    args.shift();
    if (word.text === '--' || word.text === '-') {
      state.args = [state.args[0] ?? known('sh', call.span), ...args];
      state.argsLost = false;
      return done(walker, 0);
    }
    const on = word.text.startsWith('-');
    const name = word.text.endsWith('o') ? args.shift()?.text : undefined;
    if (word.text.includes('x') || name === 'xtrace') traces(walker, on);
    if (word.text.includes('f') || name === 'noglob') state.noglob = on;
  }
  if (args.length > 0) state.args = [state.args[0] ?? known('sh', call.span), ...args];
  return done(walker, 0);
}

/** Tracing expands PS4 before every command. */
function traces(walker: Walker, on: boolean): void {
  const ps4 = walker.scope.get('PS4')?.value;
  walker.scope.state.xtrace = on;
  if (on && ps4 !== undefined) walker.evaluate(ps4, 'prompt');
}

function shift(walker: Walker, call: Call): Stream {
  const { state } = walker.scope;
  const by = call.argv[1];
  const count = by === undefined ? 1 : by.kind === 'known' && isDigits(by.text) ? Number(by.text) : undefined;
  if (count === undefined) state.argsLost = true;
  else state.args = [state.args[0] ?? known('sh', call.span), ...state.args.slice(1 + count)];
  return done(walker, 0);
}

export const VARIABLE_BUILTINS: { readonly [name: string]: Builtin } = {
  export: declare,
  declare,
  typeset: declare,
  local: declare,
  readonly: declare,
  unset,
  read,
  mapfile,
  readarray: mapfile,
  printf,
  let: letBuiltin,
  getopts,
  set,
  shift,
};
