// State: a fold of apply over events. Mutated by apply alone; everything else reads.
import type { Hash } from './digest.ts';
import type { Grant, Mark, Standing } from './event.ts';
import type { Level } from './verdict.ts';

export type PendingCall = {
  readonly action: string;
  readonly callId: string | undefined;
  /** Hash of session, tool and normalised input; the join key across seams. */
  readonly join: Hash;
  readonly level: Level;
  /** Its effects run code, so what happens in its process tree may come from it. */
  readonly executes: boolean;
  /** Labels its result will carry into the session once it ran. */
  readonly marks: readonly Mark[];
  readonly time: number;
};

export type Task = { readonly print: Hash; readonly proven: boolean; readonly time: number };

/** `length` in UTF-16 units: tells which pieces of a text are worth a fingerprint. */
export type SeenSecret = { readonly class: string; readonly length?: number };

export type SessionState = {
  readonly id: string;
  readonly agent: string;
  readonly parent: string | undefined;
  readonly depth: number;
  readonly workspace: string;
  readonly opened: number;
  /** Number of actions decided. */
  seq: number;
  /** Latest time an action was decided at; a clock that goes back does not bring back what had expired by then. */
  latest: number;
  task: Task | undefined;
  limits: string[];
  /** First action number after which data of that label was in the session. */
  marks: { [mark in Mark]?: number };
  /** Known secrets seen, by keyed fingerprint. */
  secrets: Map<Hash, SeenSecret>;
  grants: Map<Hash, Grant>;
  pending: Map<string, PendingCall>;
  /** Path ▶ labels that only this session gives a file (it wrote a build file after outside text had come in). */
  files: Map<string, Mark[]>;
  standing: Standing;
  /** Evicted history: unknown data counts as external and private. */
  lost: boolean;
  closed: boolean;
};

export type MachineState = {
  standing: Standing;
  agents: Map<string, Standing>;
  /** Path ▶ labels of files that agents wrote or fetched. */
  files: Map<string, Mark[]>;
  /** Folder ▶ ways its own files can switch a gate off. */
  folders: Map<string, readonly string[]>;
  /** Tool calls that no seam saw. */
  gaps: number;
  rules: Hash | undefined;
};

export type State = { readonly sessions: Map<string, SessionState>; readonly machine: MachineState };
/** What one decision may read. */
export type View = { readonly session: SessionState; readonly machine: MachineState };
