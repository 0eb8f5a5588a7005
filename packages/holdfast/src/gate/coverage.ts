// Coverage: compares what a host and its transcript say ran with what the gate decided. A call that ran without a verdict is an alarm.
import type { Event, FindingCode, Hash, Level, PendingCall } from '../core/model/index.ts';
import type { SeenCall } from '../ports/index.ts';
import type { Keeper } from './keeper.ts';
import type { GateParts } from './parts.ts';

/** Decisions remembered by the host's call id; the oldest go first. Past it a late result of an old call would raise a false alarm. */
const REMEMBERED = 65_536;
/** How long a released call's own outcome event may still be on its way after the transcript shows a result, milliseconds. */
const GRACE_MS = 2_000;

/** A decision as it is remembered. */
export type Decided = {
  readonly session: string;
  readonly callId: string;
  readonly action: string;
  readonly level: Level;
  readonly join: Hash;
};

/** An outcome event of the host, joined with what the gate decided (`call`). */
export type SeenOutcome = {
  readonly session: string;
  readonly callId: string | undefined;
  readonly tool: string;
  readonly ran: 'yes' | 'no' | 'unknown';
  readonly join: Hash | undefined;
  readonly call: PendingCall | undefined;
};

export class Coverage {
  readonly #parts: GateParts;
  readonly #keeper: Keeper;
  readonly #decided = new Map<string, Decided>();
  readonly #alarmed = new Set<string>();
  readonly #waiting = new Map<
    string,
    { readonly session: string; readonly action: string; readonly callId: string; readonly since: number }
  >();

  constructor(parts: GateParts, keeper: Keeper) {
    this.#parts = parts;
    this.#keeper = keeper;
    for (const session of keeper.state.sessions.values()) {
      for (const call of session.pending.values()) {
        if (call.callId !== undefined) this.decided({ ...call, callId: call.callId, session: session.id });
      }
    }
  }

  /** The gate decided this call. */
  decided({ session, callId, action, level, join }: Decided): void {
    this.#decided.set(keyOf(session, callId), { session, callId, action, level, join });
    if (this.#decided.size > REMEMBERED) {
      const oldest = this.#decided.keys().next();
      if (!oldest.done) this.#decided.delete(oldest.value);
    }
  }

  /** What was last decided under this call id of this session; a hint, forgotten after a restart where nothing waits for it. */
  known(session: string, callId: string | undefined): Decided | undefined {
    return callId === undefined ? undefined : this.#decided.get(keyOf(session, callId));
  }

  /** The host told what came of a call. Raises `ran-without-verdict` or `verdict-not-held`, each once per call. */
  ended(outcome: SeenOutcome): void {
    const { session, tool, call } = outcome;
    const callId = outcome.callId ?? '';
    if (outcome.ran === 'no' || (callId !== '' && this.#alarmed.has(keyOf(session, callId)))) return;
    const seen = { session, callId, tool, cwd: undefined };
    const known = this.known(session, outcome.callId);
    if (call !== undefined) {
      if (outcome.join !== undefined && call.join !== outcome.join)
        this.#alarm(seen, 'verdict-not-held', `${tool} ran with another input than the one that was decided`);
    } else if (known === undefined) {
      this.#alarm(seen, 'ran-without-verdict', `${tool} ran and no seam of holdfast was asked before; ${SKIPPED}`);
    } else if (known.level === 'deny' && outcome.ran === 'yes') {
      this.#alarm(seen, 'verdict-not-held', `${tool} was denied and yet has a result`);
    }
  }

  /** A transcript shows this call. Raises `ran-without-verdict` or `verdict-not-held`, each once per call. */
  seen(call: SeenCall): void {
    const key = keyOf(call.session, call.callId);
    if (!call.hasResult || this.#alarmed.has(key)) return;
    const known = this.#decided.get(key);
    if (known === undefined) {
      // After a restart a denied call is no longer remembered; its result is the denial itself.
      // Where the transcript itself says that it ran, no text of a result can talk that away.
      const denial = call.ran === 'unknown' && call.isError && call.resultText?.includes('holdfast: ') === true;
      if (call.ran === 'no' || denial) return;
      this.#alarm(call, 'ran-without-verdict', `${call.tool} ran and no seam of holdfast saw it; ${SKIPPED}`);
    } else if (known.level === 'deny' && (call.ran === 'yes' || (call.ran === 'unknown' && !call.isError))) {
      this.#alarm(call, 'verdict-not-held', `${call.tool} was denied and yet has a result`);
    } else if (this.#keeper.session(known.session)?.pending.has(known.action) === true && !this.#waiting.has(key)) {
      this.#waiting.set(key, {
        session: known.session,
        action: known.action,
        callId: call.callId,
        since: this.#parts.clock.now(),
      });
    }
  }

  /** Ends calls whose result the transcript showed but whose outcome event never came (interrupted, or a hook that was skipped). */
  settle(): void {
    const now = this.#parts.clock.now();
    for (const [key, wait] of this.#waiting) {
      // A clock that went back must not keep a call open for ever.
      if (now >= wait.since && now - wait.since < GRACE_MS) continue;
      this.#waiting.delete(key);
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
        { action: wait.action, callId: wait.callId, ran: 'unknown', from: 'transcript' },
        [event],
      );
    }
  }

  #alarm(call: Pick<SeenCall, 'session' | 'callId' | 'tool' | 'cwd'>, code: FindingCode, text: string): void {
    this.#alarmed.add(keyOf(call.session, call.callId));
    if (this.#alarmed.size > REMEMBERED) this.#alarmed.clear();
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

const SKIPPED = 'the hook is off or was skipped';

/** Hosts number their calls anew in every session; ids hold no control characters (payload.ts). */
function keyOf(session: string, callId: string): string {
  return `${session}\0${callId}`;
}
