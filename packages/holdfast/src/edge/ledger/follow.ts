// Following a ledger from outside the writer: looks at the name and size of the last segment, and reads only when they changed.
import { statSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { Body } from '../../core/model/index.ts';
import { codeOf } from '../../core/model/index.ts';
import { listSegments } from './layout.ts';
import { readRecords } from './read.ts';

/** Records from `from` on as they come; never ends by itself. Throws as readRecords does. */
export async function* followRecords(dir: string, from: number, pollMs: number): AsyncGenerator<Body> {
  let next = from;
  for (let seen = ''; ; await pause(pollMs)) {
    const mark = growth(dir);
    if (mark === seen) continue;
    seen = mark;
    for await (const body of readRecords(dir, next)) {
      next = body.seq + 1;
      yield body;
    }
  }
}

function growth(dir: string): string {
  const last = listSegments(dir).at(-1);
  if (last === undefined) return '';
  try {
    const { size, mtimeMs } = statSync(last.path);
    return `${last.name} ${size} ${mtimeMs}`;
  } catch (error) {
    // Between two looks; the next one sees what is there.
    if (codeOf(error) !== 'ENOENT') throw error;
    return '';
  }
}
