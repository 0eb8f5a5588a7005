// What a folder's own settings loosen, per level of protection.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { folderHoles, type Protection } from './folder-holes.ts';

async function codes(files: { readonly [name: string]: string }, protection: Protection): Promise<readonly string[]> {
  const dir = await mkdtemp(join(tmpdir(), 'holdfast-folder-'));
  try {
    await mkdir(join(dir, '.claude'));
    for (const [name, text] of Object.entries(files)) await writeFile(join(dir, '.claude', name), text);
    const found = await folderHoles(dir, protection);
    for (const hole of found) assert.ok(hole.text.startsWith(join(dir, '.claude/settings')), hole.text);
    return found.map((hole) => hole.code);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

test('each way is named', async () => {
  const wanted: readonly (readonly [string, readonly string[]])[] = [
    ['{}', []],
    ['{"model":"opus"}', []],
    ['{"disableAllHooks":true}', ['disables-hooks']],
    ['\uFEFF{"disableAllHooks":true}', ['disables-hooks']],
    ['{"disableAllHooks":false}', []],
    ['{"hooks":{"PreToolUse":[]}}', ['brings-hooks']],
    [
      '{"permissions":{"defaultMode":"bypassPermissions","allow":["Bash(*)"],"additionalDirectories":["/"]}}',
      ['loosens-permissions', 'approves-tools', 'opens-folders'],
    ],
    ['{"permissions":{"deny":["Read(.env)"]}}', []],
    [
      '{"enableAllProjectMcpServers":true,"apiKeyHelper":"./x","env":{"A":"b"}}',
      ['enables-servers', 'runs-programs', 'sets-environment'],
    ],
    ['{"disableAllHooks":true,}', ['settings-invalid']],
    ['[]', []],
  ];
  for (const [text, expected] of wanted)
    assert.deepEqual(await codes({ 'settings.json': text }, 'user'), expected, text);
});

test('the local file counts as much, and both are read', async () => {
  assert.deepEqual(await codes({ 'settings.local.json': '{"disableAllHooks":true}' }, 'none'), ['disables-hooks']);
  assert.deepEqual(
    await codes({ 'settings.json': '{"env":{"A":"b"}}', 'settings.local.json': '{"disableAllHooks":true}' }, 'user'),
    ['sets-environment', 'disables-hooks'],
  );
});

test('at managed level a project cannot switch hooks off or bring its own', async () => {
  assert.deepEqual(
    await codes({ 'settings.json': '{"disableAllHooks":true,"hooks":{"Stop":[]},"env":{"A":"b"}}' }, 'managed'),
    ['sets-environment'],
  );
});

test('what cannot be read is told, and does not hold', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'holdfast-folder-'));
  try {
    assert.deepEqual(await folderHoles(dir, 'user'), []);
    assert.deepEqual(await folderHoles(join(dir, 'gone'), 'user'), []);
    await mkdir(join(dir, '.claude'));
    execFileSync('mkfifo', [join(dir, '.claude/settings.json')]);
    await symlink('/dev/zero', join(dir, '.claude/settings.local.json'));
    assert.deepEqual(
      (await folderHoles(dir, 'user')).map((hole) => hole.code),
      ['settings-unread', 'settings-unread'],
    );
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
});
