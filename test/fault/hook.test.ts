// The hook clients against the real socket server: payloads arrive as they were given, answers come back as they were given.
import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import {
  serveSocket,
  type Answer,
  type HookRequest,
  type SocketServerOptions,
} from '../../packages/holdfast/src/edge/transports/index.ts';
import { builder, clients, run } from '../support/hook-clients.ts';

const LIMIT = { timeout: 60_000 };
const FINE: Answer = { stdout: 'ok', stderr: '', exit: 0 };

async function watcher(t: TestContext, handle: SocketServerOptions['handle'], more: Partial<SocketServerOptions> = {}) {
  const dir = await mkdtemp(join(tmpdir(), 'hf-gate-'));
  await chmod(dir, 0o700);
  const server = await serveSocket({ path: join(dir, 'gate.sock'), handle, ...more });
  const close = async (): Promise<void> => {
    await server.close();
    await rm(dir, { recursive: true, force: true });
  };
  t.after(close);
  return { server, args: ['claude-code', 'PreToolUse', '--socket', server.path, '--key', server.fingerprint] };
}

const MB = 1024 * 1024;
const PAYLOADS: readonly (readonly [string, Buffer, 'text' | 'no text'])[] = [
  ['one byte', Buffer.from('x'), 'text'],
  ['JSON', Buffer.from('{"tool_input":{"command":"echo \\"a\\\\b\\""}}\n'), 'text'],
  ['every control character', Buffer.from(Array.from({ length: 128 }, (_, i) => i)), 'text'],
  ['NUL only', Buffer.alloc(3), 'text'],
  ['a byte order mark', Buffer.from('\ufeff{}'), 'text'],
  [
    'two, three and four bytes, line separators',
    Buffer.from('é ߿ ࠀ \u2028\u2029 \ud7ff \ue000 \ufffd \uffff 𐀀 🦊 \u{10ffff}'),
    'text',
  ],
  ['an overlong slash', Buffer.from([0x2f, 0xc0, 0xaf]), 'no text'],
  ['an overlong of three bytes', Buffer.from([0xe0, 0x80, 0xaf]), 'no text'],
  ['a surrogate', Buffer.from([0xed, 0xa0, 0x80]), 'no text'],
  ['beyond the last character', Buffer.from([0xf4, 0x90, 0x80, 0x80]), 'no text'],
  ['a cut sequence', Buffer.from([0x41, 0xf0, 0x9f, 0xa6]), 'no text'],
  ['a lone continuation', Buffer.from([0x80]), 'no text'],
  ['0xff', Buffer.from([0xff]), 'no text'],
  ['half a megabyte of NUL, longer escaped than coded', Buffer.alloc(MB / 2), 'text'],
  ['16 MB to the byte', Buffer.alloc(16 * MB, 'é'), 'text'],
  ['16 MB of no text', Buffer.alloc(16 * MB, 0xff), 'no text'],
];

const addon = (await builder()).build('peer');

for (const client of await clients()) {
  const skip = client.skip ?? false;

  test(`${client.name} hook client brings every payload to the watcher unchanged`, { ...LIMIT, skip }, async (t) => {
    let seen: HookRequest | undefined;
    const at = await watcher(t, async (request) => {
      seen = request;
      return FINE;
    });
    assert.equal(at.server.noPeer === undefined, addon.ok);
    for (const [name, bytes, kind] of PAYLOADS) {
      let pid: number | undefined;
      const result = await run(client, at.args, { stdin: bytes, started: (child) => (pid = child.pid) });
      assert.deepEqual([result.exit, String(result.stdout), result.stderr], [0, 'ok', ''], name);
      assert.deepEqual(
        [seen?.host, seen?.event, seen?.pid, seen?.ppid],
        ['claude-code', 'PreToolUse', pid, process.pid],
        name,
      );
      if (kind === 'text') assert.ok(seen?.payload !== undefined && Buffer.from(seen.payload).equals(bytes), name);
      else assert.equal(seen?.payload, undefined, name);
      if (addon.ok) assert.deepEqual(seen?.peer, { pid, uid: process.getuid?.() }, name);
      seen = undefined;
    }
    const large = await run(client, at.args, { stdin: Buffer.alloc(16 * MB + 1, 'a') });
    assert.deepEqual([large.exit, seen], [2, undefined]);
    assert.match(large.stderr, /larger than 16 MB; the action was stopped/);
    const nothing = await run(client, at.args, { stdin: '' });
    assert.deepEqual([nothing.exit, seen], [2, undefined]);
    assert.match(nothing.stderr, /no payload on standard input; the action was stopped/);
  });

  test(`${client.name} hook client hands on answers byte for byte`, { ...LIMIT, skip }, async (t) => {
    let answer = FINE;
    const at = await watcher(t, async () => answer);
    const answers: readonly Answer[] = [
      { stdout: '', stderr: '', exit: 0 },
      { stdout: '', stderr: 'stopped: fs/delete-tree-root\n', exit: 2 },
      { stdout: '{"decision":"block","reason":"é \u2028 🦊"}\n', stderr: '\n\n', exit: 0 },
      { stdout: 'a\0b', stderr: '0 0 0\n', exit: 255 },
      { stdout: 'x'.repeat(700_000), stderr: 'y'.repeat(300_000), exit: 1 },
    ];
    for (answer of answers) {
      const { exit, stdout, stderr } = await run(client, at.args);
      assert.deepEqual({ stdout: String(stdout), stderr, exit }, answer);
    }
  });

  test(
    `${client.name} hook client signs and checks at every length around the blocks of the hash`,
    { ...LIMIT, skip },
    async (t) => {
      const at = await watcher(t, async ({ payload = '' }) => ({ ...FINE, stdout: payload.slice(1) }));
      // Request and reply each move over two block edges of 64 bytes; the slow client takes the edges alone.
      for (let length = 1; length <= 130; length += client.name === 'native' ? 1 : 9) {
        const result = await run(client, at.args, { stdin: 'x'.repeat(length) });
        assert.deepEqual([result.exit, result.stdout.length, result.stderr], [0, length - 1, ''], String(length));
      }
    },
  );

  test(`${client.name} hook client ignores the environment`, { ...LIMIT, skip }, async (t) => {
    const at = await watcher(t, async () => ({ stdout: '', stderr: 'no', exit: 2 }));
    const elsewhere = {
      HOLDFAST_HOME: '/nowhere',
      HOLDFAST_SOCKET: '/nowhere/gate.sock',
      HOME: '/nowhere',
      PATH: '',
      LANG: 'xx',
      TMPDIR: '/nowhere',
    };
    const result = await run(client, at.args, { env: elsewhere });
    assert.deepEqual([result.exit, result.stderr], [2, 'no']);
  });

  test(`${client.name} hook client gets a denial when the gate itself fails`, { ...LIMIT, skip }, async (t) => {
    const broken: readonly (readonly [string, Partial<SocketServerOptions>, RegExp])[] = [
      ['throws', { handle: () => Promise.reject(new Error('boom')) }, /decision failed.*\[gate-failed\]/],
      [
        'answers nothing',
        { handle: (() => Promise.resolve(undefined)) as unknown as SocketServerOptions['handle'] },
        /gate-no-answer/,
      ],
      ['answers an exit code that is none', { handle: async () => ({ ...FINE, exit: 256 }) }, /gate-no-answer/],
      ['answers too much', { handle: async () => ({ ...FINE, stdout: 'x'.repeat(MB) }) }, /gate-reply-large/],
      ['never answers', { handle: () => new Promise(() => undefined), limits: { answerMs: 200 } }, /gate-late/],
      [
        'fails, and so does the one who says so',
        {
          handle: () => Promise.reject(new Error('boom')),
          onError: () => {
            throw new Error('again');
          },
        },
        /gate-failed/,
      ],
    ];
    for (const [name, options, why] of broken) {
      const at = await watcher(t, async () => FINE, options);
      const result = await run(client, at.args);
      assert.deepEqual([result.exit, result.stdout.length], [2, 0], name);
      assert.match(result.stderr, why, name);
    }
  });

  test(`${client.name} hook client is told when the watcher stops while it waits`, { ...LIMIT, skip }, async (t) => {
    let arrived: () => void = () => undefined;
    const here = new Promise<void>((resolve) => (arrived = resolve));
    const at = await watcher(t, () => {
      arrived();
      return new Promise(() => undefined);
    });
    const waiting = run(client, at.args);
    await here;
    await at.server.close();
    const result = await waiting;
    assert.equal(result.exit, 2);
    assert.match(result.stderr, /watcher is stopping; the action was stopped/);
  });
}
