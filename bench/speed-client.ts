// The asking side of the gate bench, here or in a process of its own as hooks are: run as a script, argv says where and how much, and the last line of output is a result.
import { connect, createServer } from 'node:net';
import { openSocket } from '../packages/holdfast/src/edge/transports/index.ts';
import { SHORT } from './samples.ts';

/** Requests under way at once when the rate is measured: as many as a few busy agents have. */
const WIDTH = 32;

/** Half of the commands name files that exist; no two requests are equal. */
function payload(i: number, project: string): string {
  const command =
    i % 2 === 0
      ? `sed -i s/a/b/ file-${i % 50}.ts && rm file-${(i + 1) % 50}.ts`
      : `${SHORT[((i - 1) / 2) % SHORT.length] ?? 'ls'} #${i}`;
  return payloadOf(command, `c${i}`, project);
}

export function payloadOf(command: string, id: string, project: string): string {
  return JSON.stringify({
    session_id: 'bench',
    transcript_path: `${project}/t.jsonl`,
    cwd: project,
    hook_event_name: 'PreToolUse',
    permission_mode: 'default',
    tool_name: 'Bash',
    tool_input: { command },
    tool_use_id: id,
  });
}

export type Asked = {
  /** Milliseconds of each request, one after the other; the first half is left out, when the code was not compiled yet. */
  readonly samples: readonly number[];
  /** Requests per second with WIDTH under way. */
  readonly rate: number;
};

/** `from`: the number of the first request; no two numbers make equal requests. */
export async function ask(socket: string, project: string, from: number, single: number, many: number): Promise<Asked> {
  const client = await openSocket(socket);
  const samples: number[] = [];
  let next = from;
  for (let i = 0; i < single; i++) {
    const text = payload(next++, project);
    const started = performance.now();
    await client.hook('claude-code', text);
    if (i >= single / 2) samples.push(performance.now() - started);
  }
  const began = performance.now();
  const last = next + many;
  // Each asker asks again as soon as it is answered, as agents do: the watcher never waits for the slowest of a batch.
  await Promise.all(
    Array.from({ length: WIDTH }, async () => {
      while (next < last) await client.hook('claude-code', payload(next++, project));
    }),
  );
  const rate = many / ((performance.now() - began) / 1000);
  client.close();
  return { samples, rate };
}

/** The same way for bare bytes: 1 KB there and back over a socket that only echoes. Milliseconds of each. */
export function echoes(path: string, count: number): Promise<readonly number[]> {
  return new Promise((resolve, reject) => {
    const samples: number[] = [];
    const socket = connect(path);
    const body = Buffer.alloc(1024, 97);
    let started = 0;
    let held = 0;
    const send = (): void => {
      started = performance.now();
      socket.write(body);
    };
    socket.on('connect', send);
    socket.on('data', (chunk: Buffer) => {
      held += chunk.length;
      if (held < body.length) return;
      held = 0;
      samples.push(performance.now() - started);
      if (samples.length < count) return send();
      socket.destroy();
      resolve(samples.slice(count / 2));
    });
    socket.on('error', reject);
  });
}

/** A socket at `path` that echoes; answers how to close it. */
export function echoServer(path: string): Promise<() => void> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.pipe(socket)).on('error', reject);
    server.listen(path, () => resolve(() => server.close()));
  });
}

if (import.meta.main) {
  const [socket = '', project = '', from = '0', single = '0', many = '0', echo = ''] = process.argv.slice(2);
  const asked = await ask(socket, project, Number(from), Number(single), Number(many));
  const floor = echo === '' ? [] : await echoes(echo, 5_000);
  process.stdout.write(`${JSON.stringify({ ...asked, floor })}\n`);
}
