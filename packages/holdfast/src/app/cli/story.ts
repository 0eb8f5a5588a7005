// The story of one decision in words: from its record, from what came after it, and from the rules as they are now.
import { isObject, text, type Body, type Json } from '../../core/model/index.ts';
import { ruleInfo, type EngineRules } from '../../core/engine/index.ts';
import { levelWord, oneLine, paint } from '../text.ts';
import { effectRows, factWords, labelWords, list, strings } from './effect-words.ts';
import {
  askedText,
  findingWords,
  firstRule,
  levelOf,
  localTime,
  ranWords,
  recordRow,
  rowLine,
} from './record-words.ts';

/** Effects, facts and other lists are told up to so many, then counted. */
const TOLD = 3;

export type After = {
  readonly outcome: Body | undefined;
  /** Findings about this call. */
  readonly alarms: readonly Body[];
  /** The next thing the session tried. */
  readonly next: Body | undefined;
};

/** When and who, asked, effects, facts, labels, rule and its text, safer way, what came after, which seams. */
export function story(body: Body, after: After, rules: EngineRules): string {
  const data = isObject(body.data) ? body.data : {};
  const action = isObject(data['action']) ? data['action'] : undefined;
  const level = levelOf(body);
  if (level === undefined)
    return `${rowLine(recordRow(body), true)}\n  this record holds no decision; \`holdfast log --level deny\` lists what was stopped`;
  const rule = firstRule(data);
  const info = rule === undefined ? undefined : ruleInfo(rules, rule);
  const risk = isObject(data['verdict']) ? data['verdict']['risk'] : undefined;
  const who = [
    text(action, 'agent') ?? text(data, 'host'),
    body.session === undefined ? undefined : `session ${body.session}`,
  ];
  const call: readonly (readonly [string, readonly string[]])[] =
    action === undefined
      ? [['refused', [text(data, 'detail') ?? text(data, 'text') ?? 'what came was no tool call']]]
      : [
          ['asked', [askedText(data).slice(0, 300)]],
          ['in', [text(action, 'cwd') ?? 'an unknown folder']],
          ['would', wouldRows(data, action['input'])],
          ['knew', some(list(data, 'facts').map(factWords), 'facts', 'nothing about the disk was needed')],
          ['labels', some(strings(data, 'labels').map(labelWords), 'labels', NO_LABELS)],
          ['saw', list(data, 'findings').map(findingRow)],
        ];
  const reason = info?.reason ?? reasonIn(text(data, 'text')) ?? 'this rule is no longer there to tell';
  const rows: readonly (readonly [string, readonly string[]])[] = [
    ...call,
    ['rule', ruleRows(data, rule, info?.severity, level)],
    ['because', rule === undefined ? [] : [reason]],
    ['safer', level === 'deny' || level === 'ask' ? [info?.fix ?? 'nothing is known'] : []],
    ['then', thenRows(body, after, level)],
    ['seams', [seamWords(body, data)]],
  ];
  const head = `#${body.seq}  ${levelWord(level, 0)}${typeof risk === 'number' ? `, risk ${risk}` : ''}  ${localTime(body.time, true)}  ${who.filter((part) => part !== undefined).join(', ')}`;
  const lines = rows.flatMap(([name, texts]) =>
    texts.map((each, index) => `  ${paint('dim', (index === 0 ? name : '').padEnd(8))} ${oneLine(each)}`),
  );
  return [paint('bold', head), ...lines].join('\n');
}

const NO_LABELS = 'nothing secret and nothing from outside is in it';

function findingRow(finding: Json): string {
  return `${text(finding, 'code') ?? ''} ${strings(finding, 'evidence').join(', ')}`;
}

/** The first few effects, then how many more; a short record tells how many there were. */
function wouldRows(data: Json, input: Json | undefined): readonly string[] {
  const verdict = isObject(data) ? data['verdict'] : undefined;
  const rows = effectRows(list(data, 'effects'), list(verdict, 'reasons'), input);
  const counts = isObject(data) ? data['counts'] : undefined;
  const all = isObject(counts) && typeof counts['effects'] === 'number' ? counts['effects'] : rows.length;
  if (rows.length === 0) return ['nothing outside the agent itself'];
  return [...rows.slice(0, TOLD), ...(all > TOLD ? [`and ${all - TOLD} more`] : [])];
}

function ruleRows(
  data: Json,
  rule: string | undefined,
  severity: string | undefined,
  level: string,
): readonly string[] {
  const verdict = isObject(data) ? data['verdict'] : undefined;
  const others = new Set<string>();
  for (const reason of list(verdict, 'reasons')) {
    const [name, by] = [text(reason, 'rule') ?? '', text(reason, 'waivedBy')];
    if (by !== undefined) others.add(`${name} was lifted by ${by}`);
    else if (name !== rule) others.add(`also ${name}`);
  }
  const none = level === 'pass' ? 'no rule objected' : 'none: the profile decides about what no rule names';
  const own = rule === undefined ? none : `${rule}${severity === undefined ? '' : ` (${severity})`}`;
  return [[own, ...others].join(', ')];
}

/** The reason inside a recorded sentence, for rules that are not there any more. */
function reasonIn(sentence: string | undefined): string | undefined {
  const start = sentence?.split(': ').slice(2).join(': ');
  return start === undefined || start === '' ? undefined : start.split('. It would do: ')[0];
}

function thenRows(body: Body, after: After, level: string): readonly string[] {
  const stopped = level === 'deny' || level === 'ask';
  const outcome =
    after.outcome === undefined
      ? stopped
        ? 'it did not run: no outcome came'
        : 'no outcome came yet'
      : `${ranWords(after.outcome.data)} (#${after.outcome.seq})`;
  const rows = [outcome];
  for (const alarm of after.alarms) rows.push(`${paint('bad', 'alarm')} ${findingWords(alarm.data)} (#${alarm.seq})`);
  if (after.next !== undefined) {
    const seconds = Math.max(Math.round((after.next.time - body.time) / 1000), 0);
    const same =
      askedText(after.next.data) === askedText(body.data)
        ? 'the same again'
        : oneLine(askedText(after.next.data)).slice(0, 100);
    rows.push(
      `${seconds} s later the agent tried ${same}: ${levelOf(after.next) ?? 'no verdict'} (#${after.next.seq})`,
    );
  }
  return rows;
}

function seamWords(body: Body, data: Json): string {
  const seams = strings(data, 'seams');
  const level = text(data, 'level');
  return `${seams.length === 0 ? 'the watcher itself' : seams.join(', ')}${level === undefined ? '' : ` (${level})`}; rules ${body.rules.slice(0, 12)}`;
}

function some(rows: readonly string[], what: string, none: string): readonly string[] {
  if (rows.length === 0) return [none];
  return [`${rows.slice(0, TOLD).join('; ')}${rows.length > TOLD ? `; and ${rows.length - TOLD} more ${what}` : ''}`];
}
