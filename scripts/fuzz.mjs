// `npm run fuzz:<name>`: runs the long fuzzing of that name with the flags behind `--`.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { enter, root } from './bootstrap.mjs';

await enter();
const [name, ...flags] = process.argv.slice(2);
const file = `test/fuzz/${name}.ts`;
if (!existsSync(join(root, file))) {
  process.stderr.write(`holdfast: there is nothing to fuzz by the name \`${name}\`; looked for ${file} [no-fuzz]\n`);
  process.exitCode = 2;
} else {
  const { execute } = await import('./steps.mjs');
  const code = await execute([file, ...flags]);
  process.exitCode = typeof code === 'number' ? code : 1;
}
