// `npm run bench:<name>`: finds the benchmark of that name and runs it with the flags behind `--`.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { enter, root } from './bootstrap.mjs';

await enter();
const [name, ...flags] = process.argv.slice(2);
const files = [`packages/bench/src/${name}.ts`, `packages/bench/src/${name}/main.ts`, `bench/${name}.ts`];
const file = files.find((path) => existsSync(join(root, path)));
if (file === undefined) {
  process.stderr.write(
    `holdfast: there is no benchmark \`${name}\` yet; looked for ${files.join(', ')} [no-benchmark]\n`,
  );
  process.exitCode = 2;
} else {
  const { execute } = await import('./steps.mjs');
  const code = await execute([file, ...flags]);
  process.exitCode = typeof code === 'number' ? code : 1;
}
