// Functions that `export -f` hands to shells started later in the same action.
import type { Defined, Scope } from '../../shell/scope.ts';
import type { Context } from '../context.ts';
import type { Walker } from './walker.ts';

/** By lowering run. A function may reach more shells here than in bash (subshells do not export upwards); it is only called by name. */
const EXPORTED = new WeakMap<Context, Map<string, Defined>>();

export function exportFunction(walker: Walker, name: string): void {
  const defined = walker.scope.function(name);
  if (defined === undefined) return;
  const held = EXPORTED.get(walker.ctx);
  if (held === undefined) EXPORTED.set(walker.ctx, new Map([[name, defined]]));
  else held.set(name, defined);
}

/** Defines in a new shell what earlier ones exported. */
export function inheritFunctions(ctx: Context, scope: Scope): void {
  for (const [name, defined] of EXPORTED.get(ctx) ?? []) scope.define(name, defined);
}
