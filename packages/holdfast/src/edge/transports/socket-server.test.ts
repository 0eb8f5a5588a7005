// The gate socket as a whole: one watcher at a time, one reply per request, and nobody shuts the others out.
import assert from 'node:assert/strict';
import { chmod, lstat, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { frame } from './framing.ts';
import { keyPath } from './hook-key.ts';
import { openSocket } from './socket-client.ts';
import { serveSocket, type SocketServerOptions } from './socket-server.ts';

const FINE = { stdout: 'ok', stderr: '', exit: 0 };
const echo: SocketServerOptions['handle'] = async ({ payload = '' }) => ({ ...FINE, stdout: payload });
const LIMIT = { timeout: 30_000 };

async function folder(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'hf-sock-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

async function serve(t: TestContext, options: Partial<SocketServerOptions> = {}) {
  const path = options.path ?? join(await folder(t), 'run', 'gate.sock');
  const server = await serveSocket({ path, handle: echo, ...options });
  t.after(() => server.close());
  return server;
}

async function raw(t: TestContext, path: string): Promise<Socket> {
  const socket = connect(path);
  t.after(() => socket.destroy());
  socket.on('error', () => socket.destroy());
  await new Promise((done) => socket.once('connect', done));
  return socket;
}

const ended = (socket: Socket): Promise<unknown> =>
  new Promise((done) => (socket.destroyed ? done(undefined) : socket.once('close', done)));
const hookFrame = (more: object): Buffer =>
  frame(
    Buffer.from(JSON.stringify({ v: 1, nonce: 'ab'.repeat(16), host: 'x', pid: 1, ppid: 1, payload: 'p', ...more })),
  );

test('socket, key and directory are private, and nothing is left behind', LIMIT, async (t) => {
  const server = await serve(t);
  const dir = join(server.path, '..');
  assert.equal((await stat(dir)).mode & 0o777, 0o700);
  assert.equal((await stat(server.path)).mode & 0o777, 0o600);
  assert.equal((await stat(keyPath(server.path))).mode & 0o777, 0o600);
  assert.deepEqual((await readdir(dir)).sort(), ['gate.lock', 'gate.sock', 'hook.key']);
  assert.ok(server.visible());
  const { fingerprint } = server;
  await server.close();
  assert.deepEqual((await readdir(dir)).sort(), ['gate.lock', 'hook.key']);
  const again = await serve(t, { path: server.path });
  assert.equal(again.fingerprint, fingerprint, 'one key per installation');
  await rm(again.path);
  assert.equal(again.visible(), false);
});

test('a second watcher is refused, also when both start at once; a dead one is replaced', LIMIT, async (t) => {
  const first = await serve(t);
  await assert.rejects(serve(t, { path: first.path }), { code: 'watcher-running' });
  assert.ok(first.visible());
  await first.close();
  // What a killed watcher leaves: a socket file that nobody listens on.
  const dead = createServer();
  await new Promise<void>((done) => dead.listen(`${first.path}x`, done));
  await (await import('node:fs/promises')).link(`${first.path}x`, first.path);
  await new Promise((done) => dead.close(done));
  const starts = await Promise.allSettled(Array.from({ length: 8 }, () => serve(t, { path: first.path })));
  const up = starts.filter((each) => each.status === 'fulfilled');
  assert.equal(up.length, 1);
  for (const each of starts)
    if (each.status === 'rejected') assert.equal((each.reason as { code: string }).code, 'watcher-running');
  assert.ok((await lstat(first.path)).isSocket());
  assert.equal((await (await openSocket(first.path)).hook('x', 'hello')).stdout, 'hello');
  assert.deepEqual((await readdir(join(first.path, '..'))).sort(), ['gate.lock', 'gate.sock', 'hook.key']);
});

test('what is not safe to listen on is refused with what to do', LIMIT, async (t) => {
  const dir = await folder(t);
  await assert.rejects(serve(t, { path: join(dir, 'x'.repeat(120)) }), { code: 'socket-path-long' });
  await chmod(dir, 0o755);
  await assert.rejects(serve(t, { path: join(dir, 'gate.sock') }), {
    code: 'socket-dir-open',
    todo: `run \`chmod 700 ${dir}\``,
  });
  await chmod(dir, 0o700);
  await writeFile(join(dir, 'gate.sock'), 'not a socket');
  await assert.rejects(serve(t, { path: join(dir, 'gate.sock') }), { code: 'socket-io' });
  await rm(join(dir, 'gate.sock'));
  await writeFile(join(dir, 'hook.key'), Buffer.alloc(32), { mode: 0o644 });
  await chmod(join(dir, 'hook.key'), 0o644);
  await assert.rejects(serve(t, { path: join(dir, 'gate.sock') }), { code: 'hook-key' });
  await writeFile(join(dir, 'hook.key'), 'short');
  await chmod(join(dir, 'hook.key'), 0o600);
  await assert.rejects(serve(t, { path: join(dir, 'gate.sock') }), { code: 'hook-key' });
});

test('one connection carries many requests at once, each answered as it is ready', LIMIT, async (t) => {
  const held: (() => void)[] = [];
  const server = await serve(t, {
    limits: { inFlight: 3 },
    handle: async ({ payload = '' }) => {
      if (payload.startsWith('slow')) await new Promise<void>((go) => held.push(go));
      return { ...FINE, stdout: payload };
    },
  });
  const client = await openSocket(server.path);
  const slow = client.hook('x', 'slow');
  const order: string[] = [];
  void slow.then(() => order.push('slow'));
  // More than may be in work at once: reading pauses and goes on.
  const quick = await Promise.all(Array.from({ length: 200 }, (_, i) => client.hook('x', `quick ${i}`)));
  assert.deepEqual(
    quick.map((each) => each.stdout),
    Array.from({ length: 200 }, (_, i) => `quick ${i}`),
  );
  assert.deepEqual(order, []);
  held.forEach((go) => go());
  assert.equal((await slow).stdout, 'slow');
  assert.equal(server.stats().requests, 201);
  client.close();
  await assert.rejects(client.hook('x', 'late'), { code: 'watcher-silent' });
});

test(
  'malformed requests are counted; with a nonce they are refused, without one the connection ends',
  LIMIT,
  async (t) => {
    const server = await serve(t);
    for (const bytes of [
      Buffer.from('GET / HTTP/1.1\r\n\r\n'),
      frame(Buffer.from('{}')),
      frame(Buffer.from([0xff, 0xfe])),
      Buffer.from([0, 0, 0, 0]),
    ]) {
      const socket = await raw(t, server.path);
      socket.write(bytes);
      await ended(socket.resume());
    }
    assert.equal(server.stats().malformed, 4);
    const socket = await raw(t, server.path);
    socket.write(hookFrame({ v: 2 }));
    const answer = await new Promise<Buffer>((done) => socket.once('data', done));
    assert.match(
      answer.toString(),
      /\n2 0 \d+\nholdfast: the hook client speaks another protocol than 1; the action was stopped/,
    );
    socket.write(hookFrame({}));
    assert.match((await new Promise<Buffer>((done) => socket.once('data', done))).toString(), /\n0 1 0\np$/);
  },
);

test('control calls are answered, and their failures come back with their code', LIMIT, async (t) => {
  const server = await serve(t, {
    control: async ({ method, params }) => {
      if (method === 'status') return { params, ok: true };
      throw Object.assign(new Error(`there is no method ${method}`), { code: 'no-method' });
    },
  });
  const client = await openSocket(server.path);
  assert.deepEqual(await client.control('status', [1, 'é']), { params: [1, 'é'], ok: true });
  await assert.rejects(client.control('nonsense'), {
    name: 'ControlError',
    code: 'no-method',
    message: 'there is no method nonsense',
  });
  client.close();
  const without = await serve(t);
  await assert.rejects((await openSocket(without.path)).control('status'), { code: 'no-control' });
});

test('the client says when there is no watcher, or one that is not to be trusted', LIMIT, async (t) => {
  const dir = await folder(t);
  const path = join(dir, 'gate.sock');
  await assert.rejects(openSocket(join(dir, 'none', 'gate.sock')), { code: 'watcher-absent' });
  await assert.rejects(openSocket(path), { code: 'watcher-absent' });
  const impostor = createServer((socket) =>
    socket.on('data', () => socket.write(frame(Buffer.from('holdfast-reply 1\n'.padEnd(200, 'x'))))),
  );
  await new Promise<void>((done) => impostor.listen(path, done));
  t.after(() => new Promise((done) => impostor.close(done)));
  await assert.rejects(openSocket(path), { code: 'hook-key' });
  await writeFile(keyPath(path), Buffer.alloc(32, 9), { mode: 0o600 });
  await assert.rejects((await openSocket(path)).control('status'), { code: 'watcher-untrusted' });
  await chmod(dir, 0o777);
  await assert.rejects(openSocket(path), { code: 'watcher-untrusted' });
});

test('connections that do nothing make way, those at work do not', LIMIT, async (t) => {
  let finish: () => void = () => undefined;
  const server = await serve(t, {
    limits: { connections: 2 },
    handle: async ({ payload = '' }) => {
      if (payload === 'wait') await new Promise<void>((go) => (finish = go));
      return { ...FINE, stdout: payload };
    },
  });
  const idle = await raw(t, server.path);
  const client = await openSocket(server.path);
  const waiting = client.hook('x', 'wait');
  while (server.stats().requests < 1) await new Promise((done) => setImmediate(done));
  const next = await openSocket(server.path);
  assert.equal((await next.hook('x', 'hello')).stdout, 'hello');
  await ended(idle);
  const third = next.hook('x', 'wait');
  const before = finish;
  while (server.stats().requests < 3) await new Promise((done) => setImmediate(done));
  await ended(await raw(t, server.path));
  assert.equal(server.stats().refused, 1);
  before();
  finish();
  assert.deepEqual([(await waiting).stdout, (await third).stdout], ['wait', 'wait']);
  client.close();
  next.close();
});

test('a frame that does not come to its end, or too many bytes at once, end the connection', LIMIT, async (t) => {
  const server = await serve(t, { limits: { frameMs: 100, heldBytes: 100_000 } });
  const slow = await raw(t, server.path);
  slow.write(hookFrame({}).subarray(0, 20));
  await ended(slow.resume());
  const greedy = await raw(t, server.path);
  greedy.write(frame(Buffer.alloc(1_000_000, 0x20)).subarray(0, 900_000));
  await ended(greedy.resume());
  assert.equal(server.stats().malformed, 2);
  const patient = await raw(t, server.path);
  assert.equal((await (await openSocket(server.path)).hook('x', 'hello')).stdout, 'hello');
  assert.equal(patient.destroyed, false, 'one that has sent nothing may stay');
});

test('a client that leaves before its answer costs nothing', LIMIT, async (t) => {
  let finish: () => void = () => undefined;
  const server = await serve(t, { handle: () => new Promise((done) => (finish = () => done(FINE))) });
  const socket = await raw(t, server.path);
  socket.write(hookFrame({}));
  while (server.stats().requests < 1) await new Promise((done) => setImmediate(done));
  socket.destroy();
  while (server.stats().connections > 0) await new Promise((done) => setImmediate(done));
  finish();
  while (server.stats().lost < 1) await new Promise((done) => setImmediate(done));
});
