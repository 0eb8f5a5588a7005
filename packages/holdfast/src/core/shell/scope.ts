// What a shell remembers while its text is followed: variables, functions, aliases, positional parameters, directory, options.
import type { Node } from './tree.ts';
import { unknown, type Stream, type Value } from './value.ts';

/** `items` of an array, by index or key in order. `ref`: a nameref to that name. `integer`: assignments are arithmetic. */
export type Var = {
  readonly value: Value;
  readonly items: ReadonlyMap<string, Value> | undefined;
  readonly exported: boolean;
  readonly integer: boolean;
  readonly ref: string | undefined;
};

/** A function: its body, and the text that the body's offsets index (an empty one where they index nothing that is kept). */
export type Defined = { readonly body: Node; readonly text: Value };

/** Items of an associative array: keys are text. Those of any other array are numbers, found by arithmetic. */
export class Assoc extends Map<string, Value> {}

/** A descriptor that stays open: what reading it gives, and the effects that writing it goes into. */
export type Descriptor = {
  readonly read: Stream | undefined;
  readonly write: readonly number[];
  readonly file: Value | undefined;
};

/** What belongs to one shell process: shared by function calls, copied for a subshell. */
export type ShellState = {
  cwd: Value;
  oldpwd: Value | undefined;
  dirs: readonly Value[];
  args: readonly Value[];
  /** Positional parameters may have been changed in a way that is not known. */
  argsLost: boolean;
  xtrace: boolean;
  noglob: boolean;
  aliasesOn: boolean;
  /** Everything may have been set by text that could not be read (a sourced file). */
  lost: boolean;
  descriptors: ReadonlyMap<string, Descriptor>;
  /** Commands of `trap`, by condition. */
  traps: ReadonlyMap<string, Value>;
  /** Exit status of the last command, where it is known. */
  status: number | undefined;
  /** `exit`, `return`, `break` or `exec` was met: what follows in this list is not reached. */
  ended: boolean;
  env: ReadonlyMap<string, Value> | undefined;
};

const NONE: ReadonlyMap<string, never> = new Map<string, never>();

export class Scope {
  readonly home: string;
  readonly state: ShellState;
  readonly #parent: Scope | undefined;
  /** A function call: `local` stays, everything else goes to the caller. */
  readonly #call: boolean;
  /** Undefined as a value: unset. */
  #vars: Map<string, Var | undefined> | undefined;
  #functions: Map<string, Defined | undefined> | undefined;
  #aliases: Map<string, Value | undefined> | undefined;

  private constructor(home: string, state: ShellState, parent: Scope | undefined, call: boolean) {
    this.home = home;
    this.state = state;
    this.#parent = parent;
    this.#call = call;
  }

  /** A new shell. `args` are `$0` and on; `env` what it inherits besides the unknown environment of the agent. */
  static start(home: string, cwd: Value, args: readonly Value[], env: ReadonlyMap<string, Value> | undefined): Scope {
    const state: ShellState = {
      cwd,
      oldpwd: undefined,
      dirs: [],
      args,
      argsLost: false,
      xtrace: false,
      noglob: false,
      aliasesOn: false,
      lost: false,
      descriptors: NONE,
      traps: NONE,
      status: undefined,
      ended: false,
      env: env ?? NONE,
    };
    const scope = new Scope(home, state, undefined, false);
    if (env !== undefined && env.size > 0) {
      scope.#vars = new Map();
      for (const [name, value] of env) {
        scope.#vars.set(name, { value, items: undefined, exported: true, integer: false, ref: undefined });
      }
    }
    return scope;
  }

  /** A subshell, a side of a pipe, a substitution or a branch: sees everything, changes nothing outside. Its traps are its own. */
  fork(): Scope {
    return new Scope(this.home, { ...this.state, traps: NONE }, this, false);
  }

  /** A function call. */
  call(): Scope {
    return new Scope(this.home, this.state, this, true);
  }

  get(name: string): Var | undefined {
    return this.#vars?.has(name) === true ? this.#vars.get(name) : this.#parent?.get(name);
  }

  /** True when the text (or the inherited environment) says whether the name is set; false: only the agent's environment knows. */
  knows(name: string): boolean {
    return this.#vars?.has(name) === true || (this.#parent?.knows(name) ?? false);
  }

  /** Writes a variable where bash would: into the frame that declared it local, else into the shell. */
  put(name: string, variable: Var | undefined, local = false): void {
    if (variable?.exported === true || this.get(name)?.exported === true) this.state.env = undefined;
    this.#write(name, variable, local);
  }

  #write(name: string, variable: Var | undefined, here: boolean): void {
    if (!here && this.#call && this.#vars?.has(name) !== true && this.#parent !== undefined) {
      this.#parent.#write(name, variable, false);
      return;
    }
    this.#vars ??= new Map();
    this.#vars.set(name, variable);
  }

  /** Sets a plain value, keeping attributes; `exported` adds one. */
  set(name: string, value: Value, exported = false, local = false): void {
    const old = this.get(name);
    if (old?.ref !== undefined && old.ref !== name && !local) {
      this.set(old.ref, value, exported);
      return;
    }
    this.put(
      name,
      {
        value,
        items: undefined,
        exported: exported || (old?.exported ?? false),
        integer: old?.integer ?? false,
        ref: undefined,
      },
      local,
    );
  }

  function(name: string): Defined | undefined {
    return this.#functions?.has(name) === true ? this.#functions.get(name) : this.#parent?.function(name);
  }

  define(name: string, defined: Defined | undefined): void {
    if (this.#call && this.#parent !== undefined) {
      this.#parent.define(name, defined);
      return;
    }
    this.#functions ??= new Map();
    this.#functions.set(name, defined);
  }

  alias(name: string): Value | undefined {
    return this.#aliases?.has(name) === true ? this.#aliases.get(name) : this.#parent?.alias(name);
  }

  setAlias(name: string, text: Value | undefined): void {
    if (this.#call && this.#parent !== undefined) {
      this.#parent.setAlias(name, text);
      return;
    }
    this.#aliases ??= new Map();
    this.#aliases.set(name, text);
  }

  /** Variables that programs started here receive. The same map until an exported variable changes. */
  environment(): ReadonlyMap<string, Value> {
    const held = this.state.env;
    if (held !== undefined) return held;
    const env = new Map<string, Value>();
    for (const name of this.#names()) {
      const variable = this.get(name);
      if (variable?.exported === true) env.set(name, variable.value);
    }
    this.state.env = env;
    return env;
  }

  /** All names that this scope or one around it says something about, outermost first. */
  #names(): Set<string> {
    const names = this.#parent === undefined ? new Set<string>() : this.#parent.#names();
    for (const name of this.#vars?.keys() ?? []) names.add(name);
    return names;
  }

  /** After text that could not be followed ran in this shell: what was known of variables is known no more. */
  forget(why: string): void {
    this.state.lost = true;
    for (const name of this.#names()) this.blur(name, why);
  }

  /** The variable may have another value by now. */
  blur(name: string, why: string): void {
    const old = this.get(name);
    const span = old?.value.span ?? this.state.cwd.span;
    this.put(name, {
      value: unknown(why, span, '', '', old?.value.from),
      items: undefined,
      exported: old?.exported ?? false,
      integer: old?.integer ?? false,
      ref: undefined,
    });
  }

  /**
   * Takes back branches that were walked in forks of this scope, of which one or (with `skipped`) none was taken:
   * what all ways agree on holds, everything else is unknown. A definition made in any branch is kept, so that a call follows it.
   */
  join(all: readonly Scope[], skipped: boolean): void {
    const names = new Set<string>();
    // A branch that leaves the list has no say in what follows it.
    const branches = all.filter((branch) => !branch.state.ended);
    if (branches.length === 0) {
      if (!skipped) this.state.ended = true;
      this.state.status = undefined;
      for (const branch of all)
        if (branch.state.traps.size > 0) this.state.traps = new Map([...this.state.traps, ...branch.state.traps]);
      return;
    }
    for (const branch of branches) {
      for (const name of branch.#vars?.keys() ?? []) names.add(name);
      for (const [name, defined] of branch.#functions ?? NONE) this.define(name, defined ?? this.function(name));
      for (const [name, text] of branch.#aliases ?? NONE) this.setAlias(name, text ?? this.alias(name));
    }
    for (const name of names) {
      const ways = branches.map((branch) => branch.get(name));
      if (skipped) ways.push(this.get(name));
      const first = ways[0];
      if (first !== undefined && ways.every((way) => sameVar(way, first))) this.put(name, first);
      else {
        const held = ways.find((way) => way !== undefined);
        this.put(name, {
          value: merged(
            `$${name} depends on a branch`,
            ways.map((way) => way?.value),
            held?.value ?? this.state.cwd,
          ),
          items: undefined,
          exported: ways.some((way) => way?.exported === true),
          integer: ways.some((way) => way?.integer === true),
          ref: undefined,
        });
      }
    }
    const ends = branches.map((branch) => branch.state);
    const p = this.state;
    p.cwd = merged(
      'the working directory depends on a branch',
      skipped ? [p.cwd, ...ends.map((end) => end.cwd)] : ends.map((end) => end.cwd),
      p.cwd,
    );
    for (const end of ends) {
      p.xtrace ||= end.xtrace;
      p.aliasesOn ||= end.aliasesOn;
      p.lost ||= end.lost;
      if (end.args !== p.args) p.argsLost = true;
      p.argsLost ||= end.argsLost;
      if (end.descriptors !== p.descriptors) p.descriptors = new Map([...p.descriptors, ...end.descriptors]);
      if (end.traps.size > 0) p.traps = new Map([...p.traps, ...end.traps]);
      if (end.dirs !== p.dirs) p.dirs = [];
      if (end.oldpwd !== p.oldpwd) p.oldpwd = unknown('the previous directory depends on a branch', p.cwd.span);
    }
    p.status = undefined;
  }
}

function sameVar(a: Var | undefined, b: Var): boolean {
  return (
    a === b ||
    (a !== undefined &&
      a.items === undefined &&
      b.items === undefined &&
      same(a.value, b.value) &&
      a.exported === b.exported &&
      a.ref === b.ref)
  );
}

/** Surely the same text (two unknown values may differ). */
export function same(a: Value, b: Value): boolean {
  return (
    a === b ||
    (a.kind === 'known' &&
      b.kind === 'known' &&
      a.text === b.text &&
      a.decoded === b.decoded &&
      a.fetched === b.fetched)
  );
}

/** One value for several possible ones: itself when all agree, otherwise unknown with the data of all. */
function merged(why: string, ways: readonly (Value | undefined)[], fallback: Value): Value {
  const first = ways[0];
  if (first !== undefined && ways.every((way) => way !== undefined && same(way, first))) return first;
  const from: number[] = [];
  let decoded = false;
  let fetched = false;
  for (const way of ways) {
    if (way === undefined) continue;
    from.push(...way.from);
    decoded ||= way.decoded;
    fetched ||= way.fetched;
  }
  return { ...unknown(why, fallback.span, '', '', from), decoded, fetched };
}

/** A variable with one plain value. */
export function plainVar(value: Value, exported = false): Var {
  return { value, items: undefined, exported, integer: false, ref: undefined };
}
