// learn: what results and prompts change, as events. Reads the view, writes nothing.
import { keyed, limits, type Event, type Outcome, type PendingCall, type Prompt, type View } from '../model/index.ts';
import type { EngineRules } from './rules.ts';

/**
 * The released call an outcome belongs to: by the watcher's own id; by the host's call id – of several under one id the one
 * with the input that ran, else the first; without an id by that input alone, the oldest first. Undefined when none waits.
 */
export function pendingOf(view: View, outcome: Pick<Outcome, 'action' | 'callId' | 'join'>): PendingCall | undefined {
  if (outcome.action !== undefined) return view.session.pending.get(outcome.action);
  let named: PendingCall | undefined;
  for (const call of view.session.pending.values()) {
    if (call.callId !== outcome.callId) continue;
    if (call.join === outcome.join) return call;
    if (outcome.callId !== undefined) named ??= call;
  }
  return named;
}

/** A result ends its call; known secrets in it are remembered by keyed fingerprint, so that they are recognised on the way out. */
export function learnOutcome(view: View, outcome: Outcome, rules: EngineRules): readonly Event[] {
  const events: Event[] = [];
  const call = pendingOf(view, outcome);
  if (call !== undefined) {
    events.push({
      type: 'action.ended',
      session: outcome.session,
      action: call.action,
      ran: outcome.ran,
      time: outcome.time,
    });
    events.push(...othersUnder(view, outcome, call));
  }
  if (outcome.result !== undefined && outcome.ran !== 'no') {
    const seen = new Set<string>();
    // What a call that reads secrets answers is the text of their store: what stands under a credential's name is one.
    const store = call?.marks.includes('secret') === true;
    for (const secret of rules.find(outcome.result, { store })) {
      if (!secret.known) continue;
      const print = keyed(rules.settings.key, secret.value);
      if (seen.has(print) || view.session.secrets.has(print)) continue;
      // One more than a session remembers makes it `lost`; nothing is gained by the rest.
      if (seen.size > limits.FINGERPRINTS) break;
      seen.add(print);
      const { class: kind, value } = secret;
      events.push({ type: 'secret.seen', session: outcome.session, print, class: kind, length: value.length });
    }
    if (seen.size > 0)
      events.push({ type: 'mark.set', session: outcome.session, mark: 'secret', seq: view.session.seq });
  }
  return events;
}

/** Under one call id a host runs one call: what else was decided under it is over as well, and nobody can say whether it ran. */
function othersUnder(view: View, outcome: Outcome, call: PendingCall): readonly Event[] {
  if (call.callId === undefined) return [];
  const events: Event[] = [];
  for (const { callId, action } of view.session.pending.values())
    if (callId === call.callId && action !== call.action)
      events.push({ type: 'action.ended', session: outcome.session, action, ran: 'unknown', time: outcome.time });
  return events;
}

/**
 * A prompt sets the task only when it is proven to come from outside every recorded tool call.
 * An unproven one never replaces a proven task: it lifts nothing, and what it brought in counts as external.
 */
export function learnPrompt(view: View, prompt: Prompt, rules: EngineRules): readonly Event[] {
  const print = keyed(rules.settings.key, prompt.text);
  const task: Event = { type: 'task.set', session: prompt.session, print, proven: prompt.proven, time: prompt.time };
  if (prompt.proven) return [task];
  const mark: Event = { type: 'mark.set', session: prompt.session, mark: 'external', seq: view.session.seq };
  return view.session.task?.proven === true ? [mark] : [task, mark];
}
