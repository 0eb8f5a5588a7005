// Words of package managers: files, addresses, and names with and without an exact version.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { packageSpec, type Manager } from './package-spec.ts';

const rows: readonly (readonly [want: string, manager: Manager, text: string])[] = [
  ['pinned', 'npm', 'left-pad@1.3.0'],
  ['pinned', 'npm', '@a/b@1.3.0-rc.1+build'],
  ['open', 'npm', 'left-pad'],
  ['open', 'npm', '@a/b'],
  ['open', 'npm', 'a@^1.3.0'],
  ['open', 'npm', 'a@1.3'],
  ['open', 'npm', 'a@latest'],
  ['open', 'npm', 'a@1.3.0 || 2'],
  ['pinned', 'other', 'h.test/x@v1.0.0'],
  ['open', 'other', 'h.test/x@latest'],
  ['pinned', 'python', 'a==1.2'],
  ['pinned', 'python', 'a[b] === 1.2.post1'],
  ['pinned', 'python', "a==1.2; python_version < '3'"],
  ['open', 'python', 'a>=1.2'],
  ['open', 'python', 'a==1.*'],
  ['open', 'python', 'a'],
  ['file ./x', 'npm', './x'],
  ['file .', 'python', '.'],
  ['file .', 'python', '.[dev]'],
  ['file ../y', 'npm', 'file:../y'],
  ['file /x', 'python', 'file:///x'],
  ['file ../y', 'npm', 'link:../y'],
  ['file x.whl', 'python', 'x.whl'],
  ['file a-1.0.0.tgz', 'npm', 'a-1.0.0.tgz'],
  ['address https://h.test/a.tgz', 'npm', 'https://h.test/a.tgz'],
  ['address https://h.test/a', 'python', 'git+https://h.test/a'],
  ['address ssh://git@h.test/a', 'npm', 'git+ssh://git@h.test/a'],
  ['address git@h.test:a/b.git', 'npm', 'git@h.test:a/b.git'],
  ['address https://github.com/a/b', 'npm', 'github:a/b'],
  ['address https://bitbucket.org/a/b', 'npm', 'bitbucket:a/b'],
  ['address https://github.com/a/b#main', 'npm', 'a/b#main'],
  ['address https://h.test/x.whl', 'python', 'a @ https://h.test/x.whl'],
  ['file /x', 'python', 'a @ file:///x'],
  ['open', 'other', 'monolog/monolog'],
  ['open', 'npm', 'constructor:x'],
];

for (const [want, manager, text] of rows)
  test(`${manager}: ${text}`, () => {
    const spec = packageSpec(text, manager);
    const got =
      spec.kind === 'registry'
        ? spec.pinned
          ? 'pinned'
          : 'open'
        : `${spec.kind} ${spec.kind === 'file' ? spec.path : spec.address}`;
    assert.equal(got, want);
  });
