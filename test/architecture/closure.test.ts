// What each entry point loads before it does anything, as literals: a module that creeps in shows here first.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { closure } from './closure.ts';
import { ROOT } from './tree.ts';

const SRC = 'packages/holdfast/src';
const HOOK = `${SRC}/app/hook.mjs`;

describe('what entry points reach', () => {
  test('core: hashing and the shell parser, nothing that touches the world', () => {
    assert.deepEqual(closure(`${SRC}/core/index.ts`, { dynamic: true }).external, ['node:crypto', 'unbash']);
  });

  test('the command line loads a verb only when it is called', () => {
    assert.deepEqual(closure(`${SRC}/app/cli/main.ts`).external, ['node:util']);
  });

  test('what runs before a fitting Node is found needs old builtins only', () => {
    assert.deepEqual(closure('scripts/bootstrap.mjs').external, [
      'node:child_process',
      'node:fs',
      'node:path',
      'node:url',
    ]);
    for (const name of ['start', 'test', 'check', 'build', 'bench', 'format', 'fuzz', 'settings-schema']) {
      const { external, files } = closure(`scripts/${name}.mjs`);
      assert.deepEqual(
        files,
        ['packages/holdfast/bin/node.cjs', 'scripts/bootstrap.mjs', `scripts/${name}.mjs`].toSorted(),
        name,
      );
      for (const module of external) assert.match(module, /^node:(?:child_process|fs|os|path|url)$/, name);
    }
  });

  test(
    'the Node hook client stands alone',
    { skip: existsSync(join(ROOT, HOOK)) ? false : 'it is not there yet' },
    () => {
      const { files, external } = closure(HOOK, { dynamic: true });
      assert.deepEqual(files, [HOOK]);
      for (const module of external) assert.match(module, /^node:(?:buffer|crypto|fs|net|path|process)$/);
    },
  );
});
