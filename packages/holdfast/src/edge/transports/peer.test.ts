// Peer credentials through the native addon: right where it loads, a reason where it does not, and never an exception.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, Socket, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { nativeFolder } from './native-part.ts';
import { peerReader } from './peer.ts';

type Builder = { build(part: 'peer'): { ok: true; path: string } | { ok: false; why: string } };
const { build } = (await import(new URL('../../../../../native/build.mjs', import.meta.url).href)) as Builder;
const built = build('peer');
const skip = built.ok ? false : built.why;
const addon = built.ok ? built.path : '';

async function folder(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'hf-peer-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

/** A copy of the addon with other bytes, and the stamp of the original or one that fits. */
async function copy(
  t: TestContext,
  change: (bytes: Buffer) => Buffer,
  stamp: 'old' | 'fits' | 'none',
): Promise<string> {
  const path = join(await folder(t), 'holdfast-peer.node');
  const bytes = change(await readFile(addon));
  await writeFile(path, bytes);
  if (stamp === 'old') await cp(`${addon}.stamp`, `${path}.stamp`);
  const digest = createHash('sha256').update(bytes).digest('hex');
  if (stamp === 'fits') await writeFile(`${path}.stamp`, `made-here ${digest}\n`);
  return path;
}

/** The server's end of a connection to itself. */
async function accepted(t: TestContext, server: Server, address: () => Socket): Promise<Socket> {
  const here = new Promise<Socket>((done) => server.once('connection', done));
  const client = address();
  const socket = await here;
  t.after(() => {
    client.destroy();
    socket.destroy();
    server.close();
  });
  return socket;
}

test('the addon of this build says who is there', { skip }, async (t) => {
  assert.equal(dirname(addon), nativeFolder());
  const peers = peerReader();
  assert.ok(peers.read !== undefined, 'why' in peers ? peers.why : '');
  const path = join(await folder(t), 'sock');
  const server = createServer();
  await new Promise<void>((done) => server.listen(path, done));
  const socket = await accepted(t, server, () => connect(path));
  assert.deepEqual(peers.read(socket), { pid: process.pid, uid: process.getuid?.() });
  const { fd } = (socket as unknown as { _handle: { fd: number } })._handle;
  const wrapped = { _handle: { fd: fd + 2 ** 32 } } as unknown as Socket;
  assert.equal(peers.read(wrapped), undefined, 'a number that would wrap around to a descriptor');
  socket.destroy();
  assert.equal(peers.read(socket), undefined, 'a socket that is closed');
  assert.equal(peers.read(new Socket()), undefined, 'a socket that was never open');
  const over = createServer();
  await new Promise<void>((done) => over.listen(0, '127.0.0.1', done));
  const { port } = over.address() as { port: number };
  assert.equal(peers.read(await accepted(t, over, () => connect(port, '127.0.0.1'))), undefined, 'no unix socket');
});

test('a strange descriptor is no peer, and no crash', { skip }, () => {
  const { read } = peerReader();
  for (const _handle of [
    undefined,
    null,
    {},
    ...[-1, 1.5, 2 ** 31, 2 ** 40, NaN, '3', null, {}, 99_999].map((fd) => ({ fd })),
  ])
    assert.equal(read?.({ _handle } as unknown as Socket), undefined, JSON.stringify(_handle));
});

test('an addon that is not the one that was built is a reason, and is not loaded', { skip }, async (t) => {
  const cases: readonly { readonly name: string; readonly path: string; readonly why: RegExp }[] = [
    { name: 'cut short', path: await copy(t, (bytes) => bytes.subarray(0, 5_000), 'old'), why: /not what was built$/ },
    { name: 'a flipped bit', path: await copy(t, (bytes) => flipped(bytes, 4_300), 'old'), why: /not what was built$/ },
    { name: 'empty', path: await copy(t, () => Buffer.alloc(0), 'old'), why: /not what was built$/ },
    { name: 'no stamp', path: await copy(t, (bytes) => bytes, 'none'), why: /does not load \(ENOENT/ },
    { name: 'no library', path: await copy(t, () => Buffer.from('text'), 'fits'), why: /does not load \(/ },
    { name: 'of another machine', path: await copy(t, (bytes) => flipped(bytes, 18), 'fits'), why: /does not load \(/ },
    { name: 'absent', path: join(await folder(t), 'x.node'), why: /does not load \(ENOENT/ },
  ];
  for (const { name, path, why } of cases) {
    const peers = peerReader(path);
    assert.equal(peers.read, undefined, name);
    assert.match('why' in peers ? peers.why : '', why, name);
  }
});

test('a Node that loads no addons is a reason', { skip }, () => {
  const script = `import { peerReader } from ${JSON.stringify(new URL('peer.ts', import.meta.url).href)}; console.log(peerReader().why);`;
  const ran = spawnSync(process.execPath, ['--no-addons', '--input-type=module', '-e', script], { encoding: 'utf8' });
  assert.equal(ran.status, 0, ran.stderr);
  assert.match(ran.stdout, /does not load \(Cannot load native addon/);
});

test("the addon's own declarations are those of Node's header", { skip }, (t) => {
  const header = join(dirname(process.execPath), '../include/node/node_api.h');
  if (!existsSync(header)) return t.skip('this Node came without its headers');
  const source = fileURLToPath(new URL('../../../../../native/peer.c', import.meta.url));
  const args = [
    '-fsyntax-only',
    '-std=c11',
    '-D_GNU_SOURCE=',
    '-Wall',
    '-Wextra',
    '-Werror',
    '-include',
    header,
    source,
  ];
  const ran = spawnSync('cc', args, { encoding: 'utf8' });
  if (ran.error !== undefined) return t.skip('cc is not installed');
  assert.equal(ran.status, 0, ran.stderr);
});

function flipped(bytes: Buffer, at: number): Buffer {
  const changed = Buffer.from(bytes);
  changed[at] = (changed[at] as number) ^ 1;
  return changed;
}
