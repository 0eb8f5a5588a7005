// Holdfast started by a service manager's own tool: systemd-socket-activate listens, passes its sockets at the first connection, becomes the watcher.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { request } from 'node:http';
import { connect, createServer, type AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export const PROGRAM = fileURLToPath(new URL('../../bin/holdfast', import.meta.url));
const TOOL = 'systemd-socket-activate';

/** Why it cannot be had here, or undefined. Tests skip with this sentence. */
export function whyNoActivation(): string | undefined {
  if (process.platform !== 'linux') return 'needs Linux';
  const probe = spawnSync(TOOL, ['--version'], { encoding: 'utf8' });
  return probe.error === undefined ? undefined : `${TOOL} is not installed (Debian package systemd)`;
}

/** Arguments of the tool: addresses to listen on, then the watcher. */
export function activation(
  dir: string,
  addresses: readonly string[],
  names: readonly string[] = addresses.map(() => 'holdfast'),
  more: readonly string[] = [],
): readonly [program: string, args: readonly string[]] {
  const listen = addresses.flatMap((address) => ['-l', address]);
  const watcher = [process.execPath, PROGRAM, 'start', '--foreground', '--json', '--dir', dir];
  return [TOOL, [...listen, `--fdname=${names.join(':')}`, ...more, ...watcher]];
}

export type Activated = {
  readonly child: ChildProcess;
  /** What it has printed so far. */
  readonly output: () => string;
  /** Resolves when the watcher is ready, with false when it ended instead. */
  readonly ready: Promise<boolean>;
  readonly ended: Promise<number | null>;
};

/** Follows what the tool, and then the watcher in its place, prints. */
export function follow(child: ChildProcess): Activated {
  let text = '';
  child.stderr?.on('data', (part: Buffer) => (text += part.toString('utf8')));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const ready = new Promise<boolean>((resolve) => {
    void ended.then(() => resolve(false));
    if (child.stdout === null) return resolve(false);
    createInterface({ input: child.stdout }).on('line', (line) => {
      text += `${line}\n`;
      if (line.startsWith('{"ready"')) resolve(true);
    });
  });
  return { child, output: () => text, ready, ended };
}

export function start(command: ReturnType<typeof activation>, home: string): Activated {
  const env = { PATH: process.env['PATH'], HOME: home };
  return follow(spawn(command[0], command[1], { env, stdio: ['ignore', 'pipe', 'pipe'] }));
}

/** Touches an address until somebody takes the connection: the tool needs a moment to listen, and starts the watcher then. */
export async function knock(at: number | string): Promise<void> {
  for (let tries = 0; ; tries++) {
    const socket = typeof at === 'number' ? connect(at, '127.0.0.1') : connect(at);
    const taken = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true));
      socket.once('error', () => resolve(false));
    });
    socket.destroy();
    if (taken) return;
    if (tries > 200) throw new Error(`nobody listens on ${at}`);
    await new Promise((done) => setTimeout(done, 25));
  }
}

/** A port that nobody had a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

export type Told = { readonly status: number; readonly body: string };

/** One request as a host's http hook sends it. */
export function post(url: string, token: string, payload: object): Promise<Told> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
    const sent = request(url, { method: 'POST', headers, agent: false }, (answer) => {
      let body = '';
      answer.on('data', (part: Buffer) => (body += part.toString('utf8')));
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body }));
    });
    sent.once('error', reject);
    sent.end(JSON.stringify(payload));
  });
}
