// One run of one program with its table: what it was given, what it has read so far, and how rows become effects.
import type { Attribute, Effect, EffectKind } from '../../model/index.ts';
import { quotedWords, wordsOf } from '../../names/index.ts';
import { known, NO_STREAM, type Stream, type Value } from '../../shell/value.ts';
import type { Context, Invocation, Language, Place } from '../context.ts';
import { opaque } from '../code.ts';
import { joined } from '../sources.ts';
import { unresolved } from '../target.ts';
import type { Does, OperandRow } from './format.ts';
import type { Given, Parsed } from './parse-args.ts';
import type { Compiled, Flag, Spec, Table } from './table.ts';

const NONE: readonly never[] = [];

export class ProgramRun {
  readonly ctx: Context;
  readonly table: Table;
  /** The name it was called by, without directory and version. */
  readonly name: string;
  readonly parsed: Parsed;
  readonly invocation: Invocation;
  /** Where its effects happen: `via` holds the program, `cwd` follows its own chdir flags. */
  place: Place;
  /** Index of its process.exec effect. */
  readonly exec: number;
  /** Data that went into it so far: its standard input and what it read. */
  data: Stream;
  /** Effects of rows so far: connections, reads, writes … */
  readonly made: number[] = [];

  constructor(
    ctx: Context,
    table: Table,
    name: string,
    parsed: Parsed,
    invocation: Invocation,
    place: Place,
    exec: number,
  ) {
    this.ctx = ctx;
    this.table = table;
    this.name = name;
    this.parsed = parsed;
    this.invocation = invocation;
    this.place = place;
    this.exec = exec;
    this.data = invocation.stdin ?? NO_STREAM;
  }

  /** Applies what the table says about flags, operands and the verb: what comes in first, what goes out last. */
  rows(): void {
    const { parsed } = this;
    const { spec } = parsed;
    for (const one of parsed.given) if (one.flag.does === 'chdir' && one.value !== undefined) this.chdir(one.value);
    for (const incoming of [true, false]) {
      for (const one of parsed.given) {
        const { does } = one.flag;
        if (does !== undefined && does !== 'chdir' && isIncoming(does) === incoming && one.value !== undefined)
          this.do(does, one.value, parsed.adds, false);
      }
      for (const row of spec.operands) {
        if (isIncoming(row.does) === incoming && this.holds(row)) this.#operands(row);
      }
    }
    for (const row of spec.effects) {
      if (!this.holds(row) || this.parsed.operands.length < (row.min ?? 0)) continue;
      const target = fitting(row.kind, this.#rowTarget(row.target));
      this.made.push(
        this.ctx.emit(this.place, {
          kind: row.kind,
          target,
          attributes: joined(row.adds ?? NONE, target.type === 'program' ? NONE : parsed.adds),
          ...(row.certain === undefined ? {} : { certain: row.certain }),
          from: OUTGOING.has(row.kind) ? this.data.from : NONE,
        }),
      );
    }
  }

  holds(row: { readonly when: readonly Flag[] | undefined; readonly unless: readonly Flag[] | undefined }): boolean {
    return (
      (row.when === undefined || row.when.some((flag) => this.#given(flag))) &&
      (row.unless === undefined || !row.unless.some((flag) => this.#given(flag)))
    );
  }

  #given(flag: Flag): boolean {
    return this.parsed.given.some((one: Given) => one.flag === flag || one.flag.name === flag.name);
  }

  #operands(row: Compiled<OperandRow>): void {
    const { operands } = this.parsed;
    const attributes = joined(this.parsed.adds, row.adds ?? NONE);
    if (operands.length < (row.min ?? 1)) {
      if (row.or !== undefined) this.do(row.does, known(row.or, this.place.span), attributes, false);
      return;
    }
    const [from, to] = range(row.at, operands.length);
    if (row.does === 'run') {
      if (from < operands.length) this.tail(this.parsed.at[from]!);
      return;
    }
    for (let index = from; index < to; index++) this.do(row.does, operands[index]!, attributes, true);
  }

  #rowTarget(target: Spec['effects'][number]['target']): Effect['target'] {
    const { ctx, place } = this;
    if (target === 'program') return ctx.program(known(this.name, place.span));
    if (target === 'cwd') return ctx.path(place, known('.', place.span));
    if ('path' in target) return ctx.path(place, known(target.path, place.span));
    if ('remote' in target) return { type: 'remote', name: target.remote, scope: 'remote', groups: NONE };
    const value = this.parsed.operands[target.operand];
    if (value === undefined) return unresolved('an operand that is not given');
    if (target.as === 'path') return ctx.path(place, value);
    if (target.as === 'host') return ctx.host(value);
    if (target.as === 'program') return ctx.program(value);
    return value.kind === 'known'
      ? { type: target.as, name: value.text, scope: 'remote', groups: NONE }
      : unresolved(value.why);
  }

  chdir(value: Value): void {
    const target = this.ctx.path(this.place, value);
    this.place = {
      ...this.place,
      cwd:
        target.type === 'path'
          ? known(target.name, value.span)
          : value.kind === 'unknown'
            ? value
            : { ...value, kind: 'unknown', why: target.name },
    };
  }

  /** One value does one thing. */
  do(does: Does, value: Value, attributes: readonly Attribute[], operand: boolean): void {
    const { ctx, place } = this;
    switch (does) {
      case 'read':
        if (operand && value.kind === 'known' && value.text === '-') return;
        this.take(ctx.readFile(place, value, attributes));
        return;
      case 'write':
      case 'append':
        if (value.kind === 'known' && value.text === '-') return;
        this.made.push(
          ctx.writeFile(place, value, this.data, does === 'append' ? joined(attributes, ['append']) : attributes),
        );
        return;
      case 'delete':
        this.#file('file.delete', value, attributes);
        return;
      case 'permission':
        this.#file('file.permission', value, attributes);
        return;
      case 'connect':
      case 'listen':
      case 'send':
        this.net(does, value, attributes);
        return;
      case 'run':
        this.words(value);
        return;
      case 'shell':
        this.take(ctx.script({ ...place, stdin: this.data }, value, INLINE));
        return;
      case 'package':
        this.made.push(
          ctx.emit(place, {
            kind: 'package.install',
            target: ctx.program(value, true),
            attributes,
            args: [{ name: 'package', span: value.span }],
          }),
        );
        return;
      case 'agent':
        this.made.push(
          ctx.emit(place, {
            kind: 'agent.spawn',
            target: ctx.program(known(this.name, value.span)),
            attributes,
            from: joined(value.from, this.data.from),
            args: [{ name: 'prompt', span: value.span }],
          }),
        );
        return;
      case 'signal':
        this.made.push(
          ctx.emit(place, {
            kind: 'process.signal',
            target: ctx.program(value),
            attributes,
            args: [{ name: 'process', span: value.span }],
          }),
        );
        return;
      case 'remote':
        this.made.push(
          ctx.emit(place, {
            kind: 'remote.change',
            target:
              value.kind === 'known'
                ? { type: 'remote', name: value.text, scope: 'remote', groups: NONE }
                : unresolved(value.why),
            attributes,
          }),
        );
        return;
      case 'assign':
      case 'chdir':
      case 'manifest':
        return;
      case 'config': {
        const { from } = ctx.readFile(place, value, attributes);
        opaque(ctx, place, 'settings that may name commands', SCRIPT, from);
        return;
      }
      case 'data':
        this.data = { ...this.data, from: joined(this.data.from, value.from) };
        return;
      default: {
        const [what, language] = does.split(':') as ['code' | 'script', Language];
        const at = { ...place, stdin: this.invocation.stdin };
        this.take(what === 'code' ? ctx.code(at, language, value, INLINE) : ctx.scriptFile(at, value, language));
      }
    }
  }

  /** A host that is reached: what comes from it was fetched. */
  net(does: 'connect' | 'listen' | 'send', value: Value, attributes: readonly Attribute[]): number {
    const { ctx, place } = this;
    const index = ctx.emit(place, {
      kind: does === 'connect' ? 'net.connect' : does === 'listen' ? 'net.listen' : 'net.send',
      target: ctx.host(value),
      attributes,
      from: joined(value.from, does === 'send' ? this.data.from : NONE),
      args: [{ name: 'host', span: value.span }],
    });
    this.made.push(index);
    if (does !== 'send')
      this.data = { from: joined(this.data.from, [index]), decoded: this.data.decoded, fetched: true };
    return index;
  }

  #file(kind: EffectKind, value: Value, attributes: readonly Attribute[]): void {
    const target = kind === 'file.delete' ? this.ctx.entry(this.place, value) : this.ctx.path(this.place, value);
    this.made.push(
      this.ctx.emit(this.place, {
        kind,
        target,
        attributes: value.kind === 'pattern' ? joined(attributes, ['glob']) : attributes,
        args: [{ name: 'path', span: value.span }],
      }),
    );
  }

  /** Data that came in. */
  take(stream: Stream): void {
    if (stream.from.length === 0 && stream.text === undefined) return;
    this.data = {
      from: joined(this.data.from, stream.from),
      decoded: this.data.decoded || stream.decoded,
      fetched: this.data.fetched || stream.fetched,
      ...(stream.text !== undefined && this.data.from.length === 0 ? { text: stream.text } : {}),
    };
  }

  /** Runs argv from `index` on as a program of its own; the program is its wrapper. */
  tail(index: number, changes: Partial<Invocation> = {}): Stream {
    const argv = this.invocation.argv.slice(index);
    if (argv.length === 0) return NO_STREAM;
    return this.start({ argv, ...changes });
  }

  /** Runs another program from inside this one. */
  start(run: Pick<Invocation, 'argv'> & Partial<Invocation>): Stream {
    const { invocation, place, ctx } = this;
    const stream = ctx.run({
      env: invocation.env,
      stdin: invocation.stdin,
      ...(invocation.stdout === undefined ? {} : { stdout: invocation.stdout }),
      cwd: place.cwd,
      span: place.span,
      via: place.via,
      certain: place.certain,
      depth: place.depth + 1,
      ...run,
    });
    this.take(stream);
    return stream;
  }

  /** A value that holds a program and its arguments, separated by blanks or kept together by quotes, with no shell between. */
  words(value: Value, changes: Partial<Invocation> = {}): Stream {
    if (value.kind !== 'known')
      return this.start({
        ...changes,
        argv: [value.kind === 'pattern' ? { ...value, kind: 'unknown', why: 'a program named by a pattern' } : value],
      });
    const argv = (quotedWords(value.text) ?? wordsOf(value.text)).map((word) => ({
      ...value,
      text: word,
      before: word,
    }));
    return argv.length === 0 ? NO_STREAM : this.start({ ...changes, argv });
  }

  opaque(why: string, attributes: readonly Attribute[] = NONE): number {
    return opaque(this.ctx, this.place, why, attributes, [this.exec]);
  }
}

const SCRIPT: readonly Attribute[] = ['script'];
export const INLINE: readonly Attribute[] = ['inline'];
const OUTGOING: ReadonlySet<EffectKind> = new Set([
  'net.send',
  'vcs.push',
  'message.send',
  'remote.change',
  'agent.spawn',
  'memory.write',
]);

/** Configuration and extensions belong to a party, a used secret is a secret: what a kind may be about is fixed by the policy schema. */
function fitting(kind: EffectKind, target: Effect['target']): Effect['target'] {
  if (target.type !== 'program') return target;
  if (kind === 'opaque') return unresolved(`what ${target.name} runs is not followed`);
  if (kind === 'config.change' || kind === 'extension.install' || kind === 'persist')
    return { ...target, type: 'party' };
  return kind === 'secret.use' ? { ...target, type: 'secret' } : target;
}

function isIncoming(does: Does): boolean {
  return does === 'read' || does === 'connect' || does === 'data' || does === 'listen';
}

function range(at: OperandRow['at'], length: number): readonly [number, number] {
  switch (at) {
    case 'each':
      return [0, length];
    case 'first':
      return [0, 1];
    case 'last':
      return [length - 1, length];
    case 'init':
      return [0, length - 1];
    case 'rest':
      return [1, length];
    default:
      if (typeof at === 'number') return [at, Math.min(at + 1, length)];
      return [Number.parseInt(at, 10), length];
  }
}
