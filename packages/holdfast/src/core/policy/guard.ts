// What must hold before anything else of a rule is looked at: rules are filed under it, so that a request meets only those that could apply.
import type { Json, PolicyRequest } from '../model/index.ts';
import { compileExpression } from './expression.ts';
import { readUid, type PolicyJson } from './json-form.ts';
import { ERR, localType, type Fn } from './value.ts';

/**
 * What decides first in a rule's first `when`, in one of the forms that can be filed. Where it is false so is the rule, and nothing
 * behind it is evaluated or errs. Where something could err the rule is a candidate: evaluation says the rest.
 */
export type Guard = {
  /** `words`: the set holds one of them. `equals`: the text is one of them. `above`: the Long is at least `limit`. `in`: the resource is in one of these groups. */
  readonly kind: 'words' | 'equals' | 'above' | 'in';
  /** What is read, as text: rules of one source are filed together. */
  readonly source: string;
  readonly read: Fn;
  /** Evaluated before it; none of them errs as long as each is a boolean. */
  readonly before: readonly Fn[];
  readonly words: readonly string[];
  readonly limit: number;
};

/** The guards of a rule, of which one must hold for it to apply; undefined where nothing can be filed. */
export function guardsOf(json: PolicyJson): readonly Guard[] | undefined {
  const [clause] = json.conditions;
  return clause?.kind === 'when' ? guards(clause.body, [], '') : undefined;
}

function guards(expression: Json | undefined, before: readonly Fn[], named: string): readonly Guard[] | undefined {
  const [op, body] = entry(expression);
  const left = member(body, 'left');
  const right = member(body, 'right');
  if (op === '&&') {
    const first = guards(left, before, named);
    if (first !== undefined) return first;
    // A plain attribute may stand in front: it is true or false, or the rule is a candidate.
    const source = attributeOf(left);
    return source === undefined
      ? undefined
      : guards(right, [...before, compileExpression(left!)], `${named}${source} `);
  }
  if (op === '||') {
    const first = guards(left, before, named);
    const second = first === undefined ? undefined : guards(right, before, named);
    return second === undefined ? undefined : [...first!, ...second];
  }
  const one = leaf(op, left, right);
  return one === undefined ? undefined : [{ ...one, source: `${named}${one.source}`, before }];
}

type Leaf = Omit<Guard, 'before'>;

function leaf(op: string, left: Json | undefined, right: Json | undefined): Leaf | undefined {
  switch (op) {
    case 'contains':
      return words(left, [literal(right)]) ?? equals(right, literal(left));
    case 'containsAny':
      return words(left, literal(right));
    case 'containsAll': {
      const all = literal(right);
      return Array.isArray(all) ? words(left, all.slice(0, 1)) : undefined;
    }
    case '==':
      return equals(left, [literal(right)]);
    case '>':
    case '>=': {
      const value = literal(right);
      // Of whole numbers, above n is at least n + 1.
      const limit = typeof value === 'number' && Number.isSafeInteger(value) ? value + (op === '>' ? 1 : 0) : undefined;
      return limit === undefined ? undefined : reading('above', left, [], limit);
    }
    case 'in':
      return inGroups(left, right);
    default:
      return undefined;
  }
}

/** `resource in Group::"name"`, or in one of several. */
function inGroups(left: Json | undefined, right: Json | undefined): Leaf | undefined {
  const [of, holder] = entry(left);
  if (of !== 'Var' || holder !== 'resource') return undefined;
  const groups: string[] = [];
  const [op, list] = entry(right);
  for (const one of op === 'Set' && Array.isArray(list) ? (list as readonly Json[]) : [right]) {
    const [kind, value] = entry(one);
    const uid = kind === 'Value' ? readUid(value) : undefined;
    if (uid === undefined || localType(uid.type) !== 'Group') return undefined;
    groups.push(uid.id);
  }
  return { kind: 'in', source: 'in resource', read: groupsOfResource, words: groups, limit: 0 };
}

/** The groups of the resource; ERR where `in` may be true for another reason: it is a group itself, or stands below something. */
function groupsOfResource({ resource }: PolicyRequest): unknown {
  return resource.type === 'Group' || resource.parent !== undefined ? ERR : resource.groups;
}

function words(left: Json | undefined, wanted: unknown): Leaf | undefined {
  return isWords(wanted) ? reading('words', left, wanted) : undefined;
}

function equals(left: Json | undefined, wanted: unknown): Leaf | undefined {
  return isWords(wanted) ? reading('equals', left, wanted) : undefined;
}

function isWords(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length > 0 && value.every((word) => typeof word === 'string');
}

/** Only an attribute of the context or of the resource is read: neither costs anything nor hides another operand. */
function reading(
  kind: Guard['kind'],
  from: Json | undefined,
  wanted: readonly string[],
  limit: number = 0,
): Leaf | undefined {
  const source = attributeOf(from);
  if (source === undefined) return undefined;
  return { kind, source: `${kind} ${source}`, read: compileExpression(from!), words: wanted, limit };
}

/** `context.name` or `resource.name` as text. */
function attributeOf(expression: Json | undefined): string | undefined {
  const [op, body] = entry(expression);
  const [of, holder] = entry(member(body, 'left'));
  const name = member(body, 'attr');
  if (op !== '.' || of !== 'Var' || (holder !== 'context' && holder !== 'resource') || typeof name !== 'string')
    return undefined;
  return `${holder}.${name}`;
}

function literal(value: Json | undefined): unknown {
  const [op, body] = entry(value);
  if (op === 'Value') return body;
  if (op !== 'Set' || !Array.isArray(body)) return undefined;
  return (body as readonly Json[]).map(literal);
}

function entry(value: Json | undefined): readonly [string, Json | undefined] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return ['', undefined];
  const entries = Object.entries(value);
  return entries.length === 1 ? entries[0]! : ['', undefined];
}

function member(value: Json | undefined, key: string): Json | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return Object.hasOwn(value, key) ? (value as { readonly [key: string]: Json })[key] : undefined;
}

type Filed = { readonly guard: Guard; readonly at: number };

/** Rules of one action, numbered in order: which of them a request could meet. */
export class Candidates {
  readonly #sources: readonly Source[];
  /** 1: always a candidate. 2: a candidate of the request at hand; taken back when it is asked about. */
  readonly #marks: Uint8Array;

  constructor(rules: readonly (readonly Guard[] | undefined)[]) {
    this.#marks = Uint8Array.from(rules, (guards) => (guards === undefined ? 1 : 0));
    const filed = new Map<string, Filed[]>();
    rules.forEach((guards, at) => {
      for (const guard of guards ?? []) {
        const list = filed.get(guard.source) ?? [];
        list.push({ guard, at });
        filed.set(guard.source, list);
      }
    });
    this.#sources = [...filed.values()].map((list) => sourceOf(list, list[0]!.guard));
  }

  /** Marks what the request could meet. Each number must then be taken once. */
  mark(request: PolicyRequest): void {
    for (const source of this.#sources) source(request, this.#marks);
  }

  /** Whether rule number `at` is a candidate of the request that was marked last. */
  take(at: number): boolean {
    const mark = this.#marks[at];
    if (mark === 2) this.#marks[at] = 0;
    return mark !== 0;
  }
}

type Source = (request: PolicyRequest, marks: Uint8Array) => void;

function sourceOf(list: readonly Filed[], { kind, read, before }: Guard): Source {
  const every = list.map(({ at }) => at);
  const marking = markingOf(list, every, kind, read);
  if (before.length === 0) return marking;
  return (request, marks) => {
    for (const one of before) if (typeof one(request) !== 'boolean') return set(marks, every);
    marking(request, marks);
  };
}

function markingOf(list: readonly Filed[], every: readonly number[], kind: Guard['kind'], read: Fn): Source {
  if (kind === 'above') {
    const sorted = [...list].sort((a, b) => a.guard.limit - b.guard.limit);
    const limits = sorted.map(({ guard }) => guard.limit);
    const at = sorted.map((one) => one.at);
    return (request, marks) => {
      const value = read(request);
      if (typeof value !== 'number') return set(marks, every);
      for (let i = 0; i < limits.length && limits[i]! <= value; i++) marks[at[i]!] = 2;
    };
  }
  const byWord = new Map<string, number[]>();
  for (const { guard, at } of list) {
    for (const word of guard.words) {
      const those = byWord.get(word);
      if (those === undefined) byWord.set(word, [at]);
      else those.push(at);
    }
  }
  if (kind === 'equals') {
    return (request, marks) => {
      const value = read(request);
      if (typeof value !== 'string') return set(marks, every);
      const those = byWord.get(value);
      if (those !== undefined) set(marks, those);
    };
  }
  return (request, marks) => {
    const value = read(request);
    if (!Array.isArray(value)) return set(marks, every);
    for (const word of value) {
      const those = byWord.get(word as string);
      if (those !== undefined) set(marks, those);
    }
  };
}

function set(marks: Uint8Array, those: readonly number[]): void {
  for (const at of those) marks[at] = 2;
}
