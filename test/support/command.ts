// Runs this very command line as a process of its own, with nothing of this process's environment but PATH.
import { spawn, spawnSync, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const PROGRAM = fileURLToPath(new URL('../../bin/holdfast', import.meta.url));

export type Command = {
  /** A home of its own; Holdfast's own directory is `state` below it and is not there yet. */
  readonly home: string;
  readonly state: string;
  readonly run: (args: readonly string[], input?: string | Buffer) => Ran;
  /** Without waiting: for what is streamed. */
  readonly open: (args: readonly string[]) => ChildProcessWithoutNullStreams;
  readonly remove: () => void;
};
export type Ran = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

export function command(more: NodeJS.ProcessEnv = {}): Command {
  const home = mkdtempSync(join(tmpdir(), 'holdfast-command-'));
  const state = join(home, 'state');
  const env = { PATH: process.env['PATH'], HOME: home, HOLDFAST_HOME: state, LANG: 'C.UTF-8', TZ: 'UTC', ...more };
  return {
    home,
    state,
    run: (args, input = '') => {
      const done = spawnSync(process.execPath, [PROGRAM, ...args], { cwd: home, env, input, encoding: 'utf8' });
      return { code: done.status, stdout: done.stdout, stderr: done.stderr };
    },
    open: (args) => spawn(process.execPath, [PROGRAM, ...args], { cwd: home, env }),
    remove: () => rmSync(home, { recursive: true, force: true }),
  };
}

/** Lines of JSON. */
export function jsonOf(text: string): { readonly [key: string]: unknown }[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { readonly [key: string]: unknown });
}
