// The format of a program table: what a `programs/*.json` file may say. Checked in check-table.ts, compiled in table.ts.
import type { Attribute, EffectKind } from '../../model/index.ts';

/**
 * What happens to a flag's value or an operand:
 * read, write, append, delete, permission – of a file · connect, send, listen – a host, URL or host:port ·
 * chdir – the program works in that directory · shell – text a shell runs · run – the rest of argv is a program run
 * (of a flag's value: words separated by blanks) · code:LANG – program text · script:LANG – a file of program text ·
 * package – something that is installed · agent – text another agent is started with · signal – a process ·
 * assign – NAME=VALUE of the environment · remote – names a remote resource · data – literal data that is sent ·
 * manifest – the file (or its directory) that says what is built · config – a file of settings that may name commands
 */
export const DOES = [
  'read',
  'write',
  'append',
  'delete',
  'permission',
  'connect',
  'send',
  'listen',
  'chdir',
  'shell',
  'run',
  'package',
  'agent',
  'signal',
  'assign',
  'remote',
  'data',
  'manifest',
  'config',
] as const;
export type Does = (typeof DOES)[number] | `code:${string}` | `script:${string}`;

/** One flag. The key in `flags` lists its spellings, blank separated: `-r -R --recursive`. */
export type FlagRow = {
  /** Whether a value follows: `-o file`, `--output=file`. Optional: only when attached. Default `none`. */
  readonly value?: 'none' | 'required' | 'optional';
  /** What the value is. */
  readonly does?: Does;
  /** Attributes for every effect of flags and operands of this run. */
  readonly adds?: readonly Attribute[];
  /** The program only prints help or its version and does nothing else. */
  readonly harmless?: boolean;
};

/** Operands by position. `init`: all but the last; `rest`: all but the first; a number counts from 0; `3+`: from the fourth on. */
export type OperandRow = {
  readonly at: 'each' | 'first' | 'last' | 'init' | 'rest' | number | `${number}+`;
  readonly does: Does;
  readonly adds?: readonly Attribute[];
  /** Only with (`when`) or without (`unless`) one of these flags, in any spelling. */
  readonly when?: readonly string[];
  readonly unless?: readonly string[];
  /** Only with at least so many operands. */
  readonly min?: number;
  /** Fewer operands than `min` or none at all stand for this one (`ls` ▶ `.`). */
  readonly or?: string;
};

/** An effect that does not hang on one word. Target: the program, the working directory, a path, operand n, or a remote resource. */
export type EffectRow = {
  readonly kind: EffectKind;
  readonly target:
    | 'program'
    | 'cwd'
    | { readonly path: string }
    | { readonly remote: string }
    | { readonly operand: number; readonly as: 'path' | 'host' | 'program' | 'party' | 'remote' };
  readonly adds?: readonly Attribute[];
  readonly when?: readonly string[];
  readonly unless?: readonly string[];
  /** Only with at least so many operands. */
  readonly min?: number;
  readonly certain?: boolean;
};

/** What a program or one of its verbs takes and does. */
export type Usage = {
  readonly flags?: { readonly [spellings: string]: FlagRow };
  readonly operands?: readonly OperandRow[];
  readonly effects?: readonly EffectRow[];
  /** First operand ▶ what it means; the key lists spellings, blank separated. `*`: any other. */
  readonly verbs?: { readonly [spellings: string]: Usage };
  /** Name of the function beside the table that does the rest (see special.ts). */
  readonly special?: string;
};

/**
 * The files in which a project says what this program builds or runs. The first that is there counts; none seen: the last.
 * An interpreter runs such a file itself when it is named: `python setup.py build`.
 */
export type ManifestRow = {
  readonly files: readonly string[];
  /** It looks in the folders above, too. */
  readonly up?: boolean;
};

export type TableFile = Usage & {
  /** Its name, and other names it answers to. A name also covers its versions: `python` ▶ `python3.12`. */
  readonly program: string;
  readonly names?: readonly string[];
  readonly about: string;
  /** gnu: `--long[=v]` with abbreviations, `-abc` bundled · single: `-name v`, `-name=v` · keys: `key=value` operands · none: no flags. Default gnu. */
  readonly style?: 'gnu' | 'single' | 'keys' | 'none';
  /** False: flags end at the first operand (wrappers, interpreters). Default true. */
  readonly permute?: boolean;
  /** What its standard output carries: what it read and was fed (default), or nothing that matters. */
  readonly stdout?: 'input' | 'none';
  /** Without file operands it copies standard input unchanged, text included (`cat`). */
  readonly copies?: boolean;
  /** What it prints are lines of its input: file names stay file names (`sort`, `head`, `grep`). */
  readonly lines?: boolean;
  /** By the name it was called with, blank separated; `*`: any other. */
  readonly manifests?: { readonly [names: string]: ManifestRow };
  /** Scripts under which projects carry this program; they stand for it when they are run by their path in a workspace. */
  readonly wrappers?: readonly string[];
  readonly examples: readonly Example[];
};

/** One example: wanted effects are `kind [target] [+attribute …]`; `not` names kinds (or `kind target`) that must be absent. */
export type Example = {
  readonly command: string;
  readonly cwd?: string;
  readonly effects?: readonly string[];
  readonly not?: readonly string[];
  /** Files that the observation finds: path ▶ text, `dir`, `-> target`, `absent`. */
  readonly files?: { readonly [path: string]: string };
};
