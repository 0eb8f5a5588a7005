// The published package works as such: packed, unpacked elsewhere, run as JavaScript on a plain Node, without the sources.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { ROOT } from '../architecture/tree.ts';

type Ran = { readonly code: number | null; readonly out: string; readonly err: string };

const run = (command: string, args: readonly string[], cwd: string, home?: string, input = ''): Ran => {
  const env =
    home === undefined ? process.env : { PATH: process.env['PATH'], HOME: home, HOLDFAST_HOME: join(home, 'state') };
  const ended = spawnSync(command, args, { cwd, env, input, encoding: 'utf8' });
  return { code: ended.status, out: ended.stdout, err: ended.stderr };
};

describe('the packed package', () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-package-'));
  const home = join(folder, 'home');
  const unpacked = join(folder, 'app/node_modules/holdfast');
  const command = join(unpacked, 'bin/holdfast.cjs');
  after(() => rmSync(folder, { recursive: true, force: true }));

  before(() => {
    mkdirSync(home);
    mkdirSync(unpacked, { recursive: true });
    const built = run(process.execPath, ['scripts/build.mjs'], ROOT);
    assert.equal(built.code, 0, built.out + built.err);
    const packed = run('npm', ['pack', '--pack-destination', folder], join(ROOT, 'build/package'));
    assert.equal(packed.code, 0, packed.err);
    const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz'));
    assert.ok(tarball !== undefined, 'npm pack left a tarball');
    assert.equal(run('tar', ['-xzf', join(folder, tarball), '-C', unpacked, '--strip-components=1'], folder).code, 0);
    // The dependencies as npm would have installed them beside it, no more than the manifest names.
    const manifest = JSON.parse(readFileSync(join(unpacked, 'package.json'), 'utf8')) as { dependencies: object };
    for (const name of Object.keys(manifest.dependencies)) {
      const target = join(folder, 'app/node_modules', name);
      mkdirSync(join(target, '..'), { recursive: true });
      symlinkSync(realpathSync(join(ROOT, 'node_modules', name)), target);
    }
  });

  test('holds JavaScript, types, rules and licence, and no sources or tests', () => {
    const names = readdirSync(unpacked, { recursive: true, encoding: 'utf8' });
    for (const wanted of [
      'LICENSE',
      'NOTICE',
      'README.md',
      'dist/index.js',
      'dist/index.d.ts',
      'dist/core/index.js',
      'policies',
    ]) {
      assert.ok(names.includes(wanted), wanted);
    }
    assert.deepEqual(
      names.filter((name) => /\.test\.|^dist\/.*\.examples\.json$|^src\/|(?<!\.d)\.ts$|\.c$/.test(name)),
      [],
    );
  });

  test('says its version', () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'packages/holdfast/package.json'), 'utf8')) as {
      version: string;
    };
    assert.deepEqual(run(process.execPath, [command, '--version'], home, home), {
      code: 0,
      out: `holdfast ${version}\n`,
      err: '',
    });
  });

  test('decides', () => {
    const answer = run(process.execPath, [command, 'check', '--json', '--no-observe', 'rm -rf ~'], home, home);
    assert.equal(answer.err, '');
    const { verdict } = JSON.parse(answer.out) as { verdict: string };
    assert.equal(verdict, 'deny');
  });

  test('runs native parts of its own, never those of the project that depends on it', (t) => {
    const place = `${process.platform}-${process.arch}`;
    const decoy = join(folder, 'app/native/build', place);
    mkdirSync(decoy, { recursive: true });
    for (const name of ['holdfast-hook', 'holdfast-peer.node']) writeFileSync(join(decoy, name), 'decoy');
    const load = (name: string): string =>
      JSON.stringify(pathToFileURL(join(unpacked, 'dist/edge/transports', name)).href);
    const text = `import { nativePart } from ${load('native-part.js')}; import { peerReader } from ${load('peer.js')}; console.log(JSON.stringify([nativePart('holdfast-hook'), nativePart('holdfast-peer.node'), peerReader().why]));`;
    const ran = run(process.execPath, ['--input-type=module', '--eval', text], folder, home);
    assert.equal(ran.code, 0, ran.err);
    const [hook, peer, why] = JSON.parse(ran.out) as (string | null)[];
    const shipped = join(unpacked, 'native', place);
    for (const [path, name] of [
      [hook, 'holdfast-hook'],
      [peer, 'holdfast-peer.node'],
    ] as const)
      assert.equal(path, existsSync(join(shipped, name)) ? join(shipped, name) : null);
    if (peer === null) return t.skip('no C compiler here');
    assert.equal(why, null, 'the addon of the package loads');
  });

  test('without native parts the Node hook stops the agent as strictly, and says what to do', () => {
    const parts = join(unpacked, 'native');
    if (existsSync(parts)) renameSync(parts, `${parts}-away`);
    try {
      const hook = (): Ran =>
        run(process.execPath, [command, 'hook', 'claude-code'], folder, home, '{"tool_name":"Bash"}');
      const refused = (): void => {
        const { code, out, err } = hook();
        assert.deepEqual([code, out], [2, '']);
        assert.match(
          err,
          /^holdfast: the watcher is not running, [^\n]*; the action was stopped; start it with `holdfast start`\n$/,
        );
      };
      refused();
      const place = join(home, 'state/run');
      mkdirSync(place, { recursive: true, mode: 0o700 });
      writeFileSync(join(place, 'hook.key'), Buffer.alloc(32, 1), { mode: 0o600 });
      refused();
      assert.ok(existsSync(join(home, 'state/bin/holdfast-hook.mjs')), 'the Node client is what was installed');
      assert.ok(!existsSync(join(home, 'state/bin/holdfast-hook')), 'and no native one');
    } finally {
      if (existsSync(`${parts}-away`)) renameSync(`${parts}-away`, parts);
    }
  });

  test('its entries load from outside', () => {
    const text = `import { EFFECT_KINDS } from 'holdfast/core'; import * as front from 'holdfast'; console.log(EFFECT_KINDS.length > 0, 'decide' in front);`;
    const loaded = run(process.execPath, ['--input-type=module', '--eval', text], join(folder, 'app'), home);
    assert.deepEqual(loaded, { code: 0, out: 'true true\n', err: '' });
    assert.ok(!existsSync(join(unpacked, 'src')));
  });

  test('says one line on a too old Node, and stops the agent as its hook', () => {
    const faked = join(folder, 'old.cjs');
    const old = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } });\n`;
    writeFileSync(faked, old);
    for (const [verb, code] of [
      ['check', 78],
      ['hook', 2],
    ] as const) {
      const ended = run(process.execPath, ['--require', faked, command, verb, 'claude-code'], home, home);
      assert.equal(ended.code, code);
      assert.match(
        ended.err,
        /^holdfast: Node 20\.20\.2 is too old, 22\.18 is the oldest that works; install a newer one \[node-too-old\]\n$/,
      );
    }
  });

  test('plays the demo: watcher, hook client, ledger and rules of the package itself', () => {
    const played = run(process.execPath, [command, 'demo', '--json'], home, home);
    const told = JSON.parse(played.out) as { held: boolean; dir: string };
    rmSync(join(told.dir, '..'), { recursive: true, force: true });
    assert.deepEqual([played.code, told.held, played.err], [0, true, '']);
  });

  test('its index runs in a worker of its own', () => {
    const text = `import { openLedger } from ${JSON.stringify(join(unpacked, 'dist/edge/ledger/index.js'))};
      const ledger = openLedger(${JSON.stringify(join(folder, 'ledger'))});
      console.log((await ledger.index.query({})).rows.length > 0);
      await ledger.close();`;
    const asked = run(process.execPath, ['--input-type=module', '--eval', text], join(folder, 'app'), home);
    assert.deepEqual(asked, { code: 0, out: 'true\n', err: '' });
  });
});
