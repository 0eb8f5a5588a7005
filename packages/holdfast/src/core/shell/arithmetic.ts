// Shell arithmetic on known text: `$(( ))`, `(( ))`, `let`, subscripts. Numbers beyond 2^53 and what is not known answer undefined.

import { DIGITS, endOf, HEX, isDigits, isOf, nameEnd, SPACE, WORD } from '../names/index.ts';

const OCTAL = '01234567';

/** What arithmetic asks of the shell. */
export interface ArithWorld {
  /** Text of a variable, or undefined when it is not known; an unset one is `''`. */
  read(name: string): string | undefined;
  /** `x = 1`, `x++`: undefined when the new number is not known. */
  write(name: string, value: number | undefined): void;
  /** A subscript: text that bash evaluates, and that may hold a substitution. */
  hidden(text: string): void;
  spend(steps: number): boolean;
}

const DEEPEST = 48;
const BINARY: { readonly [op: string]: number } = Object.assign(Object.create(null), {
  '**': 14,
  '*': 13,
  '/': 13,
  '%': 13,
  '+': 12,
  '-': 12,
  '<<': 11,
  '>>': 11,
  '<': 10,
  '<=': 10,
  '>': 10,
  '>=': 10,
  '==': 9,
  '!=': 9,
  '&': 8,
  '^': 7,
  '|': 6,
  '&&': 5,
  '||': 4,
}) as { readonly [op: string]: number };
/** Longest first. */
const OPERATORS: readonly string[] =
  '<<= >>= ** ++ -- << >> <= >= == != && || += -= *= /= %= &= ^= |= + - * / % < > = ! ~ & ^ | ? : ( ) ,'.split(' ');
const ASSIGNS: ReadonlySet<string> = new Set('= <<= >>= += -= *= /= %= &= ^= |='.split(' '));

function operatorAt(text: string, at: number): string | undefined {
  return at < text.length ? OPERATORS.find((op) => text.startsWith(op, at)) : undefined;
}

/** The number an expression stands for; undefined: not known, or no expression. Total, bounded by `spend` and nesting. */
export function arithmetic(text: string, world: ArithWorld, depth = 0): number | undefined {
  const trimmed = text.trim();
  if (trimmed === '') return 0;
  if (trimmed.length <= 15 && trimmed[0] !== '0' && isDigits(trimmed)) return Number(trimmed);
  const run = new Evaluation(trimmed, world, depth);
  const value = run.comma();
  return run.failed || !run.atEnd() ? undefined : value;
}

/** Names that an expression assigns, when its value cannot be followed. */
export function assignedNames(text: string): readonly string[] {
  const names: string[] = [];
  let before: string | undefined;
  for (let at = 0; at < text.length;) {
    if (SPACE.includes(text[at]!)) {
      at++;
      continue;
    }
    const end = nameEnd(text, at);
    if (end > at) {
      const behind = operatorAt(text, endOf(text, SPACE, end));
      const steps = before === '++' || before === '--' || behind === '++' || behind === '--';
      if (steps || (behind !== undefined && ASSIGNS.has(behind))) names.push(text.slice(at, end));
      before = undefined;
      at = end;
    } else {
      // A number swallows the letters behind it: `2x` names nothing.
      const digits = endOf(text, WORD, at);
      before = digits > at ? undefined : operatorAt(text, at);
      at = digits > at ? digits : at + (before?.length ?? 1);
    }
  }
  return names;
}

type Operand = { readonly value: number | undefined; readonly name: string | undefined };

class Evaluation {
  failed = false;
  readonly #text: string;
  readonly #world: ArithWorld;
  #depth: number;
  #at = 0;

  constructor(text: string, world: ArithWorld, depth: number) {
    this.#text = text;
    this.#world = world;
    this.#depth = depth;
  }

  atEnd(): boolean {
    this.#blank();
    return this.#at >= this.#text.length;
  }

  comma(): number | undefined {
    let value = this.#assignment();
    while (!this.failed && this.#take(',')) value = this.#assignment();
    return value;
  }

  #assignment(): number | undefined {
    if (this.#depth > DEEPEST || !this.#world.spend(1)) {
      this.failed = true;
      return undefined;
    }
    this.#depth++;
    const left = this.#ternary();
    const op = this.#peek();
    if (left.name !== undefined && op !== undefined && ASSIGNS.has(op)) {
      this.#at += op.length;
      const right = this.#assignment();
      const value = op === '=' ? right : apply(op.slice(0, -1), left.value, right);
      if (!this.failed) this.#world.write(left.name, value);
      this.#depth--;
      return value;
    }
    this.#depth--;
    return left.value;
  }

  #ternary(): Operand {
    const test = this.#binary(4);
    if (this.failed || !this.#take('?')) return test;
    const yes = this.comma();
    if (!this.#take(':')) this.failed = true;
    const no = this.failed ? undefined : this.#assignment();
    return { value: test.value === undefined ? undefined : test.value !== 0 ? yes : no, name: undefined };
  }

  #binary(least: number): Operand {
    let left = this.#unary();
    for (;;) {
      const op = this.#peek();
      const power = op === undefined ? undefined : BINARY[op];
      if (this.failed || op === undefined || power === undefined || power < least) return left;
      this.#at += op.length;
      const right = this.#binary(op === '**' ? power : power + 1);
      left = { value: apply(op, left.value, right.value), name: undefined };
    }
  }

  #unary(): Operand {
    const op = this.#peek();
    if (op === '+' || op === '-' || op === '!' || op === '~' || op === '++' || op === '--') {
      if (++this.#depth > DEEPEST) this.failed = true;
      this.#at += op.length;
      const operand = this.failed ? { value: undefined, name: undefined } : this.#unary();
      this.#depth--;
      const { value, name } = operand;
      if (op === '++' || op === '--') {
        const next = value === undefined ? undefined : op === '++' ? value + 1 : value - 1;
        if (name !== undefined && !this.failed) this.#world.write(name, next);
        return { value: name === undefined ? value : next, name: undefined };
      }
      if (value === undefined) return { value, name: undefined };
      return {
        value: op === '-' ? -value : op === '!' ? Number(value === 0) : op === '~' ? -value - 1 : value,
        name: undefined,
      };
    }
    return this.#postfix();
  }

  #postfix(): Operand {
    this.#blank();
    if (this.#take('(')) {
      if (++this.#depth > DEEPEST) this.failed = true;
      const value = this.failed ? undefined : this.comma();
      this.#depth--;
      if (!this.#take(')')) this.failed = true;
      return { value, name: undefined };
    }
    const number = numberAt(this.#text, this.#at);
    if (number > this.#at) {
      const value = numeral(this.#text.slice(this.#at, number));
      this.#at = number;
      return { value, name: undefined };
    }
    const name = this.#text.slice(this.#at, nameEnd(this.#text, this.#at));
    if (name === '') {
      this.failed = true;
      return { value: undefined, name: undefined };
    }
    this.#at += name.length;
    if (this.#text[this.#at] === '[') return this.#subscript(name);
    const value = this.#read(name);
    const op = this.#peek();
    if (op === '++' || op === '--') {
      this.#at += 2;
      this.#world.write(name, value === undefined ? undefined : op === '++' ? value + 1 : value - 1);
      return { value, name: undefined };
    }
    return { value, name };
  }

  /** An element: its subscript is text that is evaluated; its value is not followed. */
  #subscript(name: string): Operand {
    let depth = 0;
    const from = this.#at;
    for (; this.#at < this.#text.length; this.#at++) {
      const c = this.#text[this.#at];
      if (c === '[') depth++;
      else if (c === ']' && --depth === 0) break;
    }
    this.#world.hidden(this.#text.slice(from + 1, this.#at));
    this.#at++;
    const op = this.#peek();
    if (op === '++' || op === '--') this.#at += 2;
    return { value: undefined, name };
  }

  #read(name: string): number | undefined {
    const text = this.#world.read(name);
    if (text === undefined) return undefined;
    if (text.trim() === '') return 0;
    if (this.#depth > DEEPEST - 8) return undefined;
    return arithmetic(text, this.#world, this.#depth + 8);
  }

  #blank(): void {
    while (this.#at < this.#text.length && ' \t\n'.includes(this.#text.charAt(this.#at))) this.#at++;
  }

  #peek(): string | undefined {
    this.#blank();
    return operatorAt(this.#text, this.#at);
  }

  #take(op: string): boolean {
    if (this.#peek() !== op) return false;
    this.#at += op.length;
    return true;
  }
}

const BASED = `${WORD}@`;

/** End of the number that starts at `at`: `0x1f`, `16#1f`, `42`; `at` itself when there is none. */
function numberAt(text: string, at: number): number {
  const digits = endOf(text, DIGITS, at);
  if (digits === at) return at;
  if (digits === at + 1 && text[at] === '0' && 'xX'.includes(text[digits] ?? ' ')) {
    const end = endOf(text, HEX, digits + 1);
    if (end > digits + 1) return end;
  }
  const end = text[digits] === '#' ? endOf(text, BASED, digits + 1) : digits;
  return end > digits + 1 ? end : digits;
}

function numeral(text: string): number | undefined {
  const hash = text.indexOf('#');
  let value: number;
  if (hash > 0) {
    const base = Number(text.slice(0, hash));
    if (base < 2 || base > 36) return undefined;
    value = Number.parseInt(text.slice(hash + 1), base);
  } else if (text[0] === '0' && 'xX'.includes(text[1] ?? ' ')) value = Number.parseInt(text, 16);
  else if (text[0] === '0' && text.length > 1) value = isOf(text, OCTAL) ? Number.parseInt(text, 8) : Number.NaN;
  else value = Number(text);
  return Number.isSafeInteger(value) ? value : undefined;
}

function apply(op: string, a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return undefined;
  const value = compute(op, a, b);
  return value !== undefined && Number.isSafeInteger(value) ? value : undefined;
}

function compute(op: string, a: number, b: number): number | undefined {
  switch (op) {
    case '**':
      return b < 0 ? undefined : a ** b;
    case '*':
      return a * b;
    case '/':
      return b === 0 ? undefined : Math.trunc(a / b);
    case '%':
      return b === 0 ? undefined : a % b;
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '<':
      return Number(a < b);
    case '<=':
      return Number(a <= b);
    case '>':
      return Number(a > b);
    case '>=':
      return Number(a >= b);
    case '==':
      return Number(a === b);
    case '!=':
      return Number(a !== b);
    case '&&':
      return Number(a !== 0 && b !== 0);
    case '||':
      return Number(a !== 0 || b !== 0);
    default:
      return bits(op, a, b);
  }
}

/** Bit operations through 64-bit integers, as bash has them. */
function bits(op: string, a: number, b: number): number | undefined {
  const x = BigInt(a);
  const y = BigInt(b);
  if ((op === '<<' || op === '>>') && (b < 0 || b > 63)) return undefined;
  const value =
    op === '&'
      ? x & y
      : op === '|'
        ? x | y
        : op === '^'
          ? x ^ y
          : op === '<<'
            ? BigInt.asIntN(64, x << y)
            : op === '>>'
              ? x >> y
              : undefined;
  return value === undefined ? undefined : Number(value);
}
