// What people ask the index, what it answers, and the row that a record becomes in it.
import { isObject, text, type Body, type Json } from '../../core/model/index.ts';

export type IndexQuery = {
  /** Milliseconds since the epoch, both included. */
  readonly since?: number;
  readonly until?: number;
  readonly type?: string;
  /** Every type but this one. */
  readonly not?: string;
  /** Id of a session, or the beginning of one. */
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
  /** Only records younger than this seq. */
  readonly after?: number;
  /** At most ROWS_MAX; default ROWS_DEFAULT. */
  readonly limit?: number;
  /** The oldest that match, oldest first; without it the newest, newest first. */
  readonly oldest?: boolean;
};

export const ROWS_DEFAULT = 50;
export const ROWS_MAX = 1000;

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

/** In the order of the query. `behind`: records that the index has not read yet, when it is still being built. */
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
    text: readable(body).slice(0, TEXT_MAX),
  };
}

/** Strings of the data that people read: the sentence first, then the action's tool and input, then any other string one level down. */
function readable(body: Body): string {
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

/** Most words of one search; more are ignored. */
const WORDS_MAX = 32;

/**
 * What was typed, as the words to look for, each as the runs of letters and digits in it; a word without any is left out.
 * Cut and folded as the index does it (FTS5 unicode61, diacritics removed).
 */
export function typedWords(typed: string): readonly (readonly string[])[] {
  return typed
    .split(/\s+/)
    .slice(0, WORDS_MAX)
    .map(tokens)
    .filter((word) => word.length > 0);
}

/** Whether a row answers a query, by the same rules as the SQL over the index; for records that the index does not hold. */
export function matches(row: IndexRow, query: IndexQuery): boolean {
  return (
    (query.since === undefined || row.time >= query.since) &&
    (query.until === undefined || row.time <= query.until) &&
    (query.type === undefined || row.type === query.type) &&
    (query.not === undefined || row.type !== query.not) &&
    (query.session === undefined || row.session?.startsWith(query.session) === true) &&
    (query.agent === undefined || row.agent === query.agent) &&
    (query.level === undefined || row.level === query.level) &&
    (query.rule === undefined || row.rules.includes(query.rule)) &&
    (query.before === undefined || row.seq < query.before) &&
    (query.after === undefined || row.seq > query.after) &&
    (query.text === undefined || holds(row.text, query.text))
  );
}

/** Every word of `typed` occurs, its parts next to each other; the last part of the last one may be the beginning of a word. */
function holds(searched: string, typed: string): boolean {
  const wanted = typedWords(typed);
  const there = tokens(searched);
  const last = wanted.length - 1;
  return (
    wanted.length > 0 &&
    wanted.every((word, index) =>
      there.some((_, at) =>
        word.every((part, step) => {
          const token = there[at + step];
          if (token === undefined) return false;
          return index === last && step === word.length - 1 ? token.startsWith(part) : token === part;
        }),
      ),
    )
  );
}

function tokens(given: string): readonly string[] {
  const folded = given.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase();
  return folded.match(/[\p{L}\p{N}\p{Co}]+/gu) ?? [];
}

function member(value: Json | undefined, key: string): Json | undefined {
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}
