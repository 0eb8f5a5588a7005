// Cedar's own answer for a request: the reference that the compiler is measured against, and the evaluator of what it does not know.
import type {
  CedarValueJson,
  EntityJson,
  EntityUidJson,
  PolicyJson as WasmPolicy,
} from '@cedar-policy/cedar-wasm/nodejs';
import type { PolicyEntity, PolicyRequest } from '../../core/model/index.ts';
import { NAMESPACE, SCHEMA, type PolicyJson, type Reference } from '../../core/policy/index.ts';
import type { Cedar } from './cedar.ts';

export type ReferenceAnswer =
  | { readonly decision: 'allow' | 'deny'; readonly reasons: readonly string[]; readonly errors: readonly string[] }
  /** Cedar did not take the request or the policies at all. */
  | { readonly failure: string };

const SCHEMA_NAME = 'holdfast';
/** What a layer of forbids stands on: without it Cedar denies by default. */
export const BASELINE = 'permit(principal, action, resource);';
export const BASELINE_ID = 'baseline';

/** Prepares a named set once; asking it many times is then cheap. Reuse names: each new one keeps memory. */
export function prepareSet(cedar: Cedar, name: string, policies: { readonly [id: string]: PolicyJson | string }): void {
  if (!preparedSchema.has(cedar)) {
    const schema = cedar.preparseSchema(SCHEMA_NAME, SCHEMA);
    if (schema.type === 'failure')
      throw new Error(`the policy schema does not parse: ${schema.errors[0]?.message ?? ''}`);
    preparedSchema.add(cedar);
  }
  const answer = cedar.preparsePolicySet(name, { staticPolicies: policies as { [id: string]: WasmPolicy | string } });
  if (answer.type === 'failure') throw new Error(`the policies do not parse: ${answer.errors[0]?.message ?? ''}`);
}

const preparedSchema = new WeakSet<Cedar>();

/** Asks a prepared set. Always with the schema: without it `action in` is silently false and forbids stop firing. */
export function askSet(cedar: Cedar, name: string, request: PolicyRequest, validateRequest = true): ReferenceAnswer {
  const answer = cedar.statefulIsAuthorized({
    principal: uid(request.principal),
    action: { type: `${NAMESPACE}::Action`, id: request.action },
    resource: uid(request.resource),
    context: request.context as { [name: string]: CedarValueJson },
    preparsedSchemaName: SCHEMA_NAME,
    validateRequest,
    preparsedPolicySetId: name,
    entities: entitiesOf(request),
  });
  if (answer.type === 'failure') return { failure: answer.errors.map((error) => error.message).join('; ') };
  const { decision, diagnostics } = answer.response;
  return { decision, reasons: diagnostics.reason, errors: diagnostics.errors.map((error) => error.policyId) };
}

/** The evaluator for rules with constructs that are not compiled. A request Cedar does not take makes the rule err, and erring forbids count. */
export function makeReference(cedar: () => Cedar): Reference {
  const names = new Map<PolicyJson, string>();
  return (rule, request) => {
    let name = names.get(rule);
    if (name === undefined) {
      name = `rule-${names.size}`;
      prepareSet(cedar(), name, rule.effect === 'forbid' ? { [BASELINE_ID]: BASELINE, rule } : { rule });
      names.set(rule, name);
    }
    const answer = askSet(cedar(), name, request);
    if ('failure' in answer || answer.errors.includes('rule')) return 'erred';
    return answer.reasons.includes('rule');
  };
}

function uid(entity: { readonly type: string; readonly id: string }): EntityUidJson {
  return { type: `${NAMESPACE}::${entity.type}`, id: entity.id };
}

/** Principal with its parents, and resource; groups need no entry of their own. */
function entitiesOf(request: PolicyRequest): EntityJson[] {
  const entities: EntityJson[] = [entityJson(request.resource)];
  for (let at: PolicyEntity | undefined = request.principal; at !== undefined; at = at.parent)
    entities.push(entityJson(at));
  return entities;
}

function entityJson(entity: PolicyEntity): EntityJson {
  const parents = entity.groups.map((group) => uid({ type: 'Group', id: group }));
  if (entity.parent !== undefined) parents.push(uid(entity.parent));
  return { uid: uid(entity), attrs: entity.attrs as { [name: string]: CedarValueJson }, parents };
}
