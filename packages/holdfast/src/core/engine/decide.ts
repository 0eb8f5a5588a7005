// decide: from a lowered action and the current view to a verdict and the events it leaves. Pure, synchronous, total.
import {
  limits,
  MARKS,
  strongest,
  together,
  type Action,
  type Decision,
  type Effect,
  type Event,
  type Fact,
  type Facts,
  type Finding,
  type Level,
  type Lowered,
  type Reason,
  type SessionState,
  type Standing,
  type View,
} from '../model/index.ts';
import { hasSeenExternal, labelEffects, type EffectLabel } from '../flow/labels.ts';
import { evaluateCall, evaluateEffect } from '../policy/combine.ts';
import { callRequest, effectRequest, type RequestContext } from '../policy/request.ts';
import { bindHash, joinKey } from './bind.ts';
import { actionRisk, effectRisk } from './risk.ts';
import type { EngineRules } from './rules.ts';

/** Files labelled one by one in one record; beyond, their directories are. */
const LABELLED = 32;
/** Kinds whose process tree may do more than was lowered; a prompt from inside it is not the user's. */
const EXECUTES: ReadonlySet<string> = new Set(['process.exec', 'code.eval', 'agent.spawn', 'opaque']);

export function decide(
  view: View,
  action: Action,
  lowered: Lowered,
  facts: Facts & { readonly all?: readonly Fact[] },
  rules: EngineRules,
): Decision {
  const { effects } = lowered;
  const { settings } = rules;
  const findings: Finding[] = [...lowered.findings];
  const { labels, result: marks } = labelEffects(view, action, effects, settings.key, rules.find);
  const risks = effects.map(effectRisk);
  const risk = actionRisk(risks, findings);
  const context: RequestContext = {
    session: view.session,
    action,
    settings,
    effects,
    labels,
    findings,
    risk,
    level: 'cooperative',
  };

  const reasons: Reason[] = [];
  const stopped = standing(view, action.agent);
  if (stopped !== 'running') reasons.push({ rule: 'gate/stopped', effect: 'call', level: 'deny' });

  let level: Level | undefined;
  for (let index = 0; index < effects.length; index++) {
    const effect = effects[index]!;
    const answer = evaluateEffect(
      rules.policy,
      effectRequest(effect, index, risks[index]!, context),
      index,
      settings.unmatched,
    );
    if (answer.reasons.length > 0) reasons.push(...answer.reasons);
    // Approval of text that nobody could resolve approves nothing.
    const own = effect.kind === 'opaque' && answer.level === 'allow' ? 'pass' : answer.level;
    level = level === undefined ? own : together(level, own);
  }
  const call = evaluateCall(rules.policy, callRequest(context), settings.unmatched);
  reasons.push(...call.reasons);
  level = level === undefined ? call.level : together(level, call.level);
  if (stopped !== 'running') level = 'deny';

  const granted = redeem(view, action, effects, facts, level, reasons, rules);
  level = granted.level;
  // A rewrite that nothing can carry out does not run in its old form.
  if (level === 'modify') level = 'ask';
  if (settings.profile === 'observe') level = 'pass';

  const events: Event[] = [...granted.events, ...fileLabels(view.session, effects, labels, level)];
  events.push({
    type: 'action.decided',
    session: action.session,
    action: action.id,
    ...(action.callId === undefined ? {} : { callId: action.callId }),
    join: joinKey(action),
    level,
    executes: effects.some((effect) => EXECUTES.has(effect.kind)),
    ...(marks.length === 0 ? {} : { marks }),
    time: action.time,
  });
  return { verdict: { level, reasons: granted.reasons, risk }, effects, labels: labelNames(labels), findings, events };
}

function standing(view: View, agent: string): Standing {
  if (view.machine.standing !== 'running') return view.machine.standing;
  const ofAgent = view.machine.agents.get(agent);
  return ofAgent !== undefined && ofAgent !== 'running' ? ofAgent : view.session.standing;
}

/** Lifts the asks that a grant bound to exactly this action names. A grant never lifts a deny. */
function redeem(
  view: View,
  action: Action,
  effects: readonly Effect[],
  facts: { readonly all?: readonly Fact[] },
  level: Level,
  reasons: readonly Reason[],
  rules: EngineRules,
): { level: Level; reasons: readonly Reason[]; events: readonly Event[] } {
  if (level !== 'ask' || view.session.grants.size === 0) return { level, reasons, events: [] };
  const bind = bindHash(action, effects, facts.all ?? []);
  const grant = view.session.grants.get(bind);
  if (grant === undefined || grant.until <= Math.max(action.time, view.session.latest))
    return { level, reasons, events: [] };
  const lifted = reasons.map((reason) =>
    reason.level === 'ask' &&
    grant.rules.includes(reason.rule) &&
    rules.policy.rules.get(reason.rule)?.waivable !== false
      ? { ...reason, waivedBy: `grant:${grant.by}` }
      : reason,
  );
  const left = lifted.filter((reason) => reason.waivedBy === undefined).map((reason) => reason.level);
  const after = left.reduce<Level>((strong, next) => strongest(strong, next), 'pass');
  if (after === 'ask' || after === 'deny') return { level: after, reasons: lifted, events: [] };
  return { level: 'pass', reasons: lifted, events: [{ type: 'grant.used', session: action.session, bind }] };
}

/**
 * Files written with external or secret data keep that label across sessions. A build file written after outside text
 * has come in keeps it for the session: nobody saw that text flow there, and nobody can say that it did not.
 */
function fileLabels(
  session: SessionState,
  effects: readonly Effect[],
  labels: readonly EffectLabel[],
  level: Level,
): readonly Event[] {
  if (level === 'deny') return [];
  const events: Extract<Event, { type: 'file.labelled' }>[] = [];
  const seen = hasSeenExternal(session);
  effects.forEach((effect, index) => {
    if (effect.kind !== 'file.write' || effect.target.type !== 'path') return;
    const label = labels[index];
    const path = labelledPath(effect);
    if (label?.integrity === 'external') events.push({ type: 'file.labelled', path, mark: 'external' });
    else if (seen && effect.target.groups.includes('build-files'))
      events.push({ type: 'file.labelled', path, mark: 'external', session: session.id });
    if (label?.confidentiality === 'secret') events.push({ type: 'file.labelled', path, mark: 'secret' });
  });
  if (events.length <= LABELLED) return events;
  // A record is bounded: many files written at once are labelled by their directories, which only widens the label.
  const folders = new Map(
    events.map((event) => {
      const folder = event.path.slice(0, event.path.lastIndexOf('/') + 1);
      return [`${event.session ?? ''}\0${event.mark}\0${folder}`, { ...event, path: folder }];
    }),
  );
  return folders.size <= LABELLED
    ? [...folders.values()]
    : MARKS.map((mark) => ({ type: 'file.labelled', path: '/', mark }));
}

/**
 * A whole tree is labelled by its folder, and labels of folders end in a slash (core/flow/labels.ts). So is what has a
 * name too long for a record: the label only widens.
 */
function labelledPath(effect: Effect): string {
  const { name } = effect.target;
  if (name.length > limits.LABEL_CHARS) return name.slice(0, name.lastIndexOf('/', limits.LABEL_CHARS) + 1);
  return effect.attributes.includes('recursive') && !name.endsWith('/') ? `${name}/` : name;
}

function labelNames(labels: readonly EffectLabel[]): readonly string[] {
  const names = new Set<string>();
  for (const label of labels) {
    if (label.integrity === 'external') names.add('integrity:external');
    if (label.confidentiality !== 'public') names.add(`confidentiality:${label.confidentiality}`);
  }
  return [...names];
}
