// Flags of a verb, declared as data, read strictly: an unknown flag, a missing value or a word too many is wrong usage.
import { parseArgs } from 'node:util';
import { usage, type UserError } from './errors.ts';

export type Flag = {
  readonly name: string;
  readonly value?: string;
  readonly text: string;
  readonly many?: true;
};

/** What of a verb decides how its command line is read. */
export type Shape = {
  readonly name: string;
  readonly flags: readonly Flag[];
  /** Most operands it takes. */
  readonly most: number;
};

export type Parsed = {
  readonly operands: readonly string[];
  has(flag: string): boolean;
  get(flag: string): string | undefined;
  all(flag: string): readonly string[];
};

/** Reads `argv` by the shape of its verb. Throws UserError `usage`. */
export function readArgs(argv: readonly string[], shape: Shape): Parsed {
  const options = Object.fromEntries(
    shape.flags.map((flag) => [
      flag.name,
      { type: flag.value === undefined ? ('boolean' as const) : ('string' as const), multiple: flag.many === true },
    ]),
  );
  const { values, positionals } = parsed(argv, options, shape);
  const extra = positionals[shape.most];
  if (extra !== undefined)
    throw usage(`${shape.name} does not know what to do with \`${extra.slice(0, 40)}\``, helpHint(shape.name));
  const value = (flag: string): unknown => values[flag];
  return {
    operands: positionals,
    has: (flag) => value(flag) === true,
    get: (flag) => {
      const found = value(flag);
      return typeof found === 'string' ? found : undefined;
    },
    all: (flag) => {
      const found = value(flag);
      return Array.isArray(found) ? found.map(String) : typeof found === 'string' ? [found] : [];
    },
  };
}

function parsed(
  argv: readonly string[],
  options: { readonly [name: string]: { readonly type: 'boolean' | 'string'; readonly multiple: boolean } },
  shape: Shape,
): { readonly values: { readonly [flag: string]: unknown }; readonly positionals: readonly string[] } {
  try {
    return parseArgs({ args: [...argv], options, allowPositionals: true, strict: true });
  } catch (error) {
    throw inOurWords(error, argv, shape);
  }
}

/** Node's message names the flag in quotes and may have several lines; ours is one sentence. */
function inOurWords(error: unknown, argv: readonly string[], shape: Shape): UserError {
  const message = error instanceof Error ? error.message : '';
  const named = /'(-{1,2}[^'\s=<]*)/.exec(message)?.[1] ?? '';
  const flag = shape.flags.find((each) => `--${each.name}` === named);
  const hint =
    shape.name === 'check' && argv.some((word) => !word.startsWith('-'))
      ? "put the command in quotes: `holdfast check 'ls -la'`"
      : helpHint(shape.name);
  if (flag === undefined) return usage(`${shape.name} has no flag \`${named.slice(0, 40)}\``, hint);
  if (flag.value === undefined) return usage(`${named} takes no value`, hint);
  return usage(`${named} needs a value (${flag.value}); one that begins with a dash is written ${named}=…`, hint);
}

function helpHint(verb: string): string {
  return `see \`holdfast help ${verb}\``;
}
