// lower: from an action to its effects and the facts they hang on. Total, pure, bounded by counted steps.
import type { Action, Facts, Lowered } from '../model/index.ts';
import type { Machinery } from './machinery.ts';
import { LoweringRun } from './run-context.ts';
import { lowerTool } from './tools/index.ts';
import { known } from '../shell/value.ts';
import { opaque } from './code.ts';

/**
 * Lowers one action. Call it again with more facts until `wants` is empty; after limits.ROUNDS give the rest the answer
 * `none: 'unknown'`. Never throws: what goes wrong inside becomes an `opaque` effect and a finding, the effects found so far stay.
 */
export function lower(
  action: Action,
  facts: Facts,
  rules: { readonly machinery: Machinery },
  machinery: Machinery = rules.machinery,
): Lowered {
  const run = new LoweringRun(action, facts, machinery);
  try {
    lowerTool(run, action);
  } catch (thrown) {
    // Stack exhausted or an error of our own: the action was not understood, and that is what the decision must see.
    const span = { at: '', from: 0, to: 0 };
    const index = opaque(
      run,
      { cwd: known(action.cwd, span), span, via: [], certain: true, depth: 0 },
      'the action could not be followed',
      ['limit'],
    );
    run.finding({
      code: 'lower.gave-up',
      severity: 'high',
      by: 'lower',
      effect: index,
      evidence: [thrown instanceof Error ? thrown.name : 'thrown'],
    });
  }
  return run.result();
}
