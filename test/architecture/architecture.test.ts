// The architecture holds in the real tree, and every check bites: one seeded violation each.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { areaOf, check, SOURCE } from './rules.ts';
import { ROOT, tree } from './tree.ts';

const HEAD = '// Says what this file is for.\n';

describe('architecture', () => {
  test('the tree keeps every rule', () => {
    const files = tree();
    assert.ok(files.length > 20, 'the walk found the sources');
    assert.deepEqual(
      check(files).map(({ rule, path, what }) => `${rule}: ${path}: ${what}`),
      [],
    );
  });

  test('files in C keep the form too: a job in the first line, at most 400 lines', () => {
    const files = readdirSync(join(ROOT, 'native')).filter((name) => /\.[ch]$/.test(name));
    assert.ok(files.length > 8, 'the walk found them');
    for (const name of files) {
      const lines = readFileSync(join(ROOT, 'native', name), 'utf8').split('\n');
      assert.match(lines[0] ?? '', /^\/\/ \S.{10}/, name);
      assert.ok(lines.length <= 401, `${name}: ${lines.length - 1} lines`);
      assert.match(name, /^[a-z0-9]+(?:-[a-z0-9]+)*\.[ch]$/);
    }
  });

  test('every source file has an area', () => {
    const areas = new Set(
      tree()
        .filter(({ path }) => path.startsWith(SOURCE))
        .map(({ path }) => areaOf(path)),
    );
    for (const area of ['core/model', 'core/engine', 'ports', 'gate', 'app']) assert.ok(areas.has(area), area);
  });

  // path below src/, text, the rule that must object
  const seeded: readonly (readonly [string, string, string])[] = [
    ['core/model/x.ts', `import { a } from '../names/index.ts';`, 'direction'],
    ['core/names/x.ts', `import type { A } from '../shell/index.ts';`, 'direction'],
    ['core/names/x.ts', `export * from '../secrets/index.ts';`, 'direction'],
    ['core/flow/x.ts', `import { a } from '../policy/index.ts';`, 'direction'],
    ['core/effects/x.ts', `import { a } from '../../gate/gate.ts';`, 'direction'],
    ['core/model/x.ts', `import { createHash } from 'node:crypto';`, 'direction'],
    ['core/shell/x.ts', `import { readFileSync } from 'node:fs';`, 'direction'],
    ['core/policy/x.ts', `import cedar from '@cedar-policy/cedar-wasm/nodejs';`, 'direction'],
    ['ports/x.ts', `import type { A } from '../core/engine/index.ts';`, 'direction'],
    ['gate/x.ts', `import { a } from '../edge/ledger/index.ts';`, 'direction'],
    ['gate/x.ts', `import { connect } from 'node:net';`, 'direction'],
    ['edge/ledger/x.ts', `import { a } from '../observe/index.ts';`, 'direction'],
    ['edge/ledger/x.ts', `import { a } from '../../gate/gate.ts';`, 'direction'],
    ['edge/ledger/x.ts', `import { a } from '../../app/compose.ts';`, 'direction'],
    ['edge/ledger/x.ts', `const a = await import('../observe/index.ts');`, 'direction'],
    ['edge/ledger/x.ts', `import leftpad from 'left-pad';`, 'direction'],
    ['edge/ledger/x.ts', `import { a } from './other';`, 'direction'],
    ['edge/ledger/x.ts', `import { a } from '../../../../bench/src/a.ts';`, 'direction'],
    [
      'app/cli/x.ts',
      `import { a } from '../../edge/ledger/index.ts';\nimport { b } from '../../edge/observe/index.ts';`,
      'compose',
    ],
    ['helpers/x.ts', `export const a = 1;`, 'folder'],
    ['core/helpers/x.ts', `export const a = 1;`, 'folder'],
    ['edge/misc/x.ts', `export const a = 1;`, 'folder'],
    ['core/flow/x.ts', `export const now = () => Date.now();`, 'purity'],
    ['core/flow/x.ts', `export const now = () => new Date();`, 'purity'],
    ['core/flow/x.ts', `export const a = Math.random();`, 'purity'],
    ['core/flow/x.ts', `export const a = performance.now();`, 'purity'],
    ['core/flow/x.ts', `export const a = process.env.HOME;`, 'purity'],
    ['core/flow/x.ts', `export const a = fetch('x');`, 'purity'],
    ['core/flow/x.ts', `setTimeout(() => 1, 2);`, 'purity'],
    ['core/flow/x.ts', `export async function a() {}`, 'purity'],
    ['core/flow/x.ts', `export type A = Promise<string>;`, 'purity'],
    ['core/flow/x.ts', `console.log(1);`, 'purity'],
    ['core/flow/x.ts', `export const a = new Function('return 1');`, 'purity'],
    ['core/flow/x.ts', `export const a = 'a'.localeCompare('b');`, 'purity'],
    ['core/flow/x.ts', 'export const a = `text ${Date.now()} text`;', 'purity'],
    ['core/flow/x.ts', `let count = 0;`, 'purity'],
    ['gate/x.ts', `export enum A { B }`, 'erasable'],
    ['gate/x.ts', 'const a = 1;\n'.repeat(401), 'length'],
    ['gate/CamelCase.ts', `export const a = 1;`, 'name'],
  ];
  for (const [path, text, rule] of seeded) {
    test(`bites: ${rule}: ${path}: ${text.slice(0, 60).replaceAll('\n', ' ')}`, () => {
      const found = check([{ path: SOURCE + path, text: `${HEAD}${text}\n` }]);
      assert.ok(
        found.some((each) => each.rule === rule),
        JSON.stringify(found),
      );
    });
  }

  test('bites: a file without a first line that says its job', () => {
    assert.equal(check([{ path: `${SOURCE}gate/x.ts`, text: 'export const a = 1;\n' }])[0]?.rule, 'first-line');
  });

  test('stays quiet where the words stand in text only', () => {
    const text = `${HEAD}// Date.now() and process.env in a comment\nexport const a = 'await fetch(x)';\nexport const b = /new Date()|Promise/;\nexport const c = { process: 1, fetch: 'import("node:fs")' }.process;\nexport const d = 4 / 2 / 1;\n`;
    assert.deepEqual(check([{ path: `${SOURCE}core/flow/x.ts`, text }]), []);
  });

  test('stays quiet on what is allowed', () => {
    const allowed: readonly (readonly [string, string])[] = [
      [
        'core/effects/x.ts',
        `import type { Action } from '../model/index.ts';\nimport table from './programs/rm.json' with { type: 'json' };`,
      ],
      ['core/engine/x.ts', `import { a } from '../effects/lower.ts';`],
      ['core/model/digest.ts', `import { createHash } from 'node:crypto';`],
      ['core/shell/x.ts', `import { parse } from 'unbash';`],
      ['core/index.ts', `export * from './engine/index.ts';`],
      ['edge/ledger/x.ts', `import { a } from './segment.ts';\nimport { b } from '../../core/record/index.ts';`],
      ['app/compose.ts', `import { a } from '../edge/ledger/index.ts';\nimport { b } from '../edge/observe/index.ts';`],
    ];
    for (const [path, text] of allowed)
      assert.deepEqual(check([{ path: SOURCE + path, text: `${HEAD}${text}\n` }]), [], path);
  });
});
