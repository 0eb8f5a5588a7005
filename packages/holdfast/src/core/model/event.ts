// Events: bounded changes of state, free of content, carried inside records. The only thing that changes state.
import type { Hash } from './digest.ts';
import type { Level } from './verdict.ts';

/** Marks a session carries once data of that label was seen; they only grow. */
export const MARKS = ['external', 'private', 'secret'] as const;
export type Mark = (typeof MARKS)[number];

/** How a session's or the machine's actions are treated: running normally, or every action denied. */
export type Standing = 'running' | 'stopped' | 'frozen';

export type Grant = {
  /** Hash of what exactly was approved (architecture §6). */
  readonly bind: Hash;
  /** Ask rules it lifts. */
  readonly rules: readonly string[];
  readonly uses: 1 | 'session';
  /** Milliseconds since the epoch. */
  readonly until: number;
  /** Who approved: a proof's id, never an agent. */
  readonly by: string;
};

export type Event =
  | {
      readonly type: 'session.opened';
      readonly session: string;
      readonly agent: string;
      readonly parent?: string;
      readonly depth: number;
      readonly workspace: string;
      readonly time: number;
    }
  | { readonly type: 'session.closed'; readonly session: string; readonly time: number }
  | {
      readonly type: 'task.set';
      readonly session: string;
      readonly print: Hash;
      readonly proven: boolean;
      readonly time: number;
    }
  | { readonly type: 'limit.added'; readonly session: string; readonly limit: string }
  | { readonly type: 'mark.set'; readonly session: string; readonly mark: Mark; readonly seq: number }
  | {
      readonly type: 'secret.seen';
      readonly session: string;
      readonly print: Hash;
      readonly class: string;
      readonly length?: number;
    }
  | {
      readonly type: 'file.labelled';
      readonly path: string;
      readonly mark: Mark;
      readonly digest?: Hash;
      /** Only this session holds the label: what it wrote may hold outside text, though no data was seen to flow there. */
      readonly session?: string;
    }
  | {
      readonly type: 'action.decided';
      readonly session: string;
      readonly action: string;
      readonly callId?: string;
      readonly join: Hash;
      readonly level: Level;
      readonly executes: boolean;
      readonly marks?: readonly Mark[];
      readonly time: number;
    }
  | {
      readonly type: 'action.ended';
      readonly session: string;
      readonly action: string;
      readonly ran: 'yes' | 'no' | 'unknown';
      readonly time: number;
    }
  | { readonly type: 'grant.added'; readonly session: string; readonly grant: Grant }
  | { readonly type: 'grant.used'; readonly session: string; readonly bind: Hash }
  | {
      readonly type: 'standing.set';
      readonly of: 'session' | 'agent' | 'all';
      readonly name: string;
      readonly standing: Standing;
    }
  | { readonly type: 'folder.seen'; readonly folder: string; readonly holes: readonly string[]; readonly time: number }
  | { readonly type: 'gap.seen'; readonly session: string; readonly callId: string; readonly time: number }
  | { readonly type: 'rules.changed'; readonly digest: Hash };

export type EventType = Event['type'];
