// Run inside a mount namespace of its own: a FUSE file system whose server never answers, and an observer that meets it.
// Prints one JSON line with what the observer said. Needs root, /dev/fuse and koffi; without them it prints `{"skip": why}`.
import { mkdirSync, openSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
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
    type Library = { func(declaration: string): (...args: unknown[]) => number };
    const koffi = createRequire(import.meta.url)('koffi') as { load(name: null): Library };
    const mount = koffi
      .load(null)
      .func(
        'int mount(const char *source, const char *target, const char *type, unsigned long flags, const char *data)',
      );
    // Nobody ever reads from this descriptor, so the first question to the file system waits for good.
    const fd = openSync('/dev/fuse', 'r+');
    const failed = mount('nobody', hung, 'fuse', 0, `fd=${fd},rootmode=40000,user_id=0,group_id=0`) !== 0;
    return failed ? 'a FUSE file system cannot be mounted here' : undefined;
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
