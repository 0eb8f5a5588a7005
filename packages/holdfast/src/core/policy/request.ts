// Effects and calls ▶ requests of the schema: the only place where engine words become Cedar entities and context.
import type {
  Action,
  Effect,
  Finding,
  PolicyEntity,
  PolicyRequest,
  SessionState,
  Settings,
  Target,
} from '../model/index.ts';
import { isObject } from '../model/index.ts';
import type { EffectLabel } from '../flow/labels.ts';
import { ACTION_PARENT, RESOURCES } from './schema.ts';

/** Everything besides the effect that a request says; built once per decision. What its requests share is kept in it. */
export type RequestContext = {
  shared?: Shared | undefined;
  readonly session: SessionState;
  readonly action: Action;
  readonly settings: Settings;
  readonly effects: readonly Effect[];
  /** Labels per effect, in order. */
  readonly labels: readonly EffectLabel[];
  readonly findings: readonly Finding[];
  /** Of the whole action, 0–100. */
  readonly risk: number;
  /** How far the agent is contained: `cooperative`, `contained`, `separate-user`. */
  readonly level: string;
  /** Limits of the user that each effect would break, in order; absent: none known. */
  readonly limits?: readonly (readonly string[])[];
  /** Seams that saw this action; absent: the action's own. */
  readonly seams?: readonly string[];
};

const NONE: readonly string[] = Object.freeze([]);

/** The request for effect number `index`; `risk` is that effect's own, 0–100. */
export function effectRequest(effect: Effect, index: number, risk: number, context: RequestContext): PolicyRequest {
  const { action, settings } = context;
  const label = context.labels[index];
  const shared = sharedOf(context);
  const others = context.effects.length > 1 ? beside((shared.counts ??= countAll(context.effects)), effect) : ALONE;
  return {
    action: effect.kind,
    principal: shared.principal,
    resource: targetEntity(effect.target, effect.kind),
    context: {
      certain: effect.certain,
      attributes: effect.attributes,
      tool: action.tool,
      seam: action.seam,
      profile: settings.profile,
      prompts: settings.prompts,
      inside: shared.inside,
      via: effect.via,
      // Data of unknown origin counts as the worst: a missing label never loosens.
      integrity: label?.integrity ?? 'external',
      confidentiality: label?.confidentiality ?? 'secret',
      origins: label?.origins ?? NONE,
      findings: codes(context.findings, index),
      limits: context.limits?.[index] ?? NONE,
      with: others.kinds,
      withReads: others.reads,
      withChanges: others.changes,
      withGroups: others.groups,
      risk: whole(risk),
      askAt: whole(settings.askAt),
      denyAt: whole(settings.denyAt),
    },
  };
}

/** The request for the action as a whole. */
export function callRequest(context: RequestContext): PolicyRequest {
  const { action, settings, effects } = context;
  const attributes: string[] = [];
  const scopes: string[] = [];
  for (const effect of effects) {
    for (const attribute of effect.attributes) if (!attributes.includes(attribute)) attributes.push(attribute);
    const scope = scopeOf(effect.target);
    if (scope !== undefined && !scopes.includes(scope)) scopes.push(scope);
  }
  const external = context.labels.some((label) => label.integrity === 'external');
  const user = context.labels.length > 0 && context.labels.every((label) => label.integrity === 'user');
  const shared = sharedOf(context);
  const counts = (shared.counts ??= countAll(effects));
  return {
    action: 'call',
    principal: shared.principal,
    resource: toolEntity(action),
    context: {
      effects: counts.kinds.words,
      attributes,
      scopes,
      groups: counts.groups.words,
      findings: codes(context.findings, undefined),
      limits: context.limits === undefined ? NONE : [...new Set(context.limits.flat())],
      tool: action.tool,
      profile: settings.profile,
      prompts: settings.prompts,
      inside: shared.inside,
      integrity: external ? 'external' : user ? 'user' : 'workspace',
      confidentiality: highest(context.labels),
      seams: context.seams ?? [action.seam],
      risk: whole(context.risk),
      askAt: whole(settings.askAt),
      denyAt: whole(settings.denyAt),
    },
  };
}

/** A target as an entity. One that the schema does not know for this kind, or that is empty, becomes `Unknown`: no rule may miss it. */
export function targetEntity(target: Target, kind: Effect['kind']): PolicyEntity {
  const { name, groups } = target;
  if (target.type === 'unknown') return unknown(name);
  const type = ENTITY[target.type];
  if (!RESOURCES[kind].includes(type)) return unknown(`a ${target.type} where ${kind} expects none: ${name}`);
  return { type, id: name, attrs: attributesOf(target), groups };
}

const ENTITY: { readonly [type in Exclude<Target['type'], 'unknown'>]: string } = {
  path: 'Path',
  host: 'Host',
  program: 'Program',
  party: 'Party',
  remote: 'Remote',
  secret: 'Secret',
  tool: 'Tool',
};

function attributesOf(target: Target): PolicyEntity['attrs'] {
  const { name } = target;
  switch (target.type) {
    case 'path': {
      const scope = target.scope ?? 'none';
      return target.exists === undefined ? { path: name, scope } : { path: name, scope, exists: target.exists };
    }
    case 'host': {
      const { host, port } = hostPort(name);
      const scope = target.scope ?? 'none';
      return port === undefined ? { name: host, scope } : { name: host, scope, port };
    }
    case 'program':
      return { name };
    case 'party':
      return { address: name };
    case 'remote':
      return { uri: name };
    case 'secret':
      return { class: name };
    case 'tool':
      return { name, pinned: false };
    case 'unknown':
      return { why: name };
  }
}

function unknown(why: string): PolicyEntity {
  return { type: 'Unknown', id: why, attrs: { why }, groups: NONE };
}

function toolEntity(action: Action): PolicyEntity {
  const server = isObject(action.input) && action.tool === 'mcp' ? action.input['server'] : undefined;
  return {
    type: 'Tool',
    id: action.hostTool,
    groups: NONE,
    attrs:
      typeof server === 'string' ? { name: action.tool, server, pinned: false } : { name: action.tool, pinned: false },
  };
}

function sessionEntity(context: RequestContext): PolicyEntity {
  const { session, action } = context;
  return {
    type: 'Session',
    id: session.id,
    groups: NONE,
    attrs: { depth: session.depth, task: session.task?.proven === true, level: context.level, marks: marksOf(session) },
    parent: { type: 'Agent', id: action.agent, attrs: { host: action.agent }, groups: NONE },
  };
}

/** Labels the session has seen; lost history counts as external and private (core/model/state.ts). */
function marksOf(session: SessionState): readonly string[] {
  const marks = Object.keys(session.marks);
  if (!session.lost) return marks;
  return [...new Set([...marks, 'external', 'private'])];
}

type Beside = {
  readonly kinds: readonly string[];
  readonly reads: readonly string[];
  readonly changes: readonly string[];
  readonly groups: readonly string[];
};
const ALONE: Beside = Object.freeze({ kinds: NONE, reads: NONE, changes: NONE, groups: NONE });

/**
 * How many effects of an action say each word, so that "all but this one" costs words, not effects (2,000 × 2,000 else).
 * `given`: the answers so far; effects of one kind, place and list of groups have one answer.
 */
type Counts = {
  readonly kinds: Count;
  readonly reads: Count;
  readonly changes: Count;
  readonly groups: Count;
  readonly given: { readonly effect: Effect; readonly beside: Beside }[];
};
/** `less`: all words but number n, made when they are first wanted. */
type Count = { readonly words: string[]; readonly times: number[]; readonly less: (readonly string[] | undefined)[] };

function countAll(effects: readonly Effect[]): Counts {
  const counts: Counts = { kinds: none(), reads: none(), changes: none(), groups: none(), given: [] };
  for (const effect of effects) {
    add(counts.kinds, effect.kind);
    const { groups } = effect.target;
    for (let i = 0; i < groups.length; i++) if (groups.indexOf(groups[i]!) === i) add(counts.groups, groups[i]!);
    const touched = touch(effect);
    if (touched !== undefined) add(counts[touched], scopeOf(effect.target) ?? '');
  }
  return counts;
}

function none(): Count {
  return { words: [], times: [], less: [] };
}

/** Where an effect's scope counts: what is read, what is changed or reached; running something is neither. */
function touch(effect: Effect): 'reads' | 'changes' | undefined {
  if (effect.kind === 'opaque' || ACTION_PARENT[effect.kind] === 'executes') return undefined;
  if (scopeOf(effect.target) === undefined) return undefined;
  return effect.kind === 'file.read' ? 'reads' : 'changes';
}

/** A place that could not be classified or resolved is a scope of its own, so that no rule mistakes it for nothing. */
function scopeOf(target: Target): string | undefined {
  if (target.scope !== undefined) return target.scope;
  if (target.type === 'unknown') return 'unknown';
  return target.type === 'path' || target.type === 'host' ? 'none' : undefined;
}

function add(count: Count, word: string): void {
  const at = count.words.indexOf(word);
  if (at >= 0) count.times[at]! += 1;
  else {
    count.words.push(word);
    count.times.push(1);
  }
}

/** Answers kept per action; the words of an action are few, its effects may be many. */
const GIVEN = 16;

/** What the other effects of the action are and touch. */
function beside(counts: Counts, effect: Effect): Beside {
  const { target } = effect;
  const { given } = counts;
  const place = scopeOf(target);
  for (let i = 0; i < given.length; i++) {
    const other = given[i]!.effect;
    if (other.kind === effect.kind && isSame(other.target.groups, target.groups) && scopeOf(other.target) === place)
      return given[i]!.beside;
  }
  const touched = touch(effect);
  const made: Beside = {
    kinds: without(counts.kinds, effect.kind),
    reads: touched === 'reads' ? without(counts.reads, place ?? '') : counts.reads.words,
    changes: touched === 'changes' ? without(counts.changes, place ?? '') : counts.changes.words,
    groups: withoutAll(counts.groups, target.groups),
  };
  if (given.length < GIVEN) given.push({ effect, beside: made });
  return made;
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a === b || (a.length === 0 && b.length === 0);
}

/** The words of all but one who says `own`: those of others stay. Nearly always that is all of them, or all but one. */
function without(count: Count, own: string): readonly string[] {
  const { words, times, less } = count;
  const at = words.indexOf(own);
  if (at < 0 || times[at]! > 1) return words;
  return (less[at] ??= words.filter((word) => word !== own));
}

function withoutAll(count: Count, own: readonly string[]): readonly string[] {
  if (own.length === 0) return count.words;
  if (own.length === 1) return without(count, own[0]!);
  return count.words.filter((word, at) => count.times[at]! > 1 || !own.includes(word));
}

/** What all requests of one decision share, made at the first of them. */
type Shared = { readonly principal: PolicyEntity; readonly inside: boolean; counts: Counts | undefined };

function sharedOf(context: RequestContext): Shared {
  return (context.shared ??= {
    principal: sessionEntity(context),
    inside: insideProject(context.action),
    counts: undefined,
  });
}

/** True when the working directory lies in the workspace and the workspace is a project, not `/`, a home or what holds homes. */
function insideProject(action: Action): boolean {
  const { cwd, workspace, home } = action;
  if (workspace === '' || workspace === '/' || workspace === home || home.startsWith(`${workspace}/`)) return false;
  return cwd === workspace || cwd.startsWith(`${workspace}/`);
}

/** Codes of the findings about effect number `index` or the whole action; without a number, of all. */
function codes(findings: readonly Finding[], index: number | undefined): readonly string[] {
  if (findings.length === 0) return NONE;
  const found = new Set<string>();
  for (const finding of findings)
    if (index === undefined || finding.effect === undefined || finding.effect === index) found.add(finding.code);
  return [...found];
}

function highest(labels: readonly EffectLabel[]): string {
  let high = 'public';
  for (const { confidentiality } of labels) {
    if (confidentiality === 'secret') return 'secret';
    if (confidentiality === 'private') high = 'private';
  }
  return high;
}

/** `host`, `host:443`, `[::1]:443` ▶ name and port. A bare IPv6 address has several colons and no port. */
function hostPort(name: string): { readonly host: string; readonly port?: number } {
  const colon = name.lastIndexOf(':');
  const digits = name.slice(colon + 1);
  const host = name.slice(0, colon);
  if (colon <= 0 || !/^\d{1,5}$/.test(digits) || (host.includes(':') && !host.endsWith(']'))) return { host: name };
  return { host: host.startsWith('[') ? host.slice(1, -1) : host, port: Number(digits) };
}

/** Cedar knows whole numbers only; risk rounds up, so that a fraction never falls below a threshold. */
function whole(value: number): number {
  return Number.isFinite(value) ? Math.ceil(value) : 100;
}
