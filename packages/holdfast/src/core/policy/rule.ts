// One policy ▶ one compiled rule: what its annotations say, for which actions it stands, and a test for a request.
import {
  LAYERS,
  SEVERITIES,
  type Json,
  type Layer,
  type PolicyRequest,
  type RuleInfo,
  type Severity,
} from '../model/index.ts';
import { compileExpression } from './expression.ts';
import { readUid, Unsupported, type PolicyJson, type Scope, type Uid } from './json-form.ts';
import type { Problem } from './problem.ts';
import { actionIn, POLICY_ACTIONS, type PolicyAction } from './schema.ts';
import { entityIn, ERR, isEntity, localType, type Err, type Fn } from './value.ts';

/** Answer of one rule for one request: applies, does not, or could not be evaluated. */
export type Answer = boolean | Err;
export type Test = (request: PolicyRequest) => Answer;

/** Annotations a rule may carry. */
export const ANNOTATIONS = [
  'id',
  'verdict',
  'severity',
  'reason',
  'fix',
  'refs',
  'waivable',
  'waives',
  'rewrite',
] as const;

const ID = /^[a-z][a-z0-9-]*\/[a-z0-9][a-z0-9-]*(\/[a-z0-9][a-z0-9-]*)*$/;

/**
 * Reads what the annotations say. A rule without a readable identity or verdict has no info: it cannot be loaded.
 * Texts and style are lint's matter (lint.ts); here only what evaluation stands on.
 */
export function describe(
  json: PolicyJson,
  scope: RuleInfo['scope'],
): { readonly info?: RuleInfo; readonly problems: readonly Problem[] } {
  const notes = json.annotations ?? {};
  const problems: Problem[] = [];
  const id = note(notes, 'id');
  const bad = (code: Problem['code'], message: string): void => {
    problems.push({ code, level: 'error', message, ...(id === undefined ? {} : { rule: id }) });
  };
  if (id === undefined || !ID.test(id))
    bad('policy-id', 'a rule needs `@id("family/name")` in lower case with hyphens');
  for (const name of Object.keys(notes)) {
    if (!(ANNOTATIONS as readonly string[]).includes(name)) bad('policy-annotation', `unknown annotation \`@${name}\``);
  }
  const layer = note(notes, 'verdict');
  if (!isLayer(layer)) bad('policy-layer', `\`@verdict\` must be one of ${LAYERS.join(', ')}`);
  const severity = note(notes, 'severity') ?? 'info';
  if (!isSeverity(severity)) bad('policy-annotation', `\`@severity\` must be one of ${SEVERITIES.join(', ')}`);
  const waivable = note(notes, 'waivable') ?? 'true';
  if (waivable !== 'true' && waivable !== 'false') bad('policy-annotation', '`@waivable` must be "true" or "false"');
  const forbids = json.effect === 'forbid';
  if (isLayer(layer)) {
    if (forbids && layer === 'waive') bad('policy-effect', 'a waiver must be a permit');
    if (!forbids && (layer === 'deny' || layer === 'ask' || layer === 'modify'))
      bad('policy-effect', `a rule that says ${layer} must be a forbid`);
    if ((layer === 'waive') !== (note(notes, 'waives') !== undefined))
      bad('policy-waives', '`@waives` stands on waivers and only there');
    if ((layer === 'modify') !== (note(notes, 'rewrite') !== undefined))
      bad('policy-annotation', '`@rewrite` stands on modify rules and only there');
  }
  if (problems.length > 0 || id === undefined || !isLayer(layer) || !isSeverity(severity)) return { problems };
  const info: RuleInfo = {
    id,
    layer,
    severity,
    // What a project wrote is never shown to a model: its texts are replaced, not quoted.
    reason: scope === 'project' ? 'a rule of this project stands against it' : (note(notes, 'reason') ?? ''),
    fix: scope === 'project' ? undefined : note(notes, 'fix'),
    refs: (note(notes, 'refs') ?? '').split(/\s+/).filter((ref) => ref !== ''),
    waivable: waivable === 'true',
    waives: note(notes, 'waives'),
    rewrite: note(notes, 'rewrite'),
    scope,
    ...(layer === 'allow' && forbids ? { withholds: true as const } : {}),
  };
  return { info: Object.freeze(info), problems };
}

/** The actions a policy stands for: those of its scope, action groups resolved. */
export function actionsOf(json: PolicyJson): readonly PolicyAction[] {
  const wanted = targets(json.action);
  if (wanted === undefined) return POLICY_ACTIONS;
  return POLICY_ACTIONS.filter((action) =>
    wanted.some((uid) => {
      const name = localType(uid.type) === 'Action' ? uid.id : undefined;
      return name !== undefined && (json.action.op === '==' ? action === name : actionIn(action, name));
    }),
  );
}

function targets(scope: Scope): readonly Uid[] | undefined {
  if (scope.op === 'All') return undefined;
  const list = Array.isArray(scope.entities) ? scope.entities : [scope.entity];
  return list.map((one) => uidOf(one as Json | undefined));
}

/** Compiles principal, resource and conditions; the action is the index's matter. Throws Unsupported or Refused. */
export function compileTest(json: PolicyJson): Test {
  const principal = compileScope(json.principal, 'principal');
  const resource = compileScope(json.resource, 'resource');
  const clauses = json.conditions.map((clause) => {
    if (clause.kind !== 'when' && clause.kind !== 'unless') throw new Unsupported(`the clause \`${clause.kind}\``);
    return { wanted: clause.kind === 'when', body: compileExpression(clause.body) };
  });
  const conditions = compileClauses(clauses);
  if (principal !== ALWAYS) {
    return (request) => (principal(request) && resource(request) ? conditions(request) : false);
  }
  return resource === ALWAYS ? conditions : (request) => (resource(request) ? conditions(request) : false);
}

type Clause = { readonly wanted: boolean; readonly body: Fn };

function compileClauses(clauses: readonly Clause[]): Test {
  const [first] = clauses;
  if (clauses.length !== 1 || first === undefined) {
    return (request) => {
      for (const clause of clauses) {
        const answer = clause.body(request);
        if (answer === clause.wanted) continue;
        return typeof answer === 'boolean' ? false : ERR;
      }
      return true;
    };
  }
  const { wanted, body } = first;
  return (request) => {
    const answer = body(request);
    return answer === wanted ? true : typeof answer === 'boolean' ? false : ERR;
  };
}

type Holds = (request: PolicyRequest) => boolean;
const ALWAYS: Holds = () => true;

function compileScope(scope: Scope, of: 'principal' | 'resource'): Holds {
  switch (scope.op) {
    case 'All':
      return ALWAYS;
    case '==': {
      const { type, id } = localUid(scope.entity);
      return (request) => isEntity(request[of], type, id);
    }
    case 'in': {
      const { type, id } = localUid(scope.entity);
      return (request) => entityIn(request[of], type, id);
    }
    case 'is': {
      if (typeof scope.entity_type !== 'string') throw new Unsupported('a scope of unknown form');
      const type = localType(scope.entity_type);
      if (scope.in === undefined) return (request) => request[of].type === type;
      const inner = compileScope({ op: 'in', ...(scope.in as { entity: Json }) }, of);
      return (request) => request[of].type === type && inner(request);
    }
    default:
      throw new Unsupported(`the scope \`${scope.op}\``);
  }
}

function localUid(value: Json | undefined): Uid {
  const uid = uidOf(value);
  return { type: localType(uid.type), id: uid.id };
}

function uidOf(value: Json | undefined): Uid {
  const uid = readUid(value);
  if (uid === undefined) throw new Unsupported('a template slot or an entity of unknown form');
  return uid;
}

function note(notes: { readonly [name: string]: string }, name: string): string | undefined {
  const found = Object.hasOwn(notes, name) ? notes[name] : undefined;
  return typeof found === 'string' ? found : undefined;
}

function isLayer(word: string | undefined): word is Layer {
  return word !== undefined && (LAYERS as readonly string[]).includes(word);
}

function isSeverity(word: string): word is Severity {
  return (SEVERITIES as readonly string[]).includes(word);
}
