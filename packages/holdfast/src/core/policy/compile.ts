// Compiled rules ▶ a Policy: an index by action, so that a request meets only the rules that stand for its kind.
import { digest, type Json, type Match, type Policy, type PolicyRequest, type RuleInfo } from '../model/index.ts';
import { Candidates, guardsOf, type Guard } from './guard.ts';
import { Refused, Unsupported, type PolicyJson } from './json-form.ts';
import type { Place, Problem } from './problem.ts';
import { actionsOf, compileTest, describe, type Answer, type Test } from './rule.ts';
import { POLICY_ACTIONS, SCHEMA } from './schema.ts';
import { ERR } from './value.ts';

/** A rule as the loader found it. */
export type SourceRule = { readonly json: PolicyJson; readonly scope: RuleInfo['scope']; readonly at?: Place };

/** One rule, ready. `slow`: evaluated by the reference because of a construct that is not compiled. */
export type CompiledRule = {
  readonly info: RuleInfo;
  readonly json: PolicyJson;
  readonly at: Place | undefined;
  readonly test: Test;
  readonly slow: string | undefined;
};

/** Answers for one policy as Cedar itself would: the reference evaluator, injected. Synchronous; throws nothing. */
export type Reference = (rule: PolicyJson, request: PolicyRequest) => boolean | 'erred';

export type Compiled = {
  readonly policy: Policy;
  readonly rules: readonly CompiledRule[];
  readonly problems: readonly Problem[];
};

/** The shared answer for "nothing matched". */
export const NO_MATCH: readonly Match[] = Object.freeze([]);

/**
 * Compiles a set. With any problem of level `error` there is no policy: nothing of a bad set is taken.
 * `reference` evaluates rules with constructs that are not compiled; without it they are errors. `base` are rules of stronger
 * scopes, compiled already; they come first and are in the answer.
 */
export function compilePolicy(
  sources: readonly SourceRule[],
  reference?: Reference,
  base: readonly CompiledRule[] = [],
): Compiled | { readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const rules: CompiledRule[] = [...base];
  const seen = new Map<string, CompiledRule>(base.map((rule) => [rule.info.id, rule]));
  for (const source of sources) {
    const place = source.at === undefined ? {} : { at: source.at };
    const described = describe(source.json, source.scope);
    for (const problem of described.problems) problems.push({ ...problem, ...place });
    if (described.info === undefined) continue;
    const rule = compileRule(source, described.info, reference, problems);
    if (rule === undefined) continue;
    const twin = seen.get(rule.info.id);
    if (twin !== undefined) {
      const where = twin.at === undefined ? '' : ` (first in ${twin.at.file})`;
      problems.push({
        code: 'policy-duplicate',
        level: 'error',
        message: `a rule of this id exists already${where}`,
        rule: rule.info.id,
        ...place,
      });
      continue;
    }
    seen.set(rule.info.id, rule);
    rules.push(rule);
  }
  if (problems.some((problem) => problem.level === 'error')) return { problems };
  return { policy: indexed(rules), rules, problems };
}

function compileRule(
  source: SourceRule,
  info: RuleInfo,
  reference: Reference | undefined,
  problems: Problem[],
): CompiledRule | undefined {
  const place = source.at === undefined ? {} : { at: source.at };
  const { json, at } = source;
  try {
    return { info, json, at, test: compileTest(json), slow: undefined };
  } catch (error) {
    if (error instanceof Refused) {
      problems.push({
        code: 'policy-integer',
        level: 'error',
        message: `refused: ${error.message}`,
        rule: info.id,
        ...place,
      });
      return undefined;
    }
    if (!(error instanceof Unsupported)) throw error;
    const why = error.message;
    if (reference === undefined) {
      problems.push({
        code: 'policy-unsupported',
        level: 'error',
        message: `${why} cannot be evaluated here`,
        rule: info.id,
        ...place,
      });
      return undefined;
    }
    problems.push({
      code: 'policy-slow',
      level: 'warning',
      message: `${why} is evaluated by the slow reference evaluator`,
      rule: info.id,
      ...place,
    });
    const test: Test = (request): Answer => {
      const answer = reference(json, request);
      return answer === 'erred' ? ERR : answer;
    };
    return { info, json, at, test, slow: why };
  }
}

type Entry = {
  readonly test: Test;
  readonly hit: Match;
  readonly erred: Match | undefined;
  readonly guards: readonly Guard[] | undefined;
};

function indexed(rules: readonly CompiledRule[]): Policy {
  const byAction = new Map<string, Entry[]>(POLICY_ACTIONS.map((action) => [action, []]));
  for (const rule of rules) {
    const { info } = rule;
    // An erring permit is absent; an erring forbid counts, also the one that withholds an approval.
    const forbids = rule.json.effect === 'forbid';
    const entry: Entry = {
      test: rule.test,
      hit: Object.freeze({ rule: info, erred: false }),
      erred: forbids ? Object.freeze({ rule: info, erred: true }) : undefined,
      guards: rule.slow === undefined ? guardsOf(rule.json) : undefined,
    };
    for (const action of actionsOf(rule.json)) byAction.get(action)?.push(entry);
  }
  const filed = new Map(
    [...byAction].map(([action, entries]) => [
      action as string,
      { entries, candidates: new Candidates(entries.map((entry) => entry.guards)) },
    ]),
  );
  return Object.freeze({
    digest: digest({
      schema: SCHEMA,
      rules: rules.map((rule) => ({ scope: rule.info.scope, json: rule.json as unknown as Json })),
    }),
    rules: new Map(rules.map((rule) => [rule.info.id, rule.info])),
    match(request: PolicyRequest): readonly Match[] {
      const of = filed.get(request.action);
      // A kind that the schema does not know would otherwise pass every rule in silence.
      if (of === undefined) throw new TypeError(`no policy action \`${request.action}\``);
      const { entries, candidates } = of;
      let found: Match[] | undefined;
      const met = candidates.of(request);
      for (let i = 0; i < met.length; i++) {
        const entry = entries[met[i]!]!;
        const answer = entry.test(request);
        if (answer === false) continue;
        const match = answer === true ? entry.hit : entry.erred;
        if (match === undefined) continue;
        if (found === undefined) found = [match];
        else found.push(match);
      }
      return found ?? NO_MATCH;
    },
  });
}
