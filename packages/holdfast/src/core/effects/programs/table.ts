// Compiles program tables: spellings to maps, abbreviations to a sorted list, verbs to nested usages. Once, at load.
import { digest, type Attribute, type Hash, type Json, type Tables } from '../../model/index.ts';
import { wordsOf } from '../../names/index.ts';
import type { Does, EffectRow, FlagRow, ManifestRow, OperandRow, TableFile, Usage } from './format.ts';
import { checkTable } from './check-table.ts';

export type Flag = {
  /** First spelling; flags are compared by identity. */
  readonly name: string;
  readonly spellings: readonly string[];
  readonly value: 'none' | 'required' | 'optional';
  readonly does: Does | undefined;
  readonly adds: readonly Attribute[];
  readonly harmless: boolean;
  /** Prints help or its version: harmless only where nothing else is asked for. */
  readonly help: boolean;
};

export type Compiled<Row> = Omit<Row, 'when' | 'unless'> & {
  readonly when: readonly Flag[] | undefined;
  readonly unless: readonly Flag[] | undefined;
};

export type Spec = {
  readonly short: ReadonlyMap<string, Flag>;
  readonly long: ReadonlyMap<string, Flag>;
  /** Long names sorted, for abbreviations. */
  readonly names: readonly string[];
  readonly style: 'gnu' | 'single' | 'keys' | 'none';
  readonly permute: boolean;
  readonly operands: readonly Compiled<OperandRow>[];
  readonly effects: readonly Compiled<EffectRow>[];
  readonly verbs: ReadonlyMap<string, Spec> | undefined;
  readonly otherVerb: Spec | undefined;
  readonly special: string | undefined;
};

export type Table = Spec & {
  readonly program: string;
  readonly called: ReadonlySet<string>;
  readonly stdout: 'input' | 'none';
  readonly copies: boolean;
  readonly lines: boolean;
  /** Project files by the name the program was called with. */
  readonly manifests: ReadonlyMap<string, ManifestRow> | undefined;
  readonly wrappers: ReadonlySet<string>;
};

export interface ProgramTables extends Tables {
  /** The table for a program's base name; versions count (`python3.12`), a Windows `.exe` too. */
  find(name: string): Table | undefined;
}

const NONE: readonly never[] = [];

/** Compiles all tables. Throws an Error with file and place for a table that says what the format does not know. */
export function compileTables(files: readonly TableFile[], specials: ReadonlySet<string>): ProgramTables {
  const byName = new Map<string, Table>();
  for (const file of files) {
    checkTable(file, specials);
    const spec = compileUsage(file, file, undefined);
    const wrappers = new Set(file.wrappers);
    const names = new Set([file.program, ...(file.names ?? []), ...wrappers]);
    const table: Table = {
      ...spec,
      program: file.program,
      called: names,
      stdout: file.stdout ?? 'input',
      copies: file.copies ?? false,
      lines: file.lines ?? false,
      manifests: file.manifests === undefined ? undefined : byWord(file.manifests),
      wrappers,
    };
    for (const name of names) {
      if (byName.has(name))
        throw new Error(`program table \`${file.program}\`: the name \`${name}\` stands in two tables`);
      byName.set(name, table);
    }
  }
  const hash: Hash = digest(files as unknown as Json);
  return {
    digest: hash,
    size: files.length,
    find(name) {
      // Case does not tell programs apart on every system: `FIND` may be find.
      return byName.get(name) ?? byName.get(plainName(name)) ?? byName.get(name.toLowerCase());
    },
  };
}

/** `Python3.12.exe` ▶ `python`; a name without version or suffix stays itself. */
export function plainName(name: string): string {
  let end = name.length;
  if (name.endsWith('.exe')) end -= 4;
  while (end > 1 && isVersionChar(name.charCodeAt(end - 1))) end--;
  if (end > 1 && name.charCodeAt(end - 1) === 45) end--;
  return end === name.length ? name : name.slice(0, end);
}

function isVersionChar(code: number): boolean {
  return (code >= 48 && code <= 57) || code === 46;
}

/** A map keyed by blank separated words, one entry for each word. */
function byWord<Row>(rows: { readonly [words: string]: Row }): ReadonlyMap<string, Row> {
  return new Map(Object.entries(rows).flatMap(([words, row]) => words.split(' ').map((word) => [word, row] as const)));
}

function compileUsage(usage: Usage, file: TableFile, outer: Spec | undefined): Spec {
  const short = new Map(outer?.short);
  const long = new Map(outer?.long);
  const style = file.style ?? 'gnu';
  for (const [spellings, row] of Object.entries(usage.flags ?? {})) {
    const flag = compileFlag(spellings, row);
    for (const spelling of spellings.split(' ')) {
      if (style === 'gnu' && spelling.length === 2 && spelling.startsWith('-') && spelling !== '--')
        short.set(spelling[1]!, flag);
      else long.set(style === 'gnu' ? spelling.slice(2) : spelling, flag);
    }
  }
  const find = (spelling: string): Flag => {
    const flag = short.get(spelling.slice(1)) ?? long.get(spelling.slice(2)) ?? long.get(spelling);
    if (flag === undefined)
      throw new Error(`program table \`${file.program}\`: \`${spelling}\` stands in a condition but not in flags`);
    return flag;
  };
  const conditions = (row: OperandRow | EffectRow) => ({ when: row.when?.map(find), unless: row.unless?.map(find) });
  const spec = {
    short,
    long,
    style,
    permute: file.permute ?? true,
    names: style === 'gnu' ? [...long.keys()].sort() : NONE,
    operands: (usage.operands ?? NONE).map((row) => ({ ...row, ...conditions(row) })),
    effects: (usage.effects ?? NONE).map((row) => ({ ...row, ...conditions(row) })),
    special: usage.special ?? outer?.special,
    verbs: undefined as ReadonlyMap<string, Spec> | undefined,
    otherVerb: undefined as Spec | undefined,
  };
  if (usage.verbs !== undefined) {
    const verbs = new Map<string, Spec>();
    for (const [spellings, inner] of Object.entries(usage.verbs)) {
      const compiled = compileUsage(inner, file, spec);
      for (const verb of spellings.split(' ')) {
        if (verb === '*') spec.otherVerb = compiled;
        else verbs.set(verb, compiled);
      }
    }
    spec.verbs = verbs;
  }
  return spec;
}

const HELP: ReadonlySet<string> = new Set(wordsOf('--help --version --manual -help -version -manual -h -V -? -v'));

function compileFlag(spellings: string, row: FlagRow): Flag {
  return {
    name: spellings.split(' ')[0]!,
    spellings: spellings.split(' '),
    value: row.value ?? 'none',
    does: row.does,
    adds: row.adds ?? NONE,
    harmless: row.harmless ?? false,
    help: spellings.split(' ').some((spelling) => HELP.has(spelling)),
  };
}

/**
 * The long flag for a name as written: exact, else the only one it abbreviates (GNU), else – ambiguous – the first that
 * takes or executes something, because an abbreviation must never hide what an exact spelling would show.
 */
export function longFlag(spec: Spec, name: string): Flag | undefined {
  const exact = spec.long.get(name);
  if (exact !== undefined || name.length === 0) return exact;
  let found: Flag | undefined;
  let low = 0;
  let high = spec.names.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (spec.names[middle]! < name) low = middle + 1;
    else high = middle;
  }
  for (let index = low; index < spec.names.length && spec.names[index]!.startsWith(name); index++) {
    const flag = spec.long.get(spec.names[index]!)!;
    if (found === undefined || (found.does === undefined && flag.does !== undefined)) found = flag;
  }
  return found;
}
