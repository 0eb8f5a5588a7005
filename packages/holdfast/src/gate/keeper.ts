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
/** What events may take of that; more go ahead in records of their own. */
const EVENTS_BYTES = DATA_BYTES / 4;

/** `short`: what stands in for data that is too large. `original`: committed to, never kept. `rules`: what it was decided by, where that is not what is in force for all. */
export type RecordMore = { readonly short?: () => Json; readonly original?: string; readonly rules?: Hash };

export class Keeper {
  readonly state: State;
  readonly #parts: GateParts;

  constructor(parts: GateParts, state: State) {
    this.#parts = parts;
    this.state = state;
  }

  /**
   * Appends one record and applies its events; answers its seq. Data too large for a record goes to a blob and
   * `short` stands in its place; events too many for one go into records before it. Throws what the ledger throws
   * (LedgerFull): then what was recorded before is applied, labels at most, and nothing else.
   */
  record(
    type: Exclude<RecordType, 'finding' | 'checkpoint'>,
    session: string | undefined,
    data: Json,
    events: readonly Event[],
    more?: RecordMore,
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
    more?: RecordMore,
  ): number {
    const written = JSON.stringify(events);
    const bytes = Buffer.byteLength(written);
    const rest = bytes <= EVENTS_BYTES ? events : this.#ahead(type, session, events, more?.rules);
    const restText = rest === events ? written : JSON.stringify(rest);
    const text = JSON.stringify(data);
    const room = DATA_BYTES - (rest === events ? bytes : Buffer.byteLength(restText));
    const fits = Buffer.byteLength(text) <= room;
    const blobs: Hash[] = fits ? [] : [this.#parts.blobs.put(Buffer.from(text))];
    const kept = fits ? data : (more?.short?.() ?? { blob: blobs[0] ?? null });
    const seq = this.#parts.ledger.append(
      {
        time: this.#parts.clock.now(),
        type,
        rules: more?.rules ?? this.#parts.rules().digest,
        ...(session === undefined ? {} : { session }),
        data: kept,
        events: rest,
        blobs,
        commits: more?.original === undefined ? [] : [this.#parts.commit(more.original)],
      },
      { data: fits ? text : JSON.stringify(kept), events: restText },
    );
    for (const event of rest) apply(this.state, event);
    return seq;
  }

  /** Records the first events by themselves, in their order; answers those that are left for the record they belong to. */
  #ahead(
    type: RecordType,
    session: string | undefined,
    events: readonly Event[],
    rules: Hash | undefined,
  ): readonly Event[] {
    let chunk: Event[] = [];
    let bytes = 0;
    for (const event of events) {
      const own = Buffer.byteLength(JSON.stringify(event));
      if (chunk.length > 0 && bytes + own > EVENTS_BYTES) {
        this.#write('session', session, { what: 'ahead', of: type }, chunk, rules === undefined ? {} : { rules });
        chunk = [];
        bytes = 0;
      }
      chunk.push(event);
      bytes += own + 1;
    }
    return chunk;
  }

  view(session: SessionState): View {
    return { session, machine: this.state.machine };
  }

  session(id: string): SessionState | undefined {
    return this.state.sessions.get(id);
  }
}
