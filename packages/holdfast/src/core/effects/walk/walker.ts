// The walker: follows a parsed shell text command by command, with its variables, directory, functions, pipes and branches.
import { limits, type Attribute, type Span, type Target } from '../../model/index.ts';
import { expandWord, type World } from '../../shell/expand.ts';
import { Fields, plainValue } from '../../shell/fields.ts';
import type { Scope } from '../../shell/scope.ts';
import type { Assign, Command, Node, Script, Statement } from '../../shell/tree.ts';
import { known, NO_STREAM, type Stream, type Value } from '../../shell/value.ts';
import type { CodePlace, Context, Place } from '../context.ts';
import { unresolved } from '../target.ts';
import { assign, valueOf } from './assign.ts';
import { builtinOf, HASHED, type Call } from './builtins.ts';
import { walkCompound } from './compound.ts';
import { callFunction, expandAlias } from './calls.ts';
import { evaluateText } from './evaluate.ts';
import { evaluateHidden } from './hidden.ts';
import { listed } from './listed.ts';
import { keepOpen, openRedirects } from './redirects.ts';
import { isVerbatim } from './text.ts';
import { blurred, concatAll, SILENT } from './stream.ts';

/** Input, output and certainty under which a node runs. */
export type Frame = {
  readonly stdin: Stream | undefined;
  /** Effects that standard output goes into. */
  readonly stdout: readonly number[] | undefined;
  readonly certain: boolean;
};

/** Builtins whose assignments are theirs. */
const DECLARATIONS: ReadonlySet<string> = new Set(['export', 'declare', 'typeset', 'local', 'readonly']);
const NO_PREFIX: ReadonlyMap<string, Value> = new Map();
const NO_ASSIGNS: readonly Assign[] = [];
const INLINE: readonly Attribute[] = ['inline'];

/** A `>(…)` that waits for what is written into it. */
type Pending = { readonly script: Script; readonly moved: boolean };
/** Stands for a list that is made with its first member; never grows itself. */
const NO_PENDING: Pending[] = [];

/** What nested walkers of one lowering share. */
export type Shared = { pipes: number; readonly shell: string; readonly running: Map<Node, number> };

export class Walker implements World {
  readonly ctx: Context;
  readonly place: CodePlace;
  /** The text whose offsets the tree carries; empty where they map to nothing. */
  readonly text: Value;
  scope: Scope;
  current: Frame;
  /** Function calls and alias expansions under way. */
  calls = 0;
  /** `>(…)` of the command under way: walked when it is known what was written. */
  #pending: Pending[] = NO_PENDING;
  /** Offsets of the tree mean nothing in the input: decoded, generated or read text. */
  #moved: boolean;
  readonly shared: Shared;

  constructor(
    ctx: Context,
    place: CodePlace,
    scope: Scope,
    text: Value,
    shared: Shared = { pipes: 63, shell: place.via.at(-1) ?? 'sh', running: new Map() },
  ) {
    this.ctx = ctx;
    this.place = place;
    this.scope = scope;
    this.text = text;
    this.shared = shared;
    this.#moved = !isVerbatim(ctx, text);
    this.current = { stdin: place.stdin, stdout: place.stdout, certain: place.certain };
  }

  body(items: readonly Statement[], frame: Frame): Stream {
    const streams: Stream[] = [];
    let { stdin, certain } = frame;
    for (const item of items) {
      if (!this.ctx.spend(1)) break;
      if (this.scope.state.ended) certain = false;
      const inner: Frame = { stdin, stdout: frame.stdout, certain };
      const own = item.background ? this.inFork(() => this.node(item.node, inner)) : this.node(item.node, inner);
      if (item.background) this.scope.state.status = 0;
      if (own !== SILENT) streams.push(own);
      // What the first reader leaves to the next is not known.
      if (items.length > 1 && stdin?.text !== undefined && stdin.text !== '') stdin = blurred(stdin);
    }
    return concatAll(streams);
  }

  node(node: Node, frame: Frame): Stream {
    if (!this.ctx.spend(1)) return NO_STREAM;
    const saved = this.current;
    this.current = frame;
    const out = node.type === 'command' ? this.#command(node, frame) : this.#compound(node, frame);
    this.current = saved;
    return out;
  }

  #compound(node: Exclude<Node, Command>, frame: Frame): Stream {
    if (!('redirects' in node) || node.redirects.length === 0) return walkCompound(this, node, frame);
    const pending = this.#take();
    const opened = openRedirects(this, node.redirects, frame);
    const out = walkCompound(this, node, opened.frame);
    const left = opened.close(out);
    this.#drain(pending, out);
    return left;
  }

  #command(node: Command, frame: Frame): Stream {
    const pending = this.#take();
    const argv: Value[] = [];
    let assigns = NO_ASSIGNS;
    const { words } = node;
    for (let at = 0; at < words.length; at++) {
      const word = words[at]!;
      if (word.type === 'assign') {
        if (DECLARATIONS.has(argv[0]?.text ?? '')) assigns = [...assigns, word];
        else argv.push(this.#asWord(word));
      } else if (word.plain !== undefined) argv.push(plainValue(word.plain, this.span(word.pos, word.end)));
      else for (const value of expandWord(this, word)) argv.push(value);
    }
    const first = argv[0];
    if (first !== undefined && first.kind === 'pattern') argv.splice(0, 1, ...listed(this, first));
    // `exec` alone: its redirections stay.
    if (argv.length === 1 && first?.kind === 'known' && first.text === 'exec' && node.redirects.length > 0) {
      keepOpen(this, node.redirects, frame);
      this.scope.state.status = undefined;
      return SILENT;
    }
    const opened = openRedirects(this, node.redirects, frame);
    const out = argv.length === 0 ? this.#noCommand(node, opened.frame) : this.#run(node, argv, assigns, opened.frame);
    const left = opened.close(out);
    this.#drain(pending, out);
    return left;
  }

  /** `alias a=b`: a word to the builtin, though the parser reads it as an assignment. */
  #asWord(node: Assign): Value {
    const fields = new Fields(this.span(node.pos, node.end));
    fields.add(`${node.name}${node.append ? '+' : ''}=`);
    fields.value(valueOf(this, { ...node, append: false }, undefined));
    return fields.one(false);
  }

  /** Assignments and redirections alone. `$(< file)` prints the file. */
  #noCommand(node: Command, frame: Frame): Stream {
    this.scope.state.status = node.words.length === 0 ? 0 : undefined;
    for (const one of node.assigns) assign(this, one);
    if (node.words.length > 0 && node.assigns.length === 0) this.scope.state.status = undefined;
    const reads =
      node.assigns.length === 0 &&
      node.words.length === 0 &&
      node.redirects.length === 1 &&
      node.redirects[0]?.op === '<';
    return reads && frame.stdin !== undefined ? frame.stdin : SILENT;
  }

  #run(node: Command, argv: readonly Value[], assigns: readonly Assign[], frame: Frame): Stream {
    let prefix = NO_PREFIX;
    if (node.assigns.length > 0) {
      const set = new Map<string, Value>();
      for (const one of node.assigns) {
        if (one.items !== undefined || one.index !== undefined) assign(this, one);
        else set.set(one.name, valueOf(this, one, this.scope.get(one.name)));
      }
      prefix = set;
    }
    return this.invoke(argv, { assigns, prefix, frame, span: this.span(node.pos, node.end) }, true);
  }

  /** Runs words that are expanded already: alias, function (unless `plain` says no), builtin, program. */
  invoke(argv: readonly Value[], call: Omit<Call, 'argv'>, definitions: boolean): Stream {
    const head = argv[0] as Value;
    if (!this.ctx.spend(1)) return NO_STREAM;
    const name = head.kind === 'known' ? head.text : undefined;
    const { frame } = call;
    if (name !== undefined) {
      if (definitions) {
        const alias = this.scope.alias(name);
        if (alias !== undefined) {
          // Only an interactive shell, or one told so, expands aliases: otherwise both readings are followed.
          const sure = this.scope.state.aliasesOn;
          const out = expandAlias(this, alias, argv, call, sure);
          if (sure) return out;
        }
        const defined = this.scope.function(name);
        if (defined !== undefined) return callFunction(this, defined, argv, call);
      }
      const builtin = builtinOf(name);
      if (builtin !== undefined) {
        const out = builtin(this, { ...call, argv, frame });
        if (out !== undefined) return out;
      }
      const hashed = this.scope.alias(HASHED + name);
      if (hashed !== undefined) return this.runProgram([hashed, ...argv.slice(1)], call);
    }
    return this.runProgram(argv, call);
  }

  /** One program run. Its environment is what the text exports and what stands before the command. */
  runProgram(argv: readonly Value[], call: Omit<Call, 'argv'>): Stream {
    const { scope, place } = this;
    let env = scope.environment();
    if (call.prefix.size > 0) env = env.size === 0 ? call.prefix : new Map([...env, ...call.prefix]);
    scope.state.status = undefined;
    const { stdin, stdout, certain } = call.frame;
    const base = {
      argv,
      env,
      cwd: scope.state.cwd,
      stdin,
      span: call.span,
      via: place.via,
      certain,
      depth: place.depth,
    };
    return this.ctx.run(stdout === undefined ? base : { ...base, stdout });
  }

  tooDeep(span: Span): Stream {
    this.opaque('functions, aliases or evaluated texts that call each other too deeply', ['limit'], span);
    return NO_STREAM;
  }

  /** Text that runs in this very shell (evaluate.ts). */
  evalText(text: Value, how: readonly Attribute[] | undefined, frame: Frame = this.current): Stream {
    return evaluateText(this, text, how, frame);
  }

  /** A walker over another text in the same shell, one level deeper; undefined (and one opaque effect) at the limit. */
  within(text: Value, certain: boolean): Walker | undefined {
    if (this.place.depth >= limits.WRAP_DEPTH) {
      this.tooDeep(text.span);
      return undefined;
    }
    const inner = new Walker(
      this.ctx,
      { ...this.place, depth: this.place.depth + 1, certain },
      this.scope,
      text,
      this.shared,
    );
    inner.current = { ...this.current, certain };
    inner.calls = this.calls;
    return inner;
  }

  /** The text that offsets of the node at hand index; empty where they index none that is kept. */
  source(): Value {
    return this.#moved ? { ...known('', this.text.span), from: this.text.from } : this.text;
  }

  /** A walker in the same shell at the same depth, over another text. */
  over(text: Value): Walker {
    if (text === this.text || (this.#moved && text.text === '')) return this;
    const other = new Walker(this.ctx, this.place, this.scope, text, this.shared);
    other.current = this.current;
    other.calls = this.calls;
    return other;
  }

  at(span: Span, certain: boolean = this.current.certain): Place {
    const { place, scope } = this;
    return { cwd: scope.state.cwd, span, via: place.via, certain, depth: place.depth, env: scope.environment() };
  }

  opaque(why: string, attributes: readonly Attribute[], span: Span, from: readonly number[] = []): void {
    this.ctx.emit(this.at(span), { kind: 'opaque', target: unresolved(why), attributes, from });
  }

  shellProgram(): Target {
    return this.ctx.program(known(this.shared.shell, this.text.span));
  }

  /** Runs what may or may not happen; `sure` leaves the certainty as it is. */
  unsure(what: () => void, sure = false): void {
    const saved = this.current;
    if (!sure) this.current = { ...saved, certain: false };
    this.inFork(what);
    this.current = saved;
  }

  /** Runs in a copy of the scope: a subshell, a side of a pipe, a substitution. Its exit traps run at its end. */
  inFork<T>(what: () => T, moved = false): T {
    const outer = this.scope;
    const wasMoved = this.#moved;
    this.scope = outer.fork();
    this.#moved = wasMoved || moved;
    const out = what();
    if (this.scope.state.traps.size > 0) this.runTraps();
    this.scope = outer;
    this.#moved = wasMoved;
    return out;
  }

  /** Walks the commands of `trap`: those on leaving run surely, those on signals and errors may. They may set others. */
  runTraps(): void {
    const { state } = this.scope;
    for (let round = 0; round < limits.WRAP_DEPTH && state.traps.size > 0; round++) {
      const { traps } = state;
      state.traps = new Map();
      for (const [condition, text] of traps) {
        state.ended = false;
        const certain = this.current.certain && (condition === 'EXIT' || condition === 'DEBUG');
        this.evalText(text, INLINE, { stdin: undefined, stdout: undefined, certain });
      }
    }
  }

  // What expansion asks.

  substitute(script: Script): Stream {
    const { stdin, certain } = this.current;
    const pending = this.#take();
    const out = this.inFork(() => {
      this.scope.state.descriptors = without(this.scope.state.descriptors, '1');
      return this.body(script.items, { stdin, stdout: undefined, certain });
    }, script.moved);
    this.#pending = pending;
    return out;
  }

  pipe(script: Script, dir: '<' | '>', span: Span): Value {
    const name = known(`/dev/fd/${this.shared.pipes--}`, span);
    if (dir === '>') {
      const pending = { script, moved: this.#moved || script.moved };
      if (this.#pending === NO_PENDING) this.#pending = [pending];
      else this.#pending.push(pending);
      return { ...name, pipe: NO_STREAM };
    }
    const pending = this.#take();
    const { certain } = this.current;
    const stream = this.inFork(
      () => this.body(script.items, { stdin: undefined, stdout: undefined, certain }),
      script.moved,
    );
    this.#pending = pending;
    return { ...name, from: stream.from, decoded: stream.decoded, fetched: stream.fetched, pipe: stream };
  }

  evaluate(text: Value, as: 'name' | 'arithmetic' | 'prompt'): void {
    evaluateHidden(this, text, as);
  }

  spend(steps: number): boolean {
    return this.ctx.spend(steps);
  }

  span(pos: number, end: number): Span {
    const { span } = this.text;
    if (this.#moved) return span;
    return { at: span.at, from: span.from + pos, to: span.from + end };
  }

  #take(): Pending[] {
    const pending = this.#pending;
    this.#pending = NO_PENDING;
    return pending;
  }

  /** Walks the `>(…)` of a command with what it printed; then those of the command around it are pending again. */
  #drain(outer: Pending[], out: Stream): void {
    const mine = this.#pending;
    this.#pending = outer;
    for (const { script, moved } of mine) {
      const { certain } = this.current;
      this.inFork(() => this.body(script.items, { stdin: out, stdout: undefined, certain }), moved);
    }
  }
}

function without<T>(map: ReadonlyMap<string, T>, key: string): ReadonlyMap<string, T> {
  if (!map.has(key)) return map;
  const copy = new Map(map);
  copy.delete(key);
  return copy;
}
