// `holdfast why`: the story of one decision from its record, in about ten lines.
import { isObject, text, type Body, type Json } from '../../core/model/index.ts';
import { ruleInfo } from '../../core/engine/index.ts';
import { findHome } from '../home.ts';
import { readRecords, shippedRules } from '../compose.ts';
import type { Parsed } from './args.ts';
import { EXIT, UserError, usage } from './errors.ts';
import { firstRule, levelOf } from './log.ts';

export async function run(args: Parsed): Promise<number> {
  const home = findHome(args.get('dir'));
  const given = args.operands[0]?.replace(/^#/, '');
  const seq = given === undefined ? undefined : Number(given);
  if (seq !== undefined && (!Number.isSafeInteger(seq) || seq < 0)) throw usage(`\`${given}\` is no record number`);
  let found: Body | undefined;
  const after: Body[] = [];
  for await (const body of readRecords(home.ledger, seq ?? 0)) {
    if (seq === undefined ? stops(body) : body.seq === seq) {
      found = body;
      after.length = 0;
    } else if (found !== undefined) after.push(body);
  }
  if (found === undefined) {
    throw new UserError(
      'no-record',
      seq === undefined ? 'no decision has stopped anything yet' : `there is no record #${seq}`,
      '`holdfast log` lists what there is',
    );
  }
  if (args.has('json')) process.stdout.write(`${JSON.stringify(found)}\n`);
  else process.stdout.write(await story(found, after));
  return EXIT.ok;
}

function stops(body: Body): boolean {
  const level = levelOf(body);
  return level === 'deny' || level === 'ask';
}

/** Ten lines: when, who, what, effects, labels, rule and its text, safer way, what came after, how to go on. */
export async function story(body: Body, after: readonly Body[]): Promise<string> {
  const data = isObject(body.data) ? body.data : {};
  const action = isObject(data['action']) ? data['action'] : {};
  const rule = firstRule(body.data);
  const info = rule === undefined ? undefined : ruleInfo(await shippedRules(), rule);
  const effects = Array.isArray(data['effects']) ? (data['effects'] as readonly Json[]) : [];
  const facts = Array.isArray(data['facts']) ? (data['facts'] as readonly Json[]) : [];
  const rows = [
    `record #${body.seq}, ${new Date(body.time).toISOString()}, rules ${body.rules.slice(0, 12)}, level ${text(data, 'level') ?? 'unknown'}`,
    `agent    ${text(action, 'agent') ?? text(data, 'host') ?? 'unknown'}, session ${body.session ?? 'none'}, in ${text(action, 'cwd') ?? 'unknown'}`,
    `asked    ${text(action, 'hostTool') ?? ''} ${oneLine(action['input'])}`,
    `would do ${effects.length === 0 ? 'nothing that could be read' : effects.slice(0, 4).map(effectText).join(' · ')}${effects.length > 4 ? ` · and ${effects.length - 4} more` : ''}`,
    `saw      ${facts.length} facts, labels ${Array.isArray(data['labels']) && data['labels'].length > 0 ? data['labels'].join(', ') : 'none'}`,
    `verdict  ${levelOf(body) ?? 'none'}${rule === undefined ? '' : ` by ${rule}`}, risk ${isObject(data['verdict']) ? String(data['verdict']['risk']) : '?'}`,
    `because  ${info?.reason ?? text(data, 'detail') ?? 'no rule objected'}`,
    `safer    ${info?.fix ?? 'nothing to change'}`,
    `then     ${outcome(body, after)}`,
    rule === undefined ? 'look at  `holdfast policy list`' : `look at  \`holdfast policy show ${rule}\``,
  ];
  return `${rows.join('\n')}\n`;
}

function outcome(body: Body, after: readonly Body[]): string {
  const id = isObject(body.data) ? text(body.data['action'], 'id') : undefined;
  const found = after.find((each) => each.type === 'outcome' && id !== undefined && text(each.data, 'action') === id);
  if (found !== undefined) return `it ran: ${text(found.data, 'ran') ?? 'unknown'} (record #${found.seq})`;
  return levelOf(body) === 'deny' ? 'it was not run, no outcome followed' : 'no outcome was reported';
}

function effectText(effect: Json): string {
  const target = isObject(effect) ? effect['target'] : undefined;
  const name = typeof target === 'string' ? target : (text(target, 'name') ?? '');
  return `${text(effect, 'kind') ?? ''} ${name.slice(0, 60)}`;
}

function oneLine(input: Json | undefined): string {
  const told = isObject(input) ? (input['command'] ?? input['path'] ?? input) : input;
  return (typeof told === 'string' ? told : JSON.stringify(told ?? '')).replaceAll(/\s+/g, ' ').slice(0, 160);
}
