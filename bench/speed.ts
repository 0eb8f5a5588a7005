// Speed: the table of architecture §8, each figure beside its bare floor measured in the same run. Prints it and writes bench-results/speed.json.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { arch, platform, tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadRules } from '../packages/holdfast/src/app/load-rules.ts';
import { SessionRun, type EngineRules } from '../packages/holdfast/src/core/engine/index.ts';
import { MEMORY_FLAGS } from '../packages/holdfast/src/edge/install/index.ts';
import { LONG, SHORT } from './samples.ts';
import { SHAPES } from './shapes.ts';
import { throughGate } from './speed-gate.ts';
import { child, note, printed, quantiles, us, type Row } from './table.ts';

const quick = process.argv.includes('--quick');
const scale = quick ? 0.05 : 1;
const base = mkdtempSync(join(tmpdir(), 'holdfast-speed-'));

function run(rules: EngineRules): SessionRun {
  return new SessionRun(rules, { id: 's', agent: 'check', home: '/home/dev', cwd: '/home/dev/project' });
}

/** Rules that look at ordinary effects and match nothing, up to the wanted number beside the shipped ones. */
function fillers(count: number): string {
  const dir = join(base, 'fillers', 'bench');
  mkdirSync(dir, { recursive: true });
  const kinds = ['file.read', 'file.write', 'file.delete', 'process.exec', 'net.connect'];
  // As rules are: some ask for a word first, some for a number, some for a place, and some can be filed under nothing.
  const tests = [
    (i: number) =>
      `context.risk > 1${String(i).padStart(3, '0')} && context.certain && context.attributes.contains("setuid")`,
    (i: number) => `context.attributes.contains("nothing-${i}") && context.risk > 50`,
    (i: number) => `context.integrity == "nothing-${i}" || context.findings.contains("nothing-${i}")`,
    (i: number) => `context.certain && resource in Holdfast::Group::"nothing-${i}"`,
  ];
  for (let i = 0; i < count; i++)
    writeFileSync(
      join(dir, `filler-${i}.cedar`),
      [
        `@id("bench/filler-${i}")`,
        '@verdict("ask")',
        '@severity("low")',
        '@reason("a rule of the bench")',
        '@fix("none needed")',
        `forbid (principal, action == Holdfast::Action::"${kinds[i % kinds.length]}", resource)`,
        `when { ${tests[i % tests.length]?.(i)} };`,
        '',
      ].join('\n'),
    );
  return join(base, 'fillers');
}

async function deciding(): Promise<readonly Row[]> {
  const shipped = await loadRules();
  const rules = await loadRules({ policies: [fillers(200 - shipped.policy.rules.size)] });
  const rows: Row[] = [];
  for (const [name, commands, goal] of [
    ['60–150 bytes', SHORT, 0.025],
    ['300 bytes', LONG, 0.05],
  ] as const) {
    note(`lower + policy, ${name}`);
    const session = run(rules);
    const samples: number[] = [];
    const rounds = quick ? 200 : 3000;
    for (let i = 0; i < rounds; i++) {
      for (const command of commands) {
        // A text that was never seen before: nothing that is kept between decisions may help.
        const fresh = `${command} #${i}`;
        const started = performance.now();
        const stepped = session.step({ tool: 'shell', hostTool: 'shell', input: { command: fresh } });
        // The first half is left out: the code of a watcher that runs for days is compiled.
        if (i >= rounds / 2) samples.push(performance.now() - started);
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
  return rows;
}

async function worst(): Promise<Row> {
  note(`lower + policy, ${SHAPES.length} slow inputs`);
  const rules = await loadRules();
  let max = 0;
  let name = '';
  let silent = 0;
  let single = 0;
  for (const [shape, command] of SHAPES) {
    const session = run(rules);
    const times: number[] = [];
    for (let i = 0; i < 8; i++) {
      // New texts each time: a tree that is kept must not hide what parsing costs.
      const fresh = `${command} #${i}`;
      const started = performance.now();
      const { decision } = session.step({ tool: 'shell', hostTool: 'shell', input: { command: fresh } });
      const took = performance.now() - started;
      if (i > 0) times.push(took);
      if (decision.effects.length === 0 && fresh.length > 1024 * 1024) silent++;
    }
    const { p50, max: most } = quantiles(times);
    if (p50 > max) [max, name] = [p50, shape];
    single = Math.max(single, most);
  }
  return {
    what: `worst of ${SHAPES.length} slow inputs`,
    goal: '≤ 50 ms, never silent',
    got: `p50 ${max.toFixed(1)} ms (${name}), one took ${single.toFixed(1)} ms, ${silent} silent`,
    floor: '–',
    holds: max <= 50 && silent === 0,
  };
}

async function long(): Promise<Row> {
  const count = Math.ceil(1_000_000 * scale);
  note(`${count} decisions in one session`);
  const cache = join(base, 'policy-cache.json');
  const measured = (many: number): Promise<{ times: number[]; peak: number; loaded: number }> =>
    child(MEMORY_FLAGS, 'speed-long.ts', [String(many), cache]);
  // The first start fills the cache that every later one of a watcher finds.
  await measured(10);
  const { times, peak, loaded } = await measured(count);
  const ratio = (times[9] ?? 0) / (times[1] ?? 1);
  return {
    what: `${count.toLocaleString('en')} decisions in one session`,
    goal: 'last tenth within 10 %, < 200 MB',
    got: `×${ratio.toFixed(2)}, ${Math.round(peak / 1e6)} MB`,
    floor: `${Math.round(loaded / 1e6)} MB when loaded`,
    holds: ratio <= 1.1 && peak < 200e6,
  };
}

const rows: Row[] = [];
try {
  rows.push(...(await deciding()), await worst(), ...(await throughGate(base, scale)), await long());
} finally {
  rmSync(base, { recursive: true, force: true });
}
process.stdout.write(printed(rows));
mkdirSync('bench-results', { recursive: true });
writeFileSync(
  join('bench-results', 'speed.json'),
  `${JSON.stringify({ at: new Date().toISOString(), node: process.version, platform: `${platform()}-${arch()}`, quick, rows }, null, 1)}\n`,
);
const judged = rows.filter((row) => row.holds !== undefined);
process.stdout.write(
  `${judged.filter((row) => row.holds).length} of ${judged.length} goals hold on this machine; written to bench-results/speed.json\n`,
);
