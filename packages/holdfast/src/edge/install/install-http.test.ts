// Hooks by http in a settings file: with them stand the values that keep their requests here, and with them they go.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { settingsFile } from './claude-code.ts';
import { detectClaudeCode } from './detect.ts';
import { doctorClaudeCode } from './doctor.ts';
import { placeId } from './entries.ts';
import { holds, withFixed, withoutFixed, type Fixed } from './fixed-values.ts';
import {
  applyInstall,
  installedHttpPort,
  isInstalled,
  planInstall,
  removeInstall,
  type InstallRequest,
} from './install.ts';

const HTTP = { port: 21947, token: 'ab'.repeat(32) };

async function within(
  before: string | undefined,
  run: (request: InstallRequest, file: string) => Promise<void>,
): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'holdfast-http-'));
  const roots = { home: join(dir, 'home'), etc: join(dir, 'etc') };
  const client = join(dir, 'state/bin/holdfast-hook');
  const argv = [client, 'claude-code', '--socket', join(dir, 'state/run/gate.sock'), '--key', '0'.repeat(32)];
  const request: InstallRequest = { level: 'managed', roots, backups: join(dir, 'state/backups'), argv, http: HTTP };
  const file = settingsFile('managed', roots);
  try {
    await Promise.all([
      mkdir(roots.home),
      mkdir(dirname(file), { recursive: true }),
      mkdir(dirname(client), { recursive: true }),
    ]);
    await writeFile(client, 'a client', { mode: 0o700 });
    if (before !== undefined) await writeFile(file, before);
    await run(request, file);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function install(request: InstallRequest): Promise<boolean> {
  const plan = await planInstall(request);
  await applyInstall(request, plan);
  return plan.changes;
}

type Settings = {
  hooks: { [event: string]: { hooks: { type: string; [key: string]: unknown }[] }[] };
  [key: string]: unknown;
};
const read = async (file: string): Promise<Settings> => JSON.parse(await readFile(file, 'utf8')) as Settings;

test('tool events go to the port with the token, everything else stays a command, and every way around is closed', async () => {
  await within(undefined, async (request, file) => {
    await install(request);
    const now = await read(file);
    const url = `http://127.0.0.1:21947/${placeId(request.argv)}`;
    const headers = { Authorization: `Bearer ${HTTP.token}` };
    assert.deepEqual(now.hooks['PreToolUse'], [
      {
        matcher: '*',
        hooks: [{ type: 'http', url: `${url}/claude-code/PreToolUse`, headers, timeout: 30, onFailure: 'block' }],
      },
    ]);
    assert.deepEqual(now.hooks['PostToolUse']?.[0]?.hooks, [
      { type: 'http', url: `${url}/claude-code/PostToolUse`, headers, timeout: 2 },
    ]);
    const types = Object.entries(now.hooks).map(([event, groups]) => [event, groups[0]?.hooks[0]?.type]);
    assert.deepEqual(Object.fromEntries(types), {
      PreToolUse: 'http',
      PostToolUse: 'http',
      PostToolUseFailure: 'http',
      UserPromptSubmit: 'command',
      SessionStart: 'command',
      SessionEnd: 'command',
      SubagentStart: 'command',
      SubagentStop: 'command',
      ConfigChange: 'command',
    });
    const { hooks: _hooks, ...beside } = now;
    assert.deepEqual(beside, {
      allowManagedHooksOnly: true,
      allowedHttpHookUrls: [`${url}/*`],
      env: { NO_PROXY: '127.0.0.1', no_proxy: '127.0.0.1' },
      sandbox: { network: { httpProxyPort: 21947 } },
    });
    assert.equal(await installedHttpPort(request), 21947);
    assert.deepEqual([await isInstalled(request), await install(request)], [true, false]);
    const { http: _http, ...plain } = request;
    assert.equal(await isInstalled(plain), false);
    assert.equal(await isInstalled({ ...request, http: { ...HTTP, token: 'cd'.repeat(32) } }), false);
  });
});

const TEXTS: readonly (readonly [string, string | undefined])[] = [
  ['no file', undefined],
  ['an empty object', '{}'],
  [
    'values of others in the same objects',
    '{"env":{"A":"1"},"sandbox":{"enabled":true,"network":{"allowedDomains":[]}}}',
  ],
  [
    'lists and texts that we add to',
    '{"allowedHttpHookUrls":["https://a.example/*"],"env":{"NO_PROXY":"a.example, 127.0.0.1","no_proxy":"*"}}',
  ],
  [
    'a hook by http of somebody else, with its address allowed',
    '{"allowedHttpHookUrls":["https://a.example/*"],"hooks":{"Stop":[{"hooks":[{"type":"http","url":"https://a.example/x"}]}]}}',
  ],
];
for (const [name, before] of TEXTS) {
  test(`${name}: in, over to commands, back again, and out to the byte`, async () => {
    await within(before, async (request, file) => {
      const { http: _http, ...plain } = request;
      await install(request);
      assert.equal(await install(plain), true);
      const text = await readFile(file, 'utf8');
      assert.ok(
        !text.includes('21947') && (before?.includes('127.0.0.1') === true || !text.includes('127.0.0.1')),
        text,
      );
      assert.equal(await isInstalled(plain), true);
      assert.equal(await install(request), true);
      assert.equal((await removeInstall(request)).how, before === undefined ? 'removed' : 'restored');
      assert.equal(await readFile(file, 'utf8').catch(() => undefined), before);
    });
  });

  test(`${name}: after a change by others only what is ours goes`, async () => {
    await within(before, async (request, file) => {
      await install(request);
      await writeFile(file, (await readFile(file, 'utf8')).replace('{', '{"model":"opus",'));
      assert.equal((await removeInstall(request)).how, 'stripped');
      assert.deepEqual(await read(file), { model: 'opus', ...(JSON.parse(before ?? '{}') as object) });
    });
  });
}

const TAKEN: readonly (readonly [string, string, RegExp])[] = [
  ['another proxy list', '{\n"env": {"NO_PROXY": "a.example"}}', /:2 has another `env\.NO_PROXY`/],
  [
    'another proxy port',
    '{\n\n"sandbox": {"network": {"httpProxyPort": 3128}}}',
    /:3 has another `sandbox\.network\.httpProxyPort`/,
  ],
  ['an environment that is none', '{"env": []}', /:1 has `env` that is no object/],
  ['a list that is none', '{"allowedHttpHookUrls": "x"}', /:1 has `allowedHttpHookUrls` that is no list/],
  [
    'hooks by http of others that a list would stop',
    '{"hooks":{\n"Stop":[{"hooks":[{"type":"http","url":"https://a.example/x"}]}]}}',
    /:2 has a hook by http that a list/,
  ],
];
for (const [name, text, message] of TAKEN) {
  test(`refused, and nothing changed: ${name}`, async () => {
    await within(text, async (request, file) => {
      await assert.rejects(planInstall(request), { message });
      assert.equal(await readFile(file, 'utf8'), text);
    });
  });
}

test("another home's hooks by http are not ours", async () => {
  await within(undefined, async (request, file) => {
    const other = {
      ...request,
      argv: ['/elsewhere/bin/holdfast-hook', ...request.argv.slice(1)],
      backups: `${request.backups}-other`,
      http: { ...HTTP, port: 21948 },
    };
    // Two homes cannot both have the proxy port; the second is told so.
    await install(other);
    await assert.rejects(planInstall(request), { code: 'settings-taken' });
    const { http: _http, ...plain } = request;
    await install(plain);
    await removeInstall(plain);
    assert.equal(await isInstalled(other), true);
    assert.equal((await readFile(file, 'utf8')).includes(request.argv[0] ?? ''), false);
  });
});

test('status and doctor know hooks by http, their hole and their port', async () => {
  await within(undefined, async (request) => {
    await install(request);
    const look = { roots: request.roots, path: '', argv: request.argv, native: true, token: HTTP.token };
    const found = await detectClaudeCode(look);
    assert.deepEqual(
      [found?.protection, found?.httpPort, found?.holes.map((hole) => hole.code)],
      ['managed', 21947, ['http-namespace']],
    );
    const { token: _token, ...blind } = look;
    assert.equal(
      (await detectClaudeCode(blind))?.protection,
      'none',
      'without the token nobody can say that it is right',
    );
    for (const [ok, state] of [
      [true, 'ok'],
      [false, 'fail'],
    ] as const) {
      const checks = await doctorClaudeCode({
        ...look,
        digest: undefined,
        probeHttp: (port) => Promise.resolve({ ok, text: `port ${port}` }),
      });
      const check = checks.find((one) => one.name === 'port');
      assert.deepEqual([check?.state, check?.text], [state, 'port 21947']);
    }
    const unasked = await doctorClaudeCode({ ...look, digest: undefined });
    assert.equal(unasked.find((one) => one.name === 'port')?.state, 'fail');
  });
});

const VALUES: readonly (readonly [string, string, Fixed, string])[] = [
  ['a new member', '{}', { path: ['a'], value: true, how: 'set' }, '{"a":true}'],
  ['another value is set', '{"a":false}', { path: ['a'], value: true, how: 'set' }, '{"a":true}'],
  ['deep into nothing', '{}', { path: ['a', 'b', 'c'], value: 7, how: 'keep' }, '{"a":{"b":{"c":7}}}'],
  [
    'deep into something',
    '{"a":{"x":1}}',
    { path: ['a', 'b', 'c'], value: 7, how: 'keep' },
    '{"a":{"x":1,"b":{"c":7}}}',
  ],
  ['an item of a new list', '{}', { path: ['a'], value: 'u', how: 'item' }, '{"a":["u"]}'],
  ['an item of a list', '{"a":["v"]}', { path: ['a'], value: 'u', how: 'item' }, '{"a":["v","u"]}'],
  ['the last of two members counts', '{"a":false,"a":false}', { path: ['a'], value: true, how: 'set' }, '{"a":true}'],
];
for (const [name, before, fixed, want] of VALUES) {
  test(`values: ${name}`, () => {
    const after = withFixed('f', before, fixed);
    assert.deepEqual(JSON.parse(after), JSON.parse(want));
    assert.equal(holds('f', after, fixed), true);
    assert.equal(withFixed('f', after, fixed), after, 'twice is once');
    assert.equal(withoutFixed('f', after, fixed, after), after, 'what stood there before stays');
    if (fixed.how !== 'set') assert.deepEqual(JSON.parse(withoutFixed('f', after, fixed, before)), JSON.parse(before));
  });
}
