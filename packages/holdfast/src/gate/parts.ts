// What the gate is put together from. app/compose.ts fills it in; tests of the gate fill it with the same real parts.
import type { Hash, Host, Json, Level } from '../core/model/index.ts';
import type { EngineRules } from '../core/engine/index.ts';
import type { Blobs, Clock, FactSource, Ledger, Lineage } from '../ports/index.ts';

/** One request of a hook client, as the transport hands it over. */
export type GateRequest = {
  readonly host: string;
  readonly event?: string;
  /** Raw standard input of the hook; `undefined` when it was no valid UTF-8. */
  readonly payload: string | undefined;
  /** The hook's process; undefined where the way it came does not show one (http): then it opens no session and proves nothing. */
  readonly pid: number | undefined;
};

/** One line of the live feed; redacted. */
export type FeedEntry = {
  readonly seq: number;
  readonly time: number;
  readonly type: string;
  readonly session?: string;
  readonly agent?: string;
  readonly level?: Level;
  readonly text: string;
  readonly rule?: string;
};

export type GateParts = {
  readonly ledger: Ledger;
  readonly blobs: Blobs;
  readonly facts: FactSource;
  readonly clock: Clock;
  readonly lineage: Lineage | undefined;
  readonly hosts: ReadonlyMap<string, Host>;
  /** The rules in force above any project; swapped whole by the watcher. */
  readonly rules: () => EngineRules;
  /** The same tightened by a workspace's own files; a promise where these have to be read first. May reject: then nothing is decided. */
  readonly rulesOf: (workspace: string) => EngineRules | Promise<EngineRules>;
  /** Copy with secrets replaced by placeholders, `known` ones in every form, and how many there were. */
  readonly redact: (
    value: Json,
    known?: readonly { readonly value: string; readonly class: string }[],
  ) => { readonly json: Json; readonly count: number };
  /** HMAC of an original under the watcher's key. */
  readonly commit: (bytes: string) => Hash;
  /** Home directory of the user whose agents are gated. */
  readonly home: string;
  /** Hook command lines as installed; a prompt event counts as proven only when it came through one of them. */
  readonly installed: () => readonly string[];
  /** Ways the files of a folder can switch the gate off; empty when none. */
  readonly folderHoles: (folder: string) => Promise<readonly string[]>;
  /** Await stable storage before replying. */
  readonly strict: boolean;
  readonly observeMs: number;
  readonly notify: (entry: FeedEntry) => void;
};
