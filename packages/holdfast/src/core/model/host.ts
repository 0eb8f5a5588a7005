// A host: what translates one agent's payloads, as one small pure value. Transport, deadlines and install live in edge/.
import type { Action, Outcome, Tool } from './action.ts';
import type { Json } from './json.ts';
import type { Verdict } from './verdict.ts';

export type Inbound =
  | { readonly kind: 'action'; readonly action: Omit<Action, 'id' | 'time' | 'home' | 'workspace'> }
  | {
      readonly kind: 'outcome';
      readonly outcome: Omit<Outcome, 'time' | 'action' | 'join'> & {
        readonly hostTool?: string;
        readonly tool?: Tool;
        readonly input?: Json;
        readonly parent?: string;
        readonly cwd: string;
      };
    }
  /** `machine`: the host itself, no person, wrote it (a background task's result, a wake-up); such a prompt is never proven. */
  | {
      readonly kind: 'prompt';
      readonly session: string;
      readonly text: string;
      readonly parent?: string;
      readonly cwd: string;
      readonly machine?: true;
    }
  | {
      readonly kind: 'session';
      readonly what: 'start' | 'end' | 'spawn' | 'spawn-end';
      readonly session: string;
      readonly cwd: string;
      readonly child?: string;
      readonly transcript?: string;
    }
  | {
      readonly kind: 'config';
      readonly session: string;
      readonly parent?: string;
      readonly cwd: string;
      readonly source: string;
      readonly file?: string;
    }
  | { readonly kind: 'other'; readonly session: string; readonly name: string; readonly cwd: string };
export type Malformed = { readonly kind: 'malformed'; readonly why: string };

export type Reply = { readonly stdout?: string; readonly stderr?: string; readonly exit: number };

export type HostFiles = {
  /** Relative to home. */
  readonly user: readonly string[];
  /** Relative to a project folder. */
  readonly project: readonly string[];
  /** Absolute. */
  readonly managed: readonly string[];
  /** Relative to home, folder of transcripts. */
  readonly transcripts?: string;
  readonly memory: readonly string[];
};

export type Host = {
  readonly name: string;
  readonly title: string;
  readonly tested: readonly string[];
  readonly transport: 'exec' | 'http' | 'plugin' | 'middleware';
  /** Host tool name ▶ normal tool and input; undefined for a tool it does not know (`unknown`). */
  readonly tool: (hostTool: string, input: Json) => { readonly tool: Tool; readonly input: Json };
  /** Payload of one event; `event` where the host does not name it inside. Total. */
  readonly parse: (payload: Json, event?: string) => Inbound | Malformed;
  /** The reply for a decided inbound. `text` is the sentence for the model (deny, ask) or empty. */
  readonly reply: (to: Inbound, verdict: Pick<Verdict, 'level' | 'modified'>, text: string) => Reply;
  /** Said when nothing else can be said: the hardest denial that this host honours. */
  readonly hardest: (text: string) => Reply;
  /** Hooks by http, where the host knows them: which events may come that way, and any reply to one of them in that form. Total. */
  readonly http?: {
    readonly events: readonly string[];
    readonly form: (event: string, reply: Reply) => { readonly status: number; readonly body: string };
  };
  readonly can: {
    readonly ask: 'holds' | 'owned' | 'none';
    readonly modify: boolean;
    readonly rewriteResult: boolean;
    readonly subagents: boolean;
    /** How long the host waits for a hook, milliseconds. */
    readonly deadlineMs: number;
  };
  readonly files: HostFiles;
};
