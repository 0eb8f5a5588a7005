// The walker: follows shell text statement by statement, with its variables, directory, pipes and branches.
import { limits, type Span } from '../../model/index.ts';
import { expandArith, expandOne, expandWord, type Expander } from '../../shell/expand.ts';
import { mergeBranch, type Scope } from '../../shell/scope.ts';
import type { AndOr, Assign, Command, For, Node, Redirect, Script, Statement, Word } from '../../shell/tree.ts';
import { known, NO_STREAM, unknown, type Stream, type Value } from '../../shell/value.ts';
import type { CodePlace, Context, Place } from '../context.ts';
import { opaque } from '../opaque.ts';
import { runBuiltin } from './builtins.ts';
import { evaluateHidden } from './hidden.ts';
import { assign, assignValue } from './assign.ts';
import { evaluateText } from './evaluate.ts';
import { at } from './span.ts';
import { concat } from './stream.ts';
import { walkTest } from './test-expression.ts';
import { openRedirects, type Opened } from './redirects.ts';

/** Input, output and certainty under which a node runs. */
export type Frame = {
  readonly stdin: Stream | undefined;
  /** Effects that standard output goes into. */
  readonly stdout: readonly number[] | undefined;
  readonly certain: boolean;
};

export class Walker implements Expander {
  readonly ctx: Context;
  readonly place: CodePlace;
  readonly text: Value;
  scope: Scope;
  /** Descriptors above 2 that `exec` or a group opened, by number. */
  readonly descriptors = new Map<string, { readonly read: Stream | undefined; readonly write: readonly number[] }>();
  #certain: boolean;
  #calls = 0;

  constructor(ctx: Context, place: CodePlace, scope: Scope, text: Value, certain = place.certain) {
    this.ctx = ctx;
    this.place = place;
    this.scope = scope;
    this.text = text;
    this.#certain = certain;
  }

  script(
    script: Script,
    frame: Frame = { stdin: this.place.stdin, stdout: this.place.stdout, certain: this.#certain },
  ): Stream {
    return this.body(script.items, frame);
  }

  body(items: readonly Statement[], frame: Frame): Stream {
    let out = NO_STREAM;
    let input = frame.stdin;
    for (const item of items) {
      if (!this.ctx.spend(1)) return out;
      const own = item.background
        ? this.#inFork(() => this.node(item.node, { ...frame, stdin: input }))
        : this.node(item.node, { ...frame, stdin: input });
      out = concat(out, own);
      // The first reader takes known text; what is left for the next is not known.
      if (input?.text !== undefined) input = { from: input.from, decoded: input.decoded, fetched: input.fetched };
    }
    return out;
  }

  node(node: Node, frame: Frame): Stream {
    if (!this.ctx.spend(1)) return NO_STREAM;
    switch (node.type) {
      case 'command':
        return this.command(node, frame);
      case 'pipeline': {
        let stream = frame.stdin;
        node.items.forEach((item, index) => {
          const last = index === node.items.length - 1;
          const own: Frame = { stdin: stream, stdout: last ? frame.stdout : undefined, certain: frame.certain };
          stream = node.items.length === 1 ? this.node(item, own) : this.#inFork(() => this.node(item, own));
        });
        return stream ?? NO_STREAM;
      }
      case 'and-or':
        return this.#andOr(node, frame);
      case 'group':
        return this.#redirected(node.redirects, frame, (inner) => this.body(node.body, inner));
      case 'subshell':
        return this.#redirected(node.redirects, frame, (inner) => this.#inFork(() => this.body(node.body, inner)));
      case 'if':
        return this.#redirected(node.redirects, frame, (inner) => {
          let out = NO_STREAM;
          node.arms.forEach((arm, index) => {
            const test =
              index === 0
                ? this.body(arm.test, inner)
                : this.#maybe(() => this.body(arm.test, { ...inner, certain: false }));
            out = concat(
              concat(out, test),
              this.#maybe(() => this.body(arm.body, { ...inner, certain: false })),
            );
          });
          const { otherwise } = node;
          return otherwise === undefined
            ? out
            : concat(
                out,
                this.#maybe(() => this.body(otherwise, { ...inner, certain: false })),
              );
        });
      case 'for':
        return this.#redirected(node.redirects, frame, (inner) => this.#for(node, inner));
      case 'arith-for':
        for (const part of node.parts) expandArith(this, part);
        return this.#redirected(node.redirects, frame, (inner) =>
          this.#repeated(() => this.body(node.body, { ...inner, certain: false })),
        );
      case 'while':
        return this.#redirected(node.redirects, frame, (inner) => {
          const test = this.body(node.test, inner);
          const rest: Frame = {
            ...inner,
            certain: false,
            ...(inner.stdin === undefined ? {} : { stdin: { ...inner.stdin } }),
          };
          return concat(
            test,
            this.#repeated(() => concat(this.body(node.body, rest), this.body(node.test, rest))),
          );
        });
      case 'case':
        expandOne(this, node.word);
        return this.#redirected(node.redirects, frame, (inner) => {
          let out = NO_STREAM;
          for (const item of node.items) {
            for (const pattern of item.patterns) expandOne(this, pattern);
            out = concat(
              out,
              this.#maybe(() => this.body(item.body, { ...inner, certain: false })),
            );
          }
          return out;
        });
      case 'function':
        this.scope.functions.set(node.name, node.body);
        return NO_STREAM;
      case 'test':
        return this.#redirected(node.redirects, frame, () => {
          walkTest(this, node.test);
          return NO_STREAM;
        });
      case 'arith-command':
        expandArith(this, node.arith);
        return this.#redirected(node.redirects, frame, () => NO_STREAM);
      case 'coproc':
        return this.#redirected(node.redirects, frame, (inner) => this.#inFork(() => this.node(node.body, inner)));
    }
  }

  /** A simple command: words, redirections, assignments, then a function, a builtin or a program. */
  command(node: Command, frame: Frame): Stream {
    const argv: Value[] = [];
    const assigns: Assign[] = [];
    for (const word of node.words) {
      if (word.type === 'assign') assigns.push(word);
      else for (const value of expandWord(this, word)) argv.push(value);
    }
    const opened = this.open(node.redirects, frame);
    if (argv.length === 0) {
      for (const given of node.assigns) assign(this, given, undefined);
      return opened.close(NO_STREAM);
    }
    const prefix = new Map<string, Value>();
    for (const given of node.assigns) prefix.set(given.name, assignValue(this, given));
    return opened.close(
      this.invoke(argv, { assigns, prefix, frame: opened.frame, span: this.span(node.pos, node.end) }),
    );
  }

  /** Runs words that are already expanded: function, then builtin, then program. */
  invoke(
    argv: readonly Value[],
    run: {
      readonly assigns: readonly Assign[];
      readonly prefix: ReadonlyMap<string, Value>;
      readonly frame: Frame;
      readonly span: Span;
      readonly plain?: boolean;
    },
  ): Stream {
    const head = argv[0];
    if (head === undefined) return NO_STREAM;
    const place = this.at(run.frame, run.span);
    const name = head.kind === 'known' ? head.text : '';
    if (run.plain !== true) {
      const alias = this.scope.aliases.get(name);
      if (alias !== undefined && this.#calls < limits.WRAP_DEPTH) {
        this.#calls += 1;
        evaluateText(
          this,
          {
            ...alias,
            text: `${alias.text} ${argv
              .slice(1)
              .map((value) => (value.kind === 'known' ? quoted(value.text) : '"$1"'))
              .join(' ')}`,
          },
          { ...run.frame, certain: false },
        );
        this.#calls -= 1;
      }
      const body = this.scope.functions.get(name);
      if (body !== undefined) return this.#callFunction(body, argv, run.frame, run.prefix);
    }
    const built = runBuiltin(this, name, argv, run, place);
    if (built !== undefined) return built;
    const env = this.scope.environment();
    for (const [key, value] of run.prefix) env.set(key, value);
    return this.ctx.run({
      argv,
      env,
      cwd: this.scope.cwd,
      stdin: run.frame.stdin,
      ...(run.frame.stdout === undefined ? {} : { stdout: run.frame.stdout }),
      span: run.span,
      via: this.place.via,
      certain: run.frame.certain,
      depth: this.place.depth,
    });
  }

  /** A walker over another text in this very scope, so that what the text sets is seen afterwards. */
  over(text: Value, certain: boolean, deeper: number): Walker {
    const inner = new Walker(this.ctx, { ...this.place, depth: this.place.depth + deeper }, this.scope, text, certain);
    for (const [fd, held] of this.descriptors) inner.descriptors.set(fd, held);
    return inner;
  }

  at(frame: Frame, span: Span): Place {
    return {
      cwd: this.scope.cwd,
      span,
      via: this.place.via,
      certain: frame.certain,
      depth: this.place.depth,
      env: this.scope.environment(),
    };
  }

  open(redirects: readonly Redirect[], frame: Frame): Opened {
    return openRedirects(this, redirects, frame);
  }

  // What expansion asks of the walker.

  substitute(script: Script): Stream {
    return this.#inFork(
      () => this.body(script.items, { stdin: this.place.stdin, stdout: undefined, certain: this.#certain }),
      script.moved,
    );
  }

  process(script: Script, dir: '<' | '>', span: Span): Value {
    const stream = this.#inFork(
      () => this.body(script.items, { stdin: undefined, stdout: undefined, certain: this.#certain }),
      script.moved,
    );
    const stand =
      dir === '<'
        ? unknown('the pipe of a process substitution', span, '', '', stream.from)
        : unknown('the pipe of a process substitution', span);
    return {
      ...stand,
      ...(dir === '<' && stream.text !== undefined ? { text: stream.text } : {}),
      decoded: stream.decoded,
      fetched: stream.fetched,
    };
  }

  evaluate(text: Value): void {
    evaluateHidden(this, text, { stdin: undefined, stdout: undefined, certain: this.#certain });
  }

  spend(steps: number): boolean {
    return this.ctx.spend(steps);
  }

  span(pos: number, end: number): Span {
    return this.#moved ? this.text.span : at(this.text, pos, end);
  }

  #moved = false;

  /** Runs in a copy of the scope: a subshell, a pipe's side, a substitution. */
  #inFork<T>(what: () => T, moved = false): T {
    const outer = this.scope;
    const wasMoved = this.#moved;
    this.scope = outer.fork();
    this.#moved = wasMoved || moved;
    try {
      return what();
    } finally {
      this.scope = outer;
      this.#moved = wasMoved;
    }
  }

  /** Runs a branch that may not be taken; what it changes is unknown afterwards. */
  #maybe<T>(what: () => T): T {
    const outer = this.scope;
    const inner = outer.fork();
    this.scope = inner;
    const sure = this.#certain;
    this.#certain = false;
    try {
      return what();
    } finally {
      this.scope = outer;
      this.#certain = sure;
      mergeBranch(outer, inner, (value) => unknown('a value set in a branch', value.span, '', '', value.from));
    }
  }

  /** A loop body: walked once as it starts and once with what it changed, so that a later round's values are not missed. */
  #repeated<T extends Stream>(what: () => T): Stream {
    const first = this.#maybe(what);
    return concat(first, this.#maybe(what));
  }

  #for(node: For, frame: Frame): Stream {
    const words =
      node.words === undefined ? this.scope.args.slice(1) : node.words.flatMap((word: Word) => expandWord(this, word));
    const many = words.length > limits.WORDS;
    let out = NO_STREAM;
    for (const value of many || node.select
      ? [unknown(`$${node.name} of a loop`, this.span(node.pos, node.end))]
      : words) {
      if (!this.ctx.spend(1)) return out;
      // A pattern stands for each file it matches, so the variable holds something under its known beginning.
      this.scope.set(node.name, value);
      out = concat(out, this.body(node.body, { ...frame, certain: frame.certain && !node.select }));
    }
    return out;
  }

  #andOr(node: AndOr, frame: Frame): Stream {
    let out = NO_STREAM;
    let certain = frame.certain;
    node.items.forEach((item, index) => {
      const op = node.ops[index - 1];
      // What follows `||` runs only when the left failed; what follows `&&` is taken to run.
      if (op === '||') certain = false;
      else if (op === '&&' && index > 1 && node.ops[index - 2] === '||') certain = frame.certain;
      const run = (): Stream => this.node(item, { ...frame, certain });
      out = concat(out, op === '||' ? this.#maybe(run) : run());
    });
    return out;
  }

  #redirected(redirects: readonly Redirect[], frame: Frame, what: (inner: Frame) => Stream): Stream {
    if (redirects.length === 0) return what(frame);
    const opened = this.open(redirects, frame);
    return opened.close(what(opened.frame));
  }

  #callFunction(body: Node, argv: readonly Value[], frame: Frame, prefix: ReadonlyMap<string, Value>): Stream {
    if (this.#calls >= limits.WRAP_DEPTH) {
      opaque(this.ctx, this.at(frame, this.span(body.pos, body.end)), 'functions that call each other too deeply', [
        'limit',
      ]);
      return NO_STREAM;
    }
    const args = this.scope.args;
    this.#calls += 1;
    for (const [name, value] of prefix) this.scope.set(name, value, true);
    this.scope.args = [args[0] ?? known('sh', this.text.span), ...argv.slice(1)];
    const out = this.node(body, frame);
    this.scope.args = args;
    this.#calls -= 1;
    return out;
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
