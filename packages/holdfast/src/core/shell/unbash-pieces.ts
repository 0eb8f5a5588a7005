// Small pieces of the conversion from unbash's tree that need nothing of its state.
import type * as U from 'unbash';
import { NO_PARTS, type Part, type Word } from './tree.ts';

export function plainWord(text: string, pos: number, end: number): Word {
  return { type: 'word', plain: text, parts: NO_PARTS, braces: false, pos, end };
}

export function single(body: U.HereDocBody): Part {
  return { type: 'single', text: body.text, ansi: false, pos: body.pos, end: body.end };
}

export function mark(text: string, pos: number): Part {
  return { type: 'literal', text, raw: text, pos, end: pos + 1 };
}

export function joined(text: string): string {
  return text.includes('\\') ? text.replaceAll('\\\n', '') : text;
}

/** Text of an unquoted here-document without expansions: backslash before `$`, backtick, backslash and newline is removed. */
export function dequote(text: string): string {
  return text.includes('\\') ? text.replace(/\\([$`\\])|\\\n/g, '$1') : text;
}

/** Leaves of an expression from left to right, without recursion: `1+1+1+…` is a deep tree. */
export function collect(root: U.ArithmeticExpression, out: (U.ArithmeticWord | U.ArithmeticCommandExpansion)[]): void {
  const stack = [root];
  for (let e = stack.pop(); e !== undefined; e = stack.pop()) {
    if (e.type === 'ArithmeticBinary') stack.push(e.right, e.left);
    else if (e.type === 'ArithmeticUnary') stack.push(e.operand);
    else if (e.type === 'ArithmeticTernary') stack.push(e.alternate, e.consequent, e.test);
    else if (e.type === 'ArithmeticGroup') stack.push(e.expression);
    else out.push(e);
  }
}
