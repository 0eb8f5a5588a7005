// A program on a terminal of its own, inside a world: what it shows, what a person types, how it ends. By script(1) of util-linux.
import assert from 'node:assert/strict';
import { spawnSync, type ChildProcess } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import type { SpawnIn, World } from './world.ts';

export type Terminal = {
  readonly child: ChildProcess;
  /** All that was shown so far, without escape codes and carriage returns. */
  readonly shown: () => string;
  /** Waits until `wanted` shows after what was waited for before. */
  readonly sees: (wanted: RegExp, ms?: number) => Promise<void>;
  readonly types: (text: string) => void;
  /** Waits for the end; the exit code as a shell would tell it. */
  readonly ended: () => Promise<number>;
};

export const CTRL_C = '\u0003';
export const CTRL_D = '\u0004';

/** Why there is no terminal here, or undefined. */
export function whyNoTerminal(): string | undefined {
  const probe = spawnSync('script', ['--version'], { encoding: 'utf8' });
  return probe.status === 0 && probe.stdout.includes('util-linux')
    ? undefined
    : 'script(1) of util-linux is not installed (Debian package bsdutils)';
}

/** Runs a shell command line on a new terminal. */
export function onTerminal(world: World, command: string, how: SpawnIn): Terminal {
  const child = world.spawn('script', ['--quiet', '--flush', '--return', '--command', command, '/dev/null'], {
    ...how,
    open: true,
  });
  let raw = '';
  let from = 0;
  child.stdout?.on('data', (bytes: Buffer) => (raw += bytes.toString('utf8')));
  child.stderr?.on('data', (bytes: Buffer) => (raw += bytes.toString('utf8')));
  child.stdin?.on('error', () => child.stdin?.destroy());
  // oxlint-disable-next-line no-control-regex -- escape codes are what is taken out
  const shown = (): string => raw.replaceAll(/\u001b\[[0-9;?]*[A-Za-z]|\r/g, '');
  const ends = new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? -1)));
  return {
    child,
    shown,
    types: (text) => void child.stdin?.write(text),
    ended: () => ends,
    sees: async (wanted, ms = 60_000) => {
      for (const until = Date.now() + ms; ; await pause(25)) {
        const text = shown();
        const found = wanted.exec(text.slice(from));
        if (found !== null) {
          from += found.index + found[0].length;
          return;
        }
        assert.ok(
          Date.now() < until && child.exitCode === null,
          `never saw ${String(wanted)} in:\n${text.slice(from)}`,
        );
      }
    },
  };
}
