// The machinery: everything that lowering needs besides the action and its facts, compiled once when rules load.
import type { Settings } from '../model/index.ts';
import { compileGroups, type GroupIndex } from '../names/index.ts';
import { parseBash } from '../shell/parse-unbash.ts';
import type { ShellParser } from '../shell/tree.ts';
import { SPECIALS } from './programs/special.ts';
import { TABLE_FILES } from './programs/list.ts';
import { compileTables, type ProgramTables } from './programs/table.ts';
import type { TableFile } from './programs/format.ts';

export type Machinery = {
  readonly tables: ProgramTables;
  readonly groups: GroupIndex;
  readonly parse: ShellParser;
};

/**
 * Compiles groups and program tables. Throws an Error that names the table and the place in it when a table does not say
 * what the format knows; the caller keeps the old machinery in force then.
 */
export function compileMachinery(
  settings: Pick<Settings, 'groups'>,
  parse: ShellParser = parseBash,
  tables: readonly TableFile[] = TABLE_FILES,
): Machinery {
  return Object.freeze({
    tables: compileTables(tables, new Set(Object.keys(SPECIALS))),
    groups: compileGroups(settings.groups),
    parse: remembering(parse),
  });
}

/** Texts whose trees are kept, and how long they are together: one decision parses the same ones once per round of facts. */
const KEPT = 16;
const KEPT_CHARS = 16_384;

/** The same parser with its last answers at hand; trees are immutable, so an answer given twice is the same answer. */
function remembering(parse: ShellParser): ShellParser {
  const answers = new Map<string, ReturnType<ShellParser>>();
  let chars = 0;
  return (text) => {
    const known = answers.get(text);
    if (known !== undefined) return known;
    const answer = parse(text);
    // The tree of a long text takes megabytes; that text is parsed again.
    if (text.length > KEPT_CHARS) return answer;
    chars += text.length;
    if (answers.size >= KEPT || chars > KEPT_CHARS) {
      answers.clear();
      chars = text.length;
    }
    answers.set(text, answer);
    return answer;
  };
}
