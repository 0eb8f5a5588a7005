// A real watcher process in throw-away folders, with the real hook client over the real socket: for tests of what goes wrong.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { readRecords } from '../../packages/holdfast/src/app/compose.ts';
import { homeAt, type Home } from '../../packages/holdfast/src/app/home.ts';
import type { Body, Json } from '../../packages/holdfast/src/core/model/index.ts';
import { clients, run, type Client, type Run, type RunOptions } from './hook-clients.ts';
import { end } from './world.ts';

const PROGRAM = fileURLToPath(new URL('../../bin/holdfast', import.meta.url));
const PAYLOADS = new URL('../payloads/claude-code/2.1.330/', import.meta.url);
const READY_MS = 20_000;

/** Folders of one watcher; nothing of it lies anywhere else. */
export type Place = { readonly dir: string; readonly user: string; readonly project: string; readonly home: Home };

export function placeAt(dir: string): Place {
  const project = join(dir, 'user', 'project');
  mkdirSync(project, { recursive: true, mode: 0o700 });
  return { dir, user: join(dir, 'user'), project, home: homeAt(join(dir, 'state')) };
}

/** A fresh place; the caller removes it. */
export function temporary(): Place & { readonly remove: () => void } {
  const dir = mkdtempSync(join(tmpdir(), 'holdfast-live-'));
  return {
    ...placeAt(dir),
    remove: () => rmSync(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }),
  };
}

/** A fresh place, removed when the test ends. */
export function place(t: TestContext): Place {
  const at = temporary();
  t.after(at.remove);
  return at;
}

function environment({ user, home }: Place): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], HOME: user, HOLDFAST_HOME: home.root, LANG: 'C.UTF-8', NO_COLOR: '1' };
}

export type Live = {
  readonly at: Place;
  readonly child: ChildProcess;
  /** Lines of its feed so far, as objects. */
  readonly feed: readonly { readonly [key: string]: Json }[];
  readonly errors: () => string;
  /** Runs the hook client with these bytes on standard input. */
  readonly hook: (stdin: string | Buffer, options?: RunOptions) => Promise<Run>;
  /** A shell call of the agent, in its form. */
  readonly bash: (command: string, callId?: string) => Promise<Run>;
  readonly stop: () => Promise<void>;
  readonly kill: () => Promise<void>;
};

/** Starts the watcher and waits until it is ready. `limit`: words before the program, such as `prlimit`. */
export async function startLive(
  at: Place,
  options: { readonly args?: readonly string[]; readonly before?: readonly string[] } = {},
): Promise<Live> {
  const [program = '', ...words] = [
    ...(options.before ?? []),
    process.execPath,
    PROGRAM,
    'start',
    '--foreground',
    '--json',
    ...(options.args ?? []),
  ];
  const child = spawn(program, words, { cwd: at.user, env: environment(at), stdio: ['ignore', 'pipe', 'pipe'] });
  const feed: { readonly [key: string]: Json }[] = [];
  let errors = '';
  child.stderr.on('data', (part: Buffer) => (errors += part.toString('utf8')));
  const lines = createInterface({ input: child.stdout });
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`the watcher is not ready: ${errors}`)), READY_MS);
    child.once('close', (code) => {
      clearTimeout(timer);
      reject(new Error(`the watcher ended with ${code}: ${errors}`));
    });
    lines.on('line', (line) => {
      const entry = JSON.parse(line) as { readonly [key: string]: Json };
      feed.push(entry);
      if (entry['ready'] !== true) return;
      clearTimeout(timer);
      resolve();
    });
  }).catch(async (error: unknown) => {
    await end(child);
    throw error;
  });
  const client = await anyClient();
  const print = createHash('sha256').update(readFileSync(at.home.hookKey)).digest('hex').slice(0, 32);
  const argv = ['claude-code', '--socket', at.home.socket, '--key', print];
  const hook: Live['hook'] = (stdin, more) => run(client, argv, { ...more, stdin });
  return {
    at,
    child,
    feed,
    errors: () => errors,
    hook,
    bash: (command, callId = 'c1') =>
      hook(payload(at, 'pre-tool-use.bash', { tool_input: { command }, tool_use_id: callId })),
    stop: () => ended(child, 'SIGTERM'),
    kill: () => ended(child, 'SIGKILL'),
  };
}

function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('close', () => resolve());
    child.kill(signal);
  });
}

let found: Promise<Client> | undefined;

/** The native client where it can be built, else Node's; both are held to the same tests elsewhere. */
function anyClient(): Promise<Client> {
  found ??= clients().then((all) => all.find((client) => client.skip === undefined) as Client);
  return found;
}

/** A payload recorded from the agent, moved into the place's project, with changes. */
export function payload(at: Place, name: string, changes: { readonly [key: string]: Json } = {}): string {
  const text = readFileSync(new URL(`${name}.json`, PAYLOADS), 'utf8').replaceAll('/home/dev/project', at.project);
  return JSON.stringify({ ...(JSON.parse(text) as { [key: string]: Json }), ...changes });
}

/** What the command line says, as JSON. */
export function cli(
  at: Place,
  args: readonly string[],
): { readonly exit: number | null; readonly json: { readonly [key: string]: Json } } {
  const done = spawnSync(process.execPath, [PROGRAM, ...args, '--json'], {
    cwd: at.user,
    env: environment(at),
    encoding: 'utf8',
    timeout: 60_000,
  });
  try {
    return { exit: done.status, json: JSON.parse(done.stdout) as { readonly [key: string]: Json } };
  } catch (error) {
    throw new Error(`holdfast ${args.join(' ')} said ${done.stdout}${done.stderr}`, { cause: error });
  }
}

export async function recordsOf(at: Place): Promise<readonly Body[]> {
  const all: Body[] = [];
  for await (const body of readRecords(at.home.ledger, 0)) all.push(body);
  return all;
}

export async function until(what: string, holds: () => boolean | Promise<boolean>, ms = 15_000): Promise<void> {
  for (const ends = performance.now() + ms; ; await pause(25)) {
    if (await holds()) return;
    if (performance.now() > ends) throw new Error(`waited in vain for ${what}`);
  }
}
