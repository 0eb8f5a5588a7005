// `holdfast check`: decides without executing and without touching the ledger.
import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { TOOLS, isObject, text, type Json, type Tool, type Want, type Fact } from '../../core/model/index.ts';
import { SessionRun, decisive, type EngineRules, type Step, type Stepped } from '../../core/engine/index.ts';
import { HOSTS } from '../../core/hosts/index.ts';
import { offlineBase, offlineFacts } from '../compose.ts';
import { findHome } from '../home.ts';
import { offlineProjects, type RulesIn } from '../offline-projects.ts';
import { note, tell } from '../terminal.ts';
import { levelWord, oneLine, paint } from '../text.ts';
import type { Parsed } from './args.ts';
import { checkAnswer } from './answer.ts';
import { effectRows, labelWords } from './effect-words.ts';
import { EXIT, usage } from './errors.ts';
import { jsonLines, writeLine } from './lines.ts';

type Setup = { readonly home: string; readonly cwd: string; readonly agent: string; readonly observe: boolean };

export async function run(args: Parsed): Promise<number> {
  const base = await offlineBase(args);
  const jsonl = args.has('jsonl');
  const setup: Setup = {
    home: resolve(args.get('home') ?? homedir()),
    cwd: resolve(args.get('cwd') ?? process.cwd()),
    agent: args.get('agent') ?? 'check',
    observe: args.has('no-observe') ? false : args.has('observe') || !jsonl,
  };
  const rulesIn = offlineProjects(base, setup.observe ? offlineFacts() : undefined, findHome(undefined).root, note);
  const command = args.operands.join(' ');
  if (jsonl && command !== '') throw usage('check takes a command or --jsonl, not both', 'see `holdfast help check`');
  if (jsonl) return lines(rulesIn, setup);
  if (command === '') throw usage('check needs a command or --jsonl', "for example `holdfast check 'rm -rf ~'`");
  const rules = await rulesIn(setup.cwd);
  const started = performance.now();
  const stepped = await decideStep(
    new SessionRun(rules, options('check', setup, undefined)),
    { tool: 'shell', hostTool: 'shell', input: { command } },
    setup.observe,
  );
  const answer = checkAnswer('check', stepped, rules, performance.now() - started);
  if (args.has('json')) process.stdout.write(`${JSON.stringify(answer)}\n`);
  else tell(human(stepped, rules, { command }));
  return EXIT.ok;
}

async function lines(rulesIn: RulesIn, setup: Setup): Promise<number> {
  const sessions = new Map<string, { readonly run: SessionRun; readonly rules: EngineRules }>();
  let failed = false;
  for await (const line of jsonLines(undefined)) {
    const id: Json = 'json' in line && isObject(line.json) ? (line.json['id'] ?? line.number) : line.number;
    const read = 'error' in line ? line : readStep(line.json, setup);
    if ('error' in read) {
      failed = true;
      await writeLine({ id, error: read.error });
      continue;
    }
    const name = text('json' in line ? line.json : null, 'session') ?? `line-${line.number}`;
    let session = sessions.get(name);
    if (session === undefined) {
      const cwd = read.step.cwd ?? setup.cwd;
      const rules = await rulesIn(cwd);
      session = { rules, run: new SessionRun(rules, options(name, { ...setup, cwd, agent: read.agent }, read.task)) };
      if (text('json' in line ? line.json : null, 'session') !== undefined) sessions.set(name, session);
    }
    const started = performance.now();
    const stepped = await decideStep(session.run, read.step, setup.observe);
    await writeLine(checkAnswer(id, stepped, session.rules, performance.now() - started));
    // A line stands for an action that then ran, whatever was said: later lines see what it left.
    session.run.ran(stepped, read.result);
  }
  return failed ? EXIT.some : EXIT.ok;
}

type Read = {
  readonly step: Step;
  readonly agent: string;
  readonly task: string | undefined;
  readonly result: string | undefined;
};

/** A line ▶ one step: a normal tool name, or a host's own together with `agent`. */
function readStep(
  json: Json,
  setup: Setup,
): Read | { readonly error: { readonly code: string; readonly message: string } } {
  const tool = text(json, 'tool');
  if (tool === undefined || !isObject(json))
    return { error: { code: 'no-tool', message: 'the line has no string `tool`' } };
  const agent = text(json, 'agent') ?? setup.agent;
  const host = HOSTS.get(agent);
  const input = json['input'] ?? {};
  const known = (TOOLS as readonly string[]).includes(tool);
  const normal = known
    ? { tool: tool as Tool, input }
    : host === undefined
      ? { tool: 'unknown' as const, input }
      : host.tool(tool, input);
  const cwd = text(json, 'cwd');
  return {
    step: { tool: normal.tool, hostTool: tool, input: normal.input, ...(cwd === undefined ? {} : { cwd }) },
    agent,
    task: text(json, 'task'),
    result: text(json, 'result'),
  };
}

function options(id: string, setup: Setup, task: string | undefined): ConstructorParameters<typeof SessionRun>[1] {
  return { id, agent: setup.agent, home: setup.home, cwd: setup.cwd, ...(task === undefined ? {} : { task }) };
}

/** Runs one step; facts the overlay does not know come from the real disk, read-only, or are `unknown`. */
export async function decideStep(session: SessionRun, step: Step, observe: boolean): Promise<Stepped> {
  const turns = session.steps(step);
  let turn = turns.next();
  while (!turn.done) {
    const wants: readonly Want[] = turn.value;
    const facts: readonly Fact[] = observe
      ? await offlineFacts().observe(wants, 1000)
      : wants.map((want) => ({ want, none: 'unknown' }));
    turn = turns.next(facts);
  }
  return turn.value;
}

/** Effects are told up to so many, then counted. */
const TOLD = 30;

function human(stepped: Stepped, rules: EngineRules, input: Json): string {
  const { verdict, effects, labels } = stepped.decision;
  const rows: [string, string][] = [];
  for (const { reason, rule } of decisive(verdict, rules)) {
    if (reason.level === 'pass') continue;
    rows.push([
      'because',
      `${rule?.reason ?? 'a rule matched'} [${reason.rule}${rule === undefined ? '' : `, ${rule.severity}`}]`,
    ]);
    if (rule?.fix !== undefined) rows.push(['safer', rule.fix]);
  }
  const would = effectRows(effects as unknown as readonly Json[], verdict.reasons as unknown as readonly Json[], input);
  for (const row of would.slice(0, TOLD)) rows.push(['would', row]);
  if (effects.length === 0) rows.push(['would', 'do nothing outside itself']);
  if (effects.length > TOLD) rows.push(['would', `and ${effects.length - TOLD} more`]);
  if (labels.length > 0) rows.push(['labels', labels.map(labelWords).join('; ')]);
  const told = rows.map(
    ([name, said], index) =>
      `  ${paint('dim', (rows[index - 1]?.[0] === name ? '' : name).padEnd(8))} ${oneLine(said)}`,
  );
  return [`${levelWord(verdict.level, 0)}  risk ${verdict.risk}`, ...told].join('\n');
}
