// Runs the steps of a check one after the other, shows each with its time, and ends with a table and one exit code.
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { root } from './bootstrap.mjs';

/** Rows of the closing table: name, `ok`, `failed` or `skipped`, seconds, a reason. */
const rows = [];
const totals = { tests: 0, passed: 0, failed: 0, cancelled: 0, skipped: 0, todo: 0 };
const started = Date.now();

// Nobody reads any more (`npm test | head`): end, without a stack.
process.stdout.on('error', () => process.exit(1));

/** Runs one program; its output is shown as it comes. A failure is noted and the next step still runs. */
export async function step(name, args, options = {}) {
  process.stdout.write(`\n▸ ${name}\n`);
  const from = Date.now();
  const code = await execute(args, options);
  const seconds = (Date.now() - from) / 1000;
  rows.push({ name, state: code === 0 ? 'ok' : 'failed', seconds, why: code === 0 ? '' : `exit ${code}` });
  return code === 0;
}

/** Notes a part that cannot run here. A skip is never silent: it stands in the closing table. */
export function skip(name, why) {
  process.stdout.write(`\n▸ ${name}: skipped, ${why}\n`);
  rows.push({ name, state: 'skipped', seconds: 0, why });
}

/** Runs test files with node:test. `isolated`: each file in a process of its own; otherwise all in one. */
export async function tests(name, files, { isolated = false, reporter = 'spec', timeoutSeconds = 60 } = {}) {
  if (files.length === 0) return skip(name, 'there are none yet');
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-tally-'));
  const tally = join(folder, 'tally.json');
  const args = [
    '--test',
    `--test-isolation=${isolated ? 'process' : 'none'}`,
    `--test-timeout=${timeoutSeconds * 1000}`,
    `--test-reporter=${reporter}`,
    '--test-reporter-destination=stdout',
    `--test-reporter=${join(root, 'scripts', 'tally.mjs')}`,
    `--test-reporter-destination=${tally}`,
    ...files,
  ];
  await step(name, args);
  if (existsSync(tally)) {
    const text = readFileSync(tally, 'utf8');
    const counts = text === '' ? {} : JSON.parse(text);
    for (const key of Object.keys(totals)) totals[key] += counts[key] ?? 0;
  }
  rmSync(folder, { recursive: true, force: true });
}

/** Prints the table, and the sums over all test runs in node:test's own form; answers the exit code. */
export function summary() {
  const failed = rows.filter((row) => row.state === 'failed');
  const width = Math.max(...rows.map((row) => row.name.length));
  process.stdout.write('\n');
  for (const row of rows) {
    const mark = { ok: '✔', failed: '✖', skipped: '–' }[row.state];
    const time = row.state === 'skipped' ? '' : `${row.seconds.toFixed(1)} s`;
    process.stdout.write(`${mark} ${row.name.padEnd(width)} ${time.padStart(8)}  ${row.why}\n`);
  }
  const counts = Object.entries({
    tests: totals.tests,
    pass: totals.passed,
    fail: totals.failed,
    cancelled: totals.cancelled,
    skipped: totals.skipped,
    todo: totals.todo,
  });
  process.stdout.write(
    `\n${counts.map(([key, count]) => `ℹ ${key} ${count}\n`).join('')}ℹ duration_ms ${Date.now() - started}\n`,
  );
  if (failed.length > 0) process.stdout.write(`\nfailed: ${failed.map((row) => row.name).join(', ')}\n`);
  return failed.length === 0 ? 0 : 1;
}

/** Files below `folder` (relative to the root) whose path ends with `ending`, sorted. */
export function find(folder, ending) {
  const at = join(root, folder);
  if (!existsSync(at)) return [];
  return readdirSync(at, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .filter(
      (path) => !path.split(/[\\/]/).some((part) => part === 'node_modules' || part === 'dist' || part === 'build'),
    )
    .sort();
}

/** The JavaScript behind a package's command, so that it runs with this very Node. */
export function tool(packageName, command = packageName) {
  const folder = join(root, 'node_modules', packageName);
  const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return join(folder, typeof bin === 'string' ? bin : bin[command]);
}

/**
 * Runs this Node with `args` in the root; answers the exit code, or the signal or error that took its place. Signals
 * sent to this process are passed on. With `input` the program reads this one's standard input.
 */
export function execute(args, { env, input = false } = {}) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, {
      cwd: root,
      stdio: [input ? 'inherit' : 'ignore', 'inherit', 'inherit'],
      env: { ...process.env, ...env },
    });
    const pass = (signal) => child.kill(signal);
    for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, pass);
    const end = (result) => {
      for (const signal of ['SIGTERM', 'SIGHUP']) process.off(signal, pass);
      resolve(result);
    };
    child.on('error', (error) => end(error.message));
    child.on('exit', (code, signal) => end(code ?? signal));
  });
}
