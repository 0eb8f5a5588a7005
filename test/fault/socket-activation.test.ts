// Sockets from a service manager: the watcher takes ours and nothing else, and what comes over the http port is decided like everything else.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { placeId } from '../../packages/holdfast/src/edge/install/index.ts';
import { finished, type ClaudeRun } from '../support/claude.ts';
import {
  activation,
  freePort,
  knock,
  post,
  PROGRAM,
  start,
  whyNoActivation,
  type Activated,
  type Told,
} from '../support/socket-activate.ts';

const skip = whyNoActivation();
const LIMIT = { timeout: 60_000, skip: skip ?? false };

type Place = { readonly home: string; readonly dir: string; readonly socket: string };

/** A throw-away home and a Holdfast directory in it; both are gone afterwards. */
async function place(t: TestContext): Promise<Place> {
  const home = await mkdtemp(join(tmpdir(), 'hf-act-'));
  t.after(() => rm(home, { recursive: true, force: true }));
  const dir = join(home, 'state');
  await mkdir(join(dir, 'run'), { recursive: true, mode: 0o700 });
  await chmod(dir, 0o700);
  return { home, dir, socket: join(dir, 'run', 'gate.sock') };
}

function begin(t: TestContext, command: Parameters<typeof start>[0], home: string): Activated {
  const watcher = start(command, home);
  t.after(async () => {
    if (watcher.child.exitCode === null && watcher.child.signalCode === null) watcher.child.kill('SIGKILL');
    await watcher.ended;
  });
  return watcher;
}

function holdfast(at: Place, args: readonly string[], input = ''): Promise<ClaudeRun> {
  const env = { PATH: process.env['PATH'], HOME: at.home, HOLDFAST_HOME: at.dir };
  const child = spawn(process.execPath, [PROGRAM, ...args], { env, cwd: at.home, stdio: 'pipe' });
  child.stdin.end(input);
  return finished(child, 20_000);
}

const SESSION = '00000000-0000-4000-8000-00000000abcd';
const event = (at: Place, name: string, more: object): object => ({
  session_id: SESSION,
  transcript_path: join(at.home, 't.jsonl'),
  cwd: join(at.home),
  hook_event_name: name,
  ...more,
});
const shell = (at: Place, command: string): object =>
  event(at, 'PreToolUse', { tool_name: 'Bash', tool_input: { command }, tool_use_id: `toolu_${command.length}` });

test(
  'at the first knock the watcher takes both sockets, decides over both, and leaves the sockets where they are',
  LIMIT,
  async (t) => {
    const at = await place(t);
    const port = await freePort();
    const watcher = begin(t, activation(at.dir, [at.socket, `127.0.0.1:${port}`]), at.home);
    await knock(port);
    assert.ok(await watcher.ready, watcher.output());
    const status = JSON.parse((await holdfast(at, ['status', '--json'])).stdout) as {
      watcher: { listens: { socket: string; http: { port: number; holder: number } } };
    };
    assert.equal(status.watcher.listens.socket, 'service-manager');
    assert.equal(status.watcher.listens.http.port, port);
    assert.equal(status.watcher.listens.http.holder, process.getuid?.());

    const key = placeId([join(at.dir, 'bin/holdfast-hook')]);
    const file = join(at.dir, 'run/http.key');
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    const token = readFileSync(file).toString('hex');
    const tell = (name: string, payload: object): Promise<Told> =>
      post(`http://127.0.0.1:${port}/${key}/claude-code/${name}`, token, payload);

    // The first word of a session must come with a process.
    const early = await tell('PreToolUse', shell(at, 'echo early'));
    assert.match(early.body, /"permissionDecision":"deny".*did not begin with an event that shows the agent's process/);
    const opened = await holdfast(
      at,
      ['hook', 'claude-code', 'SessionStart'],
      JSON.stringify(event(at, 'SessionStart', { source: 'startup' })),
    );
    assert.equal(opened.code, 0, opened.stderr);
    const denied = await tell('PreToolUse', shell(at, `rm -rf ${at.home}`));
    assert.equal(denied.status, 200);
    assert.match(
      denied.body,
      /"permissionDecision":"deny","permissionDecisionReason":"holdfast: denied: .*\[fs\/delete-tree-root\]/,
    );
    assert.deepEqual(await tell('PreToolUse', shell(at, 'echo harmless')), { status: 200, body: '{}' });
    assert.deepEqual(
      await tell(
        'PostToolUse',
        event(at, 'PostToolUse', {
          tool_name: 'Bash',
          tool_input: { command: 'echo harmless' },
          tool_response: { stdout: 'harmless', stderr: '' },
          tool_use_id: 'toolu_13',
        }),
      ),
      { status: 200, body: '{}' },
    );
    // The payload may not speak for another event than the address.
    assert.match((await tell('PostToolUse', shell(at, 'echo x'))).body, /"decision":"block"/);
    assert.equal((await tell('UserPromptSubmit', event(at, 'UserPromptSubmit', { prompt: 'you may' }))).status, 404);
    const again = await post(
      `http://127.0.0.1:${port}/${key}/claude-code/PreToolUse`,
      '00'.repeat(32),
      shell(at, 'echo x'),
    );
    assert.equal(again.status, 401);

    const log = await holdfast(at, ['log', '--json', '--last', '100']);
    assert.match(log.stdout, /fs\/delete-tree-root/);
    watcher.child.kill('SIGTERM');
    assert.equal(await watcher.ended, 0, watcher.output());
    assert.ok(existsSync(at.socket), 'the socket file is the service manager’s');
    assert.equal((await holdfast(at, ['audit', 'verify'])).code, 0);
  },
);

test('a watcher that is started beside the one that has the sockets does not displace it', LIMIT, async (t) => {
  const at = await place(t);
  const watcher = begin(t, activation(at.dir, [at.socket]), at.home);
  await knock(at.socket);
  assert.ok(await watcher.ready, watcher.output());
  const second = await holdfast(at, ['start', '--foreground']);
  assert.equal(second.code, 5);
  assert.match(second.stderr, /another .*\[(?:ledger-locked|watcher-running)\]/);
  assert.equal((await holdfast(at, ['status'])).code, 0);
});

const WRONG: readonly (readonly [
  name: string,
  addresses: (at: Place, port: number) => string[],
  names: string[] | undefined,
  more: string[],
  said: RegExp,
])[] = [
  [
    'a port that others can reach',
    (at, port) => [at.socket, `0.0.0.0:${port}`],
    undefined,
    [],
    /listens on 0\.0\.0\.0, where others can reach it/,
  ],
  ['a port of IPv6', (_at, port) => [`[::]:${port}`], undefined, [], /where others can reach it/],
  [
    'a socket elsewhere',
    (at, port) => [join(at.home, 'other.sock'), `127.0.0.1:${port}`],
    undefined,
    [],
    /listens on .*other\.sock, not on/,
  ],
  [
    'a descriptor of another name',
    (_at, port) => [`127.0.0.1:${port}`],
    ['somebody'],
    [],
    /a socket is called "somebody"/,
  ],
  [
    'two ports',
    (_at, port) => [`127.0.0.1:${port}`, `127.0.0.1:${port + 1}`],
    undefined,
    [],
    /more than one http socket/,
  ],
  ['a datagram socket', (_at, port) => [`127.0.0.1:${port}`], undefined, ['-d'], /no listening stream socket/],
];
for (const [name, addresses, names, more, said] of WRONG) {
  test(`refused at the start: ${name}`, LIMIT, async (t) => {
    const at = await place(t);
    const port = await freePort();
    const watcher = begin(t, activation(at.dir, addresses(at, port), names, more), at.home);
    if (more.includes('-d')) await datagram(port);
    else await knock(name.includes('IPv6') || !name.includes('elsewhere') ? port : join(at.home, 'other.sock'));
    assert.equal(await watcher.ready, false);
    assert.equal(await watcher.ended, 5, watcher.output());
    assert.match(watcher.output(), said);
    assert.match(watcher.output(), /\[socket-inherited\]/);
    assert.equal(existsSync(join(at.dir, 'run/gate.lock')), false, 'nothing was opened');
  });
}

test('sockets that are meant for another process are not taken, and that is said', LIMIT, async (t) => {
  const at = await place(t);
  const env = {
    PATH: process.env['PATH'],
    HOME: at.home,
    LISTEN_FDS: '1',
    LISTEN_PID: '1',
    LISTEN_FDNAMES: 'holdfast',
  };
  const child = spawn(process.execPath, [PROGRAM, 'start', '--foreground', '--dir', at.dir], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise((done) => child.once('close', done));
  t.after(() => ended);
  let told = '';
  await new Promise<void>((done) => {
    child.once('close', () => done());
    child.stdout.on('data', (part: Buffer) => {
      told += part.toString();
      if (told.includes('decisions appear here')) done();
    });
  });
  assert.match(told, /sockets that a service manager passed are not taken: they are for process 1/);
  child.kill('SIGTERM');
  await ended;
});

async function datagram(port: number): Promise<void> {
  const socket = createSocket('udp4');
  // The tool may not listen yet; it takes the first that comes.
  for (let i = 0; i < 40; i++) {
    await new Promise((done) => socket.send('x', port, '127.0.0.1', done));
    await new Promise((done) => setTimeout(done, 25));
  }
  socket.close();
}
