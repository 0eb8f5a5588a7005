// The keeper of state and records: every change goes record first, then apply, so that state is always the fold of the ledger.
import {
  limits,
  type Event,
  type FindingCode,
  type Hash,
  type Json,
  type RecordType,
  type SessionState,
  type State,
  type View,
} from '../core/model/index.ts';
import { apply } from '../core/engine/index.ts';
import type { GateParts } from './parts.ts';

/** Room for the fixed fields of a record beside its data. */
const DATA_BYTES = limits.RECORD_BYTES - 2048;

export class Keeper {
  readonly state: State;
  readonly #parts: GateParts;

  constructor(parts: GateParts, state: State) {
    this.#parts = parts;
    this.state = state;
  }

  /**
   * Appends one record and applies its events; answers its seq. Data too large for a record goes to a blob and
   * `short` stands in its place. Throws what the ledger throws (LedgerFull): then nothing was applied.
   */
  record(
    type: Exclude<RecordType, 'finding' | 'checkpoint'>,
    session: string | undefined,
    data: Json,
    events: readonly Event[],
    more?: { short?: Json; original?: string },
  ): number {
    return this.#write(type, session, data, events, more);
  }

  /** The same for a finding that no decision carries. */
  finding(
    code: FindingCode,
    session: string | undefined,
    data: { readonly [key: string]: Json },
    events: readonly Event[],
  ): number {
    return this.#write('finding', session, { code, ...data }, events);
  }

  #write(
    type: RecordType,
    session: string | undefined,
    data: Json,
    events: readonly Event[],
    more?: { short?: Json; original?: string },
  ): number {
    const text = JSON.stringify(data);
    const room = DATA_BYTES - Buffer.byteLength(JSON.stringify(events));
    const fits = Buffer.byteLength(text) <= room;
    const blobs: Hash[] = fits ? [] : [this.#parts.blobs.put(Buffer.from(text))];
    const seq = this.#parts.ledger.append({
      time: this.#parts.clock.now(),
      type,
      rules: this.#parts.rules().digest,
      ...(session === undefined ? {} : { session }),
      data: fits ? data : (more?.short ?? { blob: blobs[0] ?? null }),
      events,
      blobs,
      commits: more?.original === undefined ? [] : [this.#parts.commit(more.original)],
    });
    for (const event of events) apply(this.state, event);
    return seq;
  }

  view(session: SessionState): View {
    return { session, machine: this.state.machine };
  }

  session(id: string): SessionState | undefined {
    return this.state.sessions.get(id);
  }
}
