// The gate as tests use it: put together from the same real parts as the watcher's, in a folder of its own, without socket and process.
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { rebuild } from '../../packages/holdfast/src/app/watcher/state.ts';
import { stateDigest, apply, emptyState } from '../../packages/holdfast/src/core/engine/index.ts';
import { HOSTS } from '../../packages/holdfast/src/core/hosts/index.ts';
import { keyed, type Body, type Json, type Profile, type Reply } from '../../packages/holdfast/src/core/model/index.ts';
import { knownValues, redactJson } from '../../packages/holdfast/src/core/secrets/index.ts';
import { folderHoles } from '../../packages/holdfast/src/edge/integrity/index.ts';
import { openLedger, verify, type FileLedger } from '../../packages/holdfast/src/edge/ledger/index.ts';
import { observeFacts } from '../../packages/holdfast/src/edge/observe/index.ts';
import { Gate } from '../../packages/holdfast/src/gate/gate.ts';
import type { FeedEntry, GateParts } from '../../packages/holdfast/src/gate/parts.ts';
import { rulesFor } from './rules.ts';

const KEY = 'ab'.repeat(32);
const PAYLOADS = new URL('../payloads/claude-code/2.1.330/', import.meta.url);

export type GateOptions = {
  readonly profile?: Profile;
  /** A folder of an earlier gate: its records are there again. */
  readonly dir?: string;
  readonly parts?: Partial<GateParts>;
};

export type OpenGate = {
  readonly gate: Gate;
  readonly ledger: FileLedger;
  /** Holds `home`, `home/project` and `ledger`; removed when the test ends. */
  readonly dir: string;
  readonly home: string;
  readonly project: string;
  readonly feed: readonly FeedEntry[];
  /** A payload recorded from the agent, moved into this gate's project, with changes. */
  readonly payload: (name: string, changes?: { readonly [key: string]: Json }) => string;
  /** Gives one recorded payload to the gate. */
  readonly send: (name: string, changes?: { readonly [key: string]: Json }, pid?: number) => Promise<Reply>;
  /** A shell call under a call id. */
  readonly bash: (command: string, callId: string, changes?: { readonly [key: string]: Json }) => Promise<Reply>;
  /** The result of that call. */
  readonly ran: (command: string, callId: string, changes?: { readonly [key: string]: Json }) => Promise<Reply>;
  readonly records: () => Promise<readonly Body[]>;
  /** `intact`, and the state is the fold of the records; else what is wrong. */
  readonly sound: () => Promise<string>;
  readonly close: () => Promise<void>;
};

/** Opens a gate over the real ledger, observer, host and shipped rules. `parts` replaces what a test wants to decide itself: clock, lineage. */
export async function openGate(t: TestContext, options: GateOptions = {}): Promise<OpenGate> {
  const dir = options.dir ?? mkdtempSync(join(tmpdir(), 'holdfast-gate-'));
  const [home, project] = [join(dir, 'home'), join(dir, 'home', 'project')];
  mkdirSync(project, { recursive: true });
  const rules = await rulesFor(options.profile ?? 'balanced');
  const ledger = openLedger(join(dir, 'ledger'));
  const facts = observeFacts();
  const feed: FeedEntry[] = [];
  const { state } = await rebuild({ load: () => ledger.loadSnapshot() }, (from) => ledger.read(from));
  const gate = new Gate(
    {
      ledger,
      blobs: ledger.blobs,
      facts,
      clock: { now: () => Date.now() },
      lineage: undefined,
      hosts: HOSTS,
      rules: () => rules,
      rulesOf: () => rules,
      redact: (value, known = []) => redactJson(value, { key: KEY, known: knownValues(known) }),
      commit: (bytes) => keyed(KEY, bytes),
      home,
      installed: () => [],
      folderHoles: async (folder) => (await folderHoles(folder, 'none')).map((hole) => hole.text),
      strict: false,
      observeMs: 2_000,
      notify: (entry) => feed.push(entry),
      ...options.parts,
    },
    state,
  );
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => (closed ??= facts.close().then(() => ledger.close()));
  t.after(async () => {
    await close();
    rmSync(dir, { recursive: true, force: true });
  });
  const payload: OpenGate['payload'] = (name, changes = {}) => {
    const recorded = JSON.parse(readFileSync(new URL(`${name}.json`, PAYLOADS), 'utf8')) as { [key: string]: Json };
    const moved = JSON.parse(JSON.stringify(recorded).replaceAll('/home/dev/project', project)) as typeof recorded;
    return JSON.stringify({ ...moved, ...changes });
  };
  const send: OpenGate['send'] = (name, changes, pid = process.pid) =>
    gate.handle({ host: 'claude-code', payload: payload(name, changes), pid });
  const call = (command: string, callId: string): { [key: string]: Json } => ({
    tool_input: { command, description: 'a step' },
    tool_use_id: callId,
  });
  return {
    gate,
    ledger,
    dir,
    home,
    project,
    feed,
    payload,
    send,
    bash: (command, callId, changes) => send('pre-tool-use.bash', { ...call(command, callId), ...changes }),
    ran: (command, callId, changes) => send('post-tool-use.bash', { ...call(command, callId), ...changes }),
    records: async () => {
      const all: Body[] = [];
      for await (const body of ledger.read(0)) all.push(body);
      return all;
    },
    sound: async () => {
      const { status, problems } = await verify(join(dir, 'ledger'));
      const folded = emptyState();
      for await (const body of ledger.read(0)) for (const event of body.events) apply(folded, event);
      if (status !== 'intact') return `${status}: ${JSON.stringify(problems)}`;
      return stateDigest(folded) === stateDigest(gate.state) ? 'intact' : 'the state is not the fold of the records';
    },
    close,
  };
}

/** What a reply of Claude Code's hook says: `pass` (silence), `ask`, `deny`, with the sentence. */
export function said(reply: Reply): { readonly level: string; readonly text: string } {
  if (reply.exit === 2) return { level: 'deny', text: reply.stderr ?? '' };
  if (reply.exit !== 0) return { level: `exit ${reply.exit}`, text: reply.stderr ?? '' };
  if ((reply.stdout ?? '') === '') return { level: 'pass', text: '' };
  const own = (JSON.parse(reply.stdout ?? '') as { hookSpecificOutput: { [key: string]: string } }).hookSpecificOutput;
  return { level: own['permissionDecision'] ?? '', text: own['permissionDecisionReason'] ?? '' };
}

/** Data of a record as an object. */
export function dataOf(body: Body | undefined): { readonly [key: string]: Json } {
  return (body?.data ?? {}) as { readonly [key: string]: Json };
}

/** Records of one type, in order. */
export function ofType(all: readonly Body[], type: Body['type']): readonly Body[] {
  return all.filter((body) => body.type === type);
}

/** Codes of all findings: those recorded by themselves and those of decisions, without the folders seen. */
export function codesOf(all: readonly Body[]): readonly string[] {
  return all.flatMap((body) => {
    if (body.type === 'finding') return dataOf(body)['code'] === 'folder-seen' ? [] : [String(dataOf(body)['code'])];
    const found = dataOf(body)['findings'];
    return Array.isArray(found) ? found.map((finding) => String((finding as { [key: string]: Json })['code'])) : [];
  });
}
