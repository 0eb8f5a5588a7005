// The seam between the shell walker, the program tables and the tools: one lowering run, as each of them sees it.
import type { Action, Attribute, Effect, EffectKind, Fact, Finding, Span, Target, Want } from '../model/index.ts';
import type { ShellParser } from '../shell/tree.ts';
import type { Stream, Value } from '../shell/value.ts';

/** One program about to run: words resolved, redirections already turned into effects by the walker. */
export type Invocation = {
  /** argv[0] is the program as written (`/usr/bin/rm`, `rm`, `$x` ▶ unknown). Never empty. */
  readonly argv: readonly Value[];
  /** Variables set for it: exported earlier in the text or prefixed to the command. */
  readonly env: ReadonlyMap<string, Value>;
  /** Absolute working directory, or unknown. */
  readonly cwd: Value;
  readonly stdin: Stream | undefined;
  /** Effects that its standard output goes into, where a redirection or a later pipe says so (`>& /dev/tcp/…` ▶ the net.connect). */
  readonly stdout?: readonly number[];
  readonly span: Span;
  /** Wrappers and interpreters so far, outermost first. */
  readonly via: readonly string[];
  /** False inside a branch that is not surely taken. */
  readonly certain: boolean;
  /** Things that execute things so far; bounded by limits.WRAP_DEPTH. */
  readonly depth: number;
};

export type Draft = {
  readonly kind: EffectKind;
  readonly target: Target;
  readonly attributes?: readonly Attribute[];
  readonly from?: readonly number[];
  readonly literal?: Span;
  readonly args?: Effect['args'];
  /** Overrides the invocation's span, certainty. */
  readonly span?: Span;
  readonly certain?: boolean;
};

/** Where an effect happens: everything of an invocation that an effect inherits. */
export type Place = Pick<Invocation, 'cwd' | 'span' | 'via' | 'certain' | 'depth'> & {
  readonly env?: Invocation['env'];
};

/** A place that also has an input and, for shell text, positional parameters ($0 first). */
export type CodePlace = Place & {
  readonly stdin?: Stream | undefined;
  readonly stdout?: readonly number[];
  readonly args?: readonly Value[];
};

export type Language =
  | 'shell'
  | 'python'
  | 'javascript'
  | 'perl'
  | 'ruby'
  | 'php'
  | 'awk'
  | 'sed'
  | 'sql'
  | 'powershell'
  | 'other';

export interface Context {
  readonly action: Action;
  /** The shell parser that the rules were loaded with. */
  readonly parse: ShellParser;
  /** Adds an effect and answers its index. At limits.EFFECTS it becomes one `opaque`/`limit` effect. */
  emit(place: Place, draft: Draft): number;
  /** Takes steps; false (and one `opaque`/`limit` effect, once) when the fuel is used up: the caller returns at once. */
  spend(steps: number): boolean;
  /** The fact, when observed; otherwise notes that it is wanted and answers undefined: the caller goes on without. */
  fact(want: Want): Fact | undefined;
  finding(finding: Finding): void;
  /**
   * What `lower` emits belongs to a build or test that a project file of the workspace describes (`on`), or no longer does:
   * code in it that is not followed says so by `workspace-build`, unless its text came from elsewhere or was not read.
   */
  building<Answer>(on: boolean, lower: () => Answer): Answer;
  /** A file name relative to the place's cwd ▶ path target with scope and groups, through links where observed; unknown ▶ `unknown`. */
  path(place: Place, name: Value): Target;
  /** The same for the name itself (deleting, renaming): parents are followed through links, the last link is not. */
  entry(place: Place, name: Value): Target;
  /** Of a target that was looked at in vain (late, refused): what its name says. Any other: itself. */
  spelled(target: Target): Target;
  /** What this action itself wrote into a file before; undefined when it has not touched it, or nothing is known of its name. */
  writtenTo(target: Target): Stream | undefined;
  /** URL, host or host:port ▶ host target with scope and groups. */
  host(name: Value): Target;
  /** Recipient, channel or repository ▶ party target. */
  party(name: Value): Target;
  /** Program name as written ▶ program target (base name, or the `whole` text of a package) or unknown. */
  program(name: Value, whole?: boolean): Target;
  /** The effect at an index that emit answered. */
  effect(index: number): Effect | undefined;
  /** Adds an attribute to an effect emitted before (a connection that turns out to carry a shell). */
  mark(index: number, attribute: Attribute): void;
  /**
   * A file that is read: emits `file.read` and answers its data. Standard devices (/dev/null, /dev/stdin …) are no effect.
   * What the same action wrote into it earlier comes along.
   */
  readFile(place: Place, name: Value, attributes?: readonly Attribute[]): Stream;
  /** A file that is written: emits `file.write`, remembers the data for later reads and runs; -1 for standard devices. `literal`: where its text stands. */
  writeFile(
    place: Place,
    name: Value,
    data: Stream | undefined,
    attributes?: readonly Attribute[],
    literal?: Span,
  ): number;
  /** Lowers one program run (wrappers call this for what they wrap). Answers its standard output as a stream. */
  run(invocation: Invocation): Stream;
  /**
   * Lowers shell text as if `sh -c` ran it at this place (eval, -c strings, script files, heredocs to a shell): emits `code.eval`
   * with `how`, then what the text does; text that is not known is also `opaque`.
   */
  script(place: CodePlace, text: Value, how: readonly Attribute[]): Stream;
  /** Lowers code text of another language; unknown parts become `opaque`. */
  code(place: CodePlace, language: Language, text: Value, how: readonly Attribute[]): Stream;
  /** A file about to be executed by a shell or interpreter: wants its text, lowers it, or says `opaque`/`unread`. */
  scriptFile(place: CodePlace, file: Value, language: Language): Stream;
}
