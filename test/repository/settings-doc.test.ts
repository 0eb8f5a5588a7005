// docs/settings.md says what the code does: every setting with its direction, and no other.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { directionOfGroup, DIRECTIONS } from '../../packages/holdfast/src/core/settings/index.ts';

test('the table of directions is that of the merge', () => {
  const text = readFileSync(new URL('../../docs/settings.md', import.meta.url), 'utf8');
  const rows = [...text.matchAll(/^\| `(\w+)` \| (\w+) \|/gm)].map((row) => [row[1], row[2]]);
  assert.deepEqual(Object.fromEntries(rows), DIRECTIONS);
  for (const [named, group] of [
    ['groups that protect', 'credentials'],
    ['groups that trust (`trusted-…`)', 'trusted-hosts'],
    ['group `holdfast`', 'holdfast'],
  ] as const)
    assert.ok(text.includes(`| ${named} | ${directionOfGroup(group)} |`), named);
});
