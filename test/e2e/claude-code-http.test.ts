// The real, pinned Claude Code that asks by http, on a port that a service manager's tool gave to the watcher: what must not happen does not,
// and neither a project nor the environment sends its questions elsewhere.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { claudeBinary } from '../support/agents.ts';
import { runClaude } from '../support/claude.ts';
import { bash, conversation, data, destroy, findings, hurtBetween } from '../support/gated.ts';
import { holdfast, records, stateOf } from '../support/holdfast.ts';
import { activation, follow, whyNoActivation, type Activated } from '../support/socket-activate.ts';
import { end, openWorld, whyNoWorld, type World } from '../support/world.ts';

const impossible = whyNoWorld() ?? whyNoActivation();
const FALSE_HTTP = fileURLToPath(new URL('../support/false-http.ts', import.meta.url));
/** Inside the world nobody else has a port. */
const PORT = 21_947;
const KNOCK = `import('node:net').then(({ connect }) => { const go = () => { const s = connect(${PORT}, '127.0.0.1', () => s.destroy()); s.on('error', () => setTimeout(go, 50)); }; go(); })`;

type FalseHttp = { readonly port: number; readonly reached: readonly string[]; readonly end: () => Promise<void> };

async function falseHttp(world: World, kind: string, port = 0): Promise<FalseHttp> {
  const child = world.spawn(process.execPath, [FALSE_HTTP, kind, String(port)]);
  const lines: string[] = [];
  if (child.stdout === null) throw new Error('no output');
  const read = createInterface({ input: child.stdout });
  await new Promise<void>((ready) => {
    read.on('line', (line) => {
      lines.push(line);
      ready();
    });
  });
  return {
    port: Number(lines[0]),
    get reached() {
      return lines.slice(1);
    },
    end: () => end(child),
  };
}

/** The watcher, with its sockets from outside; ready. */
async function activated(world: World): Promise<Activated> {
  const dir = stateOf(world);
  await mkdir(world.outside(join(dir, 'run')), { recursive: true, mode: 0o700 });
  await chmod(world.outside(dir), 0o700);
  const [program, args] = activation(dir, [join(dir, 'run/gate.sock'), `127.0.0.1:${PORT}`]);
  const watcher = follow(
    world.spawn(program, args, { cwd: world.home, env: { PATH: process.env['PATH'], HOME: world.home } }),
  );
  world.spawn(process.execPath, ['-e', KNOCK]);
  assert.ok(await watcher.ready, watcher.output());
  return watcher;
}

const INIT = ['init', '--yes', '--agent', 'claude-code', '--level', 'managed'];

describe('by http', { skip: impossible ?? false, timeout: 240_000 }, () => {
  let binary: string;
  let world: World;
  let watcher: Activated;
  const managed = '/etc/claude-code/managed-settings.json';

  before(async () => {
    binary = await claudeBinary();
    world = await openWorld({ ownEtc: true });
    const link = world.outside(join(world.home, '.local/bin/claude'));
    await mkdir(dirname(link), { recursive: true });
    await symlink(binary, link);
    await writeFile(world.outside(join(world.home, 'canary.txt')), 'alive');
  });
  after(() => world?.close());

  /** A project whose settings are its own; answers what became of a destructive and of a harmless call in it. */
  async function tried(
    name: string,
    settings: object,
    how: { readonly args?: readonly string[]; readonly env?: NodeJS.ProcessEnv } = {},
  ): Promise<{ denied: string; harmless: boolean }> {
    const folder = join(world.home, name);
    await mkdir(world.outside(join(folder, '.claude')), { recursive: true });
    await writeFile(world.outside(join(folder, '.claude/settings.json')), JSON.stringify(settings));
    const file = join(folder, 'harmless.txt');
    await world.play([
      { match: name, steps: [{ calls: [bash(destroy(world))] }, { calls: [bash(`touch ${file}`)] }, { say: 'done' }] },
    ]);
    await runClaude(world, {
      binary,
      prompt: `${name} please`,
      cwd: folder,
      args: ['--dangerously-skip-permissions', ...(how.args ?? [])],
      ...(how.env === undefined ? {} : { env: how.env }),
    });
    assert.ok(existsSync(world.outside(join(world.home, 'canary.txt'))), 'the home is still there');
    const { results } = await conversation(world, name);
    return { denied: results[0]?.text ?? '', harmless: existsSync(world.outside(file)) };
  }

  test('without a port that a service manager holds init refuses, and changes nothing', async () => {
    const refused = await holdfast(world, [...INIT, '--hook', 'http']);
    assert.equal(refused.code, 5);
    assert.match(
      refused.stderr,
      /hooks by http need a port that the system's service manager holds: .*\[http-not-held\]/,
    );
    assert.equal(existsSync(world.outside(managed)), false);
    const user = await holdfast(world, [
      'init',
      '--yes',
      '--level',
      'user',
      '--agent',
      'claude-code',
      '--hook',
      'http',
    ]);
    assert.match(user.stderr, /at user level any project could send hooks by http elsewhere.*\[http-not-held\]/);
  });

  test('with one it shows the exact change without the token, makes it once, and status and doctor know it', async () => {
    watcher = await activated(world);
    const told = await holdfast(world, [...INIT, '--hook', 'http']);
    assert.equal(told.code, 0, told.stderr);
    const token = readFileSync(world.outside(join(stateOf(world), 'run/http.key'))).toString('hex');
    assert.match(told.stdout, /^\+\s+"type": "http",$/m);
    assert.match(told.stdout, /^\+\s+"httpProxyPort": 21947$/m);
    assert.ok(!told.stdout.includes(token));
    assert.ok((await readFile(world.outside(managed), 'utf8')).includes(token));
    assert.match((await holdfast(world, INIT)).stdout, /already in place/);
    const status = await holdfast(world, ['status']);
    assert.match(status.stdout, /protected at managed level .*, tool calls by http on port 21947/);
    assert.match(status.stdout, /sockets +held by the service manager; http port 21947/);
    assert.match(
      (await holdfast(world, ['doctor'])).stdout,
      /^ok +port +port 21947 is held by the system's service manager/m,
    );
  });

  test('a destructive call is denied and has not happened, the model reads why, a harmless one runs; the prompt is the user’s', async () => {
    const { denied, harmless } = await tried('DESTROY', {});
    assert.match(denied, /holdfast: denied: .*file\.delete.*Safer: .*\[fs\/delete-tree-root\]/s);
    assert.equal(harmless, true);
    const all = await records(world);
    const prompt = all.find((body) => body.type === 'prompt' && JSON.stringify(body.data).includes('DESTROY'));
    assert.equal(prompt === undefined ? undefined : data(prompt)['label'], 'user', 'prompts come by the command hook');
    assert.deepEqual(findings(all, 'ran-without-verdict'), []);
    const status = JSON.parse((await holdfast(world, ['status', '--json'])).stdout) as {
      watcher: { listens: { http: { requests: number; refused: object } } };
    };
    assert.ok(status.watcher.listens.http.requests >= 3, 'two calls and a result came by http');
    // The knock that woke it was gone before anybody looked.
    assert.deepEqual(Object.keys(status.watcher.listens.http.refused), ['gone']);
    assert.equal((await holdfast(world, ['audit', 'verify', '--state'])).code, 0);
  });

  test('calls at once, and those of a sub-agent, are decided by http too', async () => {
    const file = (name: string): string => join(world.work, name);
    const calls = [bash(`touch ${file('a')}`), bash(destroy(world)), bash(`touch ${file('b')}`)];
    const child = {
      description: 'child',
      prompt: 'CHILD-TASK',
      subagent_type: 'general-purpose',
      run_in_background: false,
    };
    await world.play([
      { match: 'CHILD-TASK', steps: [{ calls: [bash(destroy(world))] }, { say: 'child done' }] },
      { match: 'AT-ONCE', steps: [{ calls }, { calls: [{ tool: 'Agent', input: child }] }, { say: 'done' }] },
    ]);
    await runClaude(world, { binary, prompt: 'AT-ONCE please' });
    const { results } = await conversation(world, 'AT-ONCE');
    assert.deepEqual(
      results.slice(0, 3).map((one) => one.error),
      [false, true, false],
    );
    assert.match((await conversation(world, 'CHILD-TASK')).results[0]?.text ?? '', /fs\/delete-tree-root/);
    assert.ok(existsSync(world.outside(join(world.home, 'canary.txt'))));
  });

  const proxied = (port: number): NodeJS.ProcessEnv => {
    const url = `http://127.0.0.1:${port}`;
    return { HTTP_PROXY: url, http_proxy: url, HTTPS_PROXY: url, ALL_PROXY: url, NO_PROXY: '', no_proxy: '' };
  };
  const sandboxed = (port: number): object => ({
    sandbox: { enabled: true, network: { httpProxyPort: port, allowedDomains: ['*'] } },
  });
  const WAYS: readonly (readonly [
    string,
    (port: number) => object,
    (port: number) => { args?: readonly string[]; env?: NodeJS.ProcessEnv },
  ])[] = [
    ['PROXY-IN-ENVIRONMENT', () => ({}), (port) => ({ env: proxied(port) })],
    ['PROXY-IN-PROJECT', (port) => ({ env: proxied(port) }), () => ({})],
    [
      'PROXY-IN-SETTINGS-FLAG',
      () => ({}),
      (port) => ({ args: ['--settings', JSON.stringify({ env: proxied(port) })] }),
    ],
    ['SANDBOX-IN-PROJECT', sandboxed, () => ({})],
    ['HOOKS-OFF-IN-PROJECT', () => ({ disableAllHooks: true, allowedHttpHookUrls: [] }), () => ({})],
    ['BARE', () => ({}), () => ({ args: ['--bare'] })],
  ];
  for (const [name, settings, how] of WAYS) {
    test(`${name}: the questions still come here`, async () => {
      const proxy = await falseHttp(world, 'yes');
      const { denied } = await tried(name, settings(proxy.port), how(proxy.port));
      assert.match(denied, /fs\/delete-tree-root/);
      assert.deepEqual(
        proxy.reached.filter((line) => line.includes('claude-code') || line.includes(String(PORT))),
        [],
      );
      await proxy.end();
    });
  }

  test('why the values beside the hooks stand there: without them a project sends the questions elsewhere', async (t) => {
    const tools = ['bwrap', 'socat'].filter((tool) => spawnSync(tool, ['--version']).error !== undefined);
    if (tools.length > 0) t.diagnostic(`the sandbox is not tried: ${tools.join(', ')} not installed`);
    const file = world.outside(managed);
    const whole = await readFile(file, 'utf8');
    const { env: _env, sandbox: _sandbox, ...bare } = JSON.parse(whole) as { [key: string]: unknown };
    await writeFile(file, JSON.stringify(bare));
    try {
      const proxy = await falseHttp(world, 'yes');
      for (const [name, settings] of [
        ['OPEN-PROXY', { env: { HTTP_PROXY: `http://127.0.0.1:${proxy.port}`, NO_PROXY: '127.0.0.2' } }],
        ...(tools.length > 0 ? [] : [['OPEN-SANDBOX', sandboxed(proxy.port)] as const]),
      ] as const) {
        const folder = join(world.home, name);
        await mkdir(world.outside(join(folder, '.claude')), { recursive: true });
        await writeFile(world.outside(join(folder, '.claude/settings.json')), JSON.stringify(settings));
        const earlier = proxy.reached.length;
        // Harmless here: a question that is answered elsewhere is enough. The model is reached by the proxy no more, so nothing runs.
        await world.play([{ match: name, steps: [{ calls: [bash('true')] }, { say: 'done' }] }]);
        await runClaude(world, { binary, prompt: `${name} please`, cwd: folder });
        assert.ok(proxy.reached.length > earlier, `${name}: the host no longer does this; see ADR 10`);
      }
      await proxy.end();
    } finally {
      await writeFile(file, whole);
    }
  });

  test('with the watcher hung nothing runs', async () => {
    const file = world.outside(managed);
    const whole = await readFile(file, 'utf8');
    // Half a minute as installed; the same end comes sooner here.
    await writeFile(file, whole.replaceAll('"timeout": 30', '"timeout": 3'));
    const { model } = await hurtBetween(world, binary, 'HUNG', () => void watcher.child.kill('SIGSTOP'));
    assert.match(model.results[1]?.text ?? '', /timed out; blocking because onFailure is "block"/);
    watcher.child.kill('SIGCONT');
    await writeFile(file, whole);
  });

  test('with the watcher killed nothing runs', async () => {
    const { model } = await hurtBetween(world, binary, 'KILLED', () => end(watcher.child));
    assert.equal(model.results[1]?.error, true);
    assert.match(model.results[1]?.text ?? '', /blocking because onFailure is "block"/);
  });

  for (const kind of ['garbage', 'broken', 'closes', 'elsewhere']) {
    test(`with a false watcher on the port (${kind}) nothing runs`, async () => {
      await rmSocket(world);
      const real = await activated(world);
      let imposter: FalseHttp | undefined;
      const { model } = await hurtBetween(world, binary, `FALSE-${kind}`, async () => {
        await end(real.child);
        imposter = await falseHttp(world, kind, PORT);
      });
      assert.match(model.results[1]?.text ?? '', /blocking because onFailure is "block"/);
      assert.ok(imposter !== undefined && imposter.reached.length > 0, 'it was asked');
      await imposter.end();
    });
  }

  test('back to the command hook, and out again to the byte', async () => {
    await rmSocket(world);
    watcher = await activated(world);
    const told = await holdfast(world, [...INIT, '--hook', 'command']);
    assert.equal(told.code, 0, told.stderr);
    assert.ok(!(await readFile(world.outside(managed), 'utf8')).includes('21947'));
    const { denied, harmless } = await tried('COMMAND-AGAIN', {});
    assert.match(denied, /fs\/delete-tree-root/);
    assert.equal(harmless, true);
    assert.equal((await holdfast(world, ['audit', 'verify', '--state'])).code, 0);
    assert.equal((await holdfast(world, ['uninstall', '--yes'])).code, 0);
    assert.equal(existsSync(world.outside('/etc/claude-code')), false);
  });
});

/** systemd removes the old socket file before it listens again; its tool does not. */
async function rmSocket(world: World): Promise<void> {
  await rm(world.outside(join(stateOf(world), 'run/gate.sock')), { force: true });
}
