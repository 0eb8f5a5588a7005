// The service: units that systemd understands, written after they were shown, and taken out again to the byte.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import {
  applyService,
  planService,
  planServiceRemoval,
  removeService,
  serviceState,
  type ServiceInstall,
} from './service-install.ts';
import { afterOrders, findManager, give, startOrders, stopOrders } from './service-manager.ts';
import { launchAgent, portOf, serviceUnit, socketUnit, type ServiceRequest } from './service.ts';

const PLAIN: ServiceRequest = {
  scope: 'user',
  platform: 'linux',
  node: '/opt/my node/bin/node',
  program: '/opt/hold%fast/bin/holdfast',
  home: '/home/dev/$tate',
  socket: '/home/dev/$tate/run/50% of it.sock',
};
const SYSTEM: ServiceRequest = {
  ...PLAIN,
  scope: 'system',
  node: '/usr/bin/node',
  home: '/var/lib/holdfast',
  socket: '/var/lib/holdfast/run/gate.sock',
  uid: 1000,
  httpPort: 21947,
};

test('the units start the watcher with its words kept whole, and hold its sockets', () => {
  assert.match(
    serviceUnit(PLAIN),
    /^ExecStart="\/opt\/my node\/bin\/node" --max-semi-space-size=4 --max-old-space-size=512 \/opt\/hold%%fast\/bin\/holdfast start --foreground --dir \/home\/dev\/\$\$tate$/m,
  );
  assert.match(serviceUnit(PLAIN), /^Requires=holdfast\.socket$[\s\S]*^WantedBy=default\.target$/m);
  assert.match(
    socketUnit(PLAIN),
    /^ListenStream=\/home\/dev\/\$tate\/run\/50%% of it\.sock\nFileDescriptorName=holdfast$/m,
  );
  assert.deepEqual([portOf(socketUnit(PLAIN)), portOf(socketUnit(SYSTEM))], [undefined, 21947]);
  assert.match(
    serviceUnit(SYSTEM),
    /^User=1000$[\s\S]*^ReadWritePaths=\/var\/lib\/holdfast$[\s\S]*^WantedBy=multi-user\.target$/m,
  );
  assert.match(socketUnit(SYSTEM), /^SocketMode=0600\nSocketUser=1000$[\s\S]*^TriggerLimitIntervalSec=0$/m);
  assert.match(serviceUnit({ ...SYSTEM, userHome: '/root' }), / --dir \/var\/lib\/holdfast --home \/root$/m);
  assert.match(
    launchAgent({ ...PLAIN, home: '/a & b/<c>' }),
    /<string>\/a &amp; b\/&lt;c&gt;<\/string>[\s\S]*<key>KeepAlive<\/key>\n {2}<true\/>/,
  );
});

test('a path that could become another line is refused', () => {
  for (const bad of ['/a\nExecStartPre=/b', '/a\r', '/a\0', ' /a']) {
    assert.throws(() => serviceUnit({ ...PLAIN, node: bad }), RangeError, JSON.stringify(bad));
    assert.throws(() => socketUnit({ ...PLAIN, socket: bad }), RangeError, JSON.stringify(bad));
  }
  assert.throws(() => launchAgent({ ...PLAIN, home: '/a\u0001' }), RangeError);
});

const analyze = spawnSync('systemd-analyze', ['--version'], { encoding: 'utf8' });
test(
  'systemd finds nothing wrong with the units',
  { skip: analyze.error === undefined ? false : 'systemd-analyze is not installed (Debian package systemd)' },
  async (t) => {
    const dir = await folder(t);
    // What verify looks at must be there: programs that can be run.
    for (const [name, request] of [
      ['user', { ...PLAIN, node: process.execPath, program: '/a b/holdfast' }],
      ['system', { ...SYSTEM, node: process.execPath }],
    ] as const) {
      const units = join(dir, name);
      await mkdir(units);
      await writeFile(join(units, 'holdfast.socket'), socketUnit(request));
      await writeFile(join(units, 'holdfast.service'), serviceUnit(request));
      const files = [join(units, 'holdfast.socket'), join(units, 'holdfast.service')];
      const run = spawnSync('systemd-analyze', ['verify', '--man=no', '--recursive-errors=no', ...files], {
        encoding: 'utf8',
        env: { PATH: process.env['PATH'], SYSTEMD_LOG_LEVEL: 'warning' },
      });
      const said = run.stderr.split('\n').filter((line) => line.includes('holdfast'));
      assert.deepEqual(said, [], name);
    }
    // And it does find what is wrong.
    const bad = join(dir, 'holdfast.service');
    await writeFile(
      bad,
      serviceUnit({ ...PLAIN, node: process.execPath }).replace('Restart=always', 'Restart=sometimes'),
    );
    const run = spawnSync('systemd-analyze', ['verify', '--man=no', '--recursive-errors=no', bad], {
      encoding: 'utf8',
    });
    assert.match(run.stderr, /holdfast\.service:\d+: .*sometimes/);
  },
);

async function folder(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'holdfast-service-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

async function machine(t: TestContext, more: Partial<ServiceInstall> = {}): Promise<ServiceInstall> {
  const dir = await folder(t);
  const roots = { home: join(dir, 'home'), etc: join(dir, 'etc'), library: join(dir, 'Library') };
  await Promise.all(Object.values(roots).map((one) => mkdir(one)));
  return { ...PLAIN, ...more, roots, backups: join(dir, 'state/backups') };
}

const SCOPES: readonly (readonly [string, Partial<ServiceInstall>, string, readonly string[]])[] = [
  ['user scope', {}, 'home/.config/systemd/user', ['holdfast.service', 'holdfast.socket']],
  ['system scope', { scope: 'system' }, 'etc/systemd/system', ['holdfast.service', 'holdfast.socket']],
  ['macOS, user', { platform: 'darwin' }, 'home/Library/LaunchAgents', ['dev.holdfast.watcher.plist']],
  ['macOS, system', { platform: 'darwin', scope: 'system' }, 'Library/LaunchDaemons', ['dev.holdfast.watcher.plist']],
];
for (const [name, more, where, files] of SCOPES) {
  test(`${name}: shown, written, written again without a change, and gone to the byte`, async (t) => {
    const request = await machine(t, more);
    const root = dirname(request.roots.home);
    const plan = await planService(request);
    assert.match(plan.diff, /^--- \/dev\/null\n\+\+\+ /);
    assert.equal((await serviceState(request)).state, 'none');
    await assert.rejects(stat(join(root, where)), 'a plan writes nothing');
    await applyService(request, plan);
    assert.deepEqual((await readdir(join(root, where))).sort(), files);
    assert.equal((await stat(join(root, where, files[0] ?? ''))).mode & 0o777, 0o644);
    assert.equal((await serviceState(request)).state, 'installed');
    assert.equal((await planService(request)).diff, '');

    const removal = await planServiceRemoval(request);
    assert.ok(removal.files.every((one) => one.how === 'removed'));
    await removeService(removal);
    assert.deepEqual(await readdir(join(root, where.split('/')[0] ?? '')), [], 'folders that were made are gone');
    assert.deepEqual(await readdir(request.backups), []);
    assert.equal((await planServiceRemoval(request)).files.length, 0);
  });
}

test('a unit that was there before comes back, also after the port was changed in between', async (t) => {
  const request = await machine(t, { scope: 'system' });
  const file = join(request.roots.etc, 'systemd/system/holdfast.socket');
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, '[Socket]\n# somebody else\n');
  await applyService(request, await planService(request));
  const moved = { ...request, httpPort: 21947 };
  const plan = await planService(moved);
  assert.match(plan.diff, /^\+ListenStream=127\.0\.0\.1:21947$/m);
  await applyService(moved, plan);
  assert.deepEqual(await serviceState(request), { state: 'installed', file, httpPort: 21947 });
  assert.equal((await serviceState({ ...request, node: '/other/node' })).state, 'stale');
  await removeService(await planServiceRemoval(request));
  assert.equal(await readFile(file, 'utf8'), '[Socket]\n# somebody else\n');
});

test('a unit that somebody changed since stays, and that is said', async (t) => {
  const request = await machine(t);
  await applyService(request, await planService(request));
  const file = join(request.roots.home, '.config/systemd/user/holdfast.service');
  await writeFile(file, `${await readFile(file, 'utf8')}# mine\n`);
  const removal = await planServiceRemoval(request);
  assert.deepEqual(
    removal.files.map((one) => one.how),
    ['removed', 'changed'],
  );
  await removeService(removal);
  assert.match(await readFile(file, 'utf8'), /# mine\n$/);
});

test('orders are given to systemctl one after the other, and what it refuses is left to a person', async (t) => {
  const dir = await folder(t);
  const systemctl = join(dir, 'systemctl');
  await writeFile(
    systemctl,
    `#!/bin/sh\necho "$@" >> ${dir}/log\ncase "$*" in *start*) echo "no such unit" >&2; exit 5;; esac\n`,
  );
  await chmod(systemctl, 0o755);
  const done = await give({ systemctl, why: '' }, startOrders('user', [], 'linux'));
  assert.deepEqual(done, {
    ran: [
      'systemctl --user daemon-reload',
      'systemctl --user enable holdfast.socket holdfast.service',
      'systemctl --user stop holdfast.service holdfast.socket',
    ],
    todo: ['systemctl --user start holdfast.socket holdfast.service'],
    why: '`systemctl --user start holdfast.socket holdfast.service` failed: no such unit',
  });
  assert.equal((await readFile(join(dir, 'log'), 'utf8')).split('\n').length, 5);
  assert.deepEqual(
    await give({ systemctl: undefined, why: 'not there' }, [
      ...stopOrders('system', 'linux'),
      ...afterOrders('system', 'linux'),
    ]),
    {
      ran: [],
      todo: ['systemctl disable --now holdfast.service holdfast.socket', 'systemctl daemon-reload'],
      why: 'not there',
    },
  );
  assert.match(findManager('user', 'darwin').why, /launchd/);
});
