// What shell text knows while it is followed: variables, positional parameters, functions, directory.
import type { Node } from './tree.ts';
import type { Value } from './value.ts';

export type Variable = { readonly value: Value; readonly items?: readonly Value[]; readonly exported: boolean };

export class Scope {
  readonly vars: Map<string, Variable>;
  readonly functions: Map<string, Node>;
  readonly aliases: Map<string, Value>;
  /** `$0` first. */
  args: readonly Value[];
  cwd: Value;
  readonly home: string;

  constructor(cwd: Value, home: string, args: readonly Value[]) {
    this.vars = new Map();
    this.functions = new Map();
    this.aliases = new Map();
    this.args = args;
    this.cwd = cwd;
    this.home = home;
  }

  /** A subshell: sees everything, changes nothing outside. */
  fork(): Scope {
    const copy = new Scope(this.cwd, this.home, this.args);
    for (const [name, variable] of this.vars) copy.vars.set(name, variable);
    for (const [name, body] of this.functions) copy.functions.set(name, body);
    for (const [name, text] of this.aliases) copy.aliases.set(name, text);
    return copy;
  }

  set(name: string, value: Value, exported = this.vars.get(name)?.exported ?? false): void {
    this.vars.set(name, { value, exported });
  }

  /** Variables that programs started here receive, besides the unknown environment of the agent. */
  environment(): Map<string, Value> {
    const env = new Map<string, Value>();
    for (const [name, variable] of this.vars) if (variable.exported) env.set(name, variable.value);
    return env;
  }
}

/**
 * After a branch that may not have been taken: what both ways agree on stays, everything else is unknown.
 * `before` is the scope at the branch, `after` the one the branch left; the result is written into `before`.
 */
export function mergeBranch(before: Scope, after: Scope, differs: (value: Value) => Value): void {
  for (const [name, variable] of after.vars) {
    const old = before.vars.get(name);
    if (old === variable) continue;
    before.vars.set(name, { value: differs(variable.value), exported: variable.exported || (old?.exported ?? false) });
  }
  for (const [name, body] of after.functions) if (!before.functions.has(name)) before.functions.set(name, body);
  for (const [name, text] of after.aliases) if (!before.aliases.has(name)) before.aliases.set(name, text);
  if (after.cwd !== before.cwd) before.cwd = differs(after.cwd);
}
