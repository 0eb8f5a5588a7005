// `holdfast init --service` as a person runs it where no service manager runs: units are shown, written, and gone again to the byte; commands are
// told instead of run.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { holdfast, stateOf } from '../support/holdfast.ts';
import { openWorld, whyNoWorld, type World } from '../support/world.ts';

describe('init --service', { skip: whyNoWorld() ?? false, timeout: 120_000 }, () => {
  let world: World;
  before(async () => {
    world = await openWorld({ ownEtc: true });
  });
  after(() => world?.close());

  const SYSTEM = '/etc/systemd/system/holdfast.service';
  const user = (): string => join(world.home, '.config/systemd/user/holdfast.socket');
  const MANAGED = ['init', '--service', '--level', 'managed'];

  test('without a yes it shows the change and makes none', async () => {
    const shown = await holdfast(world, [...MANAGED, '--dry-run']);
    assert.equal(shown.code, 0, shown.stderr);
    assert.match(shown.stdout, /^\+ListenStream=.*\/state\/run\/gate\.sock$/m);
    assert.match(shown.stdout, /^\+ExecStart=.* start --foreground --dir .*\/state --home .*$/m);
    const asked = await holdfast(world, MANAGED);
    assert.equal(asked.code, 5);
    assert.match(asked.stderr, /without a terminal that needs --yes \[needs-yes\]/);
    assert.equal(existsSync(world.outside(SYSTEM)), false);
  });

  test('system scope: written, the commands told, written again without a change, known to status and doctor', async () => {
    const made = await holdfast(world, [...MANAGED, '--yes']);
    assert.equal(made.code, 0, made.stderr);
    assert.match(made.stdout, /still to be run, since (?:systemctl is not there|systemd does not run this machine):/);
    assert.match(made.stdout, /^ +systemctl enable holdfast\.socket holdfast\.service$/m);
    const text = await readFile(world.outside(SYSTEM), 'utf8');
    assert.ok(!text.includes('User='), 'the directory is root’s');
    const again = await holdfast(world, [...MANAGED, '--yes', '--json']);
    const [row] = JSON.parse(again.stdout) as { service?: string; scope: string; changes: boolean; made: boolean }[];
    assert.deepEqual([row?.scope, row?.changes, row?.made], ['system', false, false]);
    assert.match(
      (await holdfast(world, ['status'])).stdout,
      /^service +system scope, \/etc\/systemd\/system\/holdfast\.socket$/m,
    );
    assert.match((await holdfast(world, ['doctor'])).stdout, /^ok +service +system scope/m);
  });

  test('a port is added, kept by a later run that does not name it, and let go again', async () => {
    const socket = '/etc/systemd/system/holdfast.socket';
    // The units come first; then the hooks, which need a port that is held, and here nobody holds one.
    const more = await holdfast(world, [
      ...MANAGED,
      '--yes',
      '--agent',
      'claude-code',
      '--hook',
      'http',
      '--port',
      '21999',
    ]);
    assert.equal(more.code, 5);
    assert.match(more.stderr, /\[http-not-held\]/);
    assert.equal(existsSync(world.outside('/etc/claude-code')), false);
    assert.match(await readFile(world.outside(socket), 'utf8'), /^ListenStream=127\.0\.0\.1:21999$/m);
    assert.match((await holdfast(world, [...MANAGED, '--yes'])).stdout, /already in place/);
    assert.match((await holdfast(world, ['status'])).stdout, /, holds port 21999$/m);
    await holdfast(world, [...MANAGED, '--yes', '--hook', 'command']);
    assert.ok(!(await readFile(world.outside(socket), 'utf8')).includes('21999'));
  });

  test('user scope: beside what is there, and in front of it stands what was there before', async () => {
    await mkdir(dirname(world.outside(user())), { recursive: true });
    await writeFile(world.outside(user()), '# somebody else\n');
    const made = await holdfast(world, ['init', '--service', '--level', 'user', '--yes']);
    assert.equal(made.code, 0, made.stderr);
    assert.match(made.stdout, /systemctl --user enable/);
    assert.match(await readFile(world.outside(user()), 'utf8'), /^FileDescriptorName=holdfast$/m);
  });

  test('wrong words are wrong usage', async () => {
    for (const [args, said] of [
      [['init', '--hook', 'carrier-pigeon'], /--hook is command or http/],
      [['init', '--port', '21999'], /--port names the port that --service holds/],
      [[...MANAGED, '--hook', 'http', '--port', '80'], /--port is a number from 1024 to 65535/],
    ] as const) {
      const run = await holdfast(world, args);
      assert.equal(run.code, 2, run.stderr);
      assert.match(run.stderr, said);
    }
  });

  test('uninstall takes both out again, to the byte, and says which commands are left', async () => {
    const gone = await holdfast(world, ['uninstall', '--yes']);
    assert.equal(gone.code, 0, gone.stderr);
    assert.match(gone.stdout, /systemctl disable --now holdfast\.service holdfast\.socket/);
    assert.equal(existsSync(world.outside(SYSTEM)), false);
    assert.equal(await readFile(world.outside(user()), 'utf8'), '# somebody else\n');
    assert.equal(existsSync(join(dirname(world.outside(user())), 'holdfast.service')), false);
    assert.match(
      (await holdfast(world, ['status'])).stdout,
      /^service +none; the watcher ends with whoever started it$/m,
    );
    assert.equal(
      existsSync(world.outside(join(stateOf(world), 'backups/service.system.holdfast.service.json'))),
      false,
    );
  });
});
