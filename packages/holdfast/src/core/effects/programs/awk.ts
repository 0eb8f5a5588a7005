// awk: a program that can run commands and write files. Its text is split into tokens; strings tell what they name.
import { endOf, nameEnd, WORD } from '../../names/index.ts';
import { NO_STREAM, unknown, type Stream, type Value } from '../../shell/value.ts';
import { charByNumber } from './escapes.ts';
import { has, valueOf } from './parse-args.ts';
import { INLINE, type ProgramRun } from './program-run.ts';
import { standardOutputOf } from './output.ts';

export function awk(run: ProgramRun): Stream {
  const { parsed, ctx, place } = run;
  const operands = [...parsed.operands];
  const file = valueOf(parsed, '-f');
  const sources = parsed.given
    .filter((one) => one.flag.name === '-e' && one.value !== undefined)
    .map((one) => one.value!);
  if (file === undefined && sources.length === 0) {
    const first = operands.shift();
    if (first === undefined) return NO_STREAM;
    sources.push(first);
  }
  if (file !== undefined) ctx.scriptFile(place, file, 'awk');
  run.rows();
  for (const operand of operands)
    if (!isAssignment(operand.kind === 'unknown' ? operand.before : operand.text)) run.do('read', operand, [], true);
  for (const source of sources) {
    if (source.kind === 'unknown')
      run.opaque(source.why === '' ? 'an awk program that cannot be resolved' : source.why, INLINE);
    else program(run, source);
  }
  const inplace = valueOf(parsed, '-i');
  if (inplace?.text === 'inplace') for (const operand of operands) ctx.writeFile(place, operand, run.data);
  else if (inplace !== undefined) ctx.scriptFile(place, inplace, 'awk');
  if (has(parsed, '-l')) run.opaque('an extension that awk loads', INLINE);
  return standardOutputOf(run);
}

/** Of tokens: kinds that are values, and so join a string beside them. */
const VALUES: ReadonlySet<string> = new Set(['string', 'word', 'regex']);
const NAME = `${WORD}@.`;

/** `name=value` among the files. */
function isAssignment(text: string): boolean {
  const end = nameEnd(text);
  return end > 0 && text[end] === '=';
}

/** `/inet/tcp/…`, `/inet4/…`, `/inet6/…`. */
function isNet(text: string): boolean {
  return ['/inet/', '/inet4/', '/inet6/'].some((start) => text.startsWith(start));
}

type Token = { readonly type: 'string' | 'word' | 'mark' | 'regex' | 'end'; readonly text: string };

/** Looks at every call of system, every pipe and every redirection of print; a constant string is followed, all else is opaque. */
function program(run: ProgramRun, source: Value): void {
  const { ctx, place } = run;
  const tokens = split(source.text);
  if (!ctx.spend(tokens.length)) return;
  const text = (token: string): Value => ({ ...source, kind: 'known', text: token, before: token });
  const only = (at: number): boolean =>
    tokens[at]?.type === 'string' &&
    !VALUES.has(tokens[at + 1]?.type ?? 'end') &&
    tokens[at + 1]?.text !== '(' &&
    tokens[at + 1]?.text !== '$';
  const lone = (at: number): boolean =>
    tokens[at]?.type === 'string' &&
    !['string', 'word'].includes(tokens[at - 1]?.type ?? 'end') &&
    ![')', ']', '$'].includes(tokens[at - 1]?.text ?? '');
  let printing = false;
  let depth = 0;
  tokens.forEach((token, at) => {
    const next = tokens[at + 1];
    if (token.type === 'word') {
      if (token.text === 'print' || token.text === 'printf') {
        printing = true;
        depth = 0;
      }
      if (token.text === 'system' && next?.text === '(') {
        if (only(at + 2) && tokens[at + 3]?.text === ')')
          run.take(ctx.script(place, text(tokens[at + 2]!.text), INLINE));
        else dynamic(run, source, 'a command that awk puts together');
      }
      // A function called by its name in a variable.
      if (token.text === '@load' || token.text === '@include') run.opaque('an extension that awk loads', INLINE);
    }
    if (token.type !== 'mark') return;
    if (token.text === '(') depth++;
    if (token.text === ')') depth--;
    if (token.text === ';' || token.text === '\n' || token.text === '}') printing = false;
    if (token.text === '|' || token.text === '|&') {
      if (next?.text === 'getline') {
        if (lone(at - 1)) run.take(ctx.script(place, text(tokens[at - 1]!.text), INLINE));
        else dynamic(run, source, 'a command that awk puts together');
      } else if (only(at + 1)) ctx.script({ ...place, stdin: run.data }, text(next!.text), INLINE);
      else dynamic(run, source, 'a command that awk puts together');
    }
    if ((token.text === '>' || token.text === '>>') && printing && depth <= 0) {
      if (only(at + 1)) net(run, text(next!.text), token.text === '>>' ? ['append'] : ['truncate']);
      else ctx.writeFile(place, unknown('a file name that awk puts together', source.span), run.data);
    }
    if (token.text === '<' && tokens[at - 1]?.text === 'getline') {
      if (only(at + 1)) run.take(ctx.readFile(place, text(next!.text)));
      else ctx.readFile(place, unknown('a file name that awk puts together', source.span));
    }
  });
  if (tokens.some((token) => token.type === 'string' && isNet(token.text))) {
    const name = tokens.find((token) => token.type === 'string' && isNet(token.text))!.text.split('/');
    run.net(
      'connect',
      text(
        name[3] === 'tcp' || name[4] === undefined
          ? `${name[4] ?? ''}:${name[5] ?? ''}`
          : `${name[4]}:${name[5] ?? ''}`,
      ),
      [],
    );
    run.opaque('a conversation over the network in an awk program', INLINE);
  }
}

function net(run: ProgramRun, name: Value, attributes: readonly ('append' | 'truncate')[]): void {
  if (!name.text.startsWith('/inet')) run.ctx.writeFile(run.place, name, run.data, attributes);
}

function dynamic(run: ProgramRun, source: Value, why: string): void {
  const index = run.ctx.emit(run.place, {
    kind: 'code.eval',
    target: run.ctx.program({ ...source, kind: 'known', text: 'sh' }),
    attributes: INLINE,
    from: run.data.from,
  });
  run.opaque(why, INLINE);
  run.data = { ...run.data, from: [...run.data.from, index] };
}

const PLAIN: { readonly [letter: string]: string } = { n: '\n', t: '\t', r: '\r', '/': '/', '"': '"', '\\': '\\' };

/** Tokens of an awk program: strings decoded, regular expressions as one token, comments gone. */
function split(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const char = text[at]!;
    if (char === '"') {
      let out = '';
      for (at++; at < text.length && text[at] !== '"'; at++) {
        if (text[at] === '\\' && at + 1 < text.length) {
          const escape = charByNumber(text, at + 1, 3);
          at += escape?.length ?? 1;
          out += escape === undefined ? (PLAIN[text[at]!] ?? `\\${text[at]!}`) : String.fromCharCode(escape.code);
        } else out += text[at]!;
      }
      at++;
      tokens.push({ type: 'string', text: out });
    } else if (char === '#') {
      while (at < text.length && text[at] !== '\n') at++;
    } else if (char === '/' && startsRegex(tokens)) {
      const from = at;
      for (at++; at < text.length && text[at] !== '/' && text[at] !== '\n'; at++) if (text[at] === '\\') at++;
      at++;
      tokens.push({ type: 'regex', text: text.slice(from, at) });
    } else if (NAME.includes(char)) {
      const from = at;
      at = endOf(text, NAME, at);
      tokens.push({ type: 'word', text: text.slice(from, at) });
    } else if (char === ' ' || char === '\t' || char === '\r') at++;
    else {
      const two = text.slice(at, at + 2);
      const mark =
        two === '>>' || two === '|&' || two === '||' || two === '>=' || two === '<=' || two === '&&' ? two : char;
      at += mark.length;
      tokens.push({ type: 'mark', text: mark });
    }
  }
  return tokens;
}

function startsRegex(tokens: readonly Token[]): boolean {
  const last = tokens[tokens.length - 1];
  return (
    last === undefined ||
    (last.type === 'mark' && last.text !== ')' && last.text !== ']' && last.text !== '$') ||
    (last.type === 'word' && ['in', 'return', 'print'].includes(last.text))
  );
}
