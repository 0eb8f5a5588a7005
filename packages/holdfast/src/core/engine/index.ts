// The engine: lower, decide, learn, apply. Hook, gateway, check, replay, benchmark and hub all decide through here.
export { lower } from '../effects/lower.ts';
export { compileMachinery, type Machinery } from '../effects/machinery.ts';
export { apply, dumpState, emptyState, loadState, stateDigest } from './apply.ts';
export { carriedSecrets, type Carried } from '../flow/carried.ts';
export { bindHash, joinKey } from './bind.ts';
export { BUILTIN } from './builtin.ts';
export { decide } from './decide.ts';
export { decisive, effectLine, sentence, targetText } from './explain.ts';
export { learnOutcome, learnPrompt, pendingOf } from './learn.ts';
export { Overlay } from './overlay.ts';
export { lowerRounds, type Rounds } from './rounds.ts';
export { SessionRun, type RunOptions, type Step, type Stepped } from './session-run.ts';
export { actionRisk, effectRisk } from './risk.ts';
export { makeRules, ruleInfo, type EngineRules } from './rules.ts';
