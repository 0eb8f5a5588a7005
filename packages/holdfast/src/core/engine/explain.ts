// Sentences about a decision, derived from rules and effects only; never the model's words.
import type { Effect, Level, Reason, RuleInfo, Target, Verdict } from '../model/index.ts';
import { strongest, SEVERITIES } from '../model/index.ts';
import { ruleInfo, type EngineRules } from './rules.ts';

/** Reasons that made the verdict what it is: of its level, not waived, one per rule, gravest first. */
export function decisive(
  verdict: Verdict,
  rules: Pick<EngineRules, 'policy'>,
): readonly { reason: Reason; rule: RuleInfo | undefined }[] {
  const standing = verdict.reasons.filter((reason) => reason.waivedBy === undefined);
  const level = standing.reduce<Level>((strong, reason) => strongest(strong, reason.level), verdict.level);
  const seen = new Set<string>();
  const found = standing
    .filter((reason) => reason.level === level && !seen.has(reason.rule) && seen.add(reason.rule))
    .map((reason) => ({ reason, rule: ruleInfo(rules, reason.rule) }));
  const rank = (rule: RuleInfo | undefined): number => (rule === undefined ? -1 : SEVERITIES.indexOf(rule.severity));
  return found.sort((a, b) => rank(b.rule) - rank(a.rule));
}

/** `file.delete /home/dev (recursive, force)`: one effect in one line, at most 200 characters of target. */
export function effectLine(effect: Effect): string {
  const attributes = effect.attributes.length === 0 ? '' : ` (${effect.attributes.join(', ')})`;
  return `${effect.certain ? '' : 'maybe '}${effect.kind} ${targetText(effect.target)}${attributes}`;
}

export function targetText(target: Target): string {
  const name = target.name.length > 200 ? `${target.name.slice(0, 199)}…` : target.name;
  return target.type === 'unknown' ? `something unresolved (${name})` : name;
}

/** The sentence the model and the human read for a deny or an ask: what, why, the safer way, which rule. Empty for pass and allow. */
export function sentence(verdict: Verdict, effects: readonly Effect[], rules: Pick<EngineRules, 'policy'>): string {
  if (verdict.level !== 'deny' && verdict.level !== 'ask') return '';
  const first = decisive(verdict, rules)[0];
  const word = verdict.level === 'deny' ? 'denied' : 'needs a human';
  if (first === undefined) return `holdfast: ${word}: no rule approves this action under the profile in force.`;
  const effect = first.reason.effect === 'call' ? undefined : effects[first.reason.effect];
  const what = effect === undefined ? '' : ` It would do: ${effectLine(effect)}.`;
  const why = first.rule?.reason ?? 'a rule matched';
  const fix = first.rule?.fix === undefined ? '' : ` Safer: ${first.rule.fix}.`;
  // Also the name of a project's rule is a stranger's text: the record has it for people.
  const name = first.rule?.scope === 'project' ? 'a rule of the project' : first.reason.rule;
  return `holdfast: ${word}: ${trimDot(why)}.${what}${trimDots(fix)} [${name}]`;
}

function trimDot(text: string): string {
  return text.endsWith('.') ? text.slice(0, -1) : text;
}

function trimDots(text: string): string {
  return text.endsWith('..') ? text.slice(0, -1) : text;
}
