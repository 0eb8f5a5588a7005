// The one file that knows unbash: parses bash text with it and converts the result to our tree, trusting nothing it says it could not read.
import { parse } from 'unbash';
import type * as U from 'unbash';
import { hasOf } from '../names/index.ts';
import { dequoted, expansionIn, isPlain, joined, mark } from './literal.ts';
import type * as T from './tree.ts';
import { NO_PARTS, NO_REDIRECTS } from './tree.ts';
import { tildes, type Literal } from './tilde.ts';

/**
 * Contract of ShellParser. unbash recovers from errors and notes them on the script where they happened, also on nested and
 * lazily parsed ones; conversion visits every node, so any such note, anywhere, makes the whole text an error here.
 */
export const parseBash: T.ShellParser = (text) => {
  const nul = text.indexOf('\0');
  if (nul >= 0) return { error: 'NUL character', at: nul };
  const converter = new Converter(text);
  try {
    const script = converter.script(parse(text), false);
    if (converter.error !== '') return { error: converter.error, at: converter.at };
    return { script };
  } catch (thrown) {
    // A parser that throws has not understood the text (stack exhausted, internal error): the same as a syntax error.
    return { error: thrown instanceof Error ? `parser gave up (${thrown.name})` : 'parser gave up', at: 0 };
  }
};

const NO_STATEMENTS: readonly T.Statement[] = [];

class Converter {
  error = '';
  at = 0;
  #source: string;

  constructor(source: string) {
    this.#source = source;
  }

  script(script: U.ParsedScript | undefined, moved: boolean): T.Script {
    if (script === undefined) {
      this.#fail('substitution that does not parse', 0);
      return { type: 'script', items: NO_STATEMENTS, moved, pos: 0, end: 0 };
    }
    const first = script.errors?.[0];
    if (first !== undefined) this.#fail(first.message, first.pos);
    const items = this.#statements(script.commands);
    return { type: 'script', items, moved, pos: script.pos, end: script.end };
  }

  /** An escaped backtick script lives in a decoded text of its own; its offsets mean nothing outside. */
  #inner(script: U.ParsedScript | undefined): T.Script {
    const decoded = script?.source;
    if (decoded === undefined) return this.script(script, false);
    const outer = this.#source;
    this.#source = decoded;
    const result = this.script(script, true);
    this.#source = outer;
    return result;
  }

  #fail(error: string, at: number): void {
    if (this.error !== '') return;
    this.error = error;
    this.at = at;
  }

  #statements(list: readonly U.Statement[]): readonly T.Statement[] {
    const out: T.Statement[] = [];
    for (const item of list) {
      out.push({ node: this.#node(item.command), background: item.background === true, pos: item.pos, end: item.end });
    }
    return out;
  }

  #node(n: U.Statement['command'] | U.CompoundList, redirects: readonly T.Redirect[] = NO_REDIRECTS): T.Node {
    const { pos, end } = n;
    switch (n.type) {
      case 'Command':
        return this.#command(n);
      case 'Pipeline': {
        const negated = n.prefixes.filter((prefix) => prefix.type === 'Negation').length % 2 === 1;
        const items = n.commands.map((item) => this.#node(item));
        return { type: 'pipeline', negated, items, both: n.operators.map((op) => op === '|&'), pos, end };
      }
      case 'AndOr':
        return { type: 'and-or', items: n.commands.map((item) => this.#node(item)), ops: n.operators, pos, end };
      case 'Redirected':
        return this.#node(n.command, this.#redirects(n.redirects));
      case 'CompoundList':
        this.#fail('body that is no compound command', pos);
        return { type: 'group', body: this.#statements(n.commands), redirects, pos, end };
      case 'BraceGroup':
        return { type: 'group', body: this.#statements(n.body.commands), redirects, pos, end };
      case 'Subshell':
        return { type: 'subshell', body: this.#statements(n.body.commands), redirects, pos, end };
      case 'If': {
        const arms = [{ test: this.#statements(n.clause.commands), body: this.#statements(n.then.commands) }];
        for (const arm of n.elif) {
          arms.push({ test: this.#statements(arm.clause.commands), body: this.#statements(arm.then.commands) });
        }
        const otherwise = n.else === undefined ? undefined : this.#statements(n.else.commands);
        return { type: 'if', arms, otherwise, redirects, pos, end };
      }
      case 'For':
      case 'Select': {
        const words = n.wordlist?.map((word) => this.word(word));
        const body = this.#statements(n.body.commands);
        return { type: 'for', select: n.type === 'Select', name: n.name.value, words, body, redirects, pos, end };
      }
      case 'ArithmeticFor': {
        const parts: T.Arith[] = [];
        for (const part of [n.initialize, n.test, n.update]) {
          if (part !== undefined) parts.push(this.#arith(part, part.pos, part.end));
        }
        return { type: 'arith-for', parts, body: this.#statements(n.body.commands), redirects, pos, end };
      }
      case 'While': {
        const test = this.#statements(n.clause.commands);
        return {
          type: 'while',
          until: n.kind === 'until',
          test,
          body: this.#statements(n.body.commands),
          redirects,
          pos,
          end,
        };
      }
      case 'Case': {
        const items = n.items.map((item) => ({
          patterns: item.pattern.map((word) => this.word(word)),
          body: this.#statements(item.body.commands),
          falls: item.terminator === ';&' || item.terminator === ';;&',
        }));
        return { type: 'case', word: this.word(n.word), items, redirects, pos, end };
      }
      case 'Function':
        return { type: 'function', name: n.name.value, body: this.#node(n.body), redirects, pos, end };
      case 'Coproc':
        return { type: 'coproc', name: n.name?.value, body: this.#node(n.body), redirects, pos, end };
      case 'TestCommand':
        return { type: 'test', test: this.#test(n.expression), redirects, pos, end };
      case 'ArithmeticCommand':
        return { type: 'arith-command', arith: this.#arith(n.expression, pos + 2, end - 2), redirects, pos, end };
    }
  }

  #command(n: U.Command): T.Node {
    const assigns: T.Assign[] = [];
    const words: (T.Word | T.Assign)[] = [];
    let redirects: T.Redirect[] | undefined;
    for (const item of n.prefix) {
      if (item.type === 'Assignment') assigns.push(this.#assign(item));
      else (redirects ??= []).push(this.#redirect(item));
    }
    if (n.name !== undefined) words.push(this.word(n.name));
    for (const item of n.suffix) {
      if (item.type === 'Word') words.push(this.word(item));
      else if (item.type === 'Assignment') words.push(this.#assign(item));
      else (redirects ??= []).push(this.#redirect(item));
    }
    return { type: 'command', assigns, words, redirects: redirects ?? NO_REDIRECTS, pos: n.pos, end: n.end };
  }

  #assign(a: U.Assignment): T.Assign {
    const array = a.value.type === 'ArrayValue' ? a.value.elements.map((word) => this.word(word)) : undefined;
    return {
      type: 'assign',
      name: a.name,
      append: a.append === true,
      index: a.index === undefined ? undefined : this.word(a.index),
      value: a.value.type === 'Word' ? this.word(a.value, true) : undefined,
      items: array,
      pos: a.pos,
      end: a.end,
    };
  }

  #redirects(list: readonly U.Redirection[]): readonly T.Redirect[] {
    return list.map((item) => this.#redirect(item));
  }

  #redirect(r: U.Redirection): T.Redirect {
    const { pos, end } = r;
    const d = r.descriptor;
    const fd = d === undefined ? undefined : d.type === 'FileDescriptor' ? d.value : d.name;
    if (r.type === 'HereDoc') {
      const { body } = r;
      const quoted = r.delimiter?.quoted === true;
      const parts: readonly T.Part[] =
        body.parts === undefined
          ? [quoted ? single(body) : this.#literal(body.text, dequoted(body.text), body.pos, body.end)]
          : body.parts.map((part) => this.#part(part));
      const word: T.Word = { type: 'word', plain: undefined, parts, braces: false, pos: body.pos, end: body.end };
      return { type: 'redirect', op: '<<', fd, target: undefined, body: word, strip: r.operator === '<<-', pos, end };
    }
    if (r.target === undefined) this.#fail('redirection without a target', pos);
    const target = r.target === undefined ? undefined : this.word(r.target);
    return { type: 'redirect', op: r.operator, fd, target, body: undefined, strip: false, pos, end };
  }

  #test(t: U.TestExpression): T.TestExpr {
    switch (t.type) {
      case 'TestUnary':
        return { type: 'unary', op: t.operator, word: this.word(t.operand) };
      case 'TestBinary':
        return { type: 'binary', op: t.operator, left: this.word(t.left), right: this.word(t.right) };
      case 'TestLogical':
        return { type: 'all', items: t.operands.map((item) => this.#test(item)) };
      case 'TestNot':
        return this.#test(t.operand);
      case 'TestGroup':
        return this.#test(t.expression);
    }
  }

  word(w: U.Word, assigned = false): T.Word {
    const { pos, end, text } = w;
    // Most words are nothing but themselves: no quote, no expansion, no pattern, no brace, no tilde.
    if (isPlain(text)) return { type: 'word', plain: text, parts: NO_PARTS, braces: false, pos, end };
    const from = w.parts;
    // Bash pairs braces in its own way: every word with an opening one is left to our expansion.
    const paired = !assigned && text.includes('{') && text.includes('}') && text !== '{}';
    const braces =
      paired &&
      (from === undefined ||
        from.some((part) => part.type === 'BraceExpansion' || (part.type === 'Literal' && part.text.includes('{'))));
    const tilde = text.includes('~') && (text.startsWith('~') || assigned || text.includes('='));
    if (from === undefined) {
      if (text.includes('$') || text.includes('`')) this.#plain(text, pos);
      // Which characters were escaped matters in patterns, in braces and inside double quotes.
      if (!tilde && !braces && !text.includes('\\'))
        return { type: 'word', plain: text, parts: NO_PARTS, braces, pos, end };
      const literal: Literal = { type: 'literal', text: w.value, raw: text, pos, end };
      return {
        type: 'word',
        plain: undefined,
        parts: tilde && !braces ? tildes(literal, true, true, assigned) : [literal],
        braces,
        pos,
        end,
      };
    }
    const parts: T.Part[] = [];
    for (let i = 0; i < from.length; i++) {
      const part = this.#part(from[i] as U.WordPart);
      if (tilde && !braces && part.type === 'literal' && (i === 0 || assigned))
        parts.push(...tildes(part, i === 0, i === from.length - 1, assigned));
      else parts.push(part);
    }
    return { type: 'word', plain: undefined, parts, braces, pos, end };
  }

  #parts(list: readonly U.WordPart[] | undefined): readonly T.Part[] {
    return list === undefined || list.length === 0 ? NO_PARTS : list.map((part) => this.#part(part));
  }

  #part(p: U.WordPart): T.Part {
    const { pos, end } = p;
    switch (p.type) {
      case 'Literal':
        return this.#literal(p.text, p.value, pos, end);
      case 'SingleQuoted':
        return { type: 'single', text: p.value, ansi: false, pos, end };
      case 'AnsiCQuoted':
        return { type: 'single', text: p.value, ansi: true, pos, end };
      case 'DoubleQuoted':
      case 'LocaleString':
        return { type: 'double', parts: this.#parts(p.parts), pos, end };
      case 'Glob':
        return { type: 'glob', text: p.text, parts: this.#parts(p.parts), pos, end };
      case 'ExtendedGlob':
        return { type: 'glob', text: p.text, parts: this.#parts(p.parts), pos, end };
      case 'SimpleExpansion':
        return { type: 'param', name: joined(p.text.slice(1)), prefix: '', index: undefined, op: undefined, pos, end };
      case 'ParameterExpansion':
        return this.#param(p);
      case 'CommandExpansion':
        return { type: 'command', script: this.#inner(p.script), pos, end };
      case 'ProcessSubstitution':
        return { type: 'process', dir: p.operator, script: this.#inner(p.script), pos, end };
      case 'ArithmeticExpansion': {
        const open = joined(p.text).startsWith('$((') ? 2 : 1;
        const from = this.#source.indexOf(open === 2 ? '((' : '[', pos) + open;
        return { type: 'arith', arith: this.#arith(p.expression, from, end - open), pos, end };
      }
      case 'BraceExpansion': {
        // Inner parts leave out the outer braces; without inner parts all of it is literal text.
        const inner =
          p.parts === undefined
            ? [this.#literal(p.text.slice(1, -1), p.text.slice(1, -1), pos + 1, end - 1)]
            : this.#parts(p.parts);
        return { type: 'brace', parts: [mark('{', pos), ...inner, mark('}', end - 1)], pos, end };
      }
    }
  }

  #literal(raw: string, text: string, pos: number, end: number): T.Part {
    if (raw.includes('$') || raw.includes('`')) this.#plain(raw, pos);
    return { type: 'literal', text, raw, pos, end };
  }

  #plain(raw: string, pos: number): void {
    const at = expansionIn(raw);
    if (at >= 0) this.#fail('expansion left as text', pos + at);
  }

  #param(p: U.ParameterExpansionPart): T.Param {
    const { pos, end } = p;
    const index = p.index === undefined ? undefined : this.word(p.index);
    return {
      type: 'param',
      name: joined(p.parameter),
      prefix: p.prefix ?? '',
      index,
      op: this.#operation(p.operation, pos),
      pos,
      end,
    };
  }

  #operation(op: U.ParameterOperation | undefined, pos: number): T.ParamOp | undefined {
    switch (op?.type) {
      case undefined:
        return undefined;
      case 'Default':
        return { type: 'default', op: op.operator, word: this.word(op.operand) };
      case 'Remove':
        return { type: 'remove', op: op.operator, word: this.word(op.operand) };
      case 'Replace':
        return { type: 'replace', op: op.operator, pattern: this.word(op.pattern), with: this.word(op.replacement) };
      case 'Slice':
        return {
          type: 'slice',
          offset: this.word(op.offset),
          length: op.length === undefined ? undefined : this.word(op.length),
        };
      case 'CaseModification':
        return { type: 'case', op: op.operator, word: op.operand === undefined ? undefined : this.word(op.operand) };
      case 'Transform':
        return { type: 'transform', op: op.operand.value };
      case 'Names':
        return { type: 'names' };
      case 'Unknown':
        this.#fail('parameter operation that is not known', pos);
        return undefined;
    }
  }

  /** The body between `pos` and `end`: the embedded parts in order, and all text between them as literals. */
  #arith(expression: U.ArithmeticExpression | undefined, pos: number, end: number): T.Arith {
    const body = this.#source.slice(pos, end);
    if (!hasOf(body, QUOTES)) return { parts: [{ type: 'literal', text: body, raw: body, pos, end }], pos, end };
    const parts: T.Part[] = [];
    let at = pos;
    const gap = (to: number): void => {
      if (to > at) parts.push(this.#literal(this.#source.slice(at, to), this.#source.slice(at, to), at, to));
    };
    const leaves: (U.ArithmeticWord | U.ArithmeticCommandExpansion)[] = [];
    if (expression !== undefined) collect(expression, leaves);
    for (const leaf of leaves) {
      if (leaf.pos < at) continue;
      if (leaf.type === 'ArithmeticCommandExpansion') {
        gap(leaf.pos);
        parts.push({ type: 'command', script: this.#inner(leaf.script), pos: leaf.pos, end: leaf.end });
        at = leaf.end;
        continue;
      }
      for (const part of leaf.parts ?? []) {
        if (part.type === 'Literal') continue;
        gap(part.pos);
        parts.push(this.#part(part));
        at = part.end;
      }
    }
    gap(end);
    return { parts, pos, end };
  }
}

const QUOTES = '$`\'"\\';

function single(body: U.HereDocBody): T.Part {
  return { type: 'single', text: body.text, ansi: false, pos: body.pos, end: body.end };
}

/** Leaves of an expression from left to right, without recursion: `1+1+1+…` is a deep tree. */
function collect(root: U.ArithmeticExpression, out: (U.ArithmeticWord | U.ArithmeticCommandExpansion)[]): void {
  const stack = [root];
  for (let e = stack.pop(); e !== undefined; e = stack.pop()) {
    if (e.type === 'ArithmeticBinary') stack.push(e.right, e.left);
    else if (e.type === 'ArithmeticUnary') stack.push(e.operand);
    else if (e.type === 'ArithmeticTernary') stack.push(e.alternate, e.consequent, e.test);
    else if (e.type === 'ArithmeticGroup') stack.push(e.expression);
    else out.push(e);
  }
}
