// Random requests: of the schema (built by the product from random effects), and free ones with records, odd attributes and large numbers.
import {
  ATTRIBUTES,
  EFFECT_KINDS,
  PROFILES,
  SCOPES,
  SEAMS,
  TOOLS,
  type Effect,
  type FindingCode,
  type PolicyEntity,
  type PolicyRequest,
  type Target,
  type TargetType,
} from '../../packages/holdfast/src/core/model/index.ts';
import { emptyState, apply } from '../../packages/holdfast/src/core/engine/apply.ts';
import { callRequest, effectRequest, type RequestContext } from '../../packages/holdfast/src/core/policy/index.ts';
import { ACTIONS, GROUPS, IDS, LONGS, TYPES, WORDS } from './cedar-policies.ts';
import type { Random } from './random.ts';

const TARGETS: readonly TargetType[] = [
  'path',
  'path',
  'path',
  'host',
  'program',
  'party',
  'remote',
  'secret',
  'tool',
  'unknown',
];
const PROGRAMS = ['sudo', 'bash', 'find', 'env'];

/** A request that conforms to the schema: a random action, through the product's own request builder. */
export function schemaRequest(random: Random): PolicyRequest {
  const effects = Array.from({ length: 1 + random.below(3) }, () => randomEffect(random));
  const state = emptyState();
  apply(state, {
    type: 'session.opened',
    session: random.pick(IDS),
    agent: random.pick(IDS),
    depth: random.below(3),
    workspace: '/home/dev/x',
    time: 0,
  });
  const session = [...state.sessions.values()][0];
  if (session === undefined) throw new Error('the session was opened above');
  for (const mark of ['external', 'private', 'secret'] as const) if (random.chance(0.3)) session.marks[mark] = 1;
  session.lost = random.chance(0.1);
  const context: RequestContext = {
    session,
    action: {
      id: '1',
      seam: random.pick(SEAMS),
      agent: random.pick(IDS),
      session: session.id,
      tool: random.pick(TOOLS),
      hostTool: random.pick(IDS),
      input: random.chance(0.5) ? { server: 'a' } : {},
      cwd: random.pick(['/home/dev/x', '/', '/etc']),
      workspace: '/home/dev/x',
      home: '/home/dev',
      time: 0,
    },
    settings: {
      profile: random.pick(PROFILES),
      unmatched: 'pass',
      prompts: random.pick(['on', 'off']),
      askAt: 50,
      denyAt: 100,
      groups: {},
      key: '00',
    },
    effects,
    labels: effects.map(() => ({
      integrity: random.pick(['user', 'workspace', 'external']),
      confidentiality: random.pick(['public', 'private', 'secret']),
      origins: random.some(['task', 'model', 'result:external'], 2),
    })),
    findings: random.some(['a', 'b', 'force'], 2).map((code) => ({
      code: code as FindingCode,
      severity: 'low',
      by: 'lower',
      evidence: [],
    })),
    risk: random.below(101),
    level: 'cooperative',
  };
  const [first] = effects;
  if (first === undefined || random.chance(0.1)) return callRequest(context);
  return effectRequest(first, 0, random.below(101), context);
}

export function randomEffect(random: Random): Effect {
  const type = random.pick(TARGETS);
  const target: Target = {
    type,
    name: random.pick([...IDS, ...WORDS]),
    groups: [...new Set(random.some(GROUPS, 2))],
    ...(random.chance(0.8) ? { scope: random.pick(SCOPES) } : {}),
    ...(type === 'path' && random.chance(0.5) ? { exists: random.chance(0.5) } : {}),
  };
  return {
    kind: random.pick(EFFECT_KINDS),
    target: type === 'host' && random.chance(0.5) ? { ...target, name: 'example.org:443' } : target,
    certain: random.chance(0.7),
    attributes: [...new Set(random.some(ATTRIBUTES, 4))],
    via: random.some(PROGRAMS, 2),
    span: { at: '/command', from: 0, to: 1 },
    args: [],
  };
}

/** A request of no schema: any entity with any attributes, a context with records and sets of everything. */
export function freeRequest(random: Random): PolicyRequest {
  const agent: PolicyEntity = { type: 'Agent', id: random.pick(IDS), attrs: attrs(random), groups: groups(random) };
  return {
    action: random.pick(ACTIONS.slice(0, 9)) as PolicyRequest['action'],
    principal: { type: 'Session', id: random.pick(IDS), attrs: attrs(random), groups: groups(random), parent: agent },
    resource: {
      type: random.pick(TYPES.slice(0, 8)),
      id: random.pick(IDS),
      attrs: attrs(random),
      groups: groups(random),
    },
    context: attrs(random),
  };
}

function groups(random: Random): string[] {
  return [...new Set(random.some(GROUPS, 2))];
}

function attrs(random: Random): { readonly [name: string]: unknown } {
  const all: { [name: string]: unknown } = {};
  for (const [name, make] of Object.entries(MAKERS)) if (random.chance(0.75)) all[name] = make(random);
  return all;
}

const word = (random: Random): unknown => random.pick(WORDS);
const long = (random: Random): unknown => random.pick(LONGS);
const flag = (random: Random): unknown => random.chance(0.5);
const words = (random: Random): unknown => random.some(WORDS, 3);
const MAKERS: { readonly [name: string]: (random: Random) => unknown } = {
  tool: word,
  profile: word,
  integrity: word,
  confidentiality: word,
  seam: word,
  s: word,
  path: word,
  scope: word,
  name: word,
  attributes: words,
  via: words,
  with: words,
  findings: words,
  ss: (random) => [words(random), words(random)],
  marks: words,
  ls: (random) => random.some(LONGS, 3),
  risk: long,
  askAt: long,
  denyAt: long,
  n: long,
  m: long,
  port: long,
  depth: long,
  certain: flag,
  inside: flag,
  f: flag,
  exists: flag,
  r: (random) => random.pick<unknown>([{}, { a: 1 }, { a: random.pick(LONGS), b: { c: 'x' } }, { a: words(random) }]),
};
