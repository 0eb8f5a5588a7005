// Flags of a verb, declared as data, read strictly: an unknown flag or a missing value is wrong usage.
import { parseArgs } from 'node:util';
import { usage } from './errors.ts';

export type Flag = {
  readonly name: string;
  readonly value?: string;
  readonly text: string;
  readonly many?: true;
};

export type Parsed = {
  readonly operands: readonly string[];
  has(flag: string): boolean;
  get(flag: string): string | undefined;
  all(flag: string): readonly string[];
};

/** Reads `argv` by `flags`. Throws UserError `usage`. */
export function readArgs(argv: readonly string[], flags: readonly Flag[]): Parsed {
  const options = Object.fromEntries(
    flags.map((flag) => [
      flag.name,
      { type: flag.value === undefined ? ('boolean' as const) : ('string' as const), multiple: flag.many === true },
    ]),
  );
  try {
    const { values, positionals } = parseArgs({ args: [...argv], options, allowPositionals: true, strict: true });
    const value = (flag: string): unknown => (values as Record<string, unknown>)[flag];
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
  } catch (error) {
    throw usage(error instanceof Error ? error.message.split('. ')[0]!.toLowerCase() : 'wrong flags');
  }
}
