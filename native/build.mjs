// Builds the native parts into native/build/<platform>-<arch>/, each when it is missing or older than its sources.
// Run directly it prints a line for each; `--force` builds again. Same sources, compiler and flags give the same bytes.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const HERE = dirname(fileURLToPath(import.meta.url));
const MAC = process.platform === 'darwin';
const WARN = ['-std=c11', '-Wall', '-Wextra', '-Wpedantic', '-Werror'];
const CODE = ['-O2', '-fno-common', `-ffile-prefix-map=${HERE}=native`];
const HARDEN = ['-fstack-protector-strong', '-D_FORTIFY_SOURCE=2'];
const LINK = ['-s', '-Wl,-z,relro,-z,now,-z,noexecstack', '-Wl,--build-id=none'];

/**
 * What is built, from which files, and the ways to compile it, best first. The hook: musl's static binary starts fastest
 * and is smallest; macOS has no static libc at all. The addon: no libc of its own, its symbols are those of the Node that
 * loads it (so there is no stack protector, which would be one more).
 */
const PARTS = {
  hook: {
    what: 'hook client',
    file: 'holdfast-hook',
    sources: [
      'hook.c',
      'hook-options.c',
      'hook-io.c',
      'hook-text.c',
      'hook-watcher.c',
      'hook-request.c',
      'hook-reply.c',
      'sha256.c',
    ],
    headers: ['hook.h', 'sha256.h'],
    compilers: MAC ? ['cc'] : ['musl-gcc', 'cc'],
    flags: [...WARN, ...CODE, ...HARDEN, ...(MAC ? [] : [...LINK, '-static'])],
    missing: 'install musl-tools or a C compiler',
  },
  peer: {
    what: 'reader of peer credentials',
    file: 'holdfast-peer.node',
    sources: ['peer.c'],
    headers: [],
    compilers: MAC ? ['cc'] : ['cc', 'musl-gcc'],
    flags: [
      ...WARN,
      ...CODE,
      '-fPIC',
      '-fvisibility=hidden',
      '-fno-stack-protector',
      ...(MAC ? ['-bundle', '-undefined', 'dynamic_lookup'] : [...LINK, '-shared', '-nostdlib']),
    ],
    missing: 'install a C compiler',
    // What Node cannot load here must not lie where the watcher would find it.
    trial: (file) => spawnSync(process.execPath, ['-e', 'process.dlopen({ exports: {} }, process.argv[1])', file], { env: {} }),
  },
};

/** Absolute path of a native part for this machine; it may not exist yet. */
export function partPath(name) {
  return join(HERE, 'build', `${process.platform}-${process.arch}`, PARTS[name].file);
}

/** Absolute paths of the C files of a part, for builds of another kind. */
export function partSources(name) {
  return PARTS[name].sources.map((file) => join(HERE, file));
}

/**
 * Builds a part, `hook` or `peer`, when needed. Answers `{ ok: true, path, built, compiler? }`, or `{ ok: false, why }` with
 * one sentence for people; never throws for a missing or failing compiler: something slower, or nothing, then takes its place.
 * Beside the part lies a stamp: a digest of how it was made and the digest of its bytes.
 */
export function build(name, { force = false } = {}) {
  const { what, sources, headers, compilers, flags, missing, trial } = PARTS[name];
  if (process.platform === 'win32') return { ok: false, why: `there is no native ${what} for Windows` };
  const path = partPath(name);
  const stamp = `${path}.stamp`;
  const recipe = digest([...[...sources, ...headers].map((file) => readFileSync(join(HERE, file))), JSON.stringify([compilers, flags])]);
  if (!force && existsSync(path) && existsSync(stamp) && readFileSync(stamp, 'utf8') === `${recipe} ${digest([readFileSync(path)])}\n`) {
    return { ok: true, path, built: false };
  }
  mkdirSync(dirname(path), { recursive: true });
  const fresh = `${path}.${process.pid}`;
  const tried = [];
  for (const compiler of compilers) {
    const run = spawnSync(compiler, [...flags, '-o', fresh, ...partSources(name)], { encoding: 'utf8', env: cleanEnv() });
    const unfit = run.status === 0 && trial !== undefined && trial(fresh).status !== 0;
    if (run.status === 0 && existsSync(fresh) && !unfit) {
      chmodSync(fresh, 0o755);
      const bytes = digest([readFileSync(fresh)]);
      renameSync(fresh, path); // whoever runs the old one keeps it
      writeFileSync(stamp, `${recipe} ${bytes}\n`);
      return { ok: true, path, built: true, compiler };
    }
    rmSync(fresh, { force: true });
    if (run.error !== undefined) tried.push(`${compiler} is not installed`);
    else tried.push(`${compiler}: ${unfit ? 'Node cannot load what it made' : firstLine(run.stderr)}`);
  }
  return { ok: false, why: `the native ${what} could not be built (${tried.join('; ')}); ${missing}` };
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
  for (const name of Object.keys(PARTS)) {
    const result = build(name, { force: process.argv.includes('--force') });
    if (result.ok) console.log(`${result.built ? `built with ${result.compiler}` : 'up to date'}: ${result.path}`);
    else {
      console.error(`holdfast: ${result.why}`);
      process.exitCode = 1;
    }
  }
}
