// The helper process: answers wants about mounts that may hang, one line in, one line out. Whoever waits too long ends it.
import { createInterface } from 'node:readline';
import type { Want } from '../../core/model/index.ts';
import { answer } from './answer.ts';
import { mountTable } from './mounts.ts';
import { Seen } from './walk.ts';

const table = mountTable();
process.stdout.write('{"id":-1}\n');

createInterface({ input: process.stdin, crlfDelay: Infinity }).on('line', (line) => {
  const { id, want } = JSON.parse(line) as { readonly id: number; readonly want: Want };
  // Here every mount may be entered: that is what this process is for.
  const fact = answer(want, { mounts: { slow: () => false, pseudo: table().pseudo }, seen: new Seen() });
  process.stdout.write(`${JSON.stringify({ id, fact })}\n`);
});
