// What each payload recorded from Claude Code must become. Expected values are written out, never taken from the source.
import type { Case } from './hosts.test.ts';

const session = '00000000-0000-4000-8000-000000000001';
const child = `${session}/a0000000000000009`;
const cwd = '/home/dev/project';
const transcript = `/home/dev/.claude/projects/-home-dev-project/${session}.jsonl`;
const notes = '/home/dev/project/notes.txt';
const notebook = '/home/dev/project/study.ipynb';

function called(
  payload: string,
  tool: string,
  hostTool: string,
  call: number,
  input: object,
  of: object = { session },
): Case {
  const callId = `toolu_${String(call).padStart(4, '0')}`;
  const gives = { kind: 'action', seam: 'hook', agent: 'claude-code', tool, hostTool, callId, input, cwd, ...of };
  return { payload: `pre-tool-use.${payload}`, gives };
}

function ended(payload: string, hostTool: string, call: number, gives: object): Case {
  const callId = `toolu_${String(call).padStart(4, '0')}`;
  return { payload, gives: { kind: 'outcome', session, hostTool, callId, ran: 'yes', ...gives } };
}

export const CLAUDE_CODE_CASES: readonly Case[] = [
  called('bash', 'shell', 'Bash', 3, { command: 'echo hello', description: 'a step' }),
  called('bash.background', 'shell', 'Bash', 17, {
    command: 'sleep 0.2; echo later',
    description: 'a step',
    run_in_background: true,
    background: true,
  }),
  called(
    'bash.child',
    'shell',
    'Bash',
    10,
    { command: 'echo from the child', description: 'a step' },
    { session: child, parent: session },
  ),
  called('read', 'read', 'Read', 6, { file_path: notes, path: notes }),
  called('write', 'write', 'Write', 5, { file_path: notes, content: 'one\ntwo\n', path: notes }),
  called('edit', 'edit', 'Edit', 7, {
    file_path: notes,
    old_string: 'one',
    new_string: 'uno',
    replace_all: false,
    path: notes,
    edits: [{ old: 'one', new: 'uno' }],
  }),
  called('notebookedit', 'edit', 'NotebookEdit', 15, {
    notebook_path: notebook,
    cell_id: 'c1',
    new_source: '2',
    path: notebook,
    edits: [{ old: '', new: '2' }],
  }),
  called('agent', 'spawn', 'Agent', 8, {
    description: 'a child',
    prompt: 'RECORD-CHILD',
    subagent_type: 'general-purpose',
    run_in_background: false,
    agent: 'general-purpose',
  }),
  called('mcp__kit__echo', 'mcp', 'mcp__kit__echo', 12, { server: 'kit', tool: 'echo', args: { text: 'hello' } }),
  called('webfetch', 'fetch', 'WebFetch', 13, { url: 'https://docs.example.org/page', prompt: 'what does it say' }),
  called('toolsearch', 'none', 'ToolSearch', 11, {
    query: 'select:WebFetch,WebSearch,NotebookEdit,TaskCreate,mcp__kit__echo',
    max_results: 9,
  }),
  called('taskcreate', 'none', 'TaskCreate', 16, { subject: 'a task', description: 'to do' }),

  ended('post-tool-use.bash', 'Bash', 3, { result: 'hello', exit: 0 }),
  ended('post-tool-use.bash.background', 'Bash', 17, { result: '', exit: undefined }),
  ended('post-tool-use.bash.child', 'Bash', 10, { session: child, result: 'from the child', exit: 0 }),
  ended('post-tool-use.read', 'Read', 6, { result: 'one\ntwo\n', exit: undefined }),
  ended('post-tool-use.write', 'Write', 5, { input: { file_path: notes, content: 'one\ntwo\n', path: notes } }),
  ended('post-tool-use.edit', 'Edit', 7, {}),
  ended('post-tool-use.notebookedit', 'NotebookEdit', 15, {}),
  ended('post-tool-use.agent', 'Agent', 8, { result: 'child done' }),
  ended('post-tool-use.mcp__kit__echo', 'mcp__kit__echo', 12, {
    result: 'hello',
    input: { server: 'kit', tool: 'echo', args: { text: 'hello' } },
  }),
  ended('post-tool-use.toolsearch', 'ToolSearch', 11, {}),
  ended('post-tool-use.taskcreate', 'TaskCreate', 16, {}),
  ended('post-tool-use-failure.bash', 'Bash', 4, {
    exit: 3,
    result: "Exit code 3\nls: cannot access 'missing-folder': No such file or directory",
  }),
  ended('post-tool-use-failure.webfetch', 'WebFetch', 13, { exit: undefined }),

  {
    payload: 'user-prompt-submit',
    gives: { kind: 'prompt', session, cwd, text: 'RECORD-PARENT please', machine: undefined },
  },
  { payload: 'user-prompt-submit.task', gives: { kind: 'prompt', session, cwd, machine: true } },
  { payload: 'session-start', gives: { kind: 'session', what: 'start', session, cwd, transcript } },
  { payload: 'session-end', gives: { kind: 'session', what: 'end', session, cwd, transcript } },
  { payload: 'subagent-start', gives: { kind: 'session', what: 'spawn', session, cwd, child, transcript: undefined } },
  {
    payload: 'subagent-stop',
    gives: {
      kind: 'session',
      what: 'spawn-end',
      session,
      cwd,
      child,
      transcript: `/home/dev/.claude/projects/-home-dev-project/${session}/subagents/agent-a0000000000000009.jsonl`,
    },
  },
  {
    payload: 'config-change',
    gives: {
      kind: 'config',
      session,
      cwd,
      source: 'project_settings',
      file: '/home/dev/project/.claude/settings.json',
    },
  },
  { payload: 'stop', gives: { kind: 'other', session, cwd, name: 'Stop' } },
];
