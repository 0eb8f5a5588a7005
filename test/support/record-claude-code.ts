// Records what the pinned Claude Code really sends to its hooks: runs it once in a world with a hook that only writes payloads down, and
// stores one payload of each kind, free of this machine's paths and ids, in test/payloads/claude-code/<version>. Run it by hand after a
// change of the pinned version: node test/support/record-claude-code.ts
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CLAUDE_CODE, claudeBinary } from './agents.ts';
import { runClaude } from './claude.ts';
import type { Call, Script } from './model-server.ts';
import { openWorld, whyNoWorld, type World } from './world.ts';

const OUT = fileURLToPath(new URL(`../payloads/claude-code/${CLAUDE_CODE.version}/`, import.meta.url));

const EVENTS = [
  'PreToolUse',
  'PostToolUse',
  'PostToolUseFailure',
  'UserPromptSubmit',
  'SessionStart',
  'SessionEnd',
  'SubagentStart',
  'SubagentStop',
  'ConfigChange',
  'Stop',
];

type Payload = {
  readonly hook_event_name: string;
  readonly tool_name?: string;
  readonly agent_id?: string;
  readonly [key: string]: unknown;
};

function scripts(world: World): readonly Script[] {
  const bash = (command: string, more: object = {}): Call => ({
    tool: 'Bash',
    input: { command, description: 'a step', ...more },
  });
  const one = (tool: string, input: { [key: string]: unknown }): { calls: Call[] } => ({ calls: [{ tool, input }] });
  const file = join(world.work, 'notes.txt');
  const notebook = join(world.work, 'study.ipynb');
  return [
    { match: 'RECORD-CHILD', steps: [{ calls: [bash('echo from the child')] }, { say: 'child done' }] },
    {
      match: 'RECORD-PARENT',
      steps: [
        { calls: [bash('echo hello'), bash('ls missing-folder; exit 3')] },
        one('Write', { file_path: file, content: 'one\ntwo\n' }),
        one('Read', { file_path: file }),
        one('Edit', { file_path: file, old_string: 'one', new_string: 'uno' }),
        one('Agent', {
          description: 'a child',
          prompt: 'RECORD-CHILD',
          subagent_type: 'general-purpose',
          run_in_background: false,
        }),
        one('ToolSearch', {
          query: 'select:WebFetch,WebSearch,NotebookEdit,TaskCreate,mcp__kit__echo',
          max_results: 9,
        }),
        one('mcp__kit__echo', { text: 'hello' }),
        one('WebFetch', { url: 'https://docs.example.org/page', prompt: 'what does it say' }),
        one('Read', { file_path: notebook }),
        one('NotebookEdit', { notebook_path: notebook, cell_id: 'c1', new_source: '2' }),
        one('TaskCreate', { subject: 'a task', description: 'to do' }),
        { calls: [bash('sleep 0.2; echo later', { run_in_background: true })] },
        { calls: [bash(`mkdir -p .claude; echo '{"model":"sonnet"}' > .claude/settings.json; sleep 2`)] },
        { say: 'all done' },
      ],
    },
  ];
}

/** `pre-tool-use.bash`, with `.child` inside a sub-agent and `.task` for a prompt that the host wrote. */
function nameOf(payload: Payload): string {
  const event = payload.hook_event_name.replace(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase();
  const tool = payload.tool_name === undefined ? '' : `.${payload.tool_name.toLowerCase()}`;
  const background =
    (payload['tool_input'] as { run_in_background?: boolean } | undefined)?.run_in_background === true
      ? '.background'
      : '';
  const task = String(payload['prompt'] ?? '').startsWith('<task-notification>') ? '.task' : '';
  const child = payload.tool_name !== undefined && payload.agent_id !== undefined ? '.child' : '';
  return `${event}${tool}${background}${child}${task}`;
}

/** Replaces paths and ids of this run by fixed ones; equal ids stay equal. */
export function scrubber(world: World): (text: string) => string {
  const dashed = (path: string): string => path.replaceAll(/[^A-Za-z0-9]/g, '-');
  const paths: readonly (readonly [string, string])[] = [
    [world.work, '/home/dev/project'],
    [dashed(world.work), '-home-dev-project'],
    [world.home, '/home/dev'],
    [`${world.at}/tmp`, '/tmp'],
    [world.dir, '/tmp/run'],
  ];
  const ids = new Map<string, string>();
  const stable = (id: string, make: (n: number) => string): string => {
    const known = ids.get(id) ?? make(ids.size + 1);
    ids.set(id, known);
    return known;
  };
  return (text) => {
    let out = text;
    for (const [from, to] of paths) out = out.replaceAll(from, to);
    return out
      .replaceAll(/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, (id) =>
        stable(id, (n) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`),
      )
      .replaceAll(/\btoolu_[A-Za-z0-9]+/g, (id) => stable(id, (n) => `toolu_${String(n).padStart(4, '0')}`))
      .replaceAll(/\bmsg_[A-Za-z0-9]+/g, (id) => stable(id, (n) => `msg_${String(n).padStart(4, '0')}`))
      .replaceAll(/\ba[0-9a-f]{16}\b/g, (id) => stable(id, (n) => `a${String(n).padStart(16, '0')}`));
  };
}

/** Lines of a transcript that a reader of tool calls needs; the rest holds the vendor's prompts and is not ours to keep. */
function transcriptLines(text: string): readonly string[] {
  const lines: string[] = [];
  for (const line of text.split('\n').filter(Boolean)) {
    const entry = JSON.parse(line) as { [key: string]: unknown };
    if (entry['type'] !== 'user' && entry['type'] !== 'assistant') continue;
    const { usage: _usage, ...message } = entry['message'] as { [key: string]: unknown };
    lines.push(JSON.stringify({ ...entry, message }));
  }
  return lines;
}

async function record(): Promise<void> {
  const why = whyNoWorld();
  if (why !== undefined) throw new Error(why);
  const binary = await claudeBinary();
  const world = await openWorld();
  try {
    const log = join(world.dir, 'payloads.jsonl');
    const hook = fileURLToPath(new URL('./record-hook.mjs', import.meta.url));
    const hooks = Object.fromEntries(
      EVENTS.map((event) => [event, [{ hooks: [{ type: 'command', command: `${process.execPath} ${hook} ${log}` }] }]]),
    );
    await mkdir(world.outside(join(world.home, '.claude')));
    await writeFile(world.outside(join(world.home, '.claude/settings.json')), JSON.stringify({ hooks }));
    const kit = { command: process.execPath, args: [fileURLToPath(new URL('./mcp-echo.ts', import.meta.url))] };
    const mcp = join(world.dir, 'mcp.json');
    await writeFile(mcp, JSON.stringify({ mcpServers: { kit } }));
    const cell = { cell_type: 'code', id: 'c1', source: ['1'], metadata: {}, outputs: [], execution_count: null };
    await writeFile(
      world.outside(join(world.work, 'study.ipynb')),
      JSON.stringify({ cells: [cell], metadata: {}, nbformat: 4, nbformat_minor: 5 }),
    );
    await world.play(scripts(world));
    const run = await runClaude(world, {
      binary,
      prompt: 'RECORD-PARENT please',
      args: ['--dangerously-skip-permissions', '--mcp-config', mcp],
    });
    if (run.code !== 0) throw new Error(`the agent ended with ${run.code}: ${run.stderr}`);

    const scrub = scrubber(world);
    const first = new Map<string, Payload>();
    for (const line of (await readFile(log, 'utf8')).split('\n').filter(Boolean)) {
      const payload = JSON.parse(scrub(line)) as Payload;
      if (!first.has(nameOf(payload))) first.set(nameOf(payload), payload);
    }
    await rm(OUT, { recursive: true, force: true });
    await mkdir(OUT, { recursive: true });
    for (const [name, payload] of first)
      await writeFile(join(OUT, `${name}.json`), `${JSON.stringify(payload, null, 2)}\n`);

    const projects = world.outside(join(world.home, '.claude/projects'));
    const files = (await readdir(projects, { recursive: true })).filter(
      (name) => name.endsWith('.jsonl') && !name.endsWith('journal.jsonl'),
    );
    for (const name of files) {
      const child = name.includes('subagents');
      const lines = transcriptLines(await readFile(join(projects, name), 'utf8'));
      await writeFile(join(OUT, child ? 'transcript.child.jsonl' : 'transcript.jsonl'), `${scrub(lines.join('\n'))}\n`);
    }
    process.stdout.write(
      `${first.size} payloads and ${files.length} transcripts of ${CLAUDE_CODE.version} in ${OUT}\n`,
    );
  } finally {
    await world.close();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await record();
