// The loop of lowering and observing, once for everybody: a generator that asks for facts and ends with what was lowered.
import { factSet, limits, type Action, type Fact, type Facts, type Lowered, type Want } from '../model/index.ts';
import { lower } from '../effects/lower.ts';
import type { EngineRules } from './rules.ts';

export type Rounds = { readonly lowered: Lowered; readonly facts: Facts & { readonly all: readonly Fact[] } };

/**
 * Yields the facts wanted, takes the answers, at most limits.ROUNDS times; then every open want is answered `unknown`
 * and lowering ends without it. A want left unanswered by the caller counts as `late`. At most limits.WANTS are asked.
 * `known` answers at once what has not to be waited for – an overlay, local files – and is asked once for each want: what it
 * answers costs no further round. The result follows from the action, the rules and the answers alone.
 */
export function* lowerRounds(
  action: Action,
  rules: EngineRules,
  known?: (want: Want) => Fact | undefined,
): Generator<readonly Want[], Rounds, readonly Fact[]> {
  const facts = factSet([], known);
  let lowered = lower(action, facts, rules);
  let asked = 0;
  for (let round = 1; lowered.wants.length > 0; round++) {
    const wants = lowered.wants;
    asked += wants.length;
    const over = round > limits.ROUNDS || asked > limits.WANTS;
    if (over) facts.add(wants.map((want) => ({ want, none: 'unknown' })));
    else {
      facts.add(yield wants);
      facts.add(wants.filter((want) => facts.get(want) === undefined).map((want) => ({ want, none: 'late' })));
    }
    lowered = lower(action, facts, rules);
    // Past the last round new wants may still come up behind the answers; a bounded number of closing rounds ends it.
    if (round > limits.ROUNDS * 2) break;
  }
  return { lowered, facts };
}
