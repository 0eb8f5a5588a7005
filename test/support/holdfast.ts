// Runs this very Holdfast inside a world: its command line, its watcher, and what the ledger then holds.
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Body } from '../../packages/holdfast/src/core/model/index.ts';
import { finished, type ClaudeRun } from './claude.ts';
import { end, type World } from './world.ts';

const PROGRAM = fileURLToPath(new URL('../../bin/holdfast', import.meta.url));
/** A start takes well under a second; a busy machine may take longer. */
const READY_MS = 20_000;

/** Holdfast's own directory, inside. */
export function stateOf(world: World): string {
  return join(world.at, 'state');
}

function environment(world: World): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], HOME: world.home, HOLDFAST_HOME: stateOf(world), LANG: 'C.UTF-8', NO_COLOR: '1' };
}

/** Runs one command of the command line to its end. */
export function holdfast(world: World, args: readonly string[], input?: string): Promise<ClaudeRun> {
  const options = { cwd: world.home, env: environment(world), ...(input === undefined ? {} : { input }) };
  return finished(world.spawn(process.execPath, [PROGRAM, ...args], options), READY_MS);
}

export type RunningWatcher = {
  readonly child: ChildProcess;
  /** Lines of its feed so far. */
  readonly feed: readonly string[];
  /** Sends a signal to the watcher itself. */
  readonly signal: (name: NodeJS.Signals) => void;
  /** Ends it as a person would; waits. */
  readonly stop: () => Promise<void>;
};

/** Starts the watcher and waits until it says that it is ready. */
export async function startWatcher(world: World): Promise<RunningWatcher> {
  const child = world.spawn(process.execPath, [PROGRAM, 'start', '--foreground', '--json'], {
    cwd: world.home,
    env: environment(world),
  });
  const feed: string[] = [];
  let errors = '';
  child.stderr?.on('data', (part: Buffer) => (errors += part.toString('utf8')));
  if (child.stdout === null) throw new Error('the watcher has no output');
  const lines = createInterface({ input: child.stdout });
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(
      () => void end(child).then(() => reject(new Error(`the watcher is not ready: ${errors}`))),
      READY_MS,
    );
    child.once('close', (code) => {
      clearTimeout(timer);
      reject(new Error(`the watcher ended with ${code}: ${errors}`));
    });
    lines.on('line', (line) => {
      feed.push(line);
      if (!line.startsWith('{"ready"')) return;
      clearTimeout(timer);
      resolve();
    });
  });
  return {
    child,
    feed,
    signal: (name) => void child.kill(name),
    stop: () =>
      new Promise((resolve) => {
        if (child.exitCode !== null || child.signalCode !== null) return resolve();
        child.once('close', () => resolve());
        child.kill('SIGTERM');
      }),
  };
}

/** All records of the ledger, in order. */
export async function records(world: World): Promise<readonly Body[]> {
  const run = await holdfast(world, ['log', '--json', '--last', '100000']);
  if (run.code !== 0) throw new Error(`holdfast log ended with ${run.code}: ${run.stderr}`);
  return run.stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Body);
}
