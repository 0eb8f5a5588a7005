// Plays the demo: a real watcher, the real hook client as an agent would run it, the ledger of it all; the workspace is removed at the end.
import { cpSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Body, Json } from '../core/model/index.ts';
import { findRecords, verifyLedger } from './compose.ts';
import { buildStage, scenes, unharmed, type Scene, type Stage } from './demo-story.ts';
import { homeAt, type Home } from './home.ts';
import { runHook } from './hook-run.ts';
import { Watcher } from './watcher/watcher.ts';

export type Played = {
  readonly scene: Scene;
  /** The hook's answer stops the call. */
  readonly stopped: boolean;
  /** Record of the decision; undefined when there is none, which is a failure of the demo. */
  readonly record: Body | undefined;
  /** What the model reads. */
  readonly text: string;
};

export type Demo = {
  /** Holdfast's directory of this demo; it stays, so that the story can be read. */
  readonly dir: string;
  readonly scenes: readonly Played[];
  readonly unharmed: boolean;
  readonly audit: string;
  readonly records: number;
  /** What verification says about a copy in which one letter of a record was changed. */
  readonly tampered: string;
  /** Every attack was stopped, everything else ran, nothing was harmed, the ledger is whole and the forgery was seen. */
  readonly held: boolean;
};

/** Plays all scenes; `tell` hears of each as it ends. Nothing outside a new folder in the temporary directory is touched. */
export async function playDemo(tell: (played: Played) => void): Promise<Demo> {
  const base = realpathSync(mkdtempSync(join(tmpdir(), 'holdfast-demo-')));
  const stage = buildStage(join(base, 'stage'));
  const home = homeAt(join(base, 'holdfast'));
  const watcher = await Watcher.start({
    home,
    userHome: stage.home,
    etc: join(base, 'etc'),
    strict: false,
    transcripts: false,
    notify: () => undefined,
  });
  const played: Played[] = [];
  try {
    for (const [number, scene] of scenes(stage).entries()) {
      const one = await playScene(home, stage, scene, number);
      played.push(one);
      tell(one);
    }
  } finally {
    await watcher.stop();
  }
  const whole = unharmed(stage);
  rmSync(join(base, 'stage'), { recursive: true, force: true });
  const audit = await verifyLedger(home.ledger);
  const tampered = await forge(home.ledger, join(base, 'forged'));
  const right = played.every((one) => one.stopped === one.scene.attack && one.record !== undefined);
  return {
    dir: home.root,
    scenes: played,
    unharmed: whole,
    audit: audit.status,
    records: audit.records,
    tampered,
    held: right && whole && audit.status === 'intact' && tampered === 'damaged',
  };
}

async function playScene(home: Home, stage: Stage, scene: Scene, number: number): Promise<Played> {
  const call = {
    session_id: 'demo',
    transcript_path: join(stage.home, 'none.jsonl'),
    cwd: stage.project,
    permission_mode: 'default',
    tool_name: scene.tool,
    tool_input: scene.input,
    tool_use_id: `demo-${number + 1}`,
  };
  const ask = (event: string, more: { readonly [key: string]: Json }): ReturnType<typeof runHook> =>
    runHook(home, 'claude-code', JSON.stringify({ ...call, hook_event_name: event, ...more }));
  const reply = await ask('PreToolUse', {});
  const stopped = reply.exit !== 0 || stops(reply.stdout);
  const { records } = await findRecords(home.ledger, { type: 'verdict', limit: 1 });
  if (!stopped && scene.run !== undefined) await ask('PostToolUse', { tool_response: scene.run() });
  return { scene, stopped, record: records[0], text: (reply.stderr || reply.stdout).trim() };
}

/** Whether the host would stop at this answer on standard output. */
function stops(stdout: string): boolean {
  if (stdout.trim() === '') return false;
  const reply = JSON.parse(stdout) as { hookSpecificOutput?: { permissionDecision?: string } };
  return ['deny', 'ask'].includes(reply.hookSpecificOutput?.permissionDecision ?? '');
}

/** Changes one word in a copy of the ledger and asks what verification says; the copy is removed. */
async function forge(ledger: string, copy: string): Promise<string> {
  cpSync(ledger, copy, { recursive: true });
  try {
    const folder = join(copy, 'segments');
    const file = join(folder, readdirSync(folder).sort()[0] ?? '');
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.replace('"level":"deny"', '"level":"pass"'));
    return (await verifyLedger(copy)).status;
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}
