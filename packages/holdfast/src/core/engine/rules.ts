// What the engine decides with: the rules of the model plus the compiled machinery, built once when rules load.
import type { Hash, Policy, RuleInfo, Rules, Settings } from '../model/index.ts';
import { digest } from '../model/index.ts';
import type { Machinery } from '../effects/machinery.ts';
import type { FindSecrets } from '../flow/carried.ts';
import { UNMATCHED_RULE } from '../policy/combine.ts';
import { BUILTIN } from './builtin.ts';

export type EngineRules = Rules & { readonly machinery: Machinery; readonly find: FindSecrets };

/** Joins the parts and names the whole by one digest, which every record carries. The fingerprint key stays out of it. */
export function makeRules(settings: Settings, policy: Policy, machinery: Machinery, find: FindSecrets): EngineRules {
  const { key: _key, ...named } = settings;
  const whole: Hash = digest({ settings: named as never, policy: policy.digest, tables: machinery.tables.digest });
  return Object.freeze({ digest: whole, settings, policy, machinery, find });
}

export function ruleInfo(rules: Pick<Rules, 'policy'>, id: string): RuleInfo | undefined {
  return rules.policy.rules.get(id) ?? BUILTIN.get(id) ?? (id === UNMATCHED_RULE.id ? UNMATCHED_RULE : undefined);
}
