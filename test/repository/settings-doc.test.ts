// docs/settings.md says what the code does: every setting with its direction, and no other.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { PROJECT_LIMITS } from '../../packages/holdfast/src/app/project-files.ts';
import { directionOfGroup, DIRECTIONS, settingsJsonSchema } from '../../packages/holdfast/src/core/settings/index.ts';

const text = readFileSync(new URL('../../docs/settings.md', import.meta.url), 'utf8');

test('the table of directions is that of the merge', () => {
  const rows = [...text.matchAll(/^\| `(\w+)` \| (\w+) \|/gm)].map((row) => [row[1], row[2]]);
  assert.deepEqual(Object.fromEntries(rows), DIRECTIONS);
  for (const [named, group] of [
    ['groups that protect', 'credentials'],
    ['groups that trust (`trusted-…`)', 'trusted-hosts'],
    ['group `holdfast`', 'holdfast'],
  ] as const)
    assert.ok(text.includes(`| ${named} | ${directionOfGroup(group)} |`), named);
});

test('the table has every setting of the schema, and no other', () => {
  const { properties } = settingsJsonSchema() as { readonly properties: object };
  const rows = [...text.matchAll(/^\| `(\w+)` \| \w+ \|/gm)].map((row) => row[1]);
  assert.deepEqual([...rows, '$schema', 'groups'].toSorted(), Object.keys(properties).toSorted());
});

test('the limits of a project are those of the code', () => {
  const { settingsBytes, policyBytes, policyFiles, names, depth } = PROJECT_LIMITS;
  const want = `At most ${settingsBytes / 1024} KB of settings, ${policyFiles} policy files of ${policyBytes / 1024} KB together, ${names} names in folders at most ${depth} deep.`;
  assert.ok(text.includes(want), want);
});
