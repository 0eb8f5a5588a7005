// Our own tree of bash text: what the walker sees, whichever parser made it. All offsets are UTF-16 units into the parsed text.

/** A list of statements. `moved`: offsets inside index a decoded text (escaped backticks), not the parsed one. */
export type Script = At & { readonly type: 'script'; readonly items: readonly Statement[]; readonly moved: boolean };
export type Statement = At & { readonly node: Node; readonly background: boolean };

export type Node =
  | Command
  | Pipeline
  | AndOr
  | Group
  | Subshell
  | If
  | For
  | ArithFor
  | While
  | Case
  | FunctionDef
  | Test
  | ArithCommand
  | Coproc;

/** A simple command. A declaration builtin (`export A=1`) has assignments among its words. */
export type Command = At & {
  readonly type: 'command';
  readonly assigns: readonly Assign[];
  readonly words: readonly (Word | Assign)[];
  readonly redirects: readonly Redirect[];
};
/** `both[i]`: the operator after item i is `|&`. */
export type Pipeline = At & {
  readonly type: 'pipeline';
  readonly negated: boolean;
  readonly items: readonly Node[];
  readonly both: readonly boolean[];
};
export type AndOr = At & {
  readonly type: 'and-or';
  readonly items: readonly Node[];
  readonly ops: readonly ('&&' | '||')[];
};

type Body = readonly Statement[];
type Compound = At & { readonly redirects: readonly Redirect[] };
export type Group = Compound & { readonly type: 'group'; readonly body: Body };
export type Subshell = Compound & { readonly type: 'subshell'; readonly body: Body };
export type If = Compound & {
  readonly type: 'if';
  readonly arms: readonly { readonly test: Body; readonly body: Body }[];
  readonly otherwise: Body | undefined;
};
/** `words` absent: over the positional parameters. `select` asks a human which word. */
export type For = Compound & {
  readonly type: 'for';
  readonly select: boolean;
  readonly name: string;
  readonly words: readonly Word[] | undefined;
  readonly body: Body;
};
export type ArithFor = Compound & { readonly type: 'arith-for'; readonly parts: readonly Arith[]; readonly body: Body };
export type While = Compound & {
  readonly type: 'while';
  readonly until: boolean;
  readonly test: Body;
  readonly body: Body;
};
export type Case = Compound & {
  readonly type: 'case';
  readonly word: Word;
  readonly items: readonly { readonly patterns: readonly Word[]; readonly body: Body; readonly falls: boolean }[];
};
export type FunctionDef = Compound & { readonly type: 'function'; readonly name: string; readonly body: Node };
export type Test = Compound & { readonly type: 'test'; readonly test: TestExpr };
export type ArithCommand = Compound & { readonly type: 'arith-command'; readonly arith: Arith };
export type Coproc = Compound & { readonly type: 'coproc'; readonly name: string | undefined; readonly body: Node };

export type TestExpr =
  | { readonly type: 'unary'; readonly op: string; readonly word: Word }
  | { readonly type: 'binary'; readonly op: string; readonly left: Word; readonly right: Word }
  | { readonly type: 'all'; readonly items: readonly TestExpr[] };

/** `NAME=value`, `NAME[index]+=value`, `NAME=(items)`; value absent never: an empty word. */
export type Assign = At & {
  readonly type: 'assign';
  readonly name: string;
  readonly append: boolean;
  readonly index: Word | undefined;
  readonly value: Word | undefined;
  readonly items: readonly Word[] | undefined;
};

/**
 * `fd`: the descriptor number, `{name}` a variable that receives it, undefined the operator's default.
 * A here-document has `body` (already cut at its delimiter) and `strip` for `<<-`; all others have `target`.
 */
export type Redirect = At & {
  readonly type: 'redirect';
  readonly op: '>' | '>>' | '<' | '<>' | '<&' | '>&' | '>|' | '&>' | '&>>' | '<<' | '<<<';
  readonly fd: number | string | undefined;
  readonly target: Word | undefined;
  readonly body: Word | undefined;
  readonly strip: boolean;
};

/** `plain` is set when the word is one literal that no expansion can change; then `parts` is empty. */
export type Word = At & {
  readonly type: 'word';
  readonly plain: string | undefined;
  readonly parts: readonly Part[];
  readonly braces: boolean;
};

export type Part =
  /** Unquoted text; `raw` still holds its backslashes. */
  | (At & { readonly type: 'literal'; readonly text: string; readonly raw: string })
  /** `'…'` and `$'…'`, decoded. */
  | (At & { readonly type: 'single'; readonly text: string; readonly ansi: boolean })
  /** `"…"` and `$"…"`. */
  | (At & { readonly type: 'double'; readonly parts: readonly Part[] })
  /** `~`, `~user`, `~+`, `~-`: `user` is what stands behind the tilde. */
  | (At & { readonly type: 'tilde'; readonly user: string })
  /** Unquoted `*`, `?`, `[…]`, `@(…)`; `parts` are the expansions inside. */
  | (At & { readonly type: 'glob'; readonly text: string; readonly parts: readonly Part[] })
  | Param
  | (At & { readonly type: 'command'; readonly script: Script })
  | (At & { readonly type: 'process'; readonly dir: '<' | '>'; readonly script: Script })
  | (At & { readonly type: 'arith'; readonly arith: Arith })
  /** `{a,b}` or `{1..3}` with its braces, as literals and inner parts. */
  | (At & { readonly type: 'brace'; readonly parts: readonly Part[] });

/** `$name`, `${name…}`. `prefix` `!` is indirection (or names, keys), `#` a length. */
export type Param = At & {
  readonly type: 'param';
  readonly name: string;
  readonly prefix: '' | '!' | '#';
  readonly index: Word | undefined;
  readonly op: ParamOp | undefined;
};
export type ParamOp =
  | { readonly type: 'default'; readonly op: string; readonly word: Word }
  | { readonly type: 'remove'; readonly op: string; readonly word: Word }
  | { readonly type: 'replace'; readonly op: string; readonly pattern: Word; readonly with: Word }
  | { readonly type: 'slice'; readonly offset: Word; readonly length: Word | undefined }
  | { readonly type: 'case'; readonly op: string; readonly word: Word | undefined }
  | { readonly type: 'transform'; readonly op: string }
  | { readonly type: 'names' };

/** Text of an arithmetic expression; as bash does it, its parts are expanded like a double-quoted string and the result is evaluated. */
export type Arith = At & { readonly parts: readonly Part[] };

type At = { readonly pos: number; readonly end: number };

/** Total. `error`: the text does not parse as bash (or not wholly), `at` where; nothing of it may then be trusted. */
export type ShellParser = (
  text: string,
) => { readonly script: Script } | { readonly error: string; readonly at: number };

export const NO_PARTS: readonly Part[] = [];
export const NO_REDIRECTS: readonly Redirect[] = [];
