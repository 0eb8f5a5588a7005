// Builds the native hook client into native/build/<platform>-<arch>/, when it is missing or older than its sources.
// Run directly it prints one line; `--force` builds again. Same sources, compiler and flags give the same bytes.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const HERE = dirname(fileURLToPath(import.meta.url));
const SOURCES = ['hook.c', 'sha256.h'];
const WARN = ['-std=c11', '-Wall', '-Wextra', '-Wpedantic', '-Werror'];
const HARDEN = ['-O2', '-fstack-protector-strong', '-fno-common', '-D_FORTIFY_SOURCE=2', `-ffile-prefix-map=${HERE}=native`];
const LINK = ['-s', '-static', '-Wl,-z,relro,-z,now,-z,noexecstack', '-Wl,--build-id=none'];

/** Ways to compile, best first. musl's static binary starts fastest and is smallest; macOS has no static libc at all. */
const COMPILERS =
  process.platform === 'darwin'
    ? [{ name: 'cc', args: [...WARN, ...HARDEN] }]
    : [
        { name: 'musl-gcc', args: [...WARN, ...HARDEN, ...LINK] },
        { name: 'cc', args: [...WARN, ...HARDEN, ...LINK] },
      ];

/** Absolute path of the native hook client for this machine; it may not exist yet. */
export function hookPath() {
  return join(HERE, 'build', `${process.platform}-${process.arch}`, 'holdfast-hook');
}

/**
 * Builds when needed. Answers `{ ok: true, path, built, compiler? }`, or `{ ok: false, why }` with one sentence for people;
 * never throws for a missing or failing compiler: the Node hook client then takes its place.
 */
export function buildHook({ force = false } = {}) {
  if (process.platform === 'win32') return { ok: false, why: 'there is no native hook client for Windows' };
  const path = hookPath();
  const stamp = `${path}.stamp`;
  const recipe = digest([...SOURCES.map((name) => readFileSync(join(HERE, name))), JSON.stringify(COMPILERS)]);
  if (!force && existsSync(path) && existsSync(stamp) && readFileSync(stamp, 'utf8') === `${recipe} ${digest([readFileSync(path)])}\n`) {
    return { ok: true, path, built: false };
  }
  mkdirSync(dirname(path), { recursive: true });
  const fresh = `${path}.${process.pid}`;
  const tried = [];
  for (const { name, args } of COMPILERS) {
    const run = spawnSync(name, [...args, '-o', fresh, join(HERE, 'hook.c')], { encoding: 'utf8', env: cleanEnv() });
    if (run.status === 0 && existsSync(fresh)) {
      chmodSync(fresh, 0o755);
      const bytes = digest([readFileSync(fresh)]);
      renameSync(fresh, path); // whoever runs the old one keeps it
      writeFileSync(stamp, `${recipe} ${bytes}\n`);
      return { ok: true, path, built: true, compiler: name };
    }
    rmSync(fresh, { force: true });
    tried.push(run.error === undefined ? `${name}: ${firstLine(run.stderr)}` : `${name} is not installed`);
  }
  return { ok: false, why: `the native hook client could not be built (${tried.join('; ')}); install musl-tools or a C compiler` };
}

/** Only what a compiler needs, so that flags in the environment do not change the result. */
function cleanEnv() {
  return { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C', SOURCE_DATE_EPOCH: '0', TMPDIR: process.env.TMPDIR ?? '/tmp' };
}

function digest(parts) {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}

function firstLine(text) {
  const lines = text.trim().split('\n');
  return (lines.find((line) => line.includes('error')) ?? lines[0] ?? 'failed').slice(0, 200);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const result = buildHook({ force: process.argv.includes('--force') });
  if (result.ok) console.log(`${result.built ? `built with ${result.compiler}` : 'up to date'}: ${result.path}`);
  else {
    console.error(`holdfast: ${result.why}`);
    process.exitCode = 1;
  }
}
