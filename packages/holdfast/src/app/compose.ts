// The only place that puts the pieces together: edges, engine and gate into one running whole. Everything else sees interfaces.
import { statSync } from 'node:fs';
import { keyed, type Body, type Hash, type Host, type Json, type State } from '../core/model/index.ts';
import { apply, dumpState, emptyState, stateDigest } from '../core/engine/index.ts';
import { HOSTS } from '../core/hosts/index.ts';
import { knownValues, redactJson } from '../core/secrets/index.ts';
import type { GateParts } from '../gate/parts.ts';
import type { Blobs, Clock, FactSource, Ledger, Lineage, SeenCall } from '../ports/index.ts';
import { folderHoles, TranscriptWatch } from '../edge/integrity/index.ts';
import { detectClaudeCode, EVENTS, hookArgvs, placeId } from '../edge/install/index.ts';
import {
  exportAnchor,
  findRecords,
  openLedger,
  readRecords as readStored,
  verify,
  type Verified,
  type VerifyOptions,
} from '../edge/ledger/index.ts';
import { observeFacts, processLineage } from '../edge/observe/index.ts';
import { openSocket, TransportError, type Inherited } from '../edge/transports/index.ts';
import { tokenOf } from './held-port.ts';
import { hookFingerprint } from './hook-key.ts';
import { installHook, seenAs, shellLine } from './hook-command.ts';
import type { Home } from './home.ts';
import { secretKey } from './keys.ts';
import { RulesStore } from './rules-store.ts';
import { listen, type Listening, type ListenOptions } from './watcher/listen.ts';
import { rebuild } from './watcher/state.ts';

export { exportAnchor, findRecords };
export { loadRules, offlineBase, offlineRules, lintDirectory, ruleSource } from './load-rules.ts';

export type EdgeOptions = {
  readonly home: Home;
  readonly userHome: string;
  readonly etc: string;
  /** Sockets that a service manager passed to this process. */
  readonly inherited?: Inherited;
  readonly notify: (entry: { seq: number; time: number; type: string; text: string }) => void;
};

export type Edges = {
  readonly ledger: Ledger;
  readonly blobs: Blobs;
  readonly facts: FactSource;
  readonly clock: Clock;
  readonly lineage: Lineage | undefined;
  readonly hosts: ReadonlyMap<string, Host>;
  readonly rules: RulesStore;
  readonly state: State;
  readonly redact: GateParts['redact'];
  readonly commit: (bytes: string) => Hash;
  readonly installed: () => readonly string[];
  readonly folderHoles: (folder: string) => Promise<readonly string[]>;
  readonly listen: (on: Pick<ListenOptions, 'hook' | 'control'>) => Promise<Listening>;
  readonly transcripts: (
    userHome: string,
    on: { readonly call: (call: SeenCall) => void; readonly folder: (folder: string) => void },
  ) => Promise<() => Promise<void>>;
  readonly saveSnapshot: (state: State) => void;
  /** Keeps the index for people behind the ledger, in its worker; nothing waits for it. */
  readonly keepIndex: () => void;
  readonly close: () => Promise<void>;
};

/** Opens every edge of one watcher. Throws UserError; what was opened is closed again then. */
export async function openEdges(options: EdgeOptions): Promise<Edges> {
  const { home } = options;
  const say = (text: string): void => options.notify({ seq: -1, time: Date.now(), type: 'ledger', text });
  const key = secretKey(home.secretKey);
  const hook = installHook(home, 'claude-code', hookFingerprint(home));
  const rules = await RulesStore.open({ home, etc: options.etc, key, hook: hook.target });
  const clock: Clock = { now: () => Date.now() };
  const ledger = openLedger(home.ledger, { clock, say });
  const facts = observeFacts();
  try {
    const { state } = await rebuild({ load: () => ledger.loadSnapshot() }, (from) => ledger.read(from));
    return {
      ledger,
      blobs: ledger.blobs,
      facts,
      clock,
      lineage: processLineage(),
      hosts: HOSTS,
      rules,
      state,
      redact: (value, known) => redactJson(value, known === undefined ? { key } : { key, known: knownValues(known) }),
      commit: (bytes) => keyed(key, bytes),
      installed: () => hookArgvs(hook.argv).map((argv) => shellLine(seenAs(argv))),
      folderHoles: async (folder) => {
        const agent = await detectClaudeCode({
          roots: { home: options.userHome, etc: options.etc },
          path: '',
          argv: hook.argv,
          native: hook.kind === 'native',
          ...tokenOf(home),
        });
        return (await folderHoles(folder, agent?.protection ?? 'none')).map((hole) => hole.text);
      },
      listen: (on) =>
        listen({
          home,
          hosts: HOSTS,
          inherited: options.inherited ?? {},
          uids: callers(options.userHome),
          place: placeId(hook.argv),
          closed: new Set(EVENTS.filter((event) => event.closed).map((event) => event.name)),
          say: (text) => options.notify({ seq: -1, time: Date.now(), type: 'hook', text }),
          ...on,
        }),
      transcripts: async (userHome, on) => {
        const roots = [...HOSTS.values()].flatMap((host) =>
          host.files.transcripts === undefined ? [] : [`${userHome}/${host.files.transcripts}`],
        );
        const watch = new TranscriptWatch(
          { roots, since: Date.now() },
          { call: on.call, folder: (folder) => on.folder(folder), trouble: say },
        );
        await watch.start();
        return () => watch.close();
      },
      keepIndex: () => ledger.index.keep(),
      saveSnapshot: (now) => ledger.saveSnapshot(ledger.head().size, dumpState(now)),
      close: async () => {
        rules.close();
        await facts.close();
        await ledger.close();
      },
    };
  } catch (error) {
    rules.close();
    await facts.close();
    await ledger.close();
    throw error;
  }
}

/** Users whose agents may call over http: our own, root, and whose home it is. */
function callers(userHome: string): ReadonlySet<number> {
  const owner = statSync(userHome, { throwIfNoEntry: false })?.uid;
  return new Set([
    0,
    ...(process.getuid === undefined ? [] : [process.getuid()]),
    ...(owner === undefined ? [] : [owner]),
  ]);
}

let observer: ReturnType<typeof observeFacts> | undefined;

/** Facts from the real disk for commands that run without a watcher; read-only. */
export function offlineFacts(): FactSource {
  observer ??= observeFacts();
  return observer;
}

export function readRecords(dir: string, from: number): AsyncIterable<Body> {
  return readStored(dir, from);
}

/** How the newest records stand; so many that looking takes no second. */
export async function newestProblems(
  dir: string,
  newest: number,
): Promise<{ readonly status: Verified['status']; readonly records: number; readonly problem: string }> {
  const result = await verify(dir, { from: Math.max(newest - 100_000, 0), blobs: false });
  return { status: result.status, records: result.records, problem: result.problems[0]?.text ?? '' };
}

export function verifyLedger(dir: string, options: VerifyOptions = {}): Promise<Verified> {
  return verify(dir, options);
}

/** Folds the whole ledger and compares with what the running watcher says its state is. */
export async function verifyState(
  home: Home,
): Promise<{ readonly status: 'equal' | 'differs' | 'unknown'; readonly text: string }> {
  const state = emptyState();
  let live: Json;
  try {
    const client = await openSocket(home.socket, 2_000);
    try {
      live = await client.control('state-digest');
    } finally {
      client.close();
    }
  } catch (error) {
    if (error instanceof TransportError)
      return { status: 'unknown', text: `there is no live state to compare with: ${error.message}` };
    throw error;
  }
  const { seq, digest } = live as { readonly seq: number; readonly digest: string };
  for await (const body of readStored(home.ledger, 0, seq - 1)) for (const event of body.events) apply(state, event);
  return stateDigest(state) === digest
    ? { status: 'equal', text: `the live state is what ${seq} records say` }
    : { status: 'differs', text: `the live state is not what ${seq} records say` };
}
