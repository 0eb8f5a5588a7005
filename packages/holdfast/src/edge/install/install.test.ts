// Install and uninstall on throw-away folders: nothing of others changes, twice is once, and afterwards every byte is back.
import assert from 'node:assert/strict';
import { chmod, lstat, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { settingsFile } from './claude-code.ts';
import { withEntries, withoutEntries } from './entries.ts';
import {
  applyInstall,
  isInstalled,
  planInstall,
  planRemoval,
  removeInstall,
  wantedFor,
  type InstallRequest,
} from './install.ts';

type Level = InstallRequest['level'];
const LEVELS: readonly Level[] = ['user', 'managed'];

/** A request in a fresh folder, with the settings file as given (undefined: none). */
async function within(
  level: Level,
  before: string | undefined,
  run: (request: InstallRequest, file: string) => Promise<void>,
): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'holdfast-install-'));
  const roots = { home: join(dir, 'home'), etc: join(dir, 'etc') };
  const argv = [
    join(dir, 'state/bin/holdfast-hook'),
    'claude-code',
    '--socket',
    join(dir, 'state/run/gate.sock'),
    '--key',
    '0'.repeat(32),
  ];
  const request: InstallRequest = { level, roots, backups: join(dir, 'state/backups'), argv };
  const file = settingsFile(level, roots);
  try {
    await Promise.all([mkdir(roots.home), mkdir(roots.etc)]);
    if (before !== undefined) {
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, before);
    }
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

const FOREIGN = { type: 'command', command: 'lint-it', timeout: 5 };
const TEXTS: readonly (readonly [string, string | undefined])[] = [
  ['no file', undefined],
  ['an empty file', ''],
  ['an empty object', '{}'],
  ['odd layout and numbers', '{ "model":"opus",\n\n\t"cleanupPeriodDays": 30.0, "env": {"A":"1e400"} }'],
  ['no hooks, Windows line ends', '{\r\n  "model": "opus"\r\n}\r\n'],
  [
    'hooks of others',
    JSON.stringify(
      { hooks: { PreToolUse: [{ matcher: 'Bash', hooks: [FOREIGN] }], Stop: [{ hooks: [FOREIGN] }] } },
      null,
      4,
    ),
  ],
  ['an empty list', '{"hooks":{"PreToolUse":[]}}'],
  ['a name twice', '{"model":"a","hooks":{},"model":"b"}'],
];

for (const level of LEVELS) {
  for (const [name, before] of TEXTS) {
    test(`${level} level, ${name}: in, again without a change, and out again to the byte`, async () => {
      await within(level, before, async (request, file) => {
        const plan = await planInstall(request);
        assert.equal(plan.changes, true);
        assert.match(plan.diff, /^--- [\s\S]*\n\+.*holdfast-hook/m);
        assert.equal(await readFile(file, 'utf8').catch(() => undefined), before, 'a plan changes nothing');
        await applyInstall(request, plan);
        assert.equal(await isInstalled(request), true);
        assert.equal(await readFile(file, 'utf8'), plan.after);

        const again = await planInstall(request);
        assert.deepEqual([again.changes, again.diff], [false, '']);

        const removed = await removeInstall(request);
        assert.equal(removed.how, before === undefined ? 'removed' : 'restored');
        assert.equal(await readFile(file, 'utf8').catch(() => undefined), before);
        assert.deepEqual(await readdir(request.backups), []);
        if (before === undefined) await assert.rejects(stat(dirname(file)), 'the folder that install made is gone too');
      });
    });
  }

  test(`${level} level: what stood there still stands there, and every event has its hook`, async () => {
    const other = {
      model: 'opus',
      permissions: { deny: ['Read(./.env)'] },
      hooks: { PreToolUse: [{ matcher: 'Bash', hooks: [FOREIGN] }] },
    };
    await within(level, JSON.stringify(other), async (request, file) => {
      await install(request);
      const now = JSON.parse(await readFile(file, 'utf8')) as {
        hooks: { [event: string]: { matcher?: string; hooks: { [key: string]: unknown }[] }[] };
      } & {
        [key: string]: unknown;
      };
      assert.equal(now['model'], 'opus');
      assert.deepEqual(now['permissions'], other.permissions);
      assert.deepEqual(now.hooks['PreToolUse']?.[0], other.hooks.PreToolUse[0]);
      assert.equal(now['allowManagedHooksOnly'], level === 'managed' ? true : undefined);
      const [command, ...args] = request.argv;
      assert.deepEqual(now.hooks['PreToolUse']?.[1], {
        matcher: '*',
        hooks: [{ type: 'command', command, args: [...args, 'PreToolUse'], timeout: 30, onFailure: 'block' }],
      });
      assert.deepEqual(now.hooks['SubagentStop'], [
        {
          hooks: [
            {
              type: 'command',
              command,
              args: [...args, 'SubagentStop', '--on-failure', 'pass', '--deadline', '2000'],
              timeout: 30,
            },
          ],
        },
      ]);
      const events = [
        'PreToolUse',
        'PostToolUse',
        'PostToolUseFailure',
        'UserPromptSubmit',
        'SessionStart',
        'SessionEnd',
      ];
      assert.deepEqual(Object.keys(now.hooks), [...events, 'SubagentStart', 'SubagentStop', 'ConfigChange']);
    });
  });

  test(`${level} level: a file changed meanwhile keeps the change and loses only our entries`, async () => {
    await within(level, '{\n  "model": "opus"\n}\n', async (request, file) => {
      await install(request);
      await writeFile(file, (await readFile(file, 'utf8')).replace('"opus"', '"haiku"'));
      assert.equal((await planRemoval(request)).how, 'stripped');
      const removed = await removeInstall(request);
      assert.equal(removed.how, 'stripped');
      assert.equal(await readFile(file, 'utf8'), '{\n  "model": "haiku"\n}\n');
    });
  });
}

test('an upgrade of the hook client replaces the old entries and keeps the first backup', async () => {
  await within('user', '{"model":"opus"}', async (request, file) => {
    await install({ ...request, argv: ['/usr/bin/node', `${request.argv[0] ?? ''}.mjs`, ...request.argv.slice(1)] });
    assert.equal(await install(request), true);
    assert.equal((await readFile(file, 'utf8')).includes('.mjs'), false);
    assert.equal((await removeInstall(request)).how, 'restored');
    assert.equal(await readFile(file, 'utf8'), '{"model":"opus"}');
  });
});

test('a change by others between two installs survives uninstall', async () => {
  await within('user', undefined, async (request, file) => {
    await install(request);
    await writeFile(file, (await readFile(file, 'utf8')).replace('{', '{"model":"opus",'));
    await install({ ...request, argv: [...request.argv, '--deadline', '5000'] });
    await removeInstall({ ...request, argv: [...request.argv, '--deadline', '5000'] });
    assert.deepEqual(JSON.parse(await readFile(file, 'utf8')), { model: 'opus' });
  });
});

test("another home's hooks are not ours", async () => {
  await within('user', undefined, async (request, file) => {
    const other = {
      ...request,
      argv: ['/elsewhere/bin/holdfast-hook', ...request.argv.slice(1)],
      backups: join(request.backups, 'other'),
    };
    await install(other);
    await install(request);
    await removeInstall(request);
    assert.equal(await isInstalled(other), true);
    assert.equal((await readFile(file, 'utf8')).includes(request.argv[0] ?? ''), false);
  });
});

test('mode, owner and a symbolic link stay', async () => {
  await within('user', undefined, async (request, file) => {
    const real = join(request.roots.home, 'dotfiles.json');
    await mkdir(dirname(file));
    await writeFile(real, '{}');
    await chmod(real, 0o640);
    await symlink('../dotfiles.json', file);
    await install(request);
    assert.equal((await lstat(file)).isSymbolicLink(), true);
    assert.equal((await stat(real)).mode & 0o777, 0o640);
    assert.match(await readFile(real, 'utf8'), /holdfast-hook/);
    await removeInstall(request);
    assert.equal(await readFile(real, 'utf8'), '{}');
    assert.equal((await lstat(file)).isSymbolicLink(), true);
  });
});

test('a settings file that cannot be understood is refused by file and line, and stays as it is', async () => {
  const wanted: readonly (readonly [string, string, RegExp])[] = [
    ['{\n  "a": 1,\n}', 'settings-invalid', /settings\.json:3:1 is no JSON/],
    ['[]', 'settings-shape', /settings\.json:1 is no object/],
    ['{\n"hooks": []}', 'settings-shape', /settings\.json:2 has `hooks` that are no object/],
    [
      '{\n"hooks": {\n"PreToolUse": {}}}',
      'settings-shape',
      /settings\.json:3 has hooks of PreToolUse that are no list/,
    ],
    ['{\n\n"disableAllHooks": true}', 'hooks-off', /settings\.json:3 switches all hooks off/],
  ];
  for (const [text, code, message] of wanted) {
    await within('user', text, async (request, file) => {
      await assert.rejects(planInstall(request), { code, message });
      assert.equal(await readFile(file, 'utf8'), text);
    });
  }
});

test('what is no regular file, or no text, is refused', async () => {
  await within('user', undefined, async (request, file) => {
    await mkdir(file, { recursive: true });
    await assert.rejects(planInstall(request), { code: 'settings-unreadable' });
    await rm(file, { recursive: true });
    await writeFile(file, Buffer.from([0x7b, 0xff, 0x7d]));
    await assert.rejects(planInstall(request), { code: 'settings-invalid' });
    await rm(file);
    await symlink(file, `${file}.2`);
    await symlink(`${file}.2`, file);
    await assert.rejects(planInstall(request), { code: 'settings-unreadable' });
  });
});

test('a file that changes between plan and change is left alone', async () => {
  await within('user', '{}', async (request, file) => {
    const plan = await planInstall(request);
    await writeFile(file, '{"model":"opus"}');
    await assert.rejects(applyInstall(request, plan), { code: 'settings-changed' });
    assert.equal(await readFile(file, 'utf8'), '{"model":"opus"}');
    assert.deepEqual(await readdir(dirname(file)), ['settings.json'], 'no half-written file stays');
  });
});

test('uninstall without an install, and with a lost backup, says what it did', async () => {
  await within('user', '{"model":"opus"}', async (request, file) => {
    assert.equal((await removeInstall(request)).how, 'absent');
    await install(request);
    await rm(request.backups, { recursive: true });
    assert.equal((await removeInstall(request)).how, 'stripped');
    assert.equal(await readFile(file, 'utf8'), '{"model":"opus"}');
  });
});

test('a hook of somebody else in one group with ours stays', () => {
  const argv = ['/h/bin/holdfast-hook', 'claude-code'];
  const text = JSON.stringify({
    hooks: {
      PreToolUse: [
        { matcher: '*', hooks: [FOREIGN, { type: 'command', command: '/h/bin/holdfast-hook claude-code' }] },
      ],
    },
  });
  assert.deepEqual(JSON.parse(withoutEntries('f', text, argv)), {
    hooks: { PreToolUse: [{ matcher: '*', hooks: [FOREIGN] }] },
  });
  const wanted = wantedFor({ level: 'user', argv });
  const both = withEntries('f', text, wanted);
  assert.equal(withEntries('f', both, wanted), both);
});
