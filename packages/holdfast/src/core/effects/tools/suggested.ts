// What the name and the arguments of an unknown tool suggest: paths, addresses, commands, recipients. They raise effects, never lower any.
import { isObject, limits, type Action, type Attribute, type Json } from '../../model/index.ts';
import { known, type Value } from '../../shell/value.ts';
import type { Context, Language } from '../context.ts';
import { at } from './input.ts';

type Verb = 'delete' | 'move' | 'write' | 'send' | 'run' | 'read' | 'unknown';

const VERBS: readonly (readonly [Verb, RegExp])[] = [
  [
    'delete',
    /^(?:delete|remove|rm|rmdir|unlink|erase|destroy|drop|purge|wipe|trash|clear|truncate|terminate|uninstall)$/,
  ],
  ['move', /^(?:move|mv|rename)$/],
  ['run', /^(?:run|exec|execute|eval|evaluate|shell|bash|terminal|spawn|launch|command|invoke|python|script)$/],
  [
    'send',
    /^(?:send|post|publish|upload|share|email|mail|reply|comment|notify|message|tweet|submit|forward|invite|broadcast|push|transfer|pay)$/,
  ],
  [
    'write',
    /^(?:write|create|edit|update|save|append|put|set|add|insert|modify|patch|replace|copy|mkdir|make|store|upsert|merge|commit|configure|enable|disable|install)$/,
  ],
  [
    'read',
    /^(?:read|get|list|search|find|view|show|fetch|query|describe|stat|info|open|load|browse|navigate|download|tree|glob|grep|look|check|resolve|count|ls|cat|head|tail)$/,
  ],
];

/** The first word of the tool's name that says what it does. `delete_directory`, `deleteDirectory`, `fs.rm`. */
export function verbOf(tool: string): Verb {
  const words = tool
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter(Boolean);
  // What changes most wins: `get_or_delete` is a deletion.
  for (const [verb, pattern] of VERBS) if (words.some((word) => pattern.test(word))) return verb;
  return 'unknown';
}

const PATH_KEY =
  /(?:^|[_-])(?:path|paths|file|files|filename|filepath|dir|directory|folder|source|destination|src|dst|dest|target|root|cwd|from|to|old|new)(?:$|[_-])/i;
const URL_VALUE = /^(?:https?|wss?|ftps?|sftp|ssh|git):\/\/\S/i;
const PATH_VALUE = /^(?:\/(?!\/)|~(?:\/|$)|\.{1,2}(?:\/|$)|file:\/\/)/;
const COMMAND_KEY = /^(?:command|cmd|commands|shell|bash|shell_command|commandline|command_line|run)$/i;
const CODE_KEY = /^(?:code|script|python|python_code|javascript|js|expression|function|program|source_code)$/i;
const SQL_KEY = /^(?:sql|query|statement|statements)$/i;
const RECIPIENT_KEY =
  /^(?:to|cc|bcc|recipient|recipients|email|emails|channel|channel_id|chat_id|user_email|address|addressee|participants|attendees)$/i;

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
    /dir|folder|tree|recurs|all/i.test(tool) ||
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
  if (COMMAND_KEY.test(key)) {
    ctx.script(place, value, ['inline']);
    return true;
  }
  if (CODE_KEY.test(key) && verb === 'run') {
    ctx.code(place, language(key), value, ['inline']);
    return true;
  }
  if (
    SQL_KEY.test(key) &&
    /\b(?:drop\s+(?:table|database|schema)|truncate\s+|delete\s+from\s+[\w."`]+\s*(?:;|$))/i.test(value.text)
  ) {
    ctx.emit(place, {
      kind: 'remote.delete',
      target: { type: 'remote', name: 'database', scope: 'remote', groups: [] },
      attributes: ['irreversible'],
      args,
    });
    return true;
  }
  if (URL_VALUE.test(value.text)) {
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
    RECIPIENT_KEY.test(key) &&
    (verb === 'send' || verb === 'write' || /@/.test(value.text)) &&
    !PATH_VALUE.test(value.text)
  ) {
    ctx.emit(place, { kind: 'message.send', target: ctx.party(value), args, literal: value.span });
    return true;
  }
  if (value.text.length > 4096 || value.text.includes('\n')) return false;
  if (
    PATH_VALUE.test(value.text) ||
    (PATH_KEY.test(key) && /^[\w.@+-]+(?:\/[\w.@+ -]+)*\/?$/.test(value.text) && /[./]/.test(value.text))
  ) {
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
  const into = /^(?:to|dst|dest|destination|target|new)|(?:_|-)(?:to|dst|dest|destination)$/i.test(key);
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

function language(key: string): Language {
  return /python/i.test(key) ? 'python' : /^(?:javascript|js|function|expression)$/i.test(key) ? 'javascript' : 'other';
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
