// Lint of a whole rule set: what validates in Cedar and would still be a mistake. Errors refuse the set, warnings are told.
import type { Json, JsonObject } from '../model/index.ts';
import { isObject } from '../model/index.ts';
import type { CompiledRule } from './compile.ts';
import type { Problem } from './problem.ts';
import { UNMATCHED } from './combine.ts';
import { actionsOf } from './rule.ts';
import { RESOURCES } from './schema.ts';

/** Longest id and text a rule may have: both are shown to a human and a model. */
const ID_LENGTH = 64;
const TEXT_LENGTH = 240;

/** All findings about `rules`, in their order. The set must be whole: rules are judged by what stands beside them. */
export function lintRules(rules: readonly CompiledRule[]): readonly Problem[] {
  const problems: Problem[] = [];
  const ids = new Map(rules.map((rule) => [rule.info.id, rule]));
  const unknownCovered = coveredActions(rules);
  for (const rule of rules) {
    const { info, json } = rule;
    const say = (level: Problem['level'], code: Problem['code'], message: string): void => {
      problems.push({ level, code, message, rule: info.id, ...(rule.at === undefined ? {} : { at: rule.at }) });
    };
    if (info.id.length > ID_LENGTH) say('error', 'policy-id', `the id is longer than ${ID_LENGTH} characters`);
    if (info.scope === 'project') lintProject(rule, say);
    else lintTexts(rule, say);
    // Of a project's permit there is no more to say than that it may not be.
    const refused = info.scope === 'project' && json.effect === 'permit';
    if (
      !refused &&
      json.effect === 'permit' &&
      !boundScope(json.resource.op, json.resource) &&
      !boundConditions(rule)
    ) {
      say(
        'error',
        'policy-unbound',
        'a permit must name the resource it is for (`resource == …`, `resource in …` or an attribute with a value)',
      );
    }
    if (info.layer === 'deny' || info.layer === 'ask') {
      const open = actionsOf(json).filter(
        (action) => RESOURCES[action].includes('Unknown') && !unknownCovered.has(action),
      );
      if (open.length > 0) {
        say(
          'error',
          'policy-unknown-target',
          `an unresolved target would slip past it: name \`resource is Holdfast::Unknown\` here or in a rule beside it, for ${open.join(', ')}`,
        );
      }
    }
    if (actionsOf(json).length === 0) say('error', 'policy-schema', 'the rule stands for no action');
    if (info.waives !== undefined) lintWaiver(rule, ids.get(info.waives), say);
    if (hasUnsafeInteger(json as unknown as Json))
      say('error', 'policy-integer', 'an integer is beyond what is exact (2^53)');
  }
  return problems;
}

type Say = (level: Problem['level'], code: Problem['code'], message: string) => void;

function lintProject(rule: CompiledRule, say: Say): void {
  const { layer, id } = rule.info;
  if (layer !== 'deny' && layer !== 'ask')
    say('error', 'policy-scope', `a project may only add deny and ask rules, not ${layer}`);
  if (rule.slow !== undefined)
    say('error', 'policy-scope', `a project's rules must be ones that are compiled: ${rule.slow} is not`);
  // Its own corner of names: a project must not be able to collide with, or speak as, a rule of somebody else.
  if (!id.startsWith('project/')) say('error', 'policy-scope', "the id of a project's rule starts with `project/`");
}

function lintTexts(rule: CompiledRule, say: Say): void {
  const { layer, reason, fix } = rule.info;
  const speaks = layer === 'deny' || layer === 'ask' || layer === 'modify';
  if (reason === '')
    say(speaks ? 'error' : 'warning', 'policy-text', 'a rule needs `@reason`: what was seen, in one sentence');
  if (speaks && layer !== 'modify' && fix === undefined)
    say('error', 'policy-text', 'a rule needs `@fix`: the safer way');
  for (const [name, text] of [
    ['reason', reason],
    ['fix', fix ?? ''],
  ] as const) {
    if (text === '') continue;
    if (text.length > TEXT_LENGTH) say('error', 'policy-text', `\`@${name}\` is longer than ${TEXT_LENGTH} characters`);
    if (/^[A-Z][a-z]/.test(text) || text.endsWith('.') || text.includes('\n')) {
      say(
        'warning',
        'policy-text',
        `\`@${name}\` is one sentence that starts in lower case and ends without a full stop`,
      );
    }
  }
}

function lintWaiver(rule: CompiledRule, waived: CompiledRule | undefined, say: Say): void {
  // What the profile says where no rule speaks is no rule, and can be lifted where it asks.
  if (rule.info.waives === UNMATCHED) return;
  if (waived === undefined) return say('error', 'policy-waives', `no rule \`${rule.info.waives}\` to waive`);
  const { layer, waivable } = waived.info;
  if (layer !== 'ask' && layer !== 'modify')
    say('error', 'policy-waives', `a rule that says ${layer} cannot be waived`);
  else if (!waivable) say('error', 'policy-waives', `\`${waived.info.id}\` may not be waived`);
}

/** Actions for which some forbid answers when the target is unresolved: it names Unknown, or does not look at the target at all. */
function coveredActions(rules: readonly CompiledRule[]): ReadonlySet<string> {
  const covered = new Set<string>();
  for (const { info, json } of rules) {
    if (info.layer !== 'deny' && info.layer !== 'ask') continue;
    const conditions = json.conditions as unknown as Json;
    const blind =
      json.resource.op === 'All' && !mentions(conditions, (key, value) => key === 'Var' && value === 'resource');
    const names = (value: Json): boolean => value === 'Holdfast::Unknown';
    const named =
      (json.resource.op === 'is' && names(json.resource.entity_type ?? null)) ||
      (json.resource.op === 'All' && mentions(conditions, (key, value) => key === 'entity_type' && names(value)));
    if (blind || named) for (const action of actionsOf(json)) covered.add(action);
  }
  return covered;
}

function mentions(value: Json, test: (key: string, value: Json) => boolean): boolean {
  if (Array.isArray(value)) return value.some((one) => mentions(one, test));
  if (!isObject(value)) return false;
  return Object.entries(value).some(([key, one]) => test(key, one) || mentions(one, test));
}

function boundScope(op: string, scope: { readonly in?: Json }): boolean {
  return op === '==' || op === 'in' || (op === 'is' && scope.in !== undefined);
}

function boundConditions(rule: CompiledRule): boolean {
  return rule.json.conditions.some((clause) => clause.kind === 'when' && binds(clause.body));
}

/** True when the expression can only hold for resources with a stated value: both sides of an `or`, one side of an `and`. */
function binds(expression: Json): boolean {
  if (!isObject(expression)) return false;
  const [entry] = Object.entries(expression);
  if (entry === undefined || !isObject(entry[1])) return false;
  const [op, body] = entry as [string, JsonObject];
  const left = body['left'] ?? null;
  const right = body['right'] ?? null;
  switch (op) {
    case '&&':
      return binds(left) || binds(right);
    case '||':
      return binds(left) && binds(right);
    case 'if-then-else':
      return (binds(body['if'] ?? null) || binds(body['then'] ?? null)) && binds(body['else'] ?? null);
    case '==':
      return (
        (ofResource(left) && isLiteral(right)) ||
        (ofResource(right) && isLiteral(left)) ||
        (ofScope(left) && isWorkspace(right)) ||
        (ofScope(right) && isWorkspace(left))
      );
    case 'in':
      return ofResource(left);
    case 'is':
      return ofResource(left) && body['in'] !== undefined;
    case 'contains':
      return ofResource(right) && !mentionsResource(left);
    case 'like':
      return (
        ofResource(left) && Array.isArray(body['pattern']) && body['pattern'].some((piece) => piece !== 'Wildcard')
      );
    default:
      return false;
  }
}

/** `resource` itself or an attribute of it that tells one from another. */
function ofResource(expression: Json): boolean {
  if (!isObject(expression)) return false;
  if (expression['Var'] === 'resource') return true;
  const access = expression['.'];
  // A scope or a flag is shared by half the machine: it binds nothing.
  return (
    isObject(access) &&
    ofResource(access['left'] ?? null) &&
    !['scope', 'exists', 'pinned'].includes(String(access['attr']))
  );
}

/** The scope of the resource. Most scopes hold half the machine; the workspace is one folder. */
function ofScope(expression: Json): boolean {
  const access = isObject(expression) ? expression['.'] : undefined;
  return isObject(access) && access['attr'] === 'scope' && ofResource(access['left'] ?? null);
}

function isWorkspace(expression: Json): boolean {
  return isObject(expression) && expression['Value'] === 'workspace';
}

function isLiteral(expression: Json): boolean {
  return isObject(expression) && Object.hasOwn(expression, 'Value');
}

function mentionsResource(expression: Json): boolean {
  return mentions(expression, (key, value) => key === 'Var' && value === 'resource');
}

function hasUnsafeInteger(value: Json): boolean {
  if (typeof value === 'number') return !Number.isSafeInteger(value);
  if (Array.isArray(value)) return value.some(hasUnsafeInteger);
  return isObject(value) && Object.values(value).some(hasUnsafeInteger);
}
