// A watcher that is absent, hung, broken or an impostor: both hook clients end by themselves, with exit 2 and one clear line.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, link, mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { clients, framed, hostile, place, reply, run, type Hostile, type Run } from '../support/hook-clients.ts';

const OTHER_KEY = Buffer.alloc(32, 7);
/** A hang ends the test run here; nothing else about time is asserted. */
const LIMIT = { timeout: 60_000 };

function refused(result: Run, why: RegExp, name: string): void {
  assert.deepEqual(
    { exit: result.exit, signal: result.signal },
    { exit: 2, signal: null },
    `${name}: ${result.stderr}`,
  );
  assert.match(result.stderr, why, name);
  assert.match(result.stderr, /^holdfast: [^\n]*; the action was stopped; [^\n]*`holdfast [a-z]+`\n$/, name);
  assert.equal(result.stdout.length, 0, name);
}

type Case = { readonly name: string; readonly answer: (key: Buffer) => Hostile; readonly why: RegExp };
const TIME = /did not answer in time/;
const NOT_OURS = /not one of this watcher/;

const CASES: readonly Case[] = [
  { name: 'never answers', answer: () => () => undefined, why: TIME },
  { name: 'closes at once', answer: () => (socket) => socket.end(), why: /closed the connection/ },
  { name: 'breaks off', answer: () => (socket) => socket.destroy(), why: /closed the connection|cannot reach/ },
  {
    name: 'garbage',
    answer: () => (socket) => socket.write('HTTP/1.1 200 OK\r\n\r\n{"decision":"allow"}'),
    why: /bad length|did not answer/,
  },
  {
    name: 'garbage in a frame',
    answer: () => (socket) => socket.write(framed(Buffer.alloc(300, 0x41))),
    why: /unknown form/,
  },
  {
    name: 'an allow in JSON',
    answer: () => (socket) => socket.write(framed(Buffer.from(`{"exit":0,"stdout":"${'x'.repeat(200)}"}`))),
    why: /unknown form/,
  },
  { name: 'length of zero', answer: () => (socket) => socket.write(framed(Buffer.alloc(0))), why: /bad length/ },
  {
    name: 'length of 4 GB',
    answer: () => (socket) => socket.write(framed(Buffer.alloc(200, 0x41), 0xffffffff)),
    why: /bad length/,
  },
  {
    name: 'length just above the bound',
    answer: () => (socket) => socket.write(framed(Buffer.alloc(10), 1024 * 1024 + 1)),
    why: /bad length/,
  },
  { name: 'half a length', answer: () => (socket) => socket.end(Buffer.from([0, 0])), why: /closed the connection/ },
  {
    name: 'half a frame, then the end',
    answer: (key) => (socket, request, nonce) => socket.end(framed(reply(key, { nonce, request })).subarray(0, 60)),
    why: /closed the connection/,
  },
  {
    name: 'half a frame, then silence',
    answer: (key) => (socket, request, nonce) => socket.write(framed(reply(key, { nonce, request })).subarray(0, 60)),
    why: TIME,
  },
  {
    name: 'another key',
    answer: () => (socket, request, nonce) => socket.write(framed(reply(OTHER_KEY, { nonce, request }))),
    why: /wrong mac/,
  },
  {
    name: 'a mac of zeros',
    answer: (key) => (socket, request, nonce) => {
      const good = reply(key, { nonce, request });
      good.fill(0x30, 50, 114);
      socket.write(framed(good));
    },
    why: /wrong mac/,
  },
  {
    name: 'another nonce',
    answer: (key) => (socket, request) => socket.write(framed(reply(key, { nonce: 'ab'.repeat(16), request }))),
    why: /wrong nonce/,
  },
  {
    name: 'the answer to another request with this nonce',
    answer: (key) => (socket, request, nonce) =>
      socket.write(
        framed(reply(key, { nonce, request: Buffer.from(request.toString().replace('claude', 'friendly')) })),
      ),
    why: /wrong mac/,
  },
  {
    name: 'changed exit code',
    answer: (key) => (socket, request, nonce) => {
      const good = reply(key, { nonce, request, exit: '2' }).toString();
      socket.write(framed(Buffer.from(good.replace('\n2 0 0\n', '\n0 0 0\n'))));
    },
    why: /wrong mac/,
  },
  {
    name: 'text moved from stderr to stdout',
    answer: (key) => (socket, request, nonce) => {
      const good = reply(key, { nonce, request, stderr: '{}' }).toString();
      socket.write(framed(Buffer.from(good.replace('0 0 2\n', '0 2 0\n'))));
    },
    why: /wrong mac/,
  },
  ...['256', '-1', '00', '+0', ' 0', '0x0', '1e1', '', '0\n0 0', '99999999999'].map((exit): Case => ({
    name: `exit code ${JSON.stringify(exit)}`,
    answer: (key) => (socket, request, nonce) => socket.write(framed(reply(key, { nonce, request, exit }))),
    why: NOT_OURS,
  })),
  ...['1 0', '0 1', '4294967296 0', '18446744073709551616 0', '01 0', '-1 1', '0'].map((sizes): Case => ({
    name: `sizes ${sizes}`,
    answer: (key) => (socket, request, nonce) => socket.write(framed(reply(key, { nonce, request, sizes }))),
    why: NOT_OURS,
  })),
  {
    name: 'a right answer, one byte at a time, too slowly',
    answer: (key) => (socket, request, nonce) => {
      const bytes = framed(reply(key, { nonce, request, stdout: 'x'.repeat(500) }));
      let at = 0;
      const timer = setInterval(
        () => (at < bytes.length ? socket.write(bytes.subarray(at, ++at)) : clearInterval(timer)),
        20,
      );
      socket.on('close', () => clearInterval(timer));
    },
    why: TIME,
  },
];

/** Another process that listens on `path` and is stopped; `crowd` fills its queue of connections. */
async function stopped(t: TestContext, path: string): Promise<{ crowd(): Promise<void> }> {
  const script = `require('net').createServer().listen({ path: process.argv[1], backlog: 1 }, () => console.log('up'))`;
  const child = spawn(process.execPath, ['-e', script, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  const waiting: Socket[] = [];
  t.after(async () => {
    for (const each of waiting) each.destroy();
    child.kill('SIGKILL');
    await once(child, 'exit');
  });
  await once(child.stdout, 'data');
  child.kill('SIGSTOP');
  return {
    crowd: async () => {
      for (let full = false; !full;) {
        const socket = connect(path);
        waiting.push(socket);
        full = await new Promise<boolean>((done) => {
          socket.once('connect', () => done(false));
          socket.once('error', () => done(true));
        });
      }
    },
  };
}

for (const client of await clients()) {
  const skip = client.skip ?? false;

  test(`${client.name} hook client refuses every answer that is not the watcher's`, { ...LIMIT, skip }, async (t) => {
    for (const { name, answer, why } of CASES) {
      const at = await place(t);
      await hostile(t, at.socket, answer(at.key));
      const deadline = why === TIME ? '400' : '8000';
      refused(await run(client, [...at.args, '--deadline', deadline]), why, name);
    }
  });

  test(
    `${client.name} hook client refuses right answers that were damaged at random`,
    { ...LIMIT, skip },
    async (t) => {
      const at = await place(t);
      let seed = 20_261_124;
      const random = (below: number): number => {
        seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
        return Math.floor((seed / 2 ** 32) * below);
      };
      let damage = '';
      await hostile(t, at.socket, (socket, request, nonce) => {
        const good = framed(reply(at.key, { nonce, request, stdout: 'allowed', stderr: 'nothing' }));
        const where = random(good.length);
        const kind = random(4);
        damage = `seed ${seed}, kind ${kind}, at ${where}`;
        const [before, after] = [good.subarray(0, where), good.subarray(where)];
        const noise = Buffer.from(Array.from({ length: 1 + random(40) }, () => random(256)));
        // Cut short, something put in, something taken out: the length in front then lies as well.
        const cut = [
          before,
          Buffer.concat([before, noise, after]),
          Buffer.concat([before, after.subarray(1 + random(20))]),
        ];
        if (kind === 3) good[where] = (good[where] as number) ^ (1 << random(8));
        socket.end(cut[kind] ?? good);
      });
      for (let i = 0; i < (client.name === 'native' ? 400 : 25); i++)
        refused(await run(client, at.args), /holdfast: /, `${i}: ${damage}`);
    },
  );

  test(
    `${client.name} hook client takes a right answer that comes one byte at a time`,
    { ...LIMIT, skip },
    async (t) => {
      const at = await place(t);
      await hostile(t, at.socket, (socket, request, nonce) => {
        for (const byte of framed(reply(at.key, { nonce, request, exit: '3', stdout: 'out', stderr: 'err' })))
          socket.write(Buffer.from([byte]));
      });
      const result = await run(client, at.args);
      assert.deepEqual([result.exit, String(result.stdout), result.stderr], [3, 'out', 'err']);
    },
  );

  test(
    `${client.name} hook client ends in time when the watcher stands still before it reads or even accepts`,
    { ...LIMIT, skip },
    async (t) => {
      const at = await place(t);
      // Stopped, not killed: the kernel goes on taking connections and bytes for it until its queues are full.
      const still = await stopped(t, at.socket);
      for (const [name, stdin] of [
        ['a small payload', '{}'],
        ['a payload that fills the socket', 'x'.repeat(4_000_000)],
      ] as const)
        refused(await run(client, [...at.args, '--deadline', '500'], { stdin }), TIME, name);
      await still.crowd();
      refused(await run(client, [...at.args, '--deadline', '500']), /in time|cannot reach/, 'a queue that is full');
    },
  );

  test(`${client.name} hook client says what is missing`, { ...LIMIT, skip }, async (t) => {
    const at = await place(t);
    refused(await run(client, at.args), /not running, there is no .*gate\.sock/, 'no socket');
    // A socket whose listener is gone, as a killed watcher leaves it.
    const gone = createServer();
    const moved = join(at.dir, 'moved');
    await new Promise<void>((done) => gone.listen(moved, done));
    await link(moved, at.socket);
    await new Promise((done) => gone.close(done));
    refused(await run(client, at.args), /nobody listens on/, 'stale socket');
    await rm(at.socket);
    await writeFile(at.socket, '');
    refused(await run(client, at.args), /nobody listens on|another user answers/, 'a file instead of a socket');
    await rm(at.dir, { recursive: true });
    refused(await run(client, at.args), /not running, there is no/, 'no directory');
  });

  test(
    `${client.name} hook client trusts only the installed key, in a private directory, of the right user`,
    { ...LIMIT, skip },
    async (t) => {
      const at = await place(t);
      const file = join(at.dir, 'hook.key');
      await hostile(t, at.socket, (socket, request, nonce) => socket.write(framed(reply(at.key, { nonce, request }))));
      assert.equal((await run(client, at.args)).exit, 0, 'all is well at first');
      await chmod(at.dir, 0o770);
      refused(await run(client, at.args), /belongs to, or is open to, another user/, 'directory open to the group');
      await chmod(at.dir, 0o700);
      refused(await run(client, [...at.args, '--uid', '54321']), /another user/, 'not the named user');
      if (process.getuid?.() === 0) {
        await chown(at.dir, 54321, 0);
        refused(await run(client, at.args), /another user/, "somebody else's directory");
        refused(
          await run(client, [...at.args, '--uid', '54321']),
          /another user answers/,
          "a root's socket in the named user's directory",
        );
        await chown(at.dir, 0, 0);
      }
      await rename(file, join(at.dir, 'kept'));
      refused(await run(client, at.args), /cannot read the key/, 'no key');
      await symlink(join(at.dir, 'kept'), file);
      refused(await run(client, at.args), /cannot read the key/, 'a link instead of the key');
      await rm(file);
      await mkdir(file);
      refused(await run(client, at.args), /no key|cannot read the key/, 'a directory instead of the key');
      await rm(file, { recursive: true });
      spawnSync('mkfifo', [file]);
      refused(await run(client, at.args), /this is no key/, 'a FIFO instead of the key');
      await rm(file);
      for (const size of [0, 31, 33]) {
        await writeFile(file, Buffer.alloc(size, 1));
        refused(await run(client, at.args), /this is no key/, `a key of ${size} bytes`);
      }
      await writeFile(file, OTHER_KEY);
      refused(await run(client, at.args), /not the one that this hook was installed with/, 'another key');
    },
  );

  test(`${client.name} hook client passes on failure only where it was installed to`, { ...LIMIT, skip }, async (t) => {
    const at = await place(t);
    const result = await run(client, [...at.args, '--on-failure=pass']);
    assert.deepEqual([result.exit, result.stdout.length], [0, 0]);
    assert.match(
      result.stderr,
      /^holdfast: .*not running.*; the action goes on unwatched \(profile observe\); start it with `holdfast start`\n$/,
    );
    refused(
      await run(client, [...at.args, '--on-failure=pass', '--nonsense']),
      /there is no flag --nonsense/,
      'a wrong command is no reason to pass',
    );
    refused(await run(client, [...at.args, '--on-failure=allow']), /neither deny nor pass/, 'a wrong value');
  });

  test(`${client.name} hook client refuses wrong arguments`, { ...LIMIT, skip }, async (t) => {
    const at = await place(t);
    const [host, ...flags] = at.args as [string, ...string[]];
    const [, , , print] = flags as [string, string, string, string];
    const wrong: readonly (readonly [readonly string[], RegExp])[] = [
      [[], /no host is named/],
      [flags, /no host is named/],
      [[host], /no absolute path/],
      [[host, '--socket', 'gate.sock', '--key', print], /no absolute path/],
      [[host, '--socket', `/${'x'.repeat(120)}`, '--key', print], /too long/],
      [[host, '--socket', at.socket], /no fingerprint/],
      [[host, '--socket', at.socket, '--key', print.slice(1)], /no fingerprint/],
      [[host, '--socket', at.socket, '--key', print.toUpperCase().replace(/^./, 'F')], /no fingerprint/],
      [[...at.args, '--socket', at.socket], /given twice/],
      [[...at.args, '--deadline'], /no value for/],
      [[...at.args, '--deadline', '0'], /no time at all/],
      [[...at.args, '--deadline', '1s'], /not a number/],
      [[...at.args, '--deadline', '-1'], /not a number/],
      [[...at.args, '--deadline', '99999999'], /too large/],
      [[...at.args, '--uid', 'root'], /not a number/],
      [[...at.args, 'PreToolUse', 'more'], /one argument too many/],
      [['a"b', ...flags], /not a name/],
      [['', ...flags], /not a name/],
      [['x'.repeat(65), ...flags], /not a name/],
      [['-', ...flags], /there is no flag/],
    ];
    for (const [args, why] of wrong) refused(await run(client, args), why, JSON.stringify(args));
  });

  test(`${client.name} hook client ends in time whatever happens to its own ends`, { ...LIMIT, skip }, async (t) => {
    const at = await place(t);
    const big = 'x'.repeat(900_000);
    await hostile(t, at.socket, (socket, request, nonce) =>
      socket.write(framed(reply(at.key, { nonce, request, stdout: big }))),
    );
    refused(
      await run(client, [...at.args, '--deadline', '400'], { stdin: 'open' }),
      TIME,
      'standard input is never closed',
    );
    // Nobody reads standard output: the answer cannot be handed on, and that is no pass.
    const args = [...client.argv, ...at.args, '--deadline', '700'].map((word) => `'${word}'`).join(' ');
    const fifo = join(at.dir, 'nobody-reads');
    const stuck = await run({ name: client.name, argv: ['/bin/sh'] }, [
      '-c',
      `mkfifo '${fifo}'; sleep 300 < '${fifo}' & reader=$!; echo '{}' | ${args} > '${fifo}'; echo "exit $?" >&2; kill $reader`,
    ]);
    assert.match(stuck.stderr, /the action was stopped.*\nexit 2\n$/s);
    const closed = await run({ name: client.name, argv: ['/bin/sh'] }, [
      '-c',
      `echo '{}' | ${args} >&-; echo "exit $?" >&2; ${args} <&-; echo "exit $?" >&2`,
    ]);
    assert.match(closed.stderr, /exit 2\n.*exit 2\n$/s);
    // Nobody can hear why: the exit code alone must say it, also before there is a deadline.
    const deaf = join(at.dir, 'nobody-hears');
    const unheard = await run({ name: client.name, argv: ['/bin/sh'] }, [
      '-c',
      `mkfifo '${deaf}'; exec 4<>'${deaf}' 5>'${deaf}' 4<&-; ${args} 2>&5 < /dev/null; echo "exit $?"; ${args} --nonsense 2>&5; echo "exit $?"`,
    ]);
    assert.deepEqual([String(unheard.stdout), unheard.stderr], ['exit 2\nexit 2\n', '']);
  });
}

test('the Node hook client on a Node that is too old says so in one line', LIMIT, async (t) => {
  const at = await place(t);
  const [, node] = await clients();
  const old = join(at.dir, 'old.cjs');
  await writeFile(
    old,
    `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '16.20.2' } });`,
  );
  const [program = '', script = ''] = node?.argv ?? [];
  const { exit, stdout, stderr } = await run({ name: 'node', argv: [program, '-r', old, script] }, at.args);
  assert.deepEqual([exit, stdout.length], [2, 0]);
  assert.match(
    stderr,
    /^holdfast: the hook client needs Node 18 or newer, this is 16\.20\.2; the action was stopped; install a newer Node[^\n]*\n$/,
  );
});
