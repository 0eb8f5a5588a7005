// How long an agent waits for the hook: spawn ▶ answer of both clients against an answering watcher, beside bare floors of the same run.
// Usage: node bench/hook.ts [RUNS]. Prints a table; figures of one machine, to be read as ratios.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSocket, serveSocket } from '../packages/holdfast/src/edge/transports/index.ts';
import { clients } from '../test/support/hook-clients.ts';

const runs = Number(process.argv[2] ?? 300);
const dir = mkdtempSync(join(tmpdir(), 'hf-bench-'));
const payload = JSON.stringify({
  session_id: 's',
  hook_event_name: 'PreToolUse',
  tool_name: 'Bash',
  tool_input: { command: 'x'.repeat(900) },
});

/** One run from spawn to the end of the process, milliseconds. */
function timed(argv: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const began = performance.now();
    const [program = '', ...rest] = argv;
    const child = spawn(program, rest, { stdio: ['pipe', 'pipe', 'inherit'], env: {} });
    child.stdin.on('error', () => child.stdin.destroy());
    child.on('error', reject);
    child.on('exit', (code) =>
      code === 0 ? resolve(performance.now() - began) : reject(new Error(`${program} ended with ${code}`)),
    );
    child.stdout.resume();
    child.stdin.end(payload);
  });
}

async function measure(name: string, count: number, one: () => Promise<number>): Promise<void> {
  for (let i = 0; i < Math.min(20, count / 5); i++) await one();
  const times: number[] = [];
  for (let i = 0; i < count; i++) times.push(await one());
  times.sort((a, b) => a - b);
  const at = (q: number): string => (times[Math.floor(count * q)] ?? 0).toFixed(3).padStart(9);
  console.log(`${name.padEnd(52)} ${at(0.5)} ${at(0.95)} ${at(0.99)}`);
}

/** Mean of a shell's loop: starting a process costs a small shell much less than it costs Node. */
async function loop(name: string, argv: readonly string[]): Promise<void> {
  const line = argv.map((word) => `'${word}'`).join(' ');
  const script = `i=0; while [ $i -lt ${runs} ]; do ${line} < '${join(dir, 'payload')}' > /dev/null || exit 1; i=$((i+1)); done`;
  const times: number[] = [];
  for (let i = 0; i < 5; i++) times.push((await timed(['/bin/sh', '-c', script])) / runs);
  console.log(
    `${`${name}, mean of a shell's loop`.padEnd(52)} ${Math.min(...times)
      .toFixed(3)
      .padStart(9)}`,
  );
}

const since = async (work: Promise<unknown>, began = performance.now()): Promise<number> => {
  await work;
  return performance.now() - began;
};

const server = await serveSocket({
  path: join(dir, 'gate.sock'),
  handle: async () => ({ stdout: '{}', stderr: '', exit: 0 }),
});
const echo = createServer((socket) => socket.pipe(socket));
await new Promise<void>((done) => echo.listen(join(dir, 'echo.sock'), done));
try {
  writeFileSync(join(dir, 'payload'), payload);
  console.log(
    `${`milliseconds, ${runs} runs, 1 KB payload`.padEnd(52)} ${'p50'.padStart(9)} ${'p95'.padStart(9)} ${'p99'.padStart(9)}`,
  );
  const args = ['claude-code', '--socket', server.path, '--key', server.fingerprint];
  await measure('floor: /bin/true', runs, () => timed(['/bin/true']));
  await measure('floor: node -e 0', Math.ceil(runs / 5), () => timed([process.execPath, '-e', '0']));
  for (const client of await clients()) {
    if (client.skip !== undefined) {
      console.log(`hook, ${client.name}: ${client.skip}`);
      continue;
    }
    const count = client.name === 'native' ? runs : Math.ceil(runs / 5);
    await measure(`hook, ${client.name}`, count, () => timed([...client.argv, ...args]));
    const line = [...client.argv, ...args].map((word) => `'${word}'`).join(' ');
    await measure(`hook, ${client.name}, started by sh -c`, count, () => timed(['/bin/sh', '-c', line]));
  }
  await loop('floor: /bin/true', ['/bin/true']);
  const [native] = await clients();
  if (native?.skip === undefined) await loop('hook, native', [...(native?.argv ?? []), ...args]);
  const plain = connect(join(dir, 'echo.sock'));
  await new Promise((done) => plain.once('connect', done));
  await measure('floor: echo of 1 KB on a kept socket', runs * 10, () =>
    since(
      new Promise((done) => {
        plain.once('data', done);
        plain.write(payload);
      }),
    ),
  );
  plain.destroy();
  const client = await openSocket(server.path);
  await measure('signed request and reply on a kept socket', runs * 10, () =>
    since(client.hook('claude-code', payload)),
  );
  client.close();
} finally {
  echo.close();
  await server.close();
  rmSync(dir, { recursive: true, force: true });
}
