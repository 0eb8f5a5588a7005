// First step of every script: packages installed from the lockfile, and a Node that fits. Readable by any Node since 16.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import node from '../packages/holdfast/bin/node.cjs';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/**
 * Returns when this process may go on: packages are there and this Node fits. Otherwise installs, then runs the same
 * script again with the pinned Node and never returns. `HOLDFAST_NODE=host` keeps the host's Node where it fits
 * (to test on other versions).
 */
export async function enter() {
  endWithParent();
  if (!installed(root)) install(root);
  const pinned = node.pinned(root);
  const fits = node.fit(process.versions.node);
  const keep = fits && process.env.HOLDFAST_NODE === 'host';
  if (pinned === undefined || keep || realpathSync(process.execPath) === realpathSync(pinned)) {
    if (fits) return;
    stop(
      node.EXIT.NODE,
      `Node ${process.versions.node} is too old, ${node.FLOOR} is the oldest that works, and there is no pinned one ` +
        `for ${process.platform}-${process.arch}; install a newer Node [node-too-old]`,
    );
  }
  const bin = join(root, 'node_modules', '.bin');
  const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH || ''}` };
  node.again(pinned, process.argv.slice(1), env, (text) => stop(node.EXIT.NODE, `${text} [node-unusable]`));
  await new Promise(() => undefined); // The child's end ends this process.
}

/**
 * npm passes a signal to the shell between it and this script, and that shell ends without telling anybody: nobody's
 * child would go on running, a watcher for instance. So a script that npm started ends, in order, when its parent is gone.
 */
function endWithParent() {
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) process.kill(process.pid, 'SIGTERM');
  }, 500).unref();
}

/**
 * Whether node_modules holds what package-lock.json names. npm leaves its own record of a finished installation; an
 * interrupted one has none. Optional packages may be missing (other platforms), but none may be another version.
 */
export function installed(at) {
  const record = join(at, 'node_modules', '.package-lock.json');
  if (!existsSync(record)) return false;
  const want = JSON.parse(readFileSync(join(at, 'package-lock.json'), 'utf8')).packages;
  const have = JSON.parse(readFileSync(record, 'utf8')).packages;
  return Object.keys(want)
    .filter((path) => path.startsWith('node_modules/') && !want[path].link)
    .every((path) => (have[path] ? have[path].integrity === want[path].integrity : want[path].optional === true));
}

function install(at) {
  process.stderr.write('▸ installing packages from the lockfile (npm ci; about 20 s the first time)\n');
  // npm started this script, or its own npm lies beside this Node, or one is on the path.
  const own = process.env.npm_execpath;
  // Warnings are about the host's Node, which is not the one that will run.
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const done =
    own !== undefined && own.endsWith('.js')
      ? spawnSync(process.execPath, [own, ...args], { cwd: at, stdio: ['ignore', 2, 2] })
      : spawnSync('npm', args, { cwd: at, stdio: ['ignore', 2, 2], shell: process.platform === 'win32' });
  if (done.status !== 0) {
    const why = done.error ? done.error.message : `npm ci ended with ${done.signal || done.status}`;
    stop(
      node.EXIT.UNAVAILABLE,
      `could not install packages: ${why}; npm and its registry must be reachable [install-failed]`,
    );
  }
}

function stop(code, text) {
  process.stderr.write(`holdfast: ${text}\n`);
  process.exit(code);
}
