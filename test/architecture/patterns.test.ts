// No regular expression reads commands, code or shell text; and the check that says so bites.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ALLOWED, patterns } from './patterns.ts';
import { SOURCE } from './rules.ts';
import { tree } from './tree.ts';

describe('patterns', () => {
  test('none stands where text of commands is read', () => {
    assert.deepEqual(
      patterns(tree()).map(({ path, what }) => `${path}: ${what}`),
      [],
    );
  });

  test('every place that is allowed says why', () => {
    for (const [path, { most, why }] of Object.entries(ALLOWED)) {
      assert.ok(most > 0 && why.length > 20, path);
    }
  });

  const seeded: readonly (readonly [path: string, text: string])[] = [
    ['core/effects/x.ts', `export const a = /^rm /.test(b);`],
    ['core/effects/programs/x.ts', `const A = /x/;`],
    ['core/effects/walk/x.ts', 'if (/[a-z]+/g.test(b)) c();'],
    ['core/shell/x.ts', `const a = new RegExp('x');`],
    ['core/shell/x.ts', `const a = RegExp('x');`],
    ['core/code/x.ts', `const a = b.match('x');`],
    ['core/code/x.ts', `for (const a of b.matchAll(c)) d();`],
    ['core/code/x.ts', `const a = b.search('x');`],
    ['core/code/x.ts', `const a = b.replace(/x/g, '');`],
    ['core/code/x.ts', `const a = b.split(/,/);`],
  ];
  for (const [path, text] of seeded) {
    test(`bites: ${path}: ${text}`, () => {
      assert.equal(patterns([{ path: SOURCE + path, text: `// A file.\n${text}\n` }])[0]?.rule, 'pattern');
    });
  }

  test('stays quiet elsewhere, in text, and where a row allows it', () => {
    const quiet: readonly (readonly [string, string])[] = [
      ['core/names/x.ts', 'const a = /x/;'],
      ['core/effects/x.test.ts', 'const a = /x/;'],
      ['core/effects/x.ts', '// /x/ in a comment\nconst a = "/x/"; const b = c / d / e; const f = `${g}/x/`;'],
      ['core/effects/x.ts', 'const a = b.replaceAll("x", "y").split(",");'],
    ];
    for (const [path, text] of quiet) assert.deepEqual(patterns([{ path: SOURCE + path, text }]), [], path + text);
    const one = [{ path: `${SOURCE}core/effects/x.ts`, text: 'const a = /x/;' }];
    assert.deepEqual(patterns(one, { 'core/effects/x.ts': { most: 1, why: 'a row of the test' } }), []);
    assert.equal(
      patterns(one, { 'core/effects/x.ts': { most: 2, why: 'a row of the test' } }).length,
      1,
      'a row that is too wide',
    );
  });
});
