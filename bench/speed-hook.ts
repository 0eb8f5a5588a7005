// The hook as an agent starts it, from a small process of its own: argv is the number of runs and the hook's command; the last line of output is a result.
import { spawn } from 'node:child_process';

const [count = '100', payload = '', ...hook] = process.argv.slice(2);

/** One run from spawn to the end of the process, milliseconds, and what it printed. */
function timed(argv: readonly string[], input: string): Promise<{ readonly took: number; readonly out: string }> {
  return new Promise((resolve, reject) => {
    const began = performance.now();
    const child = spawn(argv[0] ?? '', argv.slice(1), { stdio: ['pipe', 'pipe', 'inherit'], env: {} });
    let out = '';
    child.stdin.on('error', () => child.stdin.destroy());
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (out += chunk));
    child.on('error', reject);
    child.on('close', () => resolve({ took: performance.now() - began, out }));
    child.stdin.end(input);
  });
}

async function p50(argv: readonly string[], runs: number): Promise<{ readonly p50: number; readonly out: string }> {
  const times: number[] = [];
  let out = '';
  for (let i = 0; i < runs; i++) {
    const one = await timed(argv, payload);
    times.push(one.took);
    out = one.out;
  }
  return { p50: times.toSorted((a, b) => a - b)[Math.floor(runs / 2)] ?? 0, out };
}

/** Mean of a shell's loop: starting a process costs a small shell much less than it costs Node. */
async function loop(argv: readonly string[], runs: number): Promise<number> {
  const line = argv.map((word) => `'${word}'`).join(' ');
  const text = payload.replaceAll("'", '');
  const script = `i=0; while [ $i -lt ${runs} ]; do ${line} > /dev/null <<'E'\n${text}\nE\ni=$((i+1)); done`;
  return (await timed(['/bin/sh', '-c', script], '')).took / runs;
}

const runs = Number(count);
const node = await p50([process.execPath, '-e', '0'], Math.ceil(runs / 10));
const bare = await p50(['/bin/true'], runs);
const own = await p50(hook, runs);
const result = {
  hook: own.p50,
  answer: own.out,
  bare: bare.p50,
  node: node.p50,
  loop: await loop(hook, runs),
  bareLoop: await loop(['/bin/true'], runs),
};
process.stdout.write(`${JSON.stringify(result)}\n`);
