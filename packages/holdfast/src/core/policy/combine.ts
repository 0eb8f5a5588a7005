// From matches of the five layers to one level with its reasons (architecture §1, §5). Only the combination is ours; each layer is plain Cedar.
import {
  strongest,
  type Level,
  type Match,
  type Policy,
  type PolicyRequest,
  type Reason,
  type RuleInfo,
  type Settings,
} from '../model/index.ts';

export type Combined = { readonly level: Level; readonly reasons: readonly Reason[] };
export type Unmatched = Settings['unmatched'];

/** Stands in the reasons when the profile, and no rule, asked or denied. */
export const UNMATCHED = 'gate/unmatched';
export const UNMATCHED_RULE: RuleInfo = Object.freeze({
  id: UNMATCHED,
  layer: 'deny',
  severity: 'medium',
  reason: 'no rule approves this under the profile in force',
  fix: 'let a human approve it, or add a rule that permits exactly this',
  refs: [],
  waivable: false,
  waives: undefined,
  rewrite: undefined,
  scope: 'shipped',
});

/** Shared answers for effects that no rule matches: nothing is allocated for ordinary work. */
const NOTHING: readonly Reason[] = Object.freeze([]);
const PASS: Combined = Object.freeze({ level: 'pass', reasons: NOTHING });

/** What policy says about effect number `effect` of an action. */
export function evaluateEffect(policy: Policy, request: PolicyRequest, effect: number, unmatched: Unmatched): Combined {
  return combine(policy.match(request), effect, unmatched);
}

/** What policy says about the call as a whole. */
export function evaluateCall(policy: Policy, request: PolicyRequest, unmatched: Unmatched): Combined {
  return combine(policy.match(request), 'call', unmatched);
}

export function combineEffect(matches: readonly Match[], effect: number, unmatched: Unmatched): Combined {
  return combine(matches, effect, unmatched);
}

export function combineCall(matches: readonly Match[], unmatched: Unmatched): Combined {
  return combine(matches, 'call', unmatched);
}

/**
 * deny > ask > modify > allow > what the profile says where nothing is allowed.
 * A waiver lifts exactly the ask or modify rule it names, of this very effect; never a deny, never one that is not waivable.
 * One that names `gate/unmatched` lifts the profile's own ask, where the profile asks; where it denies, only a permit helps.
 * An erring forbid counts as matched, an erring modify as ask; an erring permit is not among the matches, and would not count.
 */
function combine(matches: readonly Match[], effect: number | 'call', unmatched: Unmatched): Combined {
  if (matches.length === 0) return unmatched === 'pass' ? PASS : byProfile(unmatched, effect, []);
  const reasons: Reason[] = [];
  let level: Level = 'pass';
  let allowed = false;
  let withheld = false;
  for (const { rule, erred } of matches) {
    switch (rule.layer) {
      case 'deny':
        level = 'deny';
        reasons.push(reason(rule, effect, 'deny', erred));
        break;
      case 'ask':
      case 'modify': {
        const own: Level = erred ? 'ask' : rule.layer;
        const waiver = rule.waivable ? waiverOf(rule.id, matches) : undefined;
        if (waiver === undefined) level = strongest(level, own);
        reasons.push(
          waiver === undefined
            ? reason(rule, effect, own, erred)
            : { ...reason(rule, effect, own, erred), waivedBy: waiver.id },
        );
        break;
      }
      case 'waive':
        break;
      case 'allow':
        if (rule.withholds === true) withheld = true;
        else if (!erred) allowed = true;
        break;
    }
  }
  if (allowed && !withheld) {
    for (const { rule, erred } of matches) {
      if (rule.layer === 'allow' && rule.withholds !== true && !erred)
        reasons.push(reason(rule, effect, 'allow', false));
    }
    return { level: strongest(level, 'allow'), reasons };
  }
  if (level === 'deny' || unmatched === 'pass') return { level, reasons };
  // What somebody keeps from being approved is not let through unasked either.
  const waiver = unmatched === 'ask' && !withheld ? waiverOf(UNMATCHED, matches) : undefined;
  return byProfile(unmatched, effect, reasons, level, waiver);
}

/** The profile answers where nothing is allowed; a stronger answer of a rule stays. */
function byProfile(
  unmatched: 'ask' | 'deny',
  effect: number | 'call',
  reasons: Reason[],
  level: Level = 'pass',
  waiver?: RuleInfo,
): Combined {
  if (waiver !== undefined) {
    // Approves nothing: the host's own prompts still apply.
    reasons.push({ rule: UNMATCHED, effect, level: unmatched, waivedBy: waiver.id });
    return { level, reasons };
  }
  reasons.push({ rule: UNMATCHED, effect, level: unmatched });
  return { level: strongest(level, unmatched), reasons };
}

function waiverOf(rule: string, matches: readonly Match[]): RuleInfo | undefined {
  for (const match of matches) {
    if (match.rule.layer === 'waive' && !match.erred && match.rule.waives === rule) return match.rule;
  }
  return undefined;
}

function reason(rule: RuleInfo, effect: number | 'call', level: Level, erred: boolean): Reason {
  return erred ? { rule: rule.id, effect, level, erred: true } : { rule: rule.id, effect, level };
}
