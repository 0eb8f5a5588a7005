// The hook clients as tests start them, and servers that answer them in ways no watcher would.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { createHash, createHmac } from 'node:crypto';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { FrameReader } from '../../packages/holdfast/src/edge/transports/index.ts';

export type Run = {
  readonly exit: number | null;
  readonly signal: string | null;
  readonly stdout: Buffer;
  readonly stderr: string;
};
export type Client = {
  readonly name: 'native' | 'node' | 'older node';
  readonly argv: readonly string[];
  readonly skip?: string;
};

export type Builder = {
  build(part: 'hook' | 'peer'): { ok: true; path: string } | { ok: false; why: string };
  partSources(part: 'hook' | 'peer'): readonly string[];
};

/** What builds the native parts. */
export async function builder(): Promise<Builder> {
  return (await import(new URL('../../native/build.mjs', import.meta.url).href)) as Builder;
}

/** A Node of the machine that is too old for the watcher and new enough for its hook client. */
function olderNode(): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(':'), '/usr/local/bin', '/usr/bin'];
  return folders
    .map((folder) => join(folder, 'node'))
    .find((path) => {
      const version = /^v(\d+)\.(\d+)/.exec(spawnSync(path, ['--version'], { encoding: 'utf8' }).stdout ?? '');
      const [major, minor] = [Number(version?.[1] ?? 0), Number(version?.[2] ?? 0)];
      return major >= 18 && (major < 22 || (major === 22 && minor < 18));
    });
}

/** The clients, native and for Node; one that cannot be had here carries the reason in `skip`. */
export async function clients(): Promise<readonly Client[]> {
  const built = (await builder()).build('hook');
  const older = olderNode();
  const script = fileURLToPath(new URL('../../packages/holdfast/src/app/hook.mjs', import.meta.url));
  return [
    built.ok ? { name: 'native', argv: [built.path] } : { name: 'native', argv: [], skip: built.why },
    { name: 'node', argv: [process.execPath, script] },
    older === undefined
      ? { name: 'older node', argv: [], skip: 'no Node from 18 to 22.17 on this machine' }
      : { name: 'older node', argv: [older, script] },
  ];
}

export type RunOptions = {
  readonly stdin?: string | Buffer | 'open';
  readonly env?: NodeJS.ProcessEnv;
  /** Called once the process runs. */
  readonly started?: (child: ChildProcess) => void;
};

/** Runs a client to its end. Standard input is closed after `stdin`, or left open. */
export function run(client: Client, args: readonly string[], options: RunOptions = {}): Promise<Run> {
  const [program = '', ...before] = client.argv;
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...before, ...args], { stdio: 'pipe', env: options.env ?? {} });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on('data', (bytes: Buffer) => out.push(bytes));
    child.stderr.on('data', (bytes: Buffer) => err.push(bytes));
    // A client that refuses early does not read what it is given.
    child.stdin.on('error', () => child.stdin.destroy());
    child.on('error', reject);
    child.on('close', (exit, signal) => {
      child.stdin.destroy();
      resolve({ exit, signal, stdout: Buffer.concat(out), stderr: Buffer.concat(err).toString() });
    });
    const { stdin = '{}' } = options;
    if (stdin !== 'open') child.stdin.end(stdin);
    options.started?.(child);
  });
}

/** Whatever ends: a test, or a run of another kind. */
export type Ends = Pick<TestContext, 'after'>;

/** A private directory with a key, as a watcher leaves it; `args` are those of an installed hook. */
export async function place(t: Ends): Promise<{ dir: string; socket: string; key: Buffer; args: readonly string[] }> {
  const dir = await mkdtemp(join(tmpdir(), 'hf-hook-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  await chmod(dir, 0o700);
  const key = createHash('sha256').update(dir).digest();
  await writeFile(join(dir, 'hook.key'), key, { mode: 0o600 });
  const socket = join(dir, 'gate.sock');
  const print = createHash('sha256').update(key).digest('hex').slice(0, 32);
  return { dir, socket, key, args: ['claude-code', '--socket', socket, '--key', print] };
}

export type Hostile = (socket: Socket, request: Buffer, nonce: string) => void;

/** Listens without any manners until the test ends; `answer` acts when a request is there. */
export async function hostile(t: Ends, path: string, answer: Hostile): Promise<void> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    socket.on('error', () => socket.destroy());
    const reader = new FrameReader(64 * 1024 * 1024);
    socket.on('data', (chunk) => {
      for (const body of reader.push(chunk))
        answer(socket, body, (JSON.parse(body.toString()) as { nonce: string }).nonce);
    });
  });
  await new Promise<void>((done) => server.listen(path, done));
  t.after(async () => {
    for (const socket of open) socket.destroy();
    await new Promise((done) => server.close(done));
  });
}

export type Parts = {
  readonly nonce: string;
  readonly request: Buffer;
  readonly exit?: string;
  readonly stdout?: string;
  readonly stderr?: string;
  readonly sizes?: string;
};

/** A reply as the protocol document describes it, built here a second time so that server and clients are not judged by themselves. */
export function reply(key: Buffer, parts: Parts): Buffer {
  const { stdout = '', stderr = '', exit = '0' } = parts;
  const numbers = `${exit} ${parts.sizes ?? `${Buffer.byteLength(stdout)} ${Buffer.byteLength(stderr)}`}\n`;
  const bound = createHash('sha256').update(parts.request).digest('hex');
  const signed = `holdfast-reply 1\n${parts.nonce}\n${bound}\n${numbers}${stdout}${stderr}`;
  const mac = createHmac('sha256', key).update(signed).digest('hex');
  return Buffer.from(`holdfast-reply 1\n${parts.nonce}\n${mac}\n${numbers}${stdout}${stderr}`);
}

export function framed(body: Buffer, length = body.length): Buffer {
  const size = Buffer.alloc(4);
  size.writeUInt32BE(length >>> 0);
  return Buffer.concat([size, body]);
}
