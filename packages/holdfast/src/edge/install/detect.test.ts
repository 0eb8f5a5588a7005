// Which agents are here and how far each is protected; doctor.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { settingsFile } from './claude-code.ts';
import { detectClaudeCode, isOlder, type DetectRequest } from './detect.ts';
import { doctorClaudeCode } from './doctor.ts';
import { applyInstall, planInstall } from './install.ts';

async function machine(
  run: (request: DetectRequest & { argv: readonly string[]; dir: string }) => Promise<void>,
): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'holdfast-detect-'));
  const client = join(dir, 'state/bin/holdfast-hook');
  try {
    await Promise.all(
      ['home', 'etc', 'bin', 'state/bin'].map((folder) => mkdir(join(dir, folder), { recursive: true })),
    );
    await writeFile(client, 'a client', { mode: 0o700 });
    const argv = [client, 'claude-code', '--socket', join(dir, 'gate.sock'), '--key', '0'.repeat(32)];
    await run({
      dir,
      roots: { home: join(dir, 'home'), etc: join(dir, 'etc') },
      path: join(dir, 'bin'),
      argv,
      native: true,
    });
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function put(
  request: DetectRequest & { argv: readonly string[]; dir: string },
  level: 'user' | 'managed',
): Promise<void> {
  const wanted = { level, roots: request.roots, argv: request.argv, backups: join(request.dir, 'state/backups') };
  await applyInstall(wanted, await planInstall(wanted));
}

async function program(request: { readonly dir: string }, version: string): Promise<string> {
  const file = join(request.dir, 'bin/claude');
  await writeFile(file, `#!/bin/sh\necho "${version} (Claude Code)"\n`);
  await chmod(file, 0o755);
  return file;
}

test('a program is found with its version, and without hooks it is not protected', async () => {
  await machine(async (request) => {
    const file = await program(request, '2.1.330');
    const found = await detectClaudeCode(request);
    assert.deepEqual(
      [found?.binary, found?.version, found?.failsClosed, found?.protection, found?.holes],
      [file, '2.1.330', true, 'none', []],
    );
  });
});

test('an old version fails open, and doctor says so', async () => {
  await machine(async (request) => {
    await program(request, '2.1.197');
    assert.equal((await detectClaudeCode(request))?.failsClosed, false);
    const checks = await doctorClaudeCode({
      ...request,
      digest: undefined,
    });
    assert.match(checks.find((one) => one.name === 'version')?.text ?? '', /2\.1\.197 fails open/);
  });
});

test('the strongest level counts, and user level names its holes', async () => {
  await machine(async (request) => {
    await program(request, '2.1.330');
    await put(request, 'user');
    const user = await detectClaudeCode(request);
    assert.equal(user?.protection, 'user');
    assert.deepEqual(
      user?.holes.map((hole) => hole.code),
      [
        'project-disables-hooks',
        'launch-flags',
        'no-transcript',
        'other-home',
        'settings-rejected',
        'settings-rewritten',
      ],
    );
    await put(request, 'managed');
    const managed = await detectClaudeCode(request);
    assert.deepEqual([managed?.protection, managed?.holes], ['managed', []]);
    assert.deepEqual(
      (await detectClaudeCode({ ...request, native: false }))?.holes.map((hole) => hole.code),
      ['node-client'],
    );
  });
});

test('changed entries are stale, broken settings are invalid, and neither counts as protected', async () => {
  await machine(async (request) => {
    await put(request, 'user');
    const moved = await detectClaudeCode({ ...request, argv: [...request.argv, '--deadline', '1000'] });
    assert.deepEqual([moved?.protection, moved?.settings[1]?.state], ['none', 'stale']);
    await writeFile(settingsFile('user', request.roots), '{');
    const broken = await detectClaudeCode(request);
    assert.deepEqual([broken?.protection, broken?.settings[1]?.state], ['none', 'invalid']);
  });
});

test('settings that switch all hooks off are no protection, wherever they stand', async () => {
  await machine(async (request) => {
    await put(request, 'managed');
    await put(request, 'user');
    const beside = join(request.roots.etc, 'claude-code/managed-settings.d/50-x.json');
    await mkdir(dirname(beside));
    await writeFile(beside, '{"disableAllHooks":true}');
    const found = await detectClaudeCode(request);
    assert.deepEqual([found?.protection, found?.settings[0]?.state, found?.settings[0]?.file], ['none', 'off', beside]);
    await writeFile(beside, '{');
    assert.equal((await detectClaudeCode(request))?.settings[0]?.state, 'invalid');
    await rm(beside);
    assert.equal((await detectClaudeCode(request))?.protection, 'managed');
    const user = settingsFile('user', request.roots);
    await writeFile(user, (await readFile(user, 'utf8')).replace('{', '{"disableAllHooks":true,'));
    assert.equal((await detectClaudeCode(request))?.settings[1]?.state, 'off');
  });
});

test('nothing there is nothing found', async () => {
  await machine(async (request) => {
    const places = await detectClaudeCode({ ...request, path: '' });
    assert.ok(places === undefined || places.binary?.startsWith(request.dir) === false);
  });
});

test('doctor is content with a whole install, and names what is not', async () => {
  await machine(async (request) => {
    await program(request, '2.1.330');
    await put(request, 'managed');
    const digest = createHash('sha256').update('a client').digest('hex');
    const states = async (): Promise<{ [name: string]: string }> =>
      Object.fromEntries((await doctorClaudeCode({ ...request, digest })).map((one) => [one.name, one.state]));
    assert.deepEqual(await states(), { agent: 'ok', version: 'ok', hooks: 'ok', client: 'ok' });
    const client = request.argv[0] ?? '';
    await writeFile(client, 'another client');
    assert.equal((await states())['client'], 'fail');
    await writeFile(client, 'a client');
    await chmod(client, 0o722);
    assert.equal((await states())['client'], 'fail');
    await rm(dirname(client), { recursive: true });
    assert.equal((await states())['client'], 'fail');
  });
});

test('versions are compared by number', () => {
  assert.deepEqual(
    [
      isOlder('2.1.295', '2.1.295'),
      isOlder('2.1.99', '2.1.295'),
      isOlder('2.2.0', '2.1.295'),
      isOlder('1.9.9', '2.1.295'),
    ],
    [false, true, false, true],
  );
});
