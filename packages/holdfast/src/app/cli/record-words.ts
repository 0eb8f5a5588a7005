// One record in one line, for log and feed alike: number, time, verdict or kind, who, what it was about, which rule.
import { isObject, text, type Body, type Json } from '../../core/model/index.ts';
import { columns } from '../terminal.ts';
import { fit, levelWord, oneLine, paint } from '../text.ts';
import { list, strings } from './effect-words.ts';

export type Row = {
  /** Negative where no record stands behind it. */
  readonly seq: number;
  readonly time: number;
  readonly type: string;
  readonly level?: string | undefined;
  readonly agent?: string | undefined;
  readonly session?: string | undefined;
  readonly text: string;
  readonly rule?: string | undefined;
};

/** Width of the seq in a list that goes on without an end. */
const SEQ_WIDTH = 6;

/** One row as a line; `date`: with the day before the time. Cut to the width of the terminal. */
export function rowLine(row: Row, date: boolean, seqWidth = SEQ_WIDTH): string {
  const seq = (row.seq < 0 ? '' : `#${row.seq}`).padEnd(seqWidth);
  const time = localTime(row.time, date);
  const word = row.level ?? row.type;
  const who = [row.agent, row.session?.slice(0, 8)].filter((part) => part !== undefined && part !== '').join(' ');
  const start = `${seq} ${time}  `;
  const mark = row.level === undefined && ALARMS.has(row.type) ? paint('warn', word.padEnd(8)) : levelWord(word, 8);
  const middle = ` ${fit(oneLine(who), 20).padEnd(20)}  `;
  const rule = row.rule === undefined ? '' : `  [${oneLine(row.rule)}]`;
  const room = Math.max(columns() - start.length - 8 - middle.length - rule.length, 20);
  return `${start}${mark}${middle}${fit(oneLine(row.text), Math.min(room, 400))}${rule === '' ? '' : paint('dim', rule)}`;
}

const ALARMS: ReadonlySet<string> = new Set(['finding', 'defect', 'ledger']);

/** `2026-11-25 07:13:31` where the reader is. */
export function localTime(time: number, date: boolean): string {
  const at = new Date(time);
  const two = (part: number): string => String(part).padStart(2, '0');
  const clock = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
  return date ? `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${clock}` : clock;
}

/** The row of a record. */
export function recordRow(body: Body): Row {
  const { data } = body;
  const action = isObject(data) ? data['action'] : undefined;
  return {
    seq: body.seq,
    time: body.time,
    type: body.type,
    level: levelOf(body),
    agent: text(action, 'agent') ?? text(data, 'agent') ?? text(data, 'host'),
    session: body.session,
    text: about(body),
    rule: firstRule(data),
  };
}

/** Level of the verdict that a record holds. */
export function levelOf(body: Body): string | undefined {
  return isObject(body.data) ? text(body.data['verdict'], 'level') : undefined;
}

/** The rule that decided, when it was a stop. */
export function firstRule(data: Json): string | undefined {
  const verdict = isObject(data) ? data['verdict'] : undefined;
  const level = text(verdict, 'level');
  const found = list(verdict, 'reasons').find(
    (reason) => text(reason, 'level') === level && text(reason, 'waivedBy') === undefined,
  );
  return found === undefined ? undefined : text(found, 'rule');
}

/** What an action was about: its tool and the telling part of its input. */
export function askedText(data: Json): string {
  const action = isObject(data) ? data['action'] : undefined;
  const input = isObject(action) ? action['input'] : undefined;
  const tool = text(action, 'hostTool') ?? text(action, 'tool') ?? '';
  if (input === undefined) return `${tool} (its input was too long for a record and lies in a blob)`.trim();
  return `${tool} ${telling(input)}`.trim();
}

function telling(input: Json): string {
  if (!isObject(input)) return typeof input === 'string' ? input : JSON.stringify(input);
  for (const key of ['command', 'path', 'url', 'query', 'pattern', 'tool', 'key', 'prompt']) {
    const found = input[key];
    if (typeof found === 'string') return found;
  }
  return Object.keys(input).length === 0 ? '' : JSON.stringify(input);
}

function about(body: Body): string {
  const { data } = body;
  if (!isObject(data)) return '';
  switch (body.type) {
    case 'verdict':
      return isObject(data['action']) ? askedText(data) : (text(data, 'detail') ?? text(data, 'text') ?? '');
    case 'start':
      return `watcher ${text(data, 'version') ?? ''} began (pid ${number(data, 'pid')}, ${text(data, 'level') ?? ''})`;
    case 'stop':
      return `watcher ended (pid ${number(data, 'pid')})`;
    case 'session':
      return `session ${text(data, 'what') ?? ''}${text(data, 'cwd') === undefined ? '' : ` in ${text(data, 'cwd')}`}`;
    case 'prompt':
      return `prompt (${text(data, 'label') ?? ''}) ${text(data, 'text') ?? `${number(data, 'bytes')} characters`}`;
    case 'outcome':
      return ranWords(data);
    case 'finding':
      return findingWords(data);
    case 'config':
      return [text(data, 'what'), strings(data, 'problems')[0] ?? text(data, 'digest')?.slice(0, 12)].join(' ').trim();
    case 'checkpoint':
      return `the ${body.seq} records before are signed`;
    default:
      return [text(data, 'what'), text(data, 'text') ?? text(data, 'why')]
        .filter((part) => part !== undefined)
        .join(' ');
  }
}

/** Outcome in words: whether it ran, how it ended, how much it said. */
export function ranWords(data: Json): string {
  const ran = text(data, 'ran');
  if (ran === 'no') return 'it did not run';
  const exit = isObject(data) && typeof data['exit'] === 'number' ? `, exit ${data['exit']}` : '';
  const bytes = isObject(data) && typeof data['bytes'] === 'number' ? `, ${data['bytes']} characters of output` : '';
  return ran === 'yes' ? `it ran${exit}${bytes}` : `nobody told whether it ran${bytes}`;
}

/** Finding in words: its code, then its sentence or what it is about. */
export function findingWords(data: Json): string {
  const code = text(data, 'code') ?? 'finding';
  const folder = text(data, 'folder');
  if (folder === undefined) return `${code}: ${text(data, 'text') ?? text(data, 'detail') ?? ''}`;
  const holes = strings(data, 'holes');
  return `${code} ${folder}${holes.length === 0 ? ', nothing in it switches the gate off' : `, can switch the gate off: ${holes[0]}`}`;
}

function number(data: Json, key: string): string {
  const found = isObject(data) ? data[key] : undefined;
  return typeof found === 'number' ? String(found) : '?';
}
