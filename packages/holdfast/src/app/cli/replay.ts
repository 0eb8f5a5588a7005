// `holdfast replay`: decides whole recorded sessions again, step by step; never executes.
import { resolve } from 'node:path';
import { isObject, text, TOOLS, type Json, type Tool } from '../../core/model/index.ts';
import { SessionRun, type Step, type Stepped } from '../../core/engine/index.ts';
import { HOSTS } from '../../core/hosts/index.ts';
import { offlineBase, offlineFacts } from '../compose.ts';
import { findHome } from '../home.ts';
import { offlineProjects, type RulesIn } from '../offline-projects.ts';
import { note, tell } from '../terminal.ts';
import { levelWord } from '../text.ts';
import { reasonRows } from './answer.ts';
import type { Parsed } from './args.ts';
import { decideStep } from './check.ts';
import { list, strings } from './effect-words.ts';
import { EXIT } from './errors.ts';
import { jsonLines, needInput, writeLine } from './lines.ts';

type Setup = {
  readonly home: string;
  readonly cwd: string;
  readonly agent: string;
  readonly observe: boolean;
  readonly halt: boolean;
};
type Row = { readonly [key: string]: Json };

export async function run(args: Parsed): Promise<number> {
  const [file] = args.operands;
  needInput(file, args.has('jsonl'), 'replay');
  const base = await offlineBase(args);
  const against = args.get('against');
  const second = against === undefined ? undefined : await offlineBase(args, [against]);
  const setup: Setup = {
    home: resolve(args.get('home') ?? '/home/dev'),
    cwd: resolve(args.get('cwd') ?? '/home/dev/project'),
    agent: args.get('agent') ?? 'check',
    observe: args.has('no-observe') ? false : args.has('observe'),
    halt: args.has('halt'),
  };
  const facts = setup.observe ? offlineFacts() : undefined;
  const own = findHome(undefined).root;
  const rules = offlineProjects(base, facts, own, note);
  // What is wrong with a project's files was said once.
  const other = second === undefined ? undefined : offlineProjects(second, facts, own, () => undefined);
  // Tools read lines of JSON; only a person in front of a terminal, who asked for neither, gets a table.
  const people = process.stdout.isTTY === true && !args.has('json') && !args.has('jsonl');
  const answer = (row: Row): Promise<void> | void => (people ? tell(human(row)) : writeLine(row));
  const count = { sessions: 0, steps: 0, stopped: 0, differ: 0, errors: 0 };
  for await (const line of jsonLines(file)) {
    const id = 'json' in line && isObject(line.json) ? (line.json['id'] ?? line.number) : line.number;
    if ('error' in line || !isObject(line.json) || !Array.isArray(line.json['steps'])) {
      count.errors += 1;
      const error =
        'error' in line ? line.error : { code: 'no-steps', message: `line ${line.number} has no array \`steps\`` };
      await answer({ id, error });
      continue;
    }
    const verdicts = await replaySession(line.json, rules, setup);
    const instead = other === undefined ? undefined : await replaySession(line.json, other, setup);
    const told = instead === undefined ? { id, verdicts } : { id, ...compared(verdicts, instead) };
    count.sessions += 1;
    count.steps += verdicts.length;
    count.stopped += verdicts.filter((row) => row['stopped'] === true).length;
    count.differ += list(told, 'differences').length;
    await answer(told);
  }
  const differ = against === undefined ? '' : `, ${count.differ} differ under ${against}`;
  if (people || against !== undefined)
    note(
      `${count.sessions} sessions, ${count.steps} steps, ${count.stopped} stopped${differ}, ${count.errors} lines with errors`,
    );
  return count.errors > 0 ? EXIT.some : EXIT.ok;
}

/** Rows with the verdict under the second policy, and the steps where the two differ. With `halt` one may end before the other. */
function compared(verdicts: readonly Row[], second: readonly Row[]): Row {
  const other = new Map(second.map((row) => [row['step'], row]));
  const own = new Map(verdicts.map((row) => [row['step'], row]));
  const steps = [...new Set([...own.keys(), ...other.keys()])];
  const differences = steps
    .filter((step) => own.get(step)?.['verdict'] !== other.get(step)?.['verdict'])
    .map((step) => ({
      step: step ?? null,
      verdict: own.get(step)?.['verdict'] ?? null,
      against: other.get(step)?.['verdict'] ?? null,
      rules: list(other.get(step) ?? null, 'reasons').map((reason) => text(reason, 'rule') ?? ''),
    }));
  return {
    verdicts: verdicts.map((row) => ({ ...row, against: other.get(row['step'])?.['verdict'] ?? null })),
    differences,
  };
}

/** A session for people: its stops and differences; what passed is counted. */
function human(row: Row): string {
  const name = typeof row['id'] === 'string' ? row['id'] : JSON.stringify(row['id']);
  if (isObject(row['error']))
    return `${name}  ${text(row['error'], 'message') ?? ''} [${text(row['error'], 'code') ?? ''}]`;
  const verdicts = list(row, 'verdicts');
  const told = verdicts.filter(
    (one) => isObject(one) && (one['stopped'] === true || ('against' in one && one['against'] !== one['verdict'])),
  );
  const lines = told.map((one) => {
    const first = list(one, 'reasons')[0];
    const against = text(one, 'against');
    const differs = against === undefined || against === text(one, 'verdict') ? '' : `  (against: ${against})`;
    const step = isObject(one) ? String(one['step']) : '';
    const why = first === undefined ? '' : `${text(first, 'text') ?? ''} [${text(first, 'rule') ?? ''}]`;
    return `  step ${step.padEnd(4)} ${levelWord(text(one, 'verdict') ?? '')} ${why}${differs}${labelText(one)}`;
  });
  return [`${name}  ${verdicts.length} steps, ${verdicts.length - told.length} of them undisturbed`, ...lines].join(
    '\n',
  );
}

function labelText(row: Json): string {
  const names = strings(row, 'labels');
  return names.length === 0 ? '' : `  {${names.join(', ')}}`;
}

/** Verdict rows of one session, one per `tool_call` step; a stopped step is marked and the replay goes on. */
export async function replaySession(
  session: { readonly [key: string]: Json },
  rulesIn: RulesIn,
  setup: Setup,
): Promise<{ readonly [key: string]: Json }[]> {
  const task = text(session, 'user_task');
  const cwd = text(session, 'cwd') ?? setup.cwd;
  const rules = await rulesIn(cwd);
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
