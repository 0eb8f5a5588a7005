// What the name and the arguments of an unknown tool suggest: paths, addresses, commands, recipients. They raise effects, never lower any.
import { sqlDeeds } from '../../code/sql.ts';
import { isObject, limits, type Action, type Attribute, type Json } from '../../model/index.ts';
import { DIGITS, hasOf, isOf, LETTERS, SPACE, splitAt, WORD, wordsOf } from '../../names/index.ts';
import { known, type Value } from '../../shell/value.ts';
import { schemeOf } from '../address.ts';
import type { Context, Language } from '../context.ts';
import { at } from './input.ts';

type Verb = 'delete' | 'move' | 'write' | 'send' | 'run' | 'read' | 'unknown';

const set = (words: string): ReadonlySet<string> => new Set(wordsOf(words));

/** Words of names by what they say; what changes most stands first, and wins: `get_or_delete` is a deletion. */
const VERBS: readonly (readonly [Verb, ReadonlySet<string>])[] = [
  [
    'delete',
    set('delete remove rm rmdir unlink erase destroy drop purge wipe trash clear truncate terminate uninstall'),
  ],
  ['move', set('move mv rename')],
  ['run', set('run exec execute eval evaluate shell bash terminal spawn launch command invoke python script')],
  [
    'send',
    set(`send post publish upload share email mail reply comment notify message tweet submit forward invite broadcast push
      transfer pay`),
  ],
  [
    'write',
    set(`write create edit update save append put set add insert modify patch replace copy mkdir make store upsert merge commit
      configure enable disable install`),
  ],
  [
    'read',
    set(`read get list search find view show fetch query describe stat info open load browse navigate download tree glob grep
      look check resolve count ls cat head tail`),
  ],
];
/** Words of a tool's name that say it takes whole trees. */
const TREES = set(
  'rmdir rmtree deltree dir directory directories folder folders tree trees recursive recursively recurse all',
);

/** Words of keys that say what their value is. */
const PATHS =
  set(`path paths file files filename filepath dir directory folder source destination src dst dest target root cwd from to
  old new`);
const INTO = set('to dst dest destination target new');
const COMMANDS = set('command cmd commands shell bash shell_command commandline command_line run');
const CODES = set('code script python python_code javascript js expression function program source_code');
const JAVASCRIPT = set('javascript js function expression');
const QUERIES = set('sql query statement statements');
const RECIPIENTS =
  set(`to cc bcc recipient recipients email emails channel channel_id chat_id user_email address addressee participants
  attendees`);
const SCHEMES = set('http https ws wss ftp ftps sftp ssh git');

/** The words of a name in any style: `delete_directory`, `deleteDirectory`, `fs.rm` ▶ lower case words. */
export function nameWords(name: string): readonly string[] {
  let words = '';
  for (let index = 0; index < name.length; index++) {
    const char = name[index]!;
    const before = name[index - 1] ?? ' ';
    if (UPPER.includes(char) && (LOWER.includes(before) || DIGITS.includes(before))) words += ' ';
    words += LOWER.includes(char) || UPPER.includes(char) || DIGITS.includes(char) ? char.toLowerCase() : ' ';
  }
  return wordsOf(words);
}

const LOWER = LETTERS.slice(0, 26);
const UPPER = LETTERS.slice(26);

/** The first word of the tool's name that says what it does. */
export function verbOf(tool: string): Verb {
  const words = nameWords(tool);
  for (const [verb, names] of VERBS) if (words.some((word) => names.has(word))) return verb;
  return 'unknown';
}

/** A key is of a kind by its whole name, whatever its case. */
function isKey(key: string, kind: ReadonlySet<string>): boolean {
  return kind.has(key.toLowerCase());
}

function isUrl(text: string): boolean {
  const scheme = schemeOf(text);
  return scheme !== undefined && SCHEMES.has(scheme) && !SPACE.includes(text[scheme.length + '://'.length] ?? ' ');
}

/** Written as a path: absolute, below a home, relative with its dots, or a file address. */
function isPath(text: string): boolean {
  if (text.startsWith('/')) return !text.startsWith('//');
  const slash = text.indexOf('/');
  return ['~', '.', '..'].includes(slash < 0 ? text : text.slice(0, slash)) || text.startsWith('file://');
}

const FILE_NAME = `${WORD}.@+-`;

/** `a.txt`, `src/a b/c`: names of files with a dot or a slash, and nothing that no file name has. */
function isRelative(text: string): boolean {
  const parts = splitAt(text.endsWith('/') ? text.slice(0, -1) : text, '/');
  return hasOf(text, './') && parts.every((part, index) => isOf(part, index === 0 ? FILE_NAME : `${FILE_NAME} `));
}

/** Strings looked at in one call; what lies beyond is covered by the `opaque` effect alone. */
const STRINGS = 256;

export function suggested(
  ctx: Context,
  action: Action,
  input: Json,
  pointer: string,
  tool: string,
  server?: string,
): void {
  const verb = verbOf(tool);
  const found: { readonly key: string; readonly value: Value }[] = [];
  collect(input, pointer, '', 0, found);
  const recursive =
    nameWords(tool).some((word) => TREES.has(word)) ||
    (isObject(input) && (input['recursive'] === true || input['recurse'] === true));
  let local = false;
  for (const { key, value } of found) {
    if (!ctx.spend(1)) return;
    if (suggest(ctx, action, verb, key, value, recursive)) local = true;
  }
  // What names no file, address or recipient of its own happens at the server.
  const changes = verb === 'delete' || verb === 'write' || verb === 'send' || verb === 'move';
  if (local || !changes) return;
  ctx.emit(at(action, { at: pointer, from: 0, to: 0 }), {
    kind: verb === 'delete' ? 'remote.delete' : 'remote.change',
    certain: false,
    attributes: verb === 'delete' ? ['irreversible'] : [],
    target: { type: 'remote', name: `${server ?? action.agent}:${tool}`.slice(0, 200), scope: 'remote', groups: [] },
  });
}

/** True when the value names something of this machine or the network by itself. */
function suggest(ctx: Context, action: Action, verb: Verb, key: string, value: Value, recursive: boolean): boolean {
  const place = at(action, value.span);
  const args = [{ name: key === '' ? 'value' : key, span: value.span }];
  if (isKey(key, COMMANDS)) {
    ctx.script(place, value, ['inline']);
    return true;
  }
  if (isKey(key, CODES) && verb === 'run') {
    ctx.code(place, language(key), value, ['inline']);
    return true;
  }
  if (isKey(key, QUERIES) && sqlDeeds(value.text, 'other').some((deed) => deed.does === 'deletes')) {
    ctx.emit(place, {
      kind: 'remote.delete',
      target: { type: 'remote', name: 'database', scope: 'remote', groups: [] },
      attributes: ['irreversible'],
      args,
    });
    return true;
  }
  if (isUrl(value.text)) {
    const sends = verb === 'send' || verb === 'write';
    ctx.emit(place, {
      kind: 'net.connect',
      target: ctx.host(value),
      attributes: [sends ? 'upload' : 'download'],
      args,
    });
    if (sends)
      ctx.emit(place, { kind: 'net.send', target: ctx.host(value), attributes: ['upload'], args, literal: value.span });
    return true;
  }
  if (
    isKey(key, RECIPIENTS) &&
    (verb === 'send' || verb === 'write' || value.text.includes('@')) &&
    !isPath(value.text)
  ) {
    ctx.emit(place, { kind: 'message.send', target: ctx.party(value), args, literal: value.span });
    return true;
  }
  if (value.text.length > 4096 || value.text.includes('\n')) return false;
  if (isPath(value.text) || (nameWords(key).some((word) => PATHS.has(word)) && isRelative(value.text))) {
    paths(ctx, action, verb, key, value, recursive);
    return true;
  }
  return false;
}

function paths(ctx: Context, action: Action, verb: Verb, key: string, written: Value, recursive: boolean): void {
  const value: Value = written.text.startsWith('file://') ? { ...written, text: written.text.slice(7) } : written;
  const place = at(action, value.span);
  const tree: readonly Attribute[] = recursive ? ['recursive'] : [];
  const args = [{ name: key === '' ? 'path' : key, span: value.span }];
  const into = isInto(key);
  if (verb === 'delete')
    ctx.emit(place, { kind: 'file.delete', target: ctx.entry(place, value), attributes: tree, args });
  else if (verb === 'move' && !into) {
    ctx.readFile(place, value);
    ctx.emit(place, { kind: 'file.delete', target: ctx.entry(place, value), attributes: tree, args });
  } else if (verb === 'write' || verb === 'move') ctx.writeFile(place, value, undefined);
  else if (verb === 'read' || verb === 'send') ctx.readFile(place, value, tree);
  else {
    // Nothing says what happens to the file: everything may.
    ctx.readFile(place, value, tree);
    ctx.writeFile({ ...place, certain: false }, value, undefined);
  }
}

/** The key names where something goes: it begins with such a word, or ends with one. */
function isInto(key: string): boolean {
  const words = nameWords(key);
  const last = words[words.length - 1] ?? '';
  return INTO.has(words[0] ?? '') || (last !== 'target' && last !== 'new' && INTO.has(last));
}

function language(key: string): Language {
  if (nameWords(key).includes('python')) return 'python';
  return isKey(key, JAVASCRIPT) ? 'javascript' : 'other';
}

function collect(
  input: Json,
  pointer: string,
  key: string,
  depth: number,
  found: { key: string; value: Value }[],
): void {
  if (found.length >= STRINGS || depth > limits.JSON_DEPTH) return;
  if (typeof input === 'string') {
    if (input !== '') found.push({ key, value: known(input, { at: pointer, from: 0, to: input.length }) });
  } else if (Array.isArray(input)) {
    for (let index = 0; index < input.length && found.length < STRINGS; index++)
      collect(input[index] as Json, `${pointer}/${index}`, key, depth + 1, found);
  } else if (isObject(input)) {
    for (const [name, one] of Object.entries(input))
      collect(one, `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`, name, depth + 1, found);
  }
}
