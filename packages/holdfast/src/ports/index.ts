// What the edges offer, as types only: the gate uses them, edge folders implement them, app/compose.ts joins the two.
import type { Body, BodyTexts, Fact, Hash, Want } from '../core/model/index.ts';

export interface FactSource {
  /** Answers every want within the deadline; what cannot be answered in time is `late`. Never throws. */
  observe(wants: readonly Want[], deadlineMs: number): Promise<readonly Fact[]>;
  /**
   * A look for one decision: answers each want at once where that cannot wait for anything, undefined where `observe` has to be
   * asked. Past the deadline it answers `late`. Never throws.
   */
  look(deadlineMs: number): (want: Want) => Fact | undefined;
}

export interface Ledger {
  /** Synchronous write(2) of one chained record; returns its seq. `texts` spares writing its parts as text again. Throws LedgerFull (code `ledger-full`); never drops. */
  append(body: Omit<Body, 'seq'>, texts?: BodyTexts): number;
  /** Resolves when the record is on stable storage (strict durability awaits it). */
  flushed(seq: number): Promise<void>;
  read(from: number, to?: number): AsyncIterable<Body>;
  head(): { readonly size: number; readonly root: Hash };
  close(): Promise<void>;
}

export interface Blobs {
  put(bytes: Uint8Array): Hash;
  get(hash: Hash): Uint8Array | undefined;
  drop(hash: Hash): void;
}

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
}

/** Tells whether a process descends from a recorded session (a hint where nothing better is known). */
export interface Lineage {
  /** Ancestors of a process, nearest first, itself included; empty when it is gone. */
  ancestors(pid: number): readonly Ancestor[];
}
export type Ancestor = {
  readonly pid: number;
  readonly started: number;
  readonly argv: readonly string[];
  readonly exe?: string;
  readonly tty: boolean;
};

/** One tool call as an agent's transcript shows it: once when it is asked for, once more with its result. */
export type SeenCall = {
  readonly session: string;
  readonly callId: string;
  /** The host's own name; empty when the call itself stood in a part that was not read. */
  readonly tool: string;
  readonly cwd: string | undefined;
  readonly hasResult: boolean;
  /** `no`: the host refused the call, nothing ran. `unknown` counts as ran. */
  readonly ran: 'yes' | 'no' | 'unknown';
  readonly isError: boolean;
  readonly resultText?: string;
};
