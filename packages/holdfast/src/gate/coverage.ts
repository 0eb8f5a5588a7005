// Coverage: compares what a host's transcript says ran with what the gate decided. A call that ran without a verdict is an alarm.
import type { Event, FindingCode, Level } from '../core/model/index.ts';
import type { SeenCall } from '../ports/index.ts';
import type { Keeper } from './keeper.ts';
import type { GateParts } from './parts.ts';

/** Decisions remembered by the host's call id; the oldest go first. Past it a late result of an old call would raise a false alarm. */
const REMEMBERED = 100_000;
/** How long a released call's own outcome event may still be on its way after the transcript shows a result, milliseconds. */
const GRACE_MS = 2_000;

export class Coverage {
  readonly #parts: GateParts;
  readonly #keeper: Keeper;
  readonly #decided = new Map<string, { readonly level: Level; readonly session: string; readonly action: string }>();
  readonly #alarmed = new Set<string>();
  readonly #waiting = new Map<string, { readonly session: string; readonly action: string; readonly since: number }>();

  constructor(parts: GateParts, keeper: Keeper) {
    this.#parts = parts;
    this.#keeper = keeper;
    for (const session of keeper.state.sessions.values()) {
      for (const call of session.pending.values()) {
        if (call.callId !== undefined)
          this.#decided.set(call.callId, { level: call.level, session: session.id, action: call.action });
      }
    }
  }

  /** The gate decided this call. */
  decided(callId: string, level: Level, session: string, action: string): void {
    this.#decided.set(callId, { level, session, action });
    if (this.#decided.size > REMEMBERED) {
      const oldest = this.#decided.keys().next();
      if (!oldest.done) this.#decided.delete(oldest.value);
    }
  }

  /** A transcript shows this call. Raises `ran-without-verdict` or `verdict-not-held`, each once per call. */
  seen(call: SeenCall): void {
    if (!call.hasResult || this.#alarmed.has(call.callId)) return;
    const known = this.#decided.get(call.callId);
    if (known === undefined) {
      // After a restart a denied call is no longer remembered; its result is the denial itself.
      // Where the transcript itself says that it ran, no text of a result can talk that away.
      const denial = call.ran === 'unknown' && call.isError && call.resultText?.includes('holdfast: ') === true;
      if (call.ran === 'no' || denial) return;
      this.#alarm(
        call,
        'ran-without-verdict',
        `${call.tool} ran and no seam of holdfast saw it; the hook is off or was skipped`,
      );
    } else if (known.level === 'deny' && (call.ran === 'yes' || (call.ran === 'unknown' && !call.isError))) {
      this.#alarm(call, 'verdict-not-held', `${call.tool} was denied and yet has a result`);
    } else if (
      this.#keeper.session(known.session)?.pending.has(known.action) === true &&
      !this.#waiting.has(call.callId)
    ) {
      this.#waiting.set(call.callId, { session: known.session, action: known.action, since: this.#parts.clock.now() });
    }
  }

  /** Ends calls whose result the transcript showed but whose outcome event never came (interrupted, or a hook that was skipped). */
  settle(): void {
    const now = this.#parts.clock.now();
    for (const [callId, wait] of this.#waiting) {
      // A clock that went back must not keep a call open for ever.
      if (now >= wait.since && now - wait.since < GRACE_MS) continue;
      this.#waiting.delete(callId);
      if (this.#keeper.session(wait.session)?.pending.has(wait.action) !== true) continue;
      const event: Event = {
        type: 'action.ended',
        session: wait.session,
        action: wait.action,
        ran: 'unknown',
        time: now,
      };
      this.#keeper.record(
        'outcome',
        wait.session,
        { action: wait.action, callId, ran: 'unknown', from: 'transcript' },
        [event],
      );
    }
  }

  #alarm(call: SeenCall, code: FindingCode, text: string): void {
    this.#alarmed.add(call.callId);
    const time = this.#parts.clock.now();
    const data = {
      severity: 'critical',
      by: 'seam',
      session: call.session,
      callId: call.callId,
      tool: call.tool,
      cwd: call.cwd ?? null,
      text,
    };
    const seq = this.#keeper.finding(code, call.session, data, [
      { type: 'gap.seen', session: call.session, callId: call.callId, time },
    ]);
    this.#parts.notify({ seq, time, type: 'finding', session: call.session, text: `${code}: ${text}`, rule: code });
  }
}
