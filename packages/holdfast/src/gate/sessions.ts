// Opening sessions: who the parent is, and whether a prompt is proven to come from outside every recorded tool call.
import type { SessionState } from '../core/model/index.ts';
import type { Ancestor } from '../ports/index.ts';
import { classifyPrompt, hostOf } from './lineage.ts';
import type { Keeper } from './keeper.ts';
import type { GateParts, GateRequest } from './parts.ts';

/** Host processes of sessions by pid and start time; kept in memory, a hint and never state. */
export class Sessions {
  readonly #parts: GateParts;
  readonly #keeper: Keeper;
  readonly #hostOf = new Map<string, { readonly pid: number; readonly started: number }>();

  constructor(parts: GateParts, keeper: Keeper) {
    this.#parts = parts;
    this.#keeper = keeper;
  }

  /** The session, opened with a record when it is new. `given` is the parent the host itself names. */
  open(id: string, agent: string, cwd: string, request: GateRequest, given?: string): SessionState {
    const found = this.#keeper.session(id);
    if (found !== undefined) {
      if (!this.#hostOf.has(id) && given === undefined) this.#remember(id, request);
      return found;
    }
    // Whoever may speak without a process must not be the first to speak for a session: it would begin without its parent's labels.
    if (request.pid === undefined && (given === undefined || this.#keeper.session(given) === undefined))
      throw new Error(`session ${id.slice(0, 80)} did not begin with an event that shows the agent's process`);
    const chain = this.#chain(request);
    this.#remember(id, request, chain);
    const parent = given ?? this.#parentOf(id, chain);
    const above = parent === undefined ? undefined : this.#keeper.session(parent);
    const time = this.#parts.clock.now();
    this.#keeper.record(
      'session',
      id,
      {
        what: 'opened',
        agent,
        cwd,
        parent: parent ?? null,
        level: 'cooperative',
        host: hostOf(chain, this.#parts.installed())?.pid ?? null,
      },
      [
        {
          type: 'session.opened',
          session: id,
          agent,
          ...(parent === undefined ? {} : { parent }),
          depth: above === undefined ? 0 : above.depth + 1,
          workspace: above?.workspace ?? cwd,
          time,
        },
      ],
    );
    const opened = this.#keeper.session(id);
    if (opened === undefined) throw new Error(`session ${id} was recorded but is not in state`);
    return opened;
  }

  /** Whether a prompt event is proven: through the installed hook, from a host that descends from no other session, none of whose calls is running. */
  proven(session: SessionState, request: GateRequest): { readonly proven: boolean; readonly why: string } {
    if (session.parent !== undefined) return { proven: false, why: 'the session was started by another session' };
    for (const call of session.pending.values()) {
      if (call.executes && call.level !== 'ask')
        return { proven: false, why: 'a tool call of this session is still running' };
    }
    if (request.pid === undefined) return { proven: false, why: 'it came without a process that could be looked at' };
    const chain = this.#chain(request);
    const others = new Set<number>();
    for (const [id, host] of this.#hostOf) if (id !== session.id) others.add(host.pid);
    return classifyPrompt(chain, this.#parts.installed(), others, this.#hostOf.get(session.id));
  }

  /** A closed session's host process is no ancestor of anything new. */
  forget(id: string): void {
    this.#hostOf.delete(id);
  }

  #chain(request: GateRequest): readonly Ancestor[] {
    return request.pid === undefined ? [] : (this.#parts.lineage?.ancestors(request.pid) ?? []);
  }

  #remember(id: string, request: GateRequest, chain = this.#chain(request)): void {
    const host = hostOf(chain, this.#parts.installed());
    if (host !== undefined) this.#hostOf.set(id, { pid: host.pid, started: host.started });
  }

  /** The session whose host process is the nearest ancestor of this one's. */
  #parentOf(id: string, chain: readonly Ancestor[]): string | undefined {
    const host = hostOf(chain, this.#parts.installed());
    const above = host === undefined ? chain : chain.slice(chain.indexOf(host) + 1);
    for (const ancestor of above) {
      for (const [other, known] of this.#hostOf) {
        if (other !== id && known.pid === ancestor.pid && known.started === ancestor.started) return other;
      }
    }
    return undefined;
  }
}
