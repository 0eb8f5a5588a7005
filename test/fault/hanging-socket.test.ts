// Connections that say nothing, half a frame, or one byte a second, against a real watcher: others are not delayed, and none of it stays.
import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { framed } from '../support/hook-clients.ts';
import { cli, payload, recordsOf, startLive, temporary, until, type Live } from '../support/live.ts';

const LIMIT = { timeout: 120_000 };
const MB = 1024 * 1024;

type Hostile = { readonly name: string; readonly many: number; readonly act: (socket: Socket) => void };

const HOSTILE: readonly Hostile[] = [
  { name: 'silence', many: 100, act: () => undefined },
  { name: 'half a length', many: 100, act: (socket) => socket.write(Buffer.from([0, 0])) },
  { name: 'half a frame', many: 100, act: (socket) => socket.write(framed(Buffer.from('{"kind":"hook"'), 1_000)) },
  { name: 'the beginning of 16 MB', many: 20, act: (socket) => socket.write(framed(Buffer.alloc(MB, 0x20), 16 * MB)) },
  {
    name: 'one byte after the other',
    many: 50,
    act: (socket) => {
      const bytes = framed(Buffer.from('{"kind":"hook","host":"claude-code"}'), 500);
      let at = 0;
      const timer = setInterval(() => socket.write(bytes.subarray(at % 40, (at++ % 40) + 1)), 50);
      socket.on('close', () => clearInterval(timer));
    },
  },
  { name: 'a length of 4 GB', many: 100, act: (socket) => socket.write(framed(Buffer.alloc(10), 0xffffffff)) },
  { name: 'an empty frame', many: 100, act: (socket) => socket.write(framed(Buffer.alloc(0))) },
  { name: 'garbage', many: 100, act: (socket) => socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(100)) },
  { name: 'garbage in a frame', many: 100, act: (socket) => socket.write(framed(Buffer.alloc(500, 0x41))) },
  {
    name: 'a request in JSON of another form',
    many: 100,
    act: (socket) => socket.write(framed(Buffer.from('{"allow":true}'))),
  },
  {
    name: 'requests without end, whose answers nobody reads',
    many: 5,
    act: (socket) => {
      socket.pause();
      for (let n = 0; n < 2_000; n++)
        socket.write(framed(Buffer.from(`{"kind":"control","nonce":"${'ab'.repeat(16)}"}`)));
    },
  },
  { name: 'an end in the middle', many: 100, act: (socket) => socket.end(Buffer.from([0, 0, 1])) },
];

describe('a hanging socket', LIMIT, () => {
  const at = temporary();
  const open = new Set<Socket>();
  let live: Live;

  function connected(path: string): Promise<Socket> {
    return new Promise((resolve, reject) => {
      const socket = connect(path, () => resolve(socket));
      open.add(socket);
      socket.on('close', () => open.delete(socket));
      socket.on('error', (error: NodeJS.ErrnoException) => {
        socket.destroy();
        // Turned away or cut off: what a hostile client has to expect.
        if (!['EPIPE', 'ECONNRESET', 'ECONNREFUSED'].includes(error.code ?? '')) reject(error);
      });
    });
  }

  before(async () => {
    live = await startLive(at);
  });
  after(async () => {
    for (const socket of open) socket.destroy();
    await live?.kill();
    at.remove();
  });

  for (const { name, many, act } of HOSTILE) {
    test(`${many} connections of ${name}: the agent's calls are decided beside them`, async () => {
      for (let n = 0; n < many; n++) act(await connected(live.at.home.socket));
      await pause(50);
      const replies = await Promise.all(
        Array.from({ length: 8 }, (_, n) => live.bash(n % 2 === 0 ? 'ls' : 'rm -rf ~', `${name}-${n}`)),
      );
      // The client gives up long before a connection that hangs is cut off: an answer in time is one that did not wait for it.
      for (const [n, reply] of replies.entries()) {
        assert.equal(reply.exit, n % 2 === 0 ? 0 : 2, reply.stderr);
        if (n % 2 !== 0) assert.match(reply.stderr, /\[fs\/delete-tree-root\] \(record #\d+\)/);
      }
    });
  }

  test('a frame that was begun and never ended is cut off, and so is one that comes too slowly', async () => {
    await until(
      'the slow ones to be cut off',
      () => [...open].filter((socket) => socket.bytesWritten > 0).length <= 5,
      40_000,
    );
  });

  test('more connections than there is room for: what says nothing makes way', async () => {
    const many = await Promise.all(Array.from({ length: 700 }, () => connected(live.at.home.socket)));
    assert.equal((await live.bash('ls', 'last')).exit, 0);
    await until('some to be closed', () => many.filter((socket) => socket.destroyed || socket.closed).length > 0);
  });

  test('a hook client that breaks off before its answer loses no record', async () => {
    const known = (await recordsOf(at)).length;
    for (let n = 0; n < 10; n++) {
      await live.hook(payload(at, 'pre-tool-use.bash', { tool_use_id: `broken-${n}` }), {
        started: (child) => void setTimeout(() => child.kill('SIGKILL'), n),
      });
    }
    await live.bash('ls', 'after');
    const calls = (await recordsOf(at)).slice(known).filter((body) => body.type === 'verdict');
    assert.ok(calls.length >= 1 && calls.length <= 11);
  });

  test('afterwards the records verify and the state is what they say', () => {
    const { exit, json } = cli(at, ['audit', 'verify', '--state']);
    assert.deepEqual([exit, json['status'], (json['state'] as { status: string }).status], [0, 'intact', 'equal']);
    assert.equal(live.errors(), '');
  });
});
