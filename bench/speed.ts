// Speed: the table of architecture §8, each figure beside its bare floor measured in the same run. Prints it and writes bench-results/speed.json.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { arch, platform, tmpdir } from 'node:os';
import { join } from 'node:path';
import { lower, SessionRun, type EngineRules } from '../packages/holdfast/src/core/engine/index.ts';
import { NO_FACTS } from '../packages/holdfast/src/core/model/index.ts';
import { verifyLedger } from '../packages/holdfast/src/app/compose.ts';
import { hookFingerprint } from '../packages/holdfast/src/app/hook-key.ts';
import { homeAt } from '../packages/holdfast/src/app/home.ts';
import { installHook } from '../packages/holdfast/src/app/hook-command.ts';
import { loadRules } from '../packages/holdfast/src/app/load-rules.ts';
import { Watcher } from '../packages/holdfast/src/app/watcher/watcher.ts';
import { MEMORY_FLAGS } from '../packages/holdfast/src/edge/install/index.ts';
import { LONG, SHORT } from './samples.ts';

type Row = {
  readonly what: string;
  readonly goal: string;
  readonly got: string;
  readonly floor: string;
  readonly holds: boolean | undefined;
};

const rows: Row[] = [];
const quick = process.argv.includes('--quick');
const scale = quick ? 0.05 : 1;
const base = mkdtempSync(join(tmpdir(), 'holdfast-speed-'));

function quantiles(samples: number[]): {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
} {
  const sorted = Float64Array.from(samples).sort();
  const at = (q: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? 0;
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: sorted[sorted.length - 1] ?? 0 };
}

const us = (ms: number): string => `${(ms * 1000).toFixed(ms < 0.1 ? 1 : 0)} µs`;
const note = (text: string): void => void process.stderr.write(`  … ${text}\n`);

function run(rules: EngineRules): SessionRun {
  return new SessionRun(rules, { id: 's', agent: 'check', home: '/home/dev', cwd: '/home/dev/project' });
}

/** Rules that look at ordinary effects and match nothing, up to the wanted number beside the shipped ones. */
function fillers(count: number): string {
  const dir = join(base, 'fillers', 'bench');
  mkdirSync(dir, { recursive: true });
  const kinds = ['file.read', 'file.write', 'file.delete', 'process.exec', 'net.connect'];
  for (let i = 0; i < count; i++) {
    const kind = kinds[i % kinds.length] ?? 'file.read';
    writeFileSync(
      join(dir, `filler-${i}.cedar`),
      [
        `@id("bench/filler-${i}")`,
        '@verdict("ask")',
        '@severity("low")',
        '@reason("a rule of the bench")',
        '@fix("none needed")',
        `forbid (principal, action == Holdfast::Action::"${kind}", resource)`,
        `when { context.risk > 1${String(i).padStart(3, '0')} && context.certain && context.attributes.contains("setuid") };`,
        '',
      ].join('\n'),
    );
  }
  return join(base, 'fillers');
}

async function deciding(): Promise<void> {
  const shipped = await loadRules();
  const rules = await loadRules({ policies: [fillers(200 - shipped.policy.rules.size)] });
  for (const [name, commands, goal] of [
    ['60–150 bytes', SHORT, 0.025],
    ['300 bytes', LONG, 0.05],
  ] as const) {
    note(`lower + policy, ${name}`);
    const session = run(rules);
    const samples: number[] = [];
    const rounds = Math.ceil(quick ? 200 : 3000);
    for (let i = 0; i < rounds; i++) {
      for (const command of commands) {
        // A text that was never seen before: nothing that is kept between decisions may help.
        const fresh = `${command} #${i}`;
        const started = performance.now();
        const stepped = session.step({ tool: 'shell', hostTool: 'shell', input: { command: fresh } });
        if (i > rounds / 5) samples.push(performance.now() - started);
        // A call that was decided ends; none of them piles up.
        session.ran(stepped, undefined);
      }
    }
    const floor: number[] = [];
    for (let i = 0; i < 20_000; i++) {
      const text = JSON.stringify({ command: commands[i % commands.length] });
      const started = performance.now();
      JSON.parse(text);
      floor.push(performance.now() - started);
    }
    const q = quantiles(samples);
    rows.push({
      what: `lower + decide, ${name}, ${rules.policy.rules.size} rules`,
      goal: `p50 ≤ ${us(goal)}, p99 ≤ 250 µs`,
      got: `p50 ${us(q.p50)}, p99 ${us(q.p99)}`,
      floor: `JSON.parse ${us(quantiles(floor).p50)}`,
      holds: q.p50 <= goal && q.p99 <= 0.25,
    });
  }
}

async function roundTrip(): Promise<void> {
  note('gate round trip over the socket');
  const user = join(base, 'user');
  const project = join(user, 'project');
  mkdirSync(project, { recursive: true });
  for (let i = 0; i < 50; i++) writeFileSync(join(project, `file-${i}.ts`), 'export const a = 1;\n');
  const home = homeAt(join(base, 'state'));
  const watcher = await Watcher.start({
    home,
    userHome: user,
    etc: join(base, 'etc'),
    strict: false,
    transcripts: false,
    notify: () => undefined,
  });
  const { samples, rate } = await child<{ samples: number[]; rate: number }>([], 'speed-client.ts', [
    home.socket,
    project,
    String(Math.ceil(20_000 * scale)),
    String(Math.ceil(20_000 * scale)),
  ]);
  const floor = await echoFloor();
  const q = quantiles(samples);
  rows.push({
    what: 'gate round trip, observed, recorded',
    goal: 'p50 ≤ 150 µs, p99 ≤ 1 ms',
    got: `p50 ${us(q.p50)}, p99 ${us(q.p99)}`,
    floor: `empty echo ${us(floor)} (×${(q.p50 / floor).toFixed(1)})`,
    holds: q.p50 <= 0.15 && q.p99 <= 1,
  });
  rows.push({
    what: 'decisions per second',
    goal: '≥ 10,000 on one core',
    got: `${Math.round(rate)}`,
    floor: 'asked by a process of its own',
    holds: rate >= 10_000,
  });
  hookProcess(home, PAYLOAD);
  await watcher.stop();
  await starting(home, user);
}

/** Runs a script of this folder in a process of its own and answers the JSON of its last line. */
async function child<Result>(flags: readonly string[], script: string, args: readonly string[]): Promise<Result> {
  const path = join(import.meta.dirname, script);
  const running = spawn(process.execPath, [...flags, path, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  let out = '';
  running.stdout.setEncoding('utf8').on('data', (chunk: string) => (out += chunk));
  const [code] = (await once(running, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${script} ended with ${code}`);
  return JSON.parse(out.trimEnd().split('\n').at(-1) ?? '') as Result;
}

const PAYLOAD = JSON.stringify({
  session_id: 'bench',
  cwd: '/',
  hook_event_name: 'PreToolUse',
  tool_name: 'Bash',
  tool_input: { command: SHORT[0] },
  tool_use_id: 'c',
});

function echoFloor(): Promise<number> {
  return new Promise((resolve, reject) => {
    const path = join(base, 'echo.sock');
    const server = createServer((socket) => socket.pipe(socket)).listen(path, () => {
      const samples: number[] = [];
      const socket = createConnection(path);
      const body = Buffer.alloc(1024, 97);
      let started = 0;
      let held = 0;
      socket.on('connect', () => {
        started = performance.now();
        socket.write(body);
      });
      socket.on('data', (chunk: Buffer) => {
        held += chunk.length;
        if (held < body.length) return;
        held = 0;
        samples.push(performance.now() - started);
        if (samples.length >= 5_000) {
          socket.destroy();
          server.close(() => resolve(quantiles(samples.slice(500)).p50));
          return;
        }
        started = performance.now();
        socket.write(body);
      });
      socket.on('error', reject);
    });
  });
}

/** Spawn to exit of the installed hook client. The watcher lives in this process, so the client is started by a helper shell loop. */
function hookProcess(home: ReturnType<typeof homeAt>, payload: string): void {
  note('hook process, spawn to answer (floors true and node -e 0)');
  const hook = installHook(home, 'claude-code', hookFingerprint(home));
  const time = (program: string, args: readonly string[], count: number): number => {
    const samples: number[] = [];
    for (let i = 0; i < count; i++) {
      const started = performance.now();
      spawnSync(program, args, { input: payload, env: {} });
      samples.push(performance.now() - started);
    }
    return quantiles(samples).p50;
  };
  const bare = time('/bin/true', [], 100);
  const node = time(process.execPath, ['-e', '0'], quick ? 5 : 20);
  // Without a watcher that can answer (this process waits), the client's own cost is measured up to its refusal.
  const own = time(
    hook.argv[0] ?? '',
    hook.argv.slice(1).map((word) => (word === home.socket ? join(base, 'nobody.sock') : word)),
    100,
  );
  rows.push({
    what: `hook client (${hook.kind}), spawn to refusal`,
    goal: '≤ 2 ms with the answer',
    got: `p50 ${own.toFixed(2)} ms`,
    floor: `true ${bare.toFixed(2)} ms (×${(own / bare).toFixed(2)}), node -e 0 ${node.toFixed(1)} ms`,
    holds: own <= 2,
  });
}

async function starting(home: ReturnType<typeof homeAt>, user: string): Promise<void> {
  note('watcher start, verification');
  const started = performance.now();
  const watcher = await Watcher.start({
    home,
    userHome: user,
    etc: join(base, 'etc'),
    strict: false,
    transcripts: false,
    notify: () => undefined,
  });
  const took = performance.now() - started;
  await watcher.stop();
  const before = performance.now();
  const result = await verifyLedger(home.ledger);
  const rate = result.records / ((performance.now() - before) / 1000);
  rows.push({
    what: `watcher start with ${result.records} records`,
    goal: '≤ 500 ms',
    got: `${took.toFixed(0)} ms`,
    floor: '–',
    holds: took <= 500,
  });
  rows.push({
    what: 'audit verify',
    goal: '≥ 200,000 records/s',
    got: `${Math.round(rate)}/s (${result.status})`,
    floor: '–',
    holds: rate >= 200_000,
  });
}

async function long(): Promise<void> {
  const count = Math.ceil(1_000_000 * scale);
  note(`${count} decisions in one session`);
  const cache = join(base, 'policy-cache.json');
  const measured = (many: number): Promise<{ times: number[]; peak: number; loaded: number }> =>
    child(MEMORY_FLAGS, 'speed-long.ts', [String(many), cache]);
  // The first start fills the cache that every later one of a watcher finds.
  await measured(10);
  const { times, peak, loaded } = await measured(count);
  const ratio = (times[9] ?? 0) / (times[1] ?? 1);
  rows.push({
    what: `${count.toLocaleString('en')} decisions in one session`,
    goal: 'last tenth within 10 %, < 200 MB',
    got: `×${ratio.toFixed(2)}, ${Math.round(peak / 1e6)} MB`,
    floor: `${Math.round(loaded / 1e6)} MB when loaded`,
    holds: ratio <= 1.1 && peak < 200e6,
  });
}

async function worst(): Promise<void> {
  note('inputs of 1 MB');
  const rules = await loadRules();
  const size = 1024 * 1024;
  const shapes: readonly (readonly [string, string])[] = [
    ['padding', ' '.repeat(size)],
    ['newlines', '\n'.repeat(size)],
    ['nesting', '$('.repeat(size / 2)],
    ['commands', 'ls;'.repeat(size / 3)],
    ['64 KB of commands', 'ls;'.repeat(21_000)],
    ['64 KB of braces', `echo ${'{a,b}'.repeat(13_000)}`],
    ['64 KB of words', `rm ${'a '.repeat(32_000)}`],
    ['64 KB of pipes', 'cat|'.repeat(16_000) + 'cat'],
    ['64 KB of globs', `rm ${'*?[a-z]'.repeat(9_000)}`],
    ['64 KB of quotes', `echo ${'"a"'.repeat(21_000)}`],
  ];
  let max = 0;
  let name = '';
  let silent = 0;
  for (const [shape, command] of shapes) {
    const action = {
      id: 'a',
      seam: 'check' as const,
      agent: 'check',
      session: 's',
      tool: 'shell' as const,
      hostTool: 'shell',
      input: { command },
      cwd: '/w',
      workspace: '/w',
      home: '/home/dev',
      time: 0,
    };
    for (let i = 0; i < 3; i++) {
      const started = performance.now();
      const lowered = lower(action, NO_FACTS, rules);
      const took = performance.now() - started;
      if (i > 0 && took > max) [max, name] = [took, shape];
      if (lowered.effects.length === 0 && command.trim() !== '') silent++;
    }
  }
  rows.push({
    what: 'worst input',
    goal: '≤ 50 ms, never silent',
    got: `${max.toFixed(1)} ms (${name}), ${silent} silent`,
    floor: '–',
    holds: max <= 50 && silent === 0,
  });
}

try {
  await deciding();
  await worst();
  await roundTrip();
  await long();
} finally {
  rmSync(base, { recursive: true, force: true });
}
const width = (pick: (row: Row) => string): number => Math.max(...rows.map((row) => pick(row).length));
const [a, b, c] = [width((row) => row.what), width((row) => row.goal), width((row) => row.got)];
for (const row of rows)
  process.stdout.write(
    `${row.holds === true ? 'holds ' : 'short '} ${row.what.padEnd(a)}  ${row.got.padEnd(c)}  goal ${row.goal.padEnd(b)}  floor ${row.floor}\n`,
  );
mkdirSync('bench-results', { recursive: true });
writeFileSync(
  join('bench-results', 'speed.json'),
  `${JSON.stringify({ at: new Date().toISOString(), node: process.version, platform: `${platform()}-${arch()}`, quick, rows }, null, 1)}\n`,
);
process.stdout.write(
  `${rows.filter((row) => row.holds).length} of ${rows.length} goals hold on this machine; written to bench-results/speed.json\n`,
);
