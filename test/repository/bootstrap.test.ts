// The first step of every script: which Node fits, when packages count as installed, and what a too old Node is told.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { ROOT } from '../architecture/tree.ts';

const node = createRequire(import.meta.url)('../../packages/holdfast/bin/node.cjs') as {
  fit(version: string): boolean;
};
const { installed } = (await import(`${ROOT}scripts/bootstrap.mjs`)) as { installed(at: string): boolean };

const folder = mkdtempSync(join(tmpdir(), 'holdfast-bootstrap-'));
after(() => rmSync(folder, { recursive: true, force: true }));

describe('which Node fits', () => {
  const versions: readonly (readonly [string, boolean])[] = [
    ['16.20.2', false],
    ['20.20.2', false],
    ['22.17.9', false],
    ['22.18.0', true],
    ['24.0.0', true],
    ['26.10.0', true],
    ['100.0.0', true],
  ];
  for (const [version, wanted] of versions) test(version, () => assert.equal(node.fit(version), wanted));
});

describe('packages count as installed', () => {
  const locked = {
    '': {},
    'node_modules/a': { integrity: 'sha512-a' },
    'node_modules/b': { integrity: 'sha512-b', optional: true },
    'node_modules/own': { link: true },
  };
  const cases: readonly (readonly [string, object | undefined, boolean])[] = [
    [
      'when npm left its record of all',
      { 'node_modules/a': locked['node_modules/a'], 'node_modules/b': locked['node_modules/b'] },
      true,
    ],
    ['without an optional one', { 'node_modules/a': locked['node_modules/a'] }, true],
    ['not without its record (an interrupted run)', undefined, false],
    ['not without a package', { 'node_modules/b': locked['node_modules/b'] }, false],
    ['not with another version', { 'node_modules/a': { integrity: 'sha512-old' } }, false],
    [
      'not with another version of an optional one',
      { 'node_modules/a': locked['node_modules/a'], 'node_modules/b': { integrity: 'x' } },
      false,
    ],
  ];
  for (const [name, record, wanted] of cases) {
    test(name, () => {
      const at = mkdtempSync(join(folder, 'case-'));
      mkdirSync(join(at, 'node_modules'));
      writeFileSync(join(at, 'package-lock.json'), JSON.stringify({ packages: locked }));
      if (record !== undefined)
        writeFileSync(join(at, 'node_modules/.package-lock.json'), JSON.stringify({ packages: record }));
      assert.equal(installed(at), wanted);
    });
  }
});

describe('the command in a clone without packages', () => {
  const clone = join(folder, 'clone');
  mkdirSync(join(clone, 'packages/holdfast/src/app/cli'), { recursive: true });
  cpSync(join(ROOT, 'bin'), join(clone, 'bin'), { recursive: true });
  cpSync(join(ROOT, 'packages/holdfast/bin'), join(clone, 'packages/holdfast/bin'), { recursive: true });
  writeFileSync(
    join(clone, 'packages/holdfast/src/app/cli/main.ts'),
    'export const main = async () => { throw new Error("no"); };\n',
  );

  /** Runs bin/holdfast; `version` makes it believe that it runs on that Node. */
  const run = (args: readonly string[], version = process.versions.node): { code: number | null; text: string } => {
    const faked = join(folder, `version-${version}.cjs`);
    writeFileSync(
      faked,
      `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } });\n`,
    );
    const ended = spawnSync(process.execPath, ['--require', faked, join(clone, 'bin/holdfast'), ...args], {
      encoding: 'utf8',
    });
    return { code: ended.status, text: ended.stdout + ended.stderr };
  };
  const oneLine = /^holdfast: [^\n]+\[[a-z-]+\]\n$/;

  test('names what to do', () => {
    const { code, text } = run(['status']);
    assert.equal(code, 78);
    assert.match(text, oneLine);
    assert.match(text, /run "npm ci" in /);
  });

  test('names the Node that it needs', () => {
    const { code, text } = run(['status'], '20.20.2');
    assert.equal(code, 78);
    assert.match(text, oneLine);
    assert.match(text, /20\.20\.2 is too old, 22\.18 /);
  });

  test('stops the agent when it runs as its hook', () => {
    assert.equal(run(['hook', 'claude-code']).code, 2);
    assert.equal(run(['hook', 'claude-code'], '20.20.2').code, 2);
  });

  test('says that it is broken when the program does not load, and still stops the agent', () => {
    mkdirSync(join(clone, 'node_modules'));
    writeFileSync(join(clone, 'node_modules/.package-lock.json'), '{}');
    const { code, text } = run(['status']);
    assert.equal(code, 70);
    assert.match(text, oneLine);
    assert.equal(run(['hook', 'claude-code']).code, 2);
  });
});

describe('every script on a too old Node, with no other one at hand', () => {
  const clone = join(folder, 'old');
  mkdirSync(join(clone, 'node_modules'), { recursive: true });
  mkdirSync(join(clone, 'packages/holdfast'), { recursive: true });
  cpSync(join(ROOT, 'scripts'), join(clone, 'scripts'), { recursive: true });
  cpSync(join(ROOT, 'packages/holdfast/bin'), join(clone, 'packages/holdfast/bin'), { recursive: true });
  writeFileSync(join(clone, 'package-lock.json'), '{"packages":{}}');
  writeFileSync(join(clone, 'node_modules/.package-lock.json'), '{"packages":{}}');
  /** Scripts that somebody runs; the others are parts of them. */
  const entries = readdirSync(join(ROOT, 'scripts')).filter((name) =>
    readFileSync(join(ROOT, 'scripts', name), 'utf8').includes('await enter()'),
  );

  test('every npm command and what documents name begins with one', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: object };
    const named = Object.values(scripts).map((line: string) => line.split(' ')[1]?.slice('scripts/'.length));
    assert.deepEqual(
      [...new Set([...named, 'settings-schema.mjs'])].filter((name) => !entries.includes(name as string)),
      [],
    );
  });

  for (const version of ['16.20.2', '18.20.8', '20.20.2', '22.17.9']) {
    const faked = join(folder, `old-${version}.cjs`);
    writeFileSync(
      faked,
      `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } });\n`,
    );
    for (const name of entries)
      test(`${name} on ${version}`, () => {
        const ended = spawnSync(process.execPath, ['--require', faked, join(clone, 'scripts', name)], {
          encoding: 'utf8',
          env: { PATH: process.env['PATH'] },
        });
        assert.equal(ended.status, 78, ended.stderr);
        assert.match(
          ended.stderr,
          /^holdfast: Node [\d.]+ is too old, 22\.18 is the oldest [^\n]+ \[node-too-old\]\n$/,
        );
        assert.equal(ended.stdout, '');
      });
  }
});
