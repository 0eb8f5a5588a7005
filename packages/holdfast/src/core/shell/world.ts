// What the expansion of words asks of the shell that is being followed, and what its parts ask of each other.
import type { Span } from '../model/index.ts';
import type { Scope } from './scope.ts';
import type { Arith, Script, Word } from './tree.ts';
import type { Stream, Value } from './value.ts';

/** What expansion needs from the walker. Every substitution met goes through it; none is ever skipped. */
export interface World {
  readonly scope: Scope;
  /** Runs a command substitution in a subshell; answers what it prints. */
  substitute(script: Script, span: Span): Stream;
  /** `<(…)`, `>(…)`: answers the word that names the pipe. */
  pipe(script: Script, dir: '<' | '>', span: Span): Value;
  /**
   * Text that bash evaluates although it came as data: `name` a variable name with a subscript, `arithmetic` an expression,
   * `prompt` the value behind `@P`. Substitutions in it run.
   */
  evaluate(text: Value, as: 'name' | 'arithmetic' | 'prompt'): void;
  spend(steps: number): boolean;
  /** Offsets in the text being walked ▶ span in the action's input. */
  span(pos: number, end: number): Span;
}

/** Expansions that operands of parameters need; given to params.ts so that it does not depend on expand.ts. */
export type Operands = {
  readonly one: (world: World, word: Word) => Value;
  readonly pattern: (world: World, word: Word) => Value;
  readonly arith: (world: World, arith: Arith) => Value;
  readonly number: (world: World, text: Value) => Value;
};
