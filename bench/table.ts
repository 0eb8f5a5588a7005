// What benches share: quantiles, figures as text, child processes with a result, and the table of goals.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

export type Row = {
  readonly what: string;
  readonly goal: string;
  readonly got: string;
  readonly floor: string;
  /** Undefined: no goal stands beside it. */
  readonly holds: boolean | undefined;
};

export type Quantiles = { readonly p50: number; readonly p95: number; readonly p99: number; readonly max: number };

export function quantiles(samples: readonly number[]): Quantiles {
  const sorted = Float64Array.from(samples).sort();
  const at = (q: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? 0;
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: sorted[sorted.length - 1] ?? 0 };
}

/** Milliseconds as text in microseconds. */
export const us = (ms: number): string => `${(ms * 1000).toFixed(ms < 0.1 ? 1 : 0)} µs`;
export const note = (text: string): void => void process.stderr.write(`  … ${text}\n`);

/** Runs a script of this folder in a process of its own and answers the JSON of its last line. */
export async function child<Result>(
  flags: readonly string[],
  script: string,
  args: readonly string[],
): Promise<Result> {
  const path = join(import.meta.dirname, script);
  const running = spawn(process.execPath, [...flags, path, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  let out = '';
  running.stdout.setEncoding('utf8').on('data', (chunk: string) => (out += chunk));
  const [code] = (await once(running, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${script} ended with ${code}`);
  return JSON.parse(out.trimEnd().split('\n').at(-1) ?? '') as Result;
}

export function printed(rows: readonly Row[]): string {
  const width = (pick: (row: Row) => string): number => Math.max(...rows.map((row) => pick(row).length));
  const [a, b, c] = [width((row) => row.what), width((row) => row.goal), width((row) => row.got)];
  return rows
    .map((row) => {
      const held = row.holds === undefined ? '      ' : row.holds ? 'holds ' : 'short ';
      return `${held} ${row.what.padEnd(a)}  ${row.got.padEnd(c)}  goal ${row.goal.padEnd(b)}  floor ${row.floor}\n`;
    })
    .join('');
}
