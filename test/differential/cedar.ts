// Compiled Cedar against cedar-wasm: random sets of one layer, many requests each, every answer compared. The reference is right.
import type { Cedar } from '../../packages/holdfast/src/edge/policy/index.ts';
import {
  askSet,
  BASELINE,
  BASELINE_ID,
  prepareSet,
  type ReferenceAnswer,
} from '../../packages/holdfast/src/edge/policy/index.ts';
import {
  LAYERS,
  type Layer,
  type PolicyEntity,
  type PolicyRequest,
} from '../../packages/holdfast/src/core/model/index.ts';
import {
  ACTION_GROUPS,
  ACTION_PARENT,
  actionsOf,
  combineEffect,
  compilePolicy,
  compileTest,
  ERR,
  POLICY_ACTIONS,
  type PolicyJson,
} from '../../packages/holdfast/src/core/policy/index.ts';
import { randomPolicy } from './cedar-policies.ts';
import { freeRequest, schemaRequest } from './cedar-requests.ts';
import { randomOf, type Random } from './random.ts';

export type Options = {
  readonly cases: number;
  readonly seed: number;
  /** Requests per generated set; parsing is the dear part. */
  readonly perSet?: number;
  /** Changes what the compiler gets, to prove that a fault is seen. */
  readonly fault?: (json: PolicyJson) => PolicyJson;
  readonly progress?: (done: number, result: Result) => void;
  /** Differences after which it stops. */
  readonly stopAt?: number;
};
export type Difference = {
  readonly layer: Layer;
  readonly what: string;
  readonly policies: readonly string[];
  readonly request: PolicyRequest;
};
export type Result = {
  cases: number;
  sets: number;
  matched: number;
  erred: number;
  denied: number;
  refused: number;
  readonly differences: Difference[];
};

/** Runs until `cases` pairs of policy set and request are compared. */
export function runDifferential(cedar: Cedar, options: Options): Result {
  const random = randomOf(options.seed);
  const perSet = options.perSet ?? 40;
  const result: Result = { cases: 0, sets: 0, matched: 0, erred: 0, denied: 0, refused: 0, differences: [] };
  const stopAt = options.stopAt ?? 5;
  while (result.cases < options.cases && result.differences.length < stopAt) {
    const layer = LAYERS[result.sets % LAYERS.length] as Layer;
    const free = random.chance(0.5);
    compareSet(cedar, random, layer, free, Math.min(perSet, options.cases - result.cases), options, result);
    result.sets += 1;
    options.progress?.(result.cases, result);
  }
  return result;
}

function compareSet(
  cedar: Cedar,
  random: Random,
  layer: Layer,
  free: boolean,
  requests: number,
  options: Options,
  result: Result,
): void {
  const texts = Array.from({ length: 6 + random.below(6) }, (_, at) => {
    const permit = layer === 'waive' || (layer === 'allow' && random.chance(0.6));
    const notes = `@id("gen/r${at}") @verdict("${layer}") ${layer === 'waive' ? '@waives("gen/other") ' : ''}${layer === 'modify' ? '@rewrite("trash") ' : ''}`;
    return randomPolicy(random, permit ? 'permit' : 'forbid', notes).text;
  });
  const jsons: PolicyJson[] = texts.map((text) => {
    const parsed = cedar.policyToJson(text);
    if (parsed.type === 'failure')
      throw new Error(`the generator wrote what does not parse: ${text}\n${parsed.errors[0]?.message}`);
    return parsed.json as unknown as PolicyJson;
  });
  const name = free ? 'free' : 'typed';
  const policies: { [id: string]: string } = Object.fromEntries(texts.map((text, at) => [`gen/r${at}`, text]));
  if (layer !== 'waive' && layer !== 'allow') policies[BASELINE_ID] = BASELINE;
  prepareSet(cedar, name, policies);
  const given = options.fault === undefined ? jsons : jsons.map(options.fault);
  const compiled = compilePolicy(given.map((json) => ({ json, scope: 'user' })));
  if (!('policy' in compiled)) throw new Error(`the compiler refused: ${compiled.problems[0]?.message}`);
  const tests = given.map((json) => ({
    json,
    id: json.annotations?.['id'] ?? '',
    actions: new Set<string>(actionsOf(json)),
    test: compileTest(json),
  }));
  for (let at = 0; at < requests; at += 1) {
    const request = free ? freeRequest(random) : schemaRequest(random);
    result.cases += 1;
    const reference = free ? askFree(cedar, name, request) : askSet(cedar, name, request);
    const what = compare(reference, layer, tests, compiled.policy.match(request), request, result);
    if (what !== undefined) result.differences.push({ layer, what, policies: texts, request });
  }
}

type Tested = {
  readonly json: PolicyJson;
  readonly id: string;
  readonly actions: ReadonlySet<string>;
  readonly test: (request: PolicyRequest) => unknown;
};

/** What differs, in words, or undefined. */
function compare(
  reference: ReferenceAnswer,
  layer: Layer,
  tests: readonly Tested[],
  matches: readonly { readonly rule: { readonly id: string }; readonly erred: boolean }[],
  request: PolicyRequest,
  result: Result,
): string | undefined {
  if ('failure' in reference) {
    result.refused += 1;
    return `the reference does not take the request: ${reference.failure}`;
  }
  const answers = tests
    .filter((one) => one.actions.has(request.action))
    .map((one) => ({ ...one, answer: one.test(request) }));
  const ids = (effect: string, answer: unknown): string[] =>
    answers
      .filter((one) => one.json.effect === effect && one.answer === answer)
      .map((one) => one.id)
      .sort();
  const forbids = ids('forbid', true);
  const permits = ids('permit', true);
  const baseline = layer !== 'waive' && layer !== 'allow';
  const erred = [...ids('forbid', ERR), ...ids('permit', ERR)].sort();
  const decision = forbids.length > 0 ? 'deny' : baseline || permits.length > 0 ? 'allow' : 'deny';
  const reasons = forbids.length > 0 ? forbids : baseline ? [BASELINE_ID] : permits;
  if (forbids.length + permits.length > 0) result.matched += 1;
  if (erred.length > 0) result.erred += 1;
  if (decision === 'deny') result.denied += 1;
  if (decision !== reference.decision) return `decision ${decision}, reference ${reference.decision}`;
  if (String(reasons) !== String([...reference.reasons].sort()))
    return `reasons ${reasons}, reference ${reference.reasons}`;
  if (String(erred) !== String([...reference.errors].sort())) return `errors ${erred}, reference ${reference.errors}`;
  // The answer that the engine uses must say the same as the rules one by one.
  const matched = matches.map((match) => `${match.rule.id}${match.erred ? '!' : ''}`).sort();
  const wanted = [...forbids, ...permits, ...ids('forbid', ERR).map((id) => `${id}!`)].sort();
  if (String(matched) !== String(wanted)) return `match ${matched}, rules ${wanted}`;
  const level = combineEffect(matches as Parameters<typeof combineEffect>[0], 0, 'pass').level;
  const layered = layerLevel(layer, reference, tests);
  return level === layered ? undefined : `level ${level}, the layer says ${layered}`;
}

/** What the layer's answer means (ADR 3), from Cedar's decision and errors alone. */
function layerLevel(
  layer: Layer,
  reference: Exclude<ReferenceAnswer, { failure: string }>,
  tests: readonly Tested[],
): string {
  const denied = reference.decision === 'deny';
  const erredForbid = tests.some((one) => one.json.effect === 'forbid' && reference.errors.includes(one.id));
  switch (layer) {
    case 'deny':
      return denied || erredForbid ? 'deny' : 'pass';
    case 'ask':
      return denied || erredForbid ? 'ask' : 'pass';
    case 'modify':
      return erredForbid ? 'ask' : denied ? 'modify' : 'pass';
    case 'waive':
      return 'pass';
    case 'allow':
      return !denied && !erredForbid ? 'allow' : 'pass';
  }
}

/** Asks without a schema: the action hierarchy then has to come as entities. Free requests conform to no schema. */
function askFree(cedar: Cedar, name: string, request: PolicyRequest): ReferenceAnswer {
  const uid = (type: string, id: string): { type: string; id: string } => ({ type: `Holdfast::${type}`, id });
  const entities: unknown[] = POLICY_ACTIONS.map((action) => {
    const parent = ACTION_PARENT[action];
    return { uid: uid('Action', action), attrs: {}, parents: parent === undefined ? [] : [uid('Action', parent)] };
  });
  for (const group of ACTION_GROUPS)
    entities.push({ uid: uid('Action', group), attrs: {}, parents: group === 'any' ? [] : [uid('Action', 'any')] });
  const add = (entity: PolicyEntity): void => {
    const parents = entity.groups.map((group) => uid('Group', group));
    if (entity.parent !== undefined) parents.push(uid(entity.parent.type, entity.parent.id));
    entities.push({ uid: uid(entity.type, entity.id), attrs: entity.attrs, parents });
    if (entity.parent !== undefined) add(entity.parent);
  };
  add(request.principal);
  add(request.resource);
  const answer = cedar.statefulIsAuthorized({
    principal: uid(request.principal.type, request.principal.id),
    action: uid('Action', request.action),
    resource: uid(request.resource.type, request.resource.id),
    context: request.context as never,
    preparsedPolicySetId: name,
    entities: entities as never,
  });
  if (answer.type === 'failure') return { failure: answer.errors.map((error) => error.message).join('; ') };
  const { decision, diagnostics } = answer.response;
  return { decision, reasons: diagnostics.reason, errors: diagnostics.errors.map((error) => error.policyId) };
}
