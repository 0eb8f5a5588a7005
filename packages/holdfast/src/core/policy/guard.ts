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
  return clause?.kind === 'when' ? guardsIn(clause.body, [], '') : undefined;
}

function guardsIn(expression: Json | undefined, before: readonly Fn[], named: string): readonly Guard[] | undefined {
  const [op, body] = entry(expression);
  const left = member(body, 'left');
  const right = member(body, 'right');
  if (op === '&&') {
    const first = guardsIn(left, before, named);
    if (first !== undefined) return first;
    // A plain attribute may stand in front: it is true or false, or the rule is a candidate.
    const source = attributeOf(left);
    return source === undefined
      ? undefined
      : guardsIn(right, [...before, compileExpression(left!)], `${named}${source} `);
  }
  if (op === '||') {
    const first = guardsIn(left, before, named);
    const second = first === undefined ? undefined : guardsIn(right, before, named);
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
  readonly #always: readonly number[];
  /** Numbers of the request at hand, each once; kept so that asking costs no memory. */
  readonly #met: number[] = [];
  readonly #seen: Uint8Array;

  constructor(rules: readonly (readonly Guard[] | undefined)[]) {
    this.#always = rules.flatMap((guards, at) => (guards === undefined ? [at] : []));
    this.#seen = new Uint8Array(rules.length);
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

  /** Numbers of the rules, ascending; good until the next request. */
  of(request: PolicyRequest): readonly number[] {
    const met = this.#met;
    met.length = 0;
    const sources = this.#sources;
    for (let i = 0; i < sources.length; i++) sources[i]!(request, met);
    if (met.length === 0) return this.#always;
    let distinct = 0;
    for (let i = 0; i < met.length; i++) {
      const at = met[i]!;
      if (this.#seen[at] === 1) continue;
      this.#seen[at] = 1;
      met[distinct++] = at;
    }
    met.length = distinct;
    for (let i = 0; i < distinct; i++) this.#seen[met[i]!] = 0;
    for (let i = 0; i < this.#always.length; i++) met.push(this.#always[i]!);
    return met.sort(ascending);
  }
}

function ascending(a: number, b: number): number {
  return a - b;
}

type Source = (request: PolicyRequest, met: number[]) => void;

function sourceOf(list: readonly Filed[], { kind, read, before }: Guard): Source {
  const every = list.map(({ at }) => at);
  const finding = findingOf(list, every, kind, read);
  if (before.length === 0) return finding;
  return (request, met) => {
    for (let i = 0; i < before.length; i++) if (typeof before[i]!(request) !== 'boolean') return add(met, every);
    finding(request, met);
  };
}

function findingOf(list: readonly Filed[], every: readonly number[], kind: Guard['kind'], read: Fn): Source {
  if (kind === 'above') {
    const sorted = [...list].sort((a, b) => a.guard.limit - b.guard.limit);
    const limits = sorted.map(({ guard }) => guard.limit);
    const at = sorted.map((one) => one.at);
    return (request, met) => {
      const value = read(request);
      if (typeof value !== 'number') return add(met, every);
      for (let i = 0; i < limits.length && limits[i]! <= value; i++) met.push(at[i]!);
    };
  }
  const byWord = new Map<unknown, number[]>();
  for (const { guard, at } of list) {
    for (const word of guard.words) {
      const those = byWord.get(word);
      if (those === undefined) byWord.set(word, [at]);
      else those.push(at);
    }
  }
  if (kind === 'equals') {
    return (request, met) => {
      const value = read(request);
      if (typeof value !== 'string') return add(met, every);
      const those = byWord.get(value);
      if (those !== undefined) add(met, those);
    };
  }
  return (request, met) => {
    const value = read(request);
    if (!Array.isArray(value)) return add(met, every);
    for (let i = 0; i < value.length; i++) {
      const those = byWord.get(value[i]);
      if (those !== undefined) add(met, those);
    }
  };
}

function add(met: number[], those: readonly number[]): void {
  for (let i = 0; i < those.length; i++) met.push(those[i]!);
}
