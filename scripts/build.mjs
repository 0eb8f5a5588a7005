// `npm run build`: lays out the package that gets published in build/package (JavaScript, types, rules, licence).
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { enter, root } from './bootstrap.mjs';

await enter();
const { native } = await import('./native.mjs');
const { tool } = await import('./steps.mjs');
await native();

const from = join(root, 'packages', 'holdfast');
const to = join(root, 'build', 'package');

rmSync(to, { recursive: true, force: true });
mkdirSync(to, { recursive: true });

process.stdout.write('▸ compile\n');
const compiled = spawnSync(process.execPath, [tool('typescript', 'tsc'), '-p', join(from, 'tsconfig.build.json')], {
  stdio: 'inherit',
});
if (compiled.status !== 0) {
  process.stderr.write('holdfast: the sources do not compile; see the lines above [build-failed]\n');
  process.exit(1);
}

process.stdout.write('▸ copy what the code reads at run time\n');
const assets = files(join(from, 'src')).filter((path) => !path.endsWith('.ts') && !path.endsWith('.examples.json'));
for (const path of assets) {
  const target = join(to, 'dist', relative(join(from, 'src'), path));
  mkdirSync(dirname(target), { recursive: true });
  cpSync(path, target);
}
for (const [path, target] of [
  [join(from, 'bin'), 'bin'],
  [join(from, 'policies'), 'policies'],
  [join(root, 'native', 'build'), 'native'],
  [join(root, 'LICENSE'), 'LICENSE'],
  [join(root, 'NOTICE'), 'NOTICE'],
  [join(root, 'README.md'), 'README.md'],
  [join(root, 'CHANGELOG.md'), 'CHANGELOG.md'],
  [join(root, 'THREAT_MODEL.md'), 'THREAT_MODEL.md'],
]) {
  // Stamps go along: the watcher loads the addon only when it is what the stamp says.
  if (existsSync(path)) cpSync(path, join(to, target), { recursive: true });
}
chmodSync(join(to, 'bin', 'holdfast.cjs'), 0o755);

// In the tree the package's entries are sources; published ones are what they compile to.
const manifest = JSON.parse(readFileSync(join(from, 'package.json'), 'utf8'));
manifest.exports = Object.fromEntries(
  Object.entries(manifest.exports).map(([name, path]) => {
    if (!path.endsWith('.ts')) return [name, path];
    const stem = path.replace(/^\.\/src\//, './dist/').replace(/\.ts$/, '');
    return [name, { types: `${stem}.d.ts`, default: `${stem}.js` }];
  }),
);
writeFileSync(join(to, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
process.stdout.write(`▸ ready: ${relative(root, to)} (publish with: npm publish ${relative(root, to)})\n`);

/** All files below a folder. */
function files(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
