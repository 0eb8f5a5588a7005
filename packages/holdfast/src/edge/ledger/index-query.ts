// What people ask the index, what it answers, and the row that a record becomes in it.
import { isObject, text, type Body, type Json } from '../../core/model/index.ts';

export type IndexQuery = {
  /** Milliseconds since the epoch, both included. */
  readonly since?: number;
  readonly until?: number;
  readonly type?: string;
  readonly session?: string;
  readonly agent?: string;
  /** Level of the verdict. */
  readonly level?: string;
  /** A rule that was among the reasons. */
  readonly rule?: string;
  /** Words that all occur in the record's text; the last may be the beginning of one. */
  readonly text?: string;
  /** Only records older than this seq: the next page. */
  readonly before?: number;
  /** At most 1000; default 50. */
  readonly limit?: number;
};

export type IndexRow = {
  readonly seq: number;
  readonly time: number;
  readonly type: string;
  readonly session: string | null;
  readonly agent: string | null;
  readonly level: string | null;
  readonly rules: readonly string[];
  readonly text: string;
};

/** Newest first. `behind`: records that the index has not read yet, when it is still being built. */
export type IndexAnswer = { readonly rows: readonly IndexRow[]; readonly behind: number };

/** Longest text that is searchable per record, characters. */
const TEXT_MAX = 4096;

/** What of a record people search for. Looks only at places where the gate puts them; anything else is simply not found. */
export function indexRow(body: Body): IndexRow {
  const { data } = body;
  const action = member(data, 'action');
  const verdict = member(data, 'verdict');
  const reasons = member(verdict, 'reasons');
  const rules = Array.isArray(reasons)
    ? (reasons as readonly Json[]).map((reason) => text(reason, 'rule')).filter((rule) => rule !== undefined)
    : [];
  return {
    seq: body.seq,
    time: body.time,
    type: body.type,
    session: body.session ?? null,
    agent: text(action, 'agent') ?? text(data, 'agent') ?? text(data, 'host') ?? null,
    level: text(verdict, 'level') ?? null,
    rules: [...new Set(rules)],
    text: words(body).slice(0, TEXT_MAX),
  };
}

/** Strings of the data that people read: the sentence first, then the action's tool and input, then any other string one level down. */
function words(body: Body): string {
  if (body.type === 'checkpoint') return '';
  const found: string[] = [];
  const collect = (value: Json | undefined, depth: number): void => {
    if (typeof value === 'string') found.push(value);
    else if (depth > 0 && Array.isArray(value)) for (const one of value as readonly Json[]) collect(one, depth - 1);
    else if (depth > 0 && isObject(value)) for (const one of Object.values(value)) collect(one, depth - 1);
  };
  const action = member(body.data, 'action');
  found.push(text(body.data, 'text') ?? '', text(action, 'hostTool') ?? '');
  collect(member(action, 'input'), 4);
  if (isObject(body.data))
    for (const [name, value] of Object.entries(body.data)) if (name !== 'text' && name !== 'action') collect(value, 1);
  return found.filter((part) => part !== '').join('\n');
}

function member(value: Json | undefined, key: string): Json | undefined {
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}
