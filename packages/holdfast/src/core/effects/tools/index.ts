// Tools in normal form ▶ effects: one function per tool, the shell first of all.
import { isObject, text, type Action, type Attribute, type Json, type Span } from '../../model/index.ts';
import { WORD } from '../../names/index.ts';
import { known, unknown, type Stream, type Value } from '../../shell/value.ts';
import { opaque } from '../code.ts';
import type { Context } from '../context.ts';
import { unresolved } from '../target.ts';
import { lowerShell } from '../walk/index.ts';
import { suggested } from './suggested.ts';
import { at, place, value } from './input.ts';

type Lower = (ctx: Context, action: Action) => boolean;

/** Lowers an action's tool call. Input that does not have the shape its tool needs is `opaque`, never nothing. */
export function lowerTool(ctx: Context, action: Action): void {
  const lowered = Object.hasOwn(TOOLS, action.tool) && isObject(action.input) && TOOLS[action.tool](ctx, action);
  if (lowered) return;
  opaque(ctx, place(action, ''), `the input of the tool ${name(action.hostTool)} is not understood`, ['unknown-tool']);
  suggested(ctx, action, action.input, '', action.hostTool);
}

const TOOLS: { readonly [tool in Action['tool']]: Lower } = {
  shell,
  exec,
  request,
  read,
  write,
  edit,
  delete: remove,
  move,
  fetch: fetchUrl,
  search,
  mcp,
  message,
  spawn,
  config,
  unknown: unknownTool,
  // A tool that acts on nothing outside the agent itself.
  none: () => true,
};

function shell(ctx: Context, action: Action): boolean {
  const command = value(action, 'command');
  if (command === undefined) return false;
  lowerShell(ctx, at(action, command.span), command, NONE);
  return true;
}

const NONE: readonly Attribute[] = [];

function exec(ctx: Context, action: Action): boolean {
  const argv = isObject(action.input) ? action.input['argv'] : undefined;
  if (!Array.isArray(argv) || argv.length === 0 || argv.some((word) => typeof word !== 'string')) return false;
  const words = (argv as readonly string[]).map((word, index) => known(word, span(`/argv/${index}`, word)));
  const env = new Map<string, Value>();
  const given = isObject(action.input) ? action.input['env'] : undefined;
  if (isObject(given))
    for (const [key, one] of Object.entries(given))
      if (typeof one === 'string') env.set(key, known(one, span(`/env/${pointer(key)}`, one)));
  const cwd = value(action, 'cwd');
  const here = at(action, words[0]!.span);
  const target = cwd === undefined ? undefined : ctx.path(here, cwd);
  const inside =
    target === undefined
      ? here.cwd
      : target.type === 'path'
        ? known(target.name, cwd!.span)
        : unknown(target.name, cwd!.span);
  ctx.run({ ...here, cwd: inside, argv: words, env, stdin: undefined });
  return true;
}

function request(ctx: Context, action: Action): boolean {
  const url = value(action, 'url');
  if (url === undefined) return false;
  const here = at(action, url.span);
  const method = text(action.input, 'method')?.toUpperCase() ?? 'GET';
  const sends = !['GET', 'HEAD', 'OPTIONS'].includes(method) || hasBody(action.input);
  const args = [{ name: 'url', span: url.span }];
  ctx.emit(here, { kind: 'net.connect', target: ctx.host(url), attributes: [sends ? 'upload' : 'download'], args });
  if (sends)
    ctx.emit(here, {
      kind: 'net.send',
      target: ctx.host(url),
      attributes: ['upload'],
      args,
      literal: value(action, 'body')?.span ?? url.span,
    });
  if (method === 'DELETE')
    ctx.emit(here, {
      kind: 'remote.delete',
      target: { type: 'remote', name: url.text, scope: 'remote', groups: [] },
      attributes: ['irreversible'],
      args,
    });
  return true;
}

function hasBody(input: Json): boolean {
  return isObject(input) && input['body'] !== undefined && input['body'] !== null && input['body'] !== '';
}

function read(ctx: Context, action: Action): boolean {
  const path = value(action, 'path');
  if (path === undefined) return false;
  ctx.readFile(at(action, path.span), path);
  return true;
}

function write(ctx: Context, action: Action): boolean {
  const path = value(action, 'path');
  if (path === undefined) return false;
  const content = value(action, 'content');
  const data: Stream = {
    from: [],
    decoded: false,
    fetched: false,
    ...(content === undefined ? {} : { text: content.text }),
  };
  ctx.writeFile(at(action, path.span), path, data, ['truncate'], content?.span);
  return true;
}

function edit(ctx: Context, action: Action): boolean {
  const path = value(action, 'path');
  if (path === undefined) return false;
  const here = at(action, path.span);
  const edits = isObject(action.input) ? action.input['edits'] : undefined;
  const first = Array.isArray(edits) ? text(edits[0] as Json, 'new') : undefined;
  // An edit shows what was there only as far as it is quoted in the edit itself: no read of its own.
  ctx.writeFile(here, path, undefined, [], first === undefined ? undefined : span('/edits/0/new', first));
  return true;
}

function remove(ctx: Context, action: Action): boolean {
  const path = value(action, 'path');
  if (path === undefined) return false;
  const recursive = isObject(action.input) && action.input['recursive'] === true;
  ctx.emit(at(action, path.span), {
    kind: 'file.delete',
    target: ctx.entry(at(action, path.span), path),
    attributes: recursive ? ['recursive'] : [],
    args: [{ name: 'path', span: path.span }],
  });
  return true;
}

function move(ctx: Context, action: Action): boolean {
  const from = value(action, 'from');
  const to = value(action, 'to');
  if (from === undefined || to === undefined) return false;
  const here = at(action, from.span);
  const data = ctx.readFile(here, from);
  ctx.emit(here, { kind: 'file.delete', target: ctx.entry(here, from), args: [{ name: 'path', span: from.span }] });
  ctx.writeFile(at(action, to.span), to, data);
  return true;
}

function fetchUrl(ctx: Context, action: Action): boolean {
  const url = value(action, 'url');
  if (url === undefined) return false;
  ctx.emit(at(action, url.span), {
    kind: 'net.connect',
    target: ctx.host(url),
    attributes: ['download'],
    args: [{ name: 'url', span: url.span }],
  });
  return true;
}

/** A search of the web sends its words to a stranger; a search of files reads them. */
function search(ctx: Context, action: Action): boolean {
  const words = value(action, 'query') ?? value(action, 'pattern');
  const path = value(action, 'path');
  if (words === undefined && path === undefined) return false;
  if (isObject(action.input) && action.input['web'] === true) {
    const here = at(action, words?.span ?? span('', ''));
    const target = { type: 'host', name: 'web search', scope: 'internet', groups: [] } as const;
    ctx.emit(here, { kind: 'net.connect', target, attributes: ['download'] });
    ctx.emit(here, {
      kind: 'net.send',
      target,
      attributes: ['upload'],
      ...(words === undefined ? {} : { literal: words.span, args: [{ name: 'query', span: words.span }] }),
    });
    return true;
  }
  const where = path ?? known('.', span('', ''));
  ctx.readFile(at(action, where.span), where, ['recursive']);
  return true;
}

function message(ctx: Context, action: Action): boolean {
  const to = value(action, 'to');
  const content = value(action, 'text');
  if (to === undefined && content === undefined) return false;
  const here = at(action, (to ?? content!).span);
  ctx.emit(here, {
    kind: 'message.send',
    target: to === undefined ? unresolved('a message without a recipient') : ctx.party(to),
    args: to === undefined ? [] : [{ name: 'to', span: to.span }],
    ...(content === undefined ? {} : { literal: content.span }),
  });
  return true;
}

function spawn(ctx: Context, action: Action): boolean {
  const prompt = value(action, 'prompt');
  if (prompt === undefined) return false;
  const agent = value(action, 'agent') ?? known(action.agent, prompt.span);
  ctx.emit(at(action, prompt.span), {
    kind: 'agent.spawn',
    target: ctx.program(agent),
    literal: prompt.span,
    args: [{ name: 'prompt', span: prompt.span }],
  });
  return true;
}

function config(ctx: Context, action: Action): boolean {
  const key = value(action, 'key');
  if (key === undefined) return false;
  ctx.emit(at(action, key.span), {
    kind: 'config.change',
    target: { type: 'party', name: `${action.agent}:${key.text}`, groups: ['agent-config'] },
    args: [{ name: 'key', span: key.span }],
  });
  return true;
}

/** A tool of a server nobody vouched for: unknown, plus everything that its name and arguments suggest. */
function mcp(ctx: Context, action: Action): boolean {
  const tool = text(action.input, 'tool');
  const server = text(action.input, 'server');
  if (tool === undefined || !isObject(action.input)) return false;
  opaque(ctx, place(action, ''), `the tool ${name(tool)} of the server ${name(server ?? '')} is not known`, [
    'unknown-tool',
  ]);
  suggested(ctx, action, action.input['args'] ?? null, '/args', tool, server);
  return true;
}

function unknownTool(ctx: Context, action: Action): boolean {
  opaque(ctx, place(action, ''), `the tool ${name(action.hostTool)} is not known`, ['unknown-tool']);
  suggested(ctx, action, action.input, '', action.hostTool);
  return true;
}

const NAME = `${WORD}.:/@-`;

/** A name as it may stand in a sentence: short, and nothing but the letters of names. */
function name(written: string): string {
  return Array.from(written.slice(0, 64), (char) => (NAME.includes(char) ? char : '?')).join('');
}

function span(pointerTo: string, written: string): Span {
  return { at: pointerTo, from: 0, to: written.length };
}

function pointer(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}
