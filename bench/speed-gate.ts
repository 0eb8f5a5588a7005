// The part of the speed bench with a watcher in it: round trips over its socket, the hook process, what slow inputs cost it, start and verification.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { homeAt } from '../packages/holdfast/src/app/home.ts';
import { installHook } from '../packages/holdfast/src/app/hook-command.ts';
import { hookFingerprint } from '../packages/holdfast/src/app/hook-key.ts';
import { Watcher } from '../packages/holdfast/src/app/watcher/watcher.ts';
import { openSocket } from '../packages/holdfast/src/edge/transports/index.ts';
import { SHORT } from './samples.ts';
import { SHAPES } from './shapes.ts';
import { ask, echoes, echoServer, payloadOf, type Asked } from './speed-client.ts';
import { child, note, quantiles, us, type Row } from './table.ts';

export async function throughGate(base: string, scale: number): Promise<readonly Row[]> {
  const user = join(base, 'user');
  const project = join(user, 'project');
  mkdirSync(project, { recursive: true });
  for (let i = 0; i < 50; i++) writeFileSync(join(project, `file-${i}.ts`), 'export const a = 1;\n');
  const home = homeAt(join(base, 'state'));
  const start = (): Promise<Watcher> =>
    Watcher.start({
      home,
      userHome: user,
      etc: join(base, 'etc'),
      strict: false,
      transcripts: false,
      notify: () => undefined,
    });
  const watcher = await start();
  const rows = [
    ...(await roundTrips(home.socket, project, join(base, 'echo.sock'), scale)),
    await hookProcess(home, project, scale),
  ];
  await watcher.stop();

  note('watcher start, verification');
  const started = performance.now();
  const again = await start();
  const took = performance.now() - started;
  await again.stop();
  const verified = await child<{ records: number; status: string; rate: number; bytes: number }>(
    [],
    'speed-verify.ts',
    [home.ledger],
  );
  // Last, since what they leave in the ledger is no year of ordinary work.
  const third = await start();
  const slow = await slowInputs(home.socket, project);
  await third.stop();
  return [
    ...rows,
    slow,
    {
      what: `watcher start with ${verified.records} records`,
      goal: '≤ 500 ms',
      got: `${took.toFixed(0)} ms`,
      floor: '–',
      holds: took <= 500,
    },
    {
      what: 'audit verify',
      goal: '≥ 200,000 records/s',
      got: `${Math.round(verified.rate)}/s of ${Math.round(verified.bytes / verified.records)} bytes (${verified.status})`,
      floor: '–',
      holds: verified.rate >= 200_000,
    },
  ];
}

async function roundTrips(socket: string, project: string, echo: string, scale: number): Promise<readonly Row[]> {
  const single = Math.ceil(40_000 * scale);
  const many = Math.ceil(40_000 * scale);
  const close = await echoServer(echo);
  note('gate round trip over the socket, asked by this process');
  const own = await ask(socket, project, 0, single, 0);
  const ownFloor = quantiles(await echoes(echo, 5_000)).p50;
  note('gate round trip over the socket, asked by another process');
  const other = await child<Asked & { floor: readonly number[] }>([], 'speed-client.ts', [
    socket,
    project,
    String(single),
    String(single),
    String(many),
    echo,
  ]);
  close();
  const [here, there] = [quantiles(own.samples), quantiles(other.samples)];
  const otherFloor = quantiles(other.floor).p50;
  return [
    {
      what: 'gate round trip, observed, recorded',
      goal: 'p50 ≤ 150 µs, p99 ≤ 1 ms',
      got: `p50 ${us(here.p50)}, p99 ${us(here.p99)}`,
      floor: `echo of 1 KB ${us(ownFloor)} (×${(here.p50 / ownFloor).toFixed(1)})`,
      holds: here.p50 <= 0.15 && here.p99 <= 1,
    },
    {
      what: 'the same, asked by another process',
      goal: '–',
      got: `p50 ${us(there.p50)}, p99 ${us(there.p99)}`,
      floor: `echo of 1 KB ${us(otherFloor)} (×${(there.p50 / otherFloor).toFixed(1)})`,
      holds: undefined,
    },
    {
      what: 'decisions per second',
      goal: '≥ 10,000 on one core',
      got: `${Math.round(other.rate)}`,
      floor: 'asked by another process, 32 at once',
      holds: other.rate >= 10_000,
    },
  ];
}

async function hookProcess(home: ReturnType<typeof homeAt>, project: string, scale: number): Promise<Row> {
  note('hook process, spawn to answer (floors true and node -e 0)');
  const hook = installHook(home, 'claude-code', hookFingerprint(home));
  const measured = await child<{
    hook: number;
    answer: string;
    bare: number;
    node: number;
    loop: number;
    bareLoop: number;
  }>([], 'speed-hook.ts', [
    String(Math.ceil(400 * Math.max(scale, 0.1))),
    payloadOf(SHORT[0] ?? 'ls', 'hook', project),
    ...hook.argv,
  ]);
  if (measured.answer !== '' && measured.answer.includes('"deny"'))
    throw new Error(`the hook was denied: ${measured.answer}`);
  const times = (of: number, by: number): string => `×${(of / by).toFixed(2)}`;
  return {
    what: `hook client (${hook.kind}), spawn to answer`,
    goal: '≤ 2 ms',
    got: `p50 ${measured.hook.toFixed(2)} ms from Node, mean ${measured.loop.toFixed(2)} ms from a shell`,
    floor: `true ${measured.bare.toFixed(2)} ms (${times(measured.hook, measured.bare)}) and ${measured.bareLoop.toFixed(2)} ms (${times(measured.loop, measured.bareLoop)}), node -e 0 ${measured.node.toFixed(1)} ms`,
    holds: measured.hook <= 2,
  };
}

/** The inputs of shapes.ts through the whole gate: read, decided, redacted, recorded with its blob, answered. */
async function slowInputs(socket: string, project: string): Promise<Row> {
  note('slow inputs through the gate');
  const client = await openSocket(socket);
  let worst: readonly [string, number] = ['', 0];
  let silent = 0;
  for (const [name, command] of SHAPES) {
    const times: number[] = [];
    for (let round = 0; round < 4; round++) {
      const text = payloadOf(`${command} #${round}`, `${name} ${round}`, project);
      const started = performance.now();
      const reply = await client.hook('claude-code', text);
      const took = performance.now() - started;
      if (round > 0) times.push(took);
      if (reply.exit !== 0 && reply.stderr === '') silent++;
    }
    const { p50 } = quantiles(times);
    if (p50 > worst[1]) worst = [name, p50];
  }
  client.close();
  return {
    what: `worst of ${SHAPES.length} slow inputs through the gate`,
    goal: '–',
    got: `p50 ${worst[1].toFixed(1)} ms (${worst[0]}), ${silent} silent`,
    floor: '–',
    holds: undefined,
  };
}
