// sed: the script is a small language that can run commands (e) and write files (w); it is read, not searched.
import { DIGITS, endOf, findOf, SPACE } from '../../names/index.ts';
import { NO_STREAM, type Stream, type Value } from '../../shell/value.ts';
import { has, valueOf } from './parse-args.ts';
import { INLINE, type ProgramRun } from './program-run.ts';
import { standardOutputOf } from './output.ts';

/** What stands between commands, the flags of `s`, commands without more, numbers behind some, and lines as addresses. */
const BETWEEN = `${SPACE};{}`;
const FLAGS = `gpiImMew${DIGITS}`;
const PLAIN = '=dDgGhHnNpPxzFv!{}';
const NUMBER = ` \t\r\f\v${DIGITS}`;
const LINES = `${DIGITS}$+~`;

export function sed(run: ProgramRun): Stream {
  const { parsed, ctx, place } = run;
  const scripts = parsed.given
    .filter((one) => one.flag.name === '-e' && one.value !== undefined)
    .map((one) => one.value!);
  const file = valueOf(parsed, '-f');
  const operands = [...parsed.operands];
  if (scripts.length === 0 && file === undefined) {
    const first = operands.shift();
    if (first !== undefined) scripts.push(first);
  }
  if (file !== undefined) ctx.scriptFile({ ...place }, file, 'sed');
  for (const operand of operands) run.do('read', operand, [], true);
  const sandbox = has(parsed, '--sandbox');
  for (const script of scripts) {
    if (script.kind === 'known' || script.kind === 'pattern') program(run, script, sandbox);
    else run.opaque(script.why === '' ? 'a sed script that cannot be resolved' : script.why, INLINE);
  }
  if (has(parsed, '-i')) {
    for (const operand of operands) ctx.writeFile(place, operand, run.data, []);
    return NO_STREAM;
  }
  return standardOutputOf(run);
}

/** Reads commands one after the other; what it cannot read is opaque. */
function program(run: ProgramRun, script: Value, sandbox: boolean): void {
  const { text } = script;
  const { ctx, place } = run;
  const part = (from: number, to: number): Value => ({
    ...script,
    kind: 'known',
    text: text.slice(from, to),
    before: text.slice(from, to),
  });
  let at = 0;
  const lost = (): void => {
    run.opaque('a sed script that is not understood', INLINE);
  };
  while (at < text.length) {
    if (!ctx.spend(1)) return;
    const char = text[at]!;
    if (BETWEEN.includes(char)) {
      at++;
      continue;
    }
    if (char === '#') {
      at = lineEnd(text, at);
      continue;
    }
    const after = address(text, at);
    if (after < 0) return lost();
    at = after;
    const command = text[at];
    if (command === undefined) return;
    at++;
    if (command === 's' || command === 'y') {
      const end = delimited(text, at, 2);
      if (end < 0) return lost();
      at = end;
      if (command === 'y') continue;
      for (; at < text.length && FLAGS.includes(text[at]!); at++) {
        if (text[at] === 'e' && !sandbox) run.opaque('sed runs the matched text as a command', INLINE);
        if (text[at] === 'w') {
          const stop = lineEnd(text, at);
          ctx.writeFile(place, part(skipBlanks(text, at + 1), stop), run.data, ['truncate']);
          at = stop;
          break;
        }
      }
    } else if (command === 'e') {
      const stop = lineEnd(text, at);
      const words = part(skipBlanks(text, at), stop);
      if (words.text.trim() === '' || words.text.startsWith('}')) run.opaque('sed runs each line as a command', INLINE);
      else run.take(ctx.script(place, words, INLINE));
      at = stop;
    } else if (command === 'w' || command === 'W' || command === 'r' || command === 'R') {
      const stop = lineEnd(text, at);
      const name = part(skipBlanks(text, at), stop);
      if (command === 'w' || command === 'W') ctx.writeFile(place, name, run.data, ['truncate']);
      else run.take(ctx.readFile(place, name));
      at = stop;
    } else if ('aic'.includes(command)) {
      at = textEnd(text, at);
    } else if (':btT'.includes(command)) {
      at = findOf(text, '\n;}', at);
    } else if ('lLqQ'.includes(command)) {
      at = endOf(text, NUMBER, at);
    } else if (!PLAIN.includes(command)) return lost();
  }
}

function skipBlanks(text: string, from: number): number {
  let at = from;
  while (text[at] === ' ' || text[at] === '\t') at++;
  return at;
}

function lineEnd(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end < 0 ? text.length : end;
}

/** End of the text of a, i, c: the first line that does not end in a backslash. */
function textEnd(text: string, from: number): number {
  let end = lineEnd(text, from);
  while (end < text.length && text[end - 1] === '\\') end = lineEnd(text, end + 1);
  return end;
}

/** Skips up to two addresses and `!`; -1 when they do not end. */
function address(text: string, from: number): number {
  let at = from;
  for (let round = 0; round < 2; round++) {
    const char = text[at];
    if (char === undefined) return at;
    if (LINES.includes(char)) at = endOf(text, LINES, at);
    else if (char === '/' || char === '\\') {
      const end = char === '/' ? delimited(text, at, 1) : delimited(text, at + 1, 1);
      if (end < 0) return -1;
      at = end;
      at = endOf(text, 'IM', at);
    } else break;
    at = skipBlanks(text, at);
    if (text[at] !== ',') break;
    at = skipBlanks(text, at + 1);
  }
  at = skipBlanks(text, at);
  while (text[at] === '!' || text[at] === ' ') at++;
  return at;
}

/** Skips `count` parts between the delimiter at `from`; brackets and escapes hide it. Answers the place behind the last one or -1. */
function delimited(text: string, from: number, count: number): number {
  const mark = text[from];
  if (mark === undefined || mark === '\n') return -1;
  let at = from + 1;
  for (let left = count; left > 0; at++) {
    const char = text[at];
    if (char === undefined) return -1;
    if (char === '\\') at++;
    else if (char === mark) left--;
    else if (char === '[' && left === count && mark !== '[') {
      const close = text.indexOf(']', at + (text[at + 1] === '^' ? 3 : 2));
      const next = text.indexOf(mark, at);
      if (close > 0 && (next < 0 || close < lineEnd(text, at))) at = close;
    }
  }
  return at;
}
