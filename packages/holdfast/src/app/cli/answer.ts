// The answer of check and replay in the form of the command-line contract.
import { type Json } from '../../core/model/index.ts';
import { decisive, ruleInfo, type EngineRules, type Stepped } from '../../core/engine/index.ts';

export type Answer = { readonly [key: string]: Json };

/** One decision as a line of `check --jsonl`. `ms` is what lowering and deciding took. */
export function checkAnswer(id: Json, stepped: Stepped, rules: EngineRules, ms: number): Answer {
  const { verdict, effects, labels, findings } = stepped.decision;
  return {
    id,
    verdict: verdict.level,
    reasons: reasonRows(stepped, rules),
    effects: effects.map((effect) => ({
      kind: effect.kind,
      target: effect.target.name,
      certainty: effect.certain ? 'certain' : 'possible',
      attributes: effect.attributes,
      scope: effect.target.scope ?? null,
      via: effect.via,
      groups: effect.target.groups,
      span: effect.span,
      ...(effect.target.type === 'unknown' ? { unresolved: true } : {}),
    })),
    labels,
    findings: findings.map((finding) => ({
      code: finding.code,
      severity: finding.severity,
      evidence: finding.evidence,
    })),
    risk: verdict.risk,
    ...(instead(stepped, rules) === undefined ? {} : { instead: instead(stepped, rules) ?? '' }),
    ms: Math.round(ms * 1000) / 1000,
  };
}

/** The place of a reason that is about the call as a whole. */
const WHOLE: Json = { at: '', from: 0, to: 0 };

/** Reasons with their rule's text, decisive ones first; waived ones say by what. */
export function reasonRows(stepped: Stepped, rules: EngineRules): readonly Json[] {
  const { verdict, effects } = stepped.decision;
  const first = decisive(verdict, rules).map(({ reason }) => reason);
  const rest = verdict.reasons.filter((reason) => !first.includes(reason));
  return [...first, ...rest].map((reason) => {
    const rule = ruleInfo(rules, reason.rule);
    const effect = reason.effect === 'call' ? undefined : effects[reason.effect];
    return {
      rule: reason.rule,
      level: reason.level,
      severity: rule?.severity ?? 'info',
      text: rule?.reason ?? '',
      span: effect?.span ?? WHOLE,
      ...(reason.erred === true ? { erred: true } : {}),
      ...(reason.waivedBy === undefined ? {} : { waivedBy: reason.waivedBy }),
    };
  });
}

/** The safer way of the decisive rule, for stops only. */
export function instead(stepped: Stepped, rules: EngineRules): string | undefined {
  const { level } = stepped.decision.verdict;
  return level === 'deny' || level === 'ask' ? decisive(stepped.decision.verdict, rules)[0]?.rule?.fix : undefined;
}
