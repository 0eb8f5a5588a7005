// learn: what results and prompts change, as events. Reads the view, writes nothing.
import { keyed, limits, type Event, type Outcome, type PendingCall, type Prompt, type View } from '../model/index.ts';
import type { EngineRules } from './rules.ts';

/** The released call an outcome belongs to: by the watcher's own id, else by the host's call id; undefined when none waits for it. */
export function pendingOf(view: View, outcome: Pick<Outcome, 'action' | 'callId'>): PendingCall | undefined {
  if (outcome.action !== undefined) return view.session.pending.get(outcome.action);
  if (outcome.callId === undefined) return undefined;
  for (const call of view.session.pending.values()) if (call.callId === outcome.callId) return call;
  return undefined;
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
