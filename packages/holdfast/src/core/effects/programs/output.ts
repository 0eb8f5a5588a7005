// Standard output of a run whose rows are applied.
import { NO_STREAM, type Stream } from '../../shell/value.ts';
import type { ProgramRun } from './program-run.ts';

/** What a program that does no more than its rows say prints: what it read, or its input unchanged. */
export function standardOutputOf(run: ProgramRun): Stream {
  if (run.table.stdout === 'none') return NO_STREAM;
  const { data } = run;
  if (run.table.copies && (run.parsed.given.length === 0 || data.text === undefined)) return data;
  const { stdin } = run.invocation;
  const names =
    run.table.lines && stdin?.names !== undefined && run.parsed.operands.length <= 1
      ? { names: stdin.names }
      : undefined;
  return { from: data.from, decoded: data.decoded, fetched: data.fetched, ...names };
}
