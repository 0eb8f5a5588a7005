// `npm start`: installs, builds the native parts, then `holdfast start` with whatever flags stand behind `--`.
import { constants } from 'node:os';
import { join } from 'node:path';
import { enter, root } from './bootstrap.mjs';

await enter();
const { native } = await import('./native.mjs');
const { execute } = await import('./steps.mjs');
await native();
process.stdout.write('\n');
// The terminal sends Ctrl-C to the watcher as well; it ends in order, and this process waits for that.
process.on('SIGINT', () => undefined);
// Memory as a service keeps it (edge/install/service.ts).
const code = await execute(
  ['--max-semi-space-size=4', join(root, 'bin', 'holdfast'), 'start', ...process.argv.slice(2)],
  {
    input: true,
  },
);
process.exitCode = typeof code === 'number' ? code : 128 + (constants.signals[code] ?? 0);
