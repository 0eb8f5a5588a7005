// Checks what a program table says before it is compiled: an unknown word in a table is an error with its place, never ignored.
import { ATTRIBUTES, EFFECT_KINDS } from '../../model/index.ts';
import { isDigits } from '../../names/index.ts';
import { DOES, type TableFile, type Usage } from './format.ts';

const LANGUAGES = new Set([
  'shell',
  'python',
  'javascript',
  'perl',
  'ruby',
  'php',
  'awk',
  'sed',
  'sql',
  'powershell',
  'other',
]);
const TABLE_KEYS = new Set([
  'program',
  'names',
  'about',
  'style',
  'permute',
  'stdout',
  'copies',
  'lines',
  'examples',
  'flags',
  'operands',
  'effects',
  'verbs',
  'special',
  'manifests',
  'wrappers',
]);
const MANIFEST_KEYS = new Set(['files', 'up']);
const USAGE_KEYS = new Set(['flags', 'operands', 'effects', 'verbs', 'special']);
const FLAG_KEYS = new Set(['value', 'does', 'adds', 'harmless']);
const OPERAND_KEYS = new Set(['at', 'does', 'adds', 'when', 'unless', 'min', 'or']);
const EFFECT_KEYS = new Set(['kind', 'target', 'adds', 'when', 'unless', 'min', 'certain']);
const EXAMPLE_KEYS = new Set(['command', 'cwd', 'effects', 'not', 'files']);
const does: ReadonlySet<string> = new Set(DOES);
const attributes: ReadonlySet<string> = new Set(ATTRIBUTES);
const kinds: ReadonlySet<string> = new Set(EFFECT_KINDS);
const AT: ReadonlySet<string> = new Set(['each', 'first', 'last', 'init', 'rest']);

/** A word for a place, or a number from which on (`3+`) or at which the operand stands. */
function isPlace(at: string): boolean {
  return AT.has(at) || isDigits(at.endsWith('+') ? at.slice(0, -1) : at);
}

/** Throws an Error that names the table and the place in it. */
export function checkTable(file: TableFile, specials: ReadonlySet<string>): void {
  const fail = (place: string, what: string): never => {
    throw new Error(`program table \`${String(file.program)}\`, ${place}: ${what}`);
  };
  keys(file, TABLE_KEYS, 'table', fail);
  if (typeof file.program !== 'string' || file.program === '') fail('program', 'a name is missing');
  if (!Array.isArray(file.examples)) fail('examples', 'a list of examples is missing');
  file.examples.forEach((example, index) => {
    keys(example, EXAMPLE_KEYS, `examples[${index}]`, fail);
    for (const wanted of [...(example.effects ?? []), ...(example.not ?? [])]) {
      const kind = wanted.split(' ')[0]!;
      if (!kinds.has(kind)) fail(`examples[${index}]`, `\`${kind}\` is no kind of effect`);
    }
  });
  for (const [names, row] of Object.entries(file.manifests ?? {})) {
    keys(row, MANIFEST_KEYS, `manifests \`${names}\``, fail);
    if (!Array.isArray(row.files) || row.files.length === 0)
      fail(`manifests \`${names}\``, 'a list of files is missing');
  }
  checkUsage(file, 'table', specials, fail);
}

type Fail = (place: string, what: string) => never;

function checkUsage(usage: Usage, place: string, specials: ReadonlySet<string>, fail: Fail): void {
  if (usage.special !== undefined && !specials.has(usage.special))
    fail(place, `there is no function \`${usage.special}\` beside the tables`);
  for (const [spellings, row] of Object.entries(usage.flags ?? {})) {
    const here = `${place} flag \`${spellings}\``;
    keys(row, FLAG_KEYS, here, fail);
    checkDoes(row.does, here, fail);
    checkAdds(row.adds, here, fail);
    if (row.does !== undefined && (row.value ?? 'none') === 'none')
      fail(here, 'it does something with a value but takes none');
  }
  (usage.operands ?? []).forEach((row, index) => {
    const here = `${place} operands[${index}]`;
    keys(row, OPERAND_KEYS, here, fail);
    if (!isPlace(String(row.at))) fail(here, `\`${row.at}\` is no position`);
    checkDoes(row.does, here, fail);
    checkAdds(row.adds, here, fail);
  });
  (usage.effects ?? []).forEach((row, index) => {
    const here = `${place} effects[${index}]`;
    keys(row, EFFECT_KEYS, here, fail);
    if (!kinds.has(row.kind)) fail(here, `\`${row.kind}\` is no kind of effect`);
    checkAdds(row.adds, here, fail);
  });
  for (const [spellings, inner] of Object.entries(usage.verbs ?? {})) {
    keys(inner, USAGE_KEYS, `${place} verb \`${spellings}\``, fail);
    checkUsage(inner, `${place} verb \`${spellings}\``, specials, fail);
  }
}

function checkDoes(what: string | undefined, place: string, fail: Fail): void {
  if (what === undefined || does.has(what)) return;
  const [kind, language] = what.split(':');
  if ((kind === 'code' || kind === 'script') && LANGUAGES.has(language ?? '')) return;
  fail(place, `\`${what}\` is nothing that a value can do`);
}

function checkAdds(adds: readonly string[] | undefined, place: string, fail: Fail): void {
  for (const attribute of adds ?? []) if (!attributes.has(attribute)) fail(place, `\`${attribute}\` is no attribute`);
}

function keys(value: object, allowed: ReadonlySet<string>, place: string, fail: Fail): void {
  if (typeof value !== 'object' || value === null) fail(place, 'it is no object');
  for (const key of Object.keys(value)) if (!allowed.has(key)) fail(place, `\`${key}\` is not known`);
}
