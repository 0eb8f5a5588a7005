// `npm start`: installs, builds the native parts, then `holdfast start` with whatever flags stand behind `--`.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { enter, root } from './bootstrap.mjs';

await enter();
const { native } = await import('./native.mjs');
await native();
const child = spawn(process.execPath, [join(root, 'bin', 'holdfast'), 'start', ...process.argv.slice(2)], {
  stdio: 'inherit',
});
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
process.on('SIGINT', () => undefined); // The terminal sends it to the watcher as well, which ends in order.
child.on('error', (error) => {
  process.stderr.write(`holdfast: could not start: ${error.message} [start-failed]\n`);
  process.exitCode = 70;
});
child.on('exit', (code) => {
  process.exitCode = code ?? 70;
});
