// `holdfast replay`: decides whole recorded sessions again, step by step; never executes.
import { isObject, text, TOOLS, type Json, type Tool } from '../../core/model/index.ts';
import { SessionRun, type EngineRules, type Step, type Stepped } from '../../core/engine/index.ts';
import { HOSTS } from '../../core/hosts/index.ts';
import { offlineRules } from '../compose.ts';
import { reasonRows } from './answer.ts';
import type { Parsed } from './args.ts';
import { decideStep } from './check.ts';
import { EXIT } from './errors.ts';
import { jsonLines, writeLine } from './lines.ts';

type Setup = {
  readonly home: string;
  readonly cwd: string;
  readonly agent: string;
  readonly observe: boolean;
  readonly halt: boolean;
};

export async function run(args: Parsed): Promise<number> {
  const rules = await offlineRules(args);
  const against = args.get('against');
  const other = against === undefined ? undefined : await offlineRules(args, [against]);
  const setup: Setup = {
    home: args.get('home') ?? '/home/dev',
    cwd: args.get('cwd') ?? '/home/dev/project',
    agent: args.get('agent') ?? 'check',
    observe: args.has('observe'),
    halt: args.has('halt'),
  };
  let failed = false;
  for await (const line of jsonLines(args.operands[0])) {
    if ('error' in line || !isObject(line.json) || !Array.isArray(line.json['steps'])) {
      failed = true;
      const error = 'error' in line ? line.error : { code: 'no-steps', message: 'the line has no array `steps`' };
      await writeLine({
        id: 'json' in line && isObject(line.json) ? (line.json['id'] ?? line.number) : line.number,
        error,
      });
      continue;
    }
    const verdicts = await replaySession(line.json, rules, setup);
    const second = other === undefined ? undefined : await replaySession(line.json, other, setup);
    const rows = verdicts.map((row, index) =>
      second === undefined ? row : { ...row, against: second[index]?.['verdict'] ?? null },
    );
    await writeLine({ id: line.json['id'] ?? line.number, verdicts: rows });
  }
  return failed ? EXIT.some : EXIT.ok;
}

/** Verdict rows of one session, one per `tool_call` step; a stopped step is marked and the replay goes on. */
export async function replaySession(
  session: { readonly [key: string]: Json },
  rules: EngineRules,
  setup: Setup,
): Promise<{ readonly [key: string]: Json }[]> {
  const task = text(session, 'user_task');
  const cwd = text(session, 'cwd') ?? setup.cwd;
  const played = new SessionRun(rules, {
    id: String(session['id'] ?? 'replay'),
    agent: setup.agent,
    home: setup.home,
    cwd,
    ...(task === undefined ? {} : { task }),
  });
  const rows: { readonly [key: string]: Json }[] = [];
  const waiting = new Map<string, Stepped>();
  let last: Stepped | undefined;
  for (const [index, step] of (session['steps'] as readonly Json[]).entries()) {
    const role = text(step, 'role');
    if (role === 'tool_call') {
      const stepped = await decideStep(played, readCall(step, setup, cwd), setup.observe);
      const callId = text(step, 'call_id');
      if (callId !== undefined) waiting.set(callId, stepped);
      last = stepped;
      const { verdict, labels } = stepped.decision;
      const stopped = verdict.level === 'deny' || verdict.level === 'ask';
      rows.push({
        step: index,
        verdict: verdict.level,
        reasons: reasonRows(stepped, rules),
        risk: verdict.risk,
        labels,
        ...(stopped ? { stopped: true } : {}),
      });
      if (stopped && setup.halt) break;
    } else if (role === 'tool_result') {
      const callId = text(step, 'call_id');
      const stepped = callId === undefined ? last : (waiting.get(callId) ?? last);
      if (stepped !== undefined) played.ran(stepped, text(step, 'content'));
    } else if (role === 'user') {
      const content = text(step, 'content');
      if (content !== undefined) played.prompt(content, true);
    }
  }
  return rows;
}

/** A recorded call ▶ a step. Names no host knows are `unknown` tools; bare `bash` with a command is a shell. */
function readCall(step: Json, setup: Setup, cwd: string): Step {
  const name = text(step, 'name') ?? 'unknown';
  const input = isObject(step) ? (step['args'] ?? {}) : {};
  const host = HOSTS.get(setup.agent);
  const own = host?.tool(name, input);
  const callId = text(step, 'call_id');
  const base = { hostTool: name, cwd: text(step, 'cwd') ?? cwd, ...(callId === undefined ? {} : { callId }) };
  if (own !== undefined && own.tool !== 'unknown') return { ...base, ...own };
  if ((TOOLS as readonly string[]).includes(name)) return { ...base, tool: name as Tool, input };
  const shell = text(input, 'command');
  if (name.toLowerCase() === 'bash' && shell !== undefined) return { ...base, tool: 'shell', input };
  return { ...base, tool: 'unknown', input };
}
