// Run inside a mount namespace of its own: a FUSE file system whose server never answers, and an observer that meets it.
// Prints one JSON line with what the observer said. Needs root, /dev/fuse and mount(8); without them it prints `{"skip": why}`.
import { spawnSync } from 'node:child_process';
import { mkdirSync, openSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { observeFacts } from '../../packages/holdfast/src/edge/observe/index.ts';
import type { Want } from '../../packages/holdfast/src/core/model/index.ts';

const dir = process.argv[2] ?? '';
const hung = join(dir, 'hung');
mkdirSync(hung);
writeFileSync(join(dir, 'local'), 'here');
symlinkSync('hung/file', join(dir, 'link'));

function mountNobody(): string | undefined {
  try {
    // Nobody ever reads from this descriptor, so the first question to the file system waits for good.
    const fd = openSync('/dev/fuse', 'r+');
    const options = 'fd=3,rootmode=40000,user_id=0,group_id=0';
    const mount = ['-i', '-n', '-t', 'fuse', '-o', options, 'nobody', hung];
    const { status, error } = spawnSync('mount', mount, { stdio: ['ignore', 'ignore', 'ignore', fd] });
    if (error !== undefined) return error.message;
    return status === 0 ? undefined : 'a FUSE file system cannot be mounted here';
  } catch (error) {
    return error instanceof Error ? error.message : 'error';
  }
}

const skip = mountNobody();
if (skip !== undefined) {
  process.stdout.write(`${JSON.stringify({ skip })}\n`);
} else {
  const source = observeFacts();
  const wants: readonly Want[] = [
    { ask: 'path', path: hung },
    { ask: 'path', path: join(dir, 'link') },
    { ask: 'text', path: join(hung, 'script'), max: 100 },
    { ask: 'list', dir: hung, max: 100 },
    { ask: 'text', path: join(dir, 'local'), max: 100 },
  ];
  let turns = 0;
  const ticking = setInterval(() => turns++, 10);
  const rounds = [];
  for (let round = 0; round < 3; round++) {
    const facts = await source.observe(wants, 1_500);
    rounds.push(facts.map((fact) => ('none' in fact ? fact.none : fact.got)));
  }
  clearInterval(ticking);
  await source.close();
  process.stdout.write(`${JSON.stringify({ rounds, turns })}\n`);
}
