// Claude Code's tools ▶ normal tools: one row per tool, read in both directions (a modified input goes back in the host's own words).
// Source: sdk-tools.d.ts of @anthropic-ai/claude-code 2.1.330 and payloads recorded from it; names of older versions are kept.
import { isObject, text, type Json, type JsonObject, type Tool } from '../model/index.ts';

export type Normal = { readonly tool: Tool; readonly input: Json };

type Row = {
  /** The normal input, added to the host's own keys; undefined where the input is not of the documented shape. */
  readonly to: (input: JsonObject) => Normal | undefined;
  /** Normal key ▶ host key, for a modified input; keys of equal name need no entry. */
  readonly names?: { readonly [normal: string]: string };
};

/** A row whose normal keys are the host's under other names; `needs` must be strings, or the input is not understood. */
function renamed(
  tool: Tool,
  names: { readonly [normal: string]: string },
  needs: readonly string[],
  fixed: JsonObject = {},
): Row {
  return {
    names,
    to: (input) => {
      const out: { [key: string]: Json } = { ...input, ...fixed };
      for (const [normal, host] of Object.entries(names)) {
        const value = own(input, host);
        if (value !== undefined) out[normal] = value;
      }
      return needs.every((key) => typeof out[key] === 'string') ? { tool, input: out } : undefined;
    },
  };
}

/** Acts on nothing outside the agent itself. */
const INSIDE: Row = { to: (input) => ({ tool: 'none', input }) };

const SPAWN: Row = renamed('spawn', { agent: 'subagent_type' }, ['prompt']);

const ROWS: ReadonlyMap<string, Row> = new Map<string, Row>([
  ['Bash', renamed('shell', { background: 'run_in_background' }, ['command'])],
  ['Read', renamed('read', { path: 'file_path' }, ['path'])],
  ['NotebookRead', renamed('read', { path: 'notebook_path' }, ['path'])],
  ['Write', renamed('write', { path: 'file_path' }, ['path', 'content'])],
  ['Edit', { names: { path: 'file_path' }, to: (input) => edit(input, 'file_path', [input]) }],
  [
    'MultiEdit',
    {
      names: { path: 'file_path' },
      to: (input) => {
        const edits = own(input, 'edits');
        return Array.isArray(edits) ? edit(input, 'file_path', edits as readonly Json[]) : undefined;
      },
    },
  ],
  [
    'NotebookEdit',
    {
      names: { path: 'notebook_path' },
      // The old source is not in the call; a deletion carries no new one.
      to: (input) => edit(input, 'notebook_path', [{ old_string: '', new_string: text(input, 'new_source') ?? '' }]),
    },
  ],
  ['Glob', renamed('search', {}, ['pattern'])],
  ['Grep', renamed('search', {}, ['pattern'])],
  ['LS', renamed('search', {}, ['path'])],
  ['WebFetch', renamed('fetch', {}, ['url'])],
  ['WebSearch', renamed('search', {}, ['query'], { web: true })],
  ['Agent', SPAWN],
  ['Task', SPAWN],
  ['SendMessage', renamed('spawn', { agent: 'to', prompt: 'message' }, ['prompt'])],
  ['Workflow', renamed('spawn', { prompt: 'script', agent: 'name' }, [])],
  [
    'ScheduleWakeup',
    { to: (input) => (text(input, 'prompt') === undefined ? { tool: 'none', input } : SPAWN.to(input)) },
  ],
  ['CronCreate', { to: scheduled }],
  ['Monitor', { to: monitor }],
  ['ReadMcpResourceTool', { to: (input) => resource(input, 'resources/read') }],
  ['ReadMcpResource', { to: (input) => resource(input, 'resources/read') }],
  ['ReadMcpResourceDir', { to: (input) => resource(input, 'resources/list') }],
  ...[
    'AskUserQuestion',
    'BashOutput',
    'CronDelete',
    'CronList',
    'EnterPlanMode',
    'ExitPlanMode',
    'KillBash',
    'KillShell',
    'ListAgents',
    'ReportFindings',
    'TaskCreate',
    'TaskGet',
    'TaskList',
    'TaskOutput',
    'TaskStop',
    'TaskUpdate',
    'TodoRead',
    'TodoWrite',
    'ToolSearch',
  ].map((name): [string, Row] => [name, INSIDE]),
]);

/** Normal form of one call; `unknown`, with the input as it came, for a tool or an input shape that no row understands. */
export function normalTool(hostTool: string, input: Json): Normal {
  const mcp = splitMcp(hostTool);
  if (mcp !== undefined) return { tool: 'mcp', input: { ...mcp, args: input } };
  const row = ROWS.get(hostTool);
  const found = row !== undefined && isObject(input) ? row.to(input) : undefined;
  return found ?? { tool: 'unknown', input };
}

/**
 * A modified normal input in the host's own words, or undefined where it cannot be said (the gate then denies).
 * `before` is the normal input that was decided; only what differs from it is carried over.
 */
export function hostInput(hostTool: string, before: Json, modified: Json): JsonObject | undefined {
  if (!isObject(before) || !isObject(modified)) return undefined;
  if (splitMcp(hostTool) !== undefined) {
    const args = own(modified, 'args');
    return isObject(args) && same(before, modified, ['args']) ? args : undefined;
  }
  const row = ROWS.get(hostTool);
  // Lists of edits have no one-to-one host form; nothing shipped rewrites them.
  if (row === undefined || own(before, 'edits') !== undefined) return undefined;
  const names = row.names ?? {};
  const out: { [key: string]: Json } = {};
  for (const [key, value] of Object.entries(modified)) if (!Object.hasOwn(names, key)) out[key] = value;
  for (const [normal, host] of Object.entries(names)) {
    const value = own(modified, normal);
    if (value === undefined) delete out[host];
    else out[host] = value;
  }
  return out;
}

/** `mcp__server__tool`; a server name with two underscores is told apart by the payload's own field, see claude-code.ts. */
export function splitMcp(hostTool: string): { readonly server: string; readonly tool: string } | undefined {
  if (!hostTool.startsWith('mcp__')) return undefined;
  const rest = hostTool.slice('mcp__'.length);
  const at = rest.indexOf('__');
  return at <= 0 || at + 2 >= rest.length ? undefined : { server: rest.slice(0, at), tool: rest.slice(at + 2) };
}

function own(input: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(input, key) ? input[key] : undefined;
}

function same(before: JsonObject, after: JsonObject, but: readonly string[]): boolean {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].every((key) => but.includes(key) || own(before, key) === own(after, key));
}

function edit(input: JsonObject, file: string, edits: readonly Json[]): Normal | undefined {
  const path = text(input, file);
  const pairs: Json[] = [];
  for (const one of edits) {
    const before = text(one, 'old_string');
    const after = text(one, 'new_string');
    if (before === undefined || after === undefined) return undefined;
    pairs.push({ old: before, new: after });
  }
  return path === undefined || pairs.length === 0
    ? undefined
    : { tool: 'edit', input: { ...input, path, edits: pairs } };
}

/** A durable job is a file that starts the agent later; any other dies with the session and is a prompt to itself. */
function scheduled(input: JsonObject): Normal | undefined {
  const prompt = text(input, 'prompt');
  if (prompt === undefined) return undefined;
  if (own(input, 'durable') !== true) return SPAWN.to(input);
  return { tool: 'write', input: { ...input, path: '.claude/scheduled_tasks.json', content: prompt } };
}

/** Watches a command's output, or a web socket. */
function monitor(input: JsonObject): Normal | undefined {
  if (text(input, 'command') !== undefined) return { tool: 'shell', input: { ...input, background: true } };
  const url = text(own(input, 'ws'), 'url');
  return url === undefined ? undefined : { tool: 'request', input: { ...input, url } };
}

function resource(input: JsonObject, tool: string): Normal | undefined {
  const server = text(input, 'server');
  const uri = text(input, 'uri');
  return server === undefined || uri === undefined
    ? undefined
    : { tool: 'mcp', input: { server, tool, args: { uri } } };
}
