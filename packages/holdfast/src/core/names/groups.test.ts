// Group membership of paths, hosts, programs and parties, and the places paths lie in.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expandBraces, globMatch } from './glob.ts';
import {
  compileGroups,
  groupsBelow,
  groupsOfHost,
  groupsOfParty,
  groupsOfPath,
  groupsOfProgram,
  parseEntry,
} from './groups.ts';
import { entryFact, isTreeRoot, isTreeRootGlob, pathTarget, scopeOfPath } from './path-target.ts';
import { unknownPath } from './paths.ts';

const PLACE = { home: '/home/dev', workspace: '/home/dev/project' };
const index = compileGroups({
  credentials: [
    '~/.ssh/**',
    '!~/.ssh/known_hosts',
    '**/.env',
    '**/.env.*',
    '!**/.env.{example,sample}',
    '**/*.pem',
    '/etc/shadow',
  ],
  'agent-config': ['~/.claude/settings.json', '**/.cursor/mcp.json', './.tool/**'],
  hooks: ['**/.git/hooks/**', '**/.git/*.lock', '/opt/**/deep/*/end'],
  'trusted-hosts': ['registry.example.org', '*.cdn.example.org', 'localhost:8080', '[::1]', 'path:/srv/Trusted/**'],
  tools: ['docker', 'kube*', 'program:node.js'],
  people: ['*@example.org', '#ops', 'github.com/acme/*'],
});

test('paths find their groups however they are spelled', () => {
  const table: readonly [path: string, want: string[]][] = [
    ['/home/dev/.ssh', ['credentials']],
    ['/home/dev/.ssh/id_ed25519', ['credentials']],
    ['/home/dev/.SSH/id_ed25519', ['credentials']],
    ['/home/dev/.ssh/known_hosts', []],
    ['/root/.ssh/id_rsa', ['credentials']],
    ['/home/other/.ssh/id_rsa', ['credentials']],
    ['/Users/other/.ssh/id_rsa', ['credentials']],
    ['/home/dev/.sshd/x', []],
    ['/home/dev/project/.env', ['credentials']],
    ['/.env', ['credentials']],
    ['/home/dev/project/.env.local', ['credentials']],
    ['/home/dev/project/.env.example', []],
    ['/home/dev/project/.environment', []],
    ['/srv/tls/server.PEM', ['credentials']],
    ['/etc/shadow', ['credentials']],
    ['/etc/shadow-', []],
    ['/home/dev/project/sub/.cUrSoR/mcp.json', ['agent-config']],
    ['/home/dev/project/.tool/x/y', ['agent-config']],
    ['/home/dev/.tool/x', []],
    ['/x/.git/hooks/pre-commit', ['hooks']],
    ['/x/.git/hooks', ['hooks']],
    ['/x/.git/index.lock', ['hooks']],
    ['/x/.git/a/index.lock', []],
    ['/opt/deep/1/end', ['hooks']],
    ['/opt/a/b/deep/1/end', ['hooks']],
    ['/opt/a/b/deep/end', []],
    ['/srv/Trusted/a', ['trusted-hosts']],
    ['/srv/trusted/a', []],
  ];
  for (const [path, want] of table) assert.deepEqual(groupsOfPath(index, PLACE, path), want, path);
});

test('a whole tree touches the groups below it', () => {
  assert.deepEqual([...groupsBelow(index, PLACE, '/home/dev')].sort(), ['agent-config', 'credentials']);
  assert.deepEqual(groupsBelow(index, PLACE, '/home/dev/.claude'), ['agent-config']);
  assert.deepEqual(groupsBelow(index, PLACE, '/etc'), ['credentials']);
  assert.deepEqual(groupsBelow(index, PLACE, '/usr/share'), []);
  assert.ok(groupsBelow(index, PLACE, '/').includes('credentials'));
});

test('hosts, programs and parties find their groups', () => {
  assert.deepEqual(groupsOfHost(index, 'registry.example.org'), ['trusted-hosts']);
  assert.deepEqual(groupsOfHost(index, 'registry.example.org', 444), ['trusted-hosts']);
  assert.deepEqual(groupsOfHost(index, 'a.b.cdn.example.org'), ['trusted-hosts']);
  for (const host of ['cdn.example.org', 'evilcdn.example.org', 'registry.example.org.evil.test', 'example.org']) {
    assert.deepEqual(groupsOfHost(index, host), [], host);
  }
  assert.deepEqual(groupsOfHost(index, 'localhost', 8080), ['trusted-hosts']);
  assert.deepEqual(groupsOfHost(index, 'localhost', 80), []);
  assert.deepEqual(groupsOfHost(index, '::1'), ['trusted-hosts']);
  assert.deepEqual(groupsOfProgram(index, 'docker'), ['tools']);
  assert.deepEqual(groupsOfProgram(index, 'kubectl'), ['tools']);
  assert.deepEqual(groupsOfProgram(index, 'node.js'), ['tools']);
  assert.deepEqual(groupsOfProgram(index, 'dockerd'), []);
  assert.deepEqual(groupsOfParty(index, 'ann@example.org'), ['people']);
  assert.deepEqual(groupsOfParty(index, 'github.com/acme/tool'), ['people']);
  assert.deepEqual(groupsOfParty(index, 'ann@example.org.evil.test'), []);
});

test('entries that mean nothing are refused, not guessed', () => {
  for (const entry of ['', '!', 'a/b', 'path:relative/x', '~/../x', '/a/../b', 'a\0b'])
    assert.equal(parseEntry(entry), undefined, JSON.stringify(entry));
  assert.deepEqual(compileGroups({ x: ['', '/ok'] }).refused, ['x: ']);
});

test('globs match without backtracking over more than one star', () => {
  assert.ok(globMatch('a*b*c', 'aXXbYYc'));
  assert.ok(!globMatch('a*b*c', 'aXXbYY'));
  assert.ok(globMatch('?b', 'ab'));
  assert.ok(globMatch('*', ''));
  assert.ok(!globMatch('', 'a'));
  assert.ok(!globMatch(`${'a*'.repeat(50)}b`, 'a'.repeat(20_000)));
  assert.deepEqual(expandBraces('x{a,b{c,d}}'), ['xa', 'xbc', 'xbd']);
  assert.deepEqual(expandBraces('x{a'), ['x{a']);
});

test('scopes: permissive ones are exact, the rest is strict', () => {
  const table: readonly [path: string, want: string][] = [
    ['/home/dev/project', 'workspace'],
    ['/home/dev/project/a', 'workspace'],
    ['/home/dev/project-secrets/a', 'home'],
    ['/home/dev/a', 'home'],
    ['/home/other/a', 'system'],
    ['/tmp/x', 'temp'],
    ['/tmp', 'temp'],
    ['/tmpx', 'system'],
    ['/TMP/x', 'system'],
    ['/var/tmp/x', 'temp'],
    ['/dev/shm/x', 'temp'],
    ['/dev/sda', 'device'],
    ['/private/var/folders/ab/cd/T/x', 'temp'],
    ['/var/folders/ab/cd/0/x', 'system'],
    ['/etc/hosts', 'system'],
    ['/', 'system'],
    ['/mnt/data/x', 'home'],
    ['/mnt/data', 'system'],
    ['/srv/x', 'system'],
  ];
  for (const [path, want] of table) assert.equal(scopeOfPath(path, PLACE), want, path);
  assert.equal(scopeOfPath('/tmp/ws/a', { home: '/home/dev', workspace: '/tmp/ws' }), 'workspace');
  // A workspace that is a root itself grants nothing.
  for (const workspace of ['/', '/home', '/home/dev', '/etc']) {
    assert.equal(scopeOfPath('/etc/passwd', { home: '/home/dev', workspace }), 'system', workspace);
    assert.equal(scopeOfPath('/home/dev/a', { home: '/home/dev', workspace }), 'home', workspace);
  }
});

test('tree roots', () => {
  for (const path of [
    '/',
    '/etc',
    '/ETC',
    '/usr',
    '/usr/bin',
    '/home',
    '/home/dev',
    '/home/other',
    '/root',
    '/Users/ann',
    '/mnt/disk',
    '/media/ann/usb',
    '/Volumes/Disk',
    '/home/dev/project',
    '/opt',
  ]) {
    assert.ok(isTreeRoot(path, PLACE), path);
  }
  assert.ok(isTreeRoot('/srv/work', { home: '/home/dev', workspace: '/srv/work/app' }));
  for (const path of ['/home/dev/project/src', '/home/dev/other', '/etc/nginx', '/mnt/disk/a', '/tmp/x', '/data'])
    assert.ok(!isTreeRoot(path, PLACE), path);
  for (const glob of [
    '/*',
    '/.*',
    '/*/*',
    '/home/*',
    '/home/dev/*',
    '/home/dev/.[!.]*',
    '/home/dev/project/*',
    '/e*',
    '/u?r',
    '/[e]tc',
    '/home/d*',
    '/[[:alpha:]]tc',
    '/*/lib',
  ]) {
    assert.ok(isTreeRootGlob(glob, PLACE), glob);
  }
  for (const glob of [
    '/home/dev/project/dist/*',
    '/home/dev/project/*.log',
    '/tmp/build/*',
    '/etc',
    '/home/dev/x*',
    '/etc/nginx/*.conf',
  ]) {
    assert.ok(!isTreeRootGlob(glob, PLACE), glob);
  }
});

test('the real path decides; protecting groups of both count', () => {
  const link = pathTarget(index, PLACE, '/home/dev/project/n', {
    real: '/home/dev/.ssh/id_rsa',
    exists: true,
    kind: 'file',
  });
  assert.deepEqual(link, {
    type: 'path',
    name: '/home/dev/.ssh/id_rsa',
    scope: 'home',
    groups: ['credentials'],
    exists: true,
  });
  const named = pathTarget(index, PLACE, '/home/dev/project/.env', { real: '/home/dev/project/plain', exists: true });
  assert.deepEqual(named.groups, ['credentials']);
  const trusted = pathTarget(index, PLACE, '/srv/Trusted/a', { real: '/etc/x', exists: true });
  assert.deepEqual(trusted.groups, []);
  assert.equal(
    pathTarget(index, PLACE, '/home/dev/project/dev', { real: '/home/dev/project/dev', exists: true, kind: 'block' })
      .scope,
    'device',
  );
  assert.deepEqual(pathTarget(index, PLACE, unknownPath('why')), { type: 'unknown', name: 'why', groups: [] });
  const missing = pathTarget(index, PLACE, '/home/dev/project/x');
  assert.equal('exists' in missing, false);
  assert.equal(entryFact({ real: '/data', exists: true }, '/home/dev/link/x').real, '/data/x');
});
