// `npm run fuzz:native -- --seconds 60 [--seed N]`: the native hook under sanitizers, half of the time as functions, half as a process.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Client, Ends } from '../support/hook-clients.ts';
import { fuzzHook } from './hook-socket.ts';
import { fuzzTarget, sanitizedHook } from './sanitized.ts';

const { values } = parseArgs({ options: { seconds: { type: 'string' }, seed: { type: 'string' } } });
const seconds = Number(values.seconds ?? '60');
const seed = Number(values.seed ?? String(Date.now() % 2 ** 31));
if (!(seconds >= 4 && seconds <= 86_400) || !(Number.isInteger(seed) && seed >= 0 && seed < 2 ** 31)) {
  process.stderr.write('holdfast: --seconds is 4 to 86400 and --seed a whole number below 2147483648 [usage]\n');
  process.exit(2);
}

const dir = mkdtempSync(join(tmpdir(), 'hf-fuzz-'));
const endings: (() => unknown)[] = [() => rmSync(dir, { recursive: true, force: true })];
const ends: Ends = { after: (ending: unknown) => endings.unshift(ending as () => unknown) };
const say = (text: string): boolean => process.stdout.write(`${text}\n`);

/** The parsing functions; true when nothing was found. What libFuzzer found is printed, as its file goes with the folder. */
async function functions(): Promise<boolean> {
  const guided = await fuzzTarget(dir, true);
  if (!guided.ok)
    say(
      `without libFuzzer (${guided.why}): seeded mutations instead; apt-get install clang libclang-rt-14-dev brings it`,
    );
  const target = guided.ok ? guided : await fuzzTarget(dir, false);
  if (!target.ok) {
    say(`functions: skipped, ${target.why}`);
    return true;
  }
  const half = String(Math.floor(seconds / 2));
  const args = guided.ok
    ? [
        `-seed=${seed + 1}`,
        `-max_total_time=${half}`,
        '-max_len=4096',
        '-print_final_stats=1',
        `-artifact_prefix=${dir}/found-`,
      ]
    : [String(seed), '0', half];
  const ran = spawnSync(target.path, args, { encoding: 'utf8', maxBuffer: 2 ** 28 });
  const told = `${ran.stderr}\n${ran.stdout}`.split('\n');
  say(told.filter((line) => /^(?:replies taken|runs |stat::(?:number|average|new)|Done )/.test(line)).join('\n'));
  if (ran.status === 0) return true;
  say(`functions: FOUND, seed ${seed}\n${told.slice(-60).join('\n')}`);
  for (const name of readdirSync(dir).filter((each) => each.startsWith('found-')))
    say(`${name} (base64): ${readFileSync(join(dir, name)).toString('base64')}`);
  return false;
}

/** The whole client over a real socket. */
async function whole(): Promise<boolean> {
  const hook = await sanitizedHook(dir);
  if (!hook.ok) {
    say(`whole client: skipped, ${hook.why}`);
    return true;
  }
  const client: Client = { name: 'native', argv: [hook.path] };
  const until = performance.now() + (seconds / 2) * 1000;
  try {
    const tally = await fuzzHook(ends, client, seed, () => performance.now() < until);
    say(
      `whole client: ${tally.runs} runs, ${tally.taken} answers taken, ${tally.refused} refused, ${tally.payloads} payloads compared`,
    );
    return true;
  } catch (error) {
    say(`whole client: FOUND: ${error instanceof Error ? error.message : String(error)}`);
    return false;
  }
}

say(`seed ${seed}, ${seconds} s`);
try {
  const clean = [await functions(), await whole()].every(Boolean);
  say(clean ? 'nothing was found' : 'something was found, see above');
  process.exitCode = clean ? 0 : 1;
} finally {
  for (const ending of endings) await ending();
}
