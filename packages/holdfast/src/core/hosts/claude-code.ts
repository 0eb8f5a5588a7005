// Claude Code as one pure value: its hook payloads ▶ what happened, verdicts ▶ its replies, its files.
// Source: payloads recorded from 2.1.330 (test/payloads/claude-code/2.1.330), the hook schema in its binary, replies tried on it (test/e2e).
import {
  isObject,
  text,
  type Host,
  type Inbound,
  type Json,
  type JsonObject,
  type Malformed,
  type Reply,
  type Verdict,
} from '../model/index.ts';
import { behind, isDigits, WORD, wordsOf } from '../names/index.ts';
import { hostInput, normalTool } from './claude-code-tools.ts';
import { overHttp } from './claude-code-http.ts';

/** How long the installed hooks may take, milliseconds; `install` writes it, in seconds, into the settings. */
const DEADLINE_MS = 30_000;

/** Said in place of an empty sentence: exit 2 without text on standard error is a weaker denial. */
const NO_TEXT = 'holdfast: denied: no reason was given.';

const SILENT: Reply = { exit: 0 };

export const claudeCode: Host = {
  name: 'claude-code',
  title: 'Claude Code',
  tested: ['2.1.330'],
  transport: 'exec',
  tool: normalTool,
  parse,
  reply,
  hardest: (sentence) => refuse(sentence),
  http: overHttp,
  can: {
    // `permissionDecision: ask` makes the host prompt; headless, with nobody to ask, it denies.
    ask: 'holds',
    modify: true,
    rewriteResult: true,
    subagents: true,
    deadlineMs: DEADLINE_MS,
  },
  files: {
    user: [
      '.claude/settings.json',
      '.claude.json',
      '.claude/hooks',
      '.claude/plugins',
      '.claude/agents',
      '.claude/commands',
      '.claude/skills',
    ],
    project: [
      '.claude/settings.json',
      '.claude/settings.local.json',
      '.mcp.json',
      '.claude/hooks',
      '.claude/agents',
      '.claude/commands',
      '.claude/skills',
      '.claude/scheduled_tasks.json',
    ],
    managed: [
      '/etc/claude-code/managed-settings.json',
      '/etc/claude-code/managed-settings.d',
      '/etc/claude-code/managed-mcp.json',
    ],
    transcripts: '.claude/projects',
    memory: ['.claude/CLAUDE.md', 'CLAUDE.md', 'CLAUDE.local.md', '.claude/rules'],
  },
};

function parse(payload: Json, event?: string): Inbound | Malformed {
  if (!isObject(payload)) return malformed('the payload is no JSON object');
  const name = text(payload, 'hook_event_name') ?? event;
  if (name === undefined) return malformed('the payload names no event (`hook_event_name`)');
  if (event !== undefined && name !== event)
    return malformed(`the payload says event ${quote(name)} where ${quote(event)} was installed`);
  const run = text(payload, 'session_id');
  if (run === undefined || run === '') return malformed('the payload has no `session_id`');
  const cwd = text(payload, 'cwd');
  if (cwd === undefined || !cwd.startsWith('/')) return malformed('the payload has no absolute `cwd`');
  const agent = text(payload, 'agent_id');
  const session = agent === undefined ? run : child(run, agent);
  // Whichever event of a sub-agent comes first, its session begins as a child.
  const above = agent === undefined ? {} : { parent: run };

  switch (name) {
    case 'PreToolUse':
      return action(payload, session, above.parent, cwd);
    case 'PostToolUse':
    case 'PostToolUseFailure':
      return outcome(payload, { session, ...above, cwd }, name === 'PostToolUse');
    case 'UserPromptSubmit': {
      const prompt = text(payload, 'prompt');
      if (prompt === undefined) return malformed('the prompt event has no `prompt`');
      return {
        kind: 'prompt',
        session,
        text: prompt,
        ...above,
        cwd,
        ...(byMachine(payload, prompt) ? { machine: true as const } : {}),
      };
    }
    case 'SessionStart':
    case 'SessionEnd': {
      const transcript = text(payload, 'transcript_path');
      const what = name === 'SessionStart' ? 'start' : 'end';
      return { kind: 'session', what, session, cwd, ...(transcript === undefined ? {} : { transcript }) };
    }
    case 'SubagentStart':
    case 'SubagentStop': {
      if (agent === undefined) return malformed('the sub-agent event has no `agent_id`');
      const transcript = text(payload, 'agent_transcript_path');
      const what = name === 'SubagentStart' ? 'spawn' : 'spawn-end';
      // The event belongs to the session that started the sub-agent; the sub-agent is its child.
      return {
        kind: 'session',
        what,
        session: run,
        cwd,
        child: child(run, agent),
        ...(transcript === undefined ? {} : { transcript }),
      };
    }
    case 'ConfigChange': {
      const source = text(payload, 'source');
      if (source === undefined) return malformed('the configuration event has no `source`');
      const file = text(payload, 'file_path');
      return { kind: 'config', session, ...above, cwd, source, ...(file === undefined ? {} : { file }) };
    }
    default:
      return { kind: 'other', session, name, cwd };
  }
}

/** A sub-agent runs inside its parent's process and session; its own session is named by both. */
function child(run: string, agent: string): string {
  return `${run}/${agent}`;
}

function action(payload: JsonObject, session: string, parent: string | undefined, cwd: string): Inbound | Malformed {
  const hostTool = text(payload, 'tool_name');
  if (hostTool === undefined || hostTool === '') return malformed('the tool event has no `tool_name`');
  const given = payload['tool_input'];
  if (!isObject(given)) return malformed('the tool event has no `tool_input` object');
  const callId = text(payload, 'tool_use_id');
  const { tool, input } = withServer(normalTool(hostTool, given), hostTool, payload);
  return {
    kind: 'action',
    action: {
      ...(callId === undefined ? {} : { callId }),
      seam: 'hook',
      agent: 'claude-code',
      session,
      ...(parent === undefined ? {} : { parent }),
      tool,
      hostTool,
      input,
      cwd,
    },
  };
}

/** The payload names the MCP server on its own; that settles where the server's name ends in `mcp__a__b__c`. */
function withServer(
  normal: ReturnType<typeof normalTool>,
  hostTool: string,
  payload: JsonObject,
): ReturnType<typeof normalTool> {
  const server = text(payload['mcp_server'], 'name');
  if (normal.tool !== 'mcp' || server === undefined || !isObject(normal.input)) return normal;
  const prefix = `mcp__${server}__`;
  if (!hostTool.startsWith(prefix)) return normal;
  return { tool: 'mcp', input: { ...normal.input, server, tool: hostTool.slice(prefix.length) } };
}

function outcome(
  payload: JsonObject,
  where: { readonly session: string; readonly parent?: string; readonly cwd: string },
  succeeded: boolean,
): Inbound | Malformed {
  const hostTool = text(payload, 'tool_name');
  if (hostTool === undefined) return malformed('the result event has no `tool_name`');
  const callId = text(payload, 'tool_use_id');
  const input = payload['tool_input'];
  const failure = text(payload, 'error');
  const result = succeeded ? resultText(payload['tool_response']) : failure;
  const exit = succeeded ? exitOf(payload['tool_response']) : failedExit(failure);
  return {
    kind: 'outcome',
    outcome: {
      ...where,
      hostTool,
      ran: !succeeded && payload['is_interrupt'] === true ? 'unknown' : 'yes',
      ...(callId === undefined ? {} : { callId }),
      ...(input === undefined ? {} : withServer(normalTool(hostTool, input), hostTool, payload)),
      ...(result === undefined ? {} : { result }),
      ...(exit === undefined ? {} : { exit }),
    },
  };
}

/** What the model will read of a tool's answer, as near as the answer's shape tells; any unknown shape as JSON, so that nothing is missed. */
function resultText(response: Json | undefined): string | undefined {
  if (response === undefined) return undefined;
  if (typeof response === 'string') return response;
  const parts = Array.isArray(response)
    ? (response as readonly Json[])
    : isObject(response)
      ? response['content']
      : undefined;
  if (Array.isArray(parts)) {
    const texts = (parts as readonly Json[]).map((part) => text(part, 'text'));
    if (texts.every((part) => part !== undefined)) return texts.join('\n');
  }
  const out = text(response, 'stdout');
  const errors = text(response, 'stderr');
  if (out !== undefined && errors !== undefined) return errors === '' ? out : `${out}\n${errors}`;
  const file = isObject(response) ? text(response['file'], 'content') : undefined;
  return file ?? JSON.stringify(response);
}

/** A foreground command that succeeded ended with 0, unless the host says that it read another code as success. */
function exitOf(response: Json | undefined): number | undefined {
  if (!isObject(response) || text(response, 'stdout') === undefined) return undefined;
  return response['backgroundTaskId'] === undefined && response['returnCodeInterpretation'] === undefined
    ? 0
    : undefined;
}

/** The host begins a failed command's error with `Exit code N`. */
function failedExit(failure: string | undefined): number | undefined {
  const status = failure === undefined ? undefined : behind(failure.split('\n', 1)[0] ?? '', 'Exit code ');
  return status !== undefined && status.length <= 3 && isDigits(status) ? Number(status) : undefined;
}

/**
 * Whether the host, and no person, wrote this prompt: results of background tasks, wake-ups, messages of other agents. 2.1.330 sends them as
 * prompt events; `source` is documented but may be missing, then only the tag that the host opens them with tells. A person who types the
 * tag loses the label `user` for that prompt, nothing more.
 */
function byMachine(payload: JsonObject, prompt: string): boolean {
  const source = text(payload, 'source');
  if (source !== undefined) return source !== 'user' && source !== 'sdk';
  const start = prompt.trimStart();
  return MACHINE_TAGS.some((tag) => start.startsWith(`<${tag}`) && !WORD.includes(start[tag.length + 1] ?? ' '));
}

const MACHINE_TAGS: readonly string[] = wordsOf(
  'task-notification system-reminder agent-message teammate-message cross-session-message channel',
);

function reply(to: Inbound, verdict: Pick<Verdict, 'level' | 'modified'>, sentence: string): Reply {
  switch (to.kind) {
    case 'action':
      switch (verdict.level) {
        case 'pass':
          return SILENT;
        case 'allow':
          return decision({ permissionDecision: 'allow', ...reason(sentence) });
        case 'ask':
          return decision({
            permissionDecision: 'ask',
            permissionDecisionReason: sentence === '' ? NO_TEXT : sentence,
          });
        case 'modify': {
          const updated =
            verdict.modified === undefined
              ? undefined
              : hostInput(to.action.hostTool, to.action.input, verdict.modified);
          if (updated === undefined) return refuse(sentence);
          // No permissionDecision: the changed call still meets the host's own prompts.
          return decision({ updatedInput: updated });
        }
        case 'deny':
          return refuse(sentence);
      }
      return refuse(sentence);
    case 'prompt':
    case 'config':
      return verdict.level === 'deny' || verdict.level === 'ask' ? refuse(sentence) : SILENT;
    // The thing has happened; a refusal would only make the host go on when it wanted to stop.
    case 'outcome':
    case 'session':
    case 'other':
      return SILENT;
  }
}

function decision(fields: JsonObject): Reply {
  return { exit: 0, stdout: JSON.stringify({ hookSpecificOutput: { hookEventName: 'PreToolUse', ...fields } }) };
}

function reason(sentence: string): JsonObject {
  return sentence === '' ? {} : { permissionDecisionReason: sentence };
}

/** Exit 2 with text on standard error: the one denial that every command-hook host honours. */
function refuse(sentence: string): Reply {
  return { exit: 2, stderr: sentence === '' ? NO_TEXT : sentence };
}

function malformed(why: string): Malformed {
  return { kind: 'malformed', why };
}

/** A name from the payload, bounded, for a sentence. */
function quote(name: string): string {
  return JSON.stringify(name.length > 64 ? `${name.slice(0, 64)}…` : name);
}
