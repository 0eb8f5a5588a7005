// Lexical normal form of paths: tables of spelled and wanted.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { foldCase, foldSegment } from './fold.ts';
import { isWithin, pathToObserve, resolvePath, whyUnknown } from './paths.ts';

const HOME = '/home/dev';
const CWD = '/home/dev/project';

test('resolvePath brings every spelling into one form', () => {
  const table: readonly [name: string, want: string][] = [
    ['a.txt', '/home/dev/project/a.txt'],
    ['./a.txt', '/home/dev/project/a.txt'],
    ['.', CWD],
    ['..', HOME],
    ['../../../..', '/'],
    ['/', '/'],
    ['//', '/'],
    ['/.', '/'],
    ['/..', '/'],
    ['//etc///passwd/', '/etc/passwd'],
    ['/etc/.', '/etc'],
    ['/etc/./x/../passwd', '/etc/passwd'],
    ['/a/..b/...c', '/a/..b/...c'],
    ['/a/.b', '/a/.b'],
    ['~', HOME],
    ['~/', HOME],
    ['~/.ssh/id_rsa', '/home/dev/.ssh/id_rsa'],
    ['~dev/x', '/home/dev/x'],
    ['~root', '/root'],
    ['~+/x', '/home/dev/project/x'],
    ['./~', '/home/dev/project/~'],
    ['a~', '/home/dev/project/a~'],
    ['/proc/self/root/etc/passwd', '/etc/passwd'],
    ['/proc/self/root', '/'],
    ['/proc/self/root/../etc', '/etc'],
    ['/proc/thread-self/root/etc', '/etc'],
    ['/proc/1/root/etc/shadow', '/etc/shadow'],
    ['/proc/self/task/7/root/etc', '/etc'],
    ['/proc/self/cwd/a', '/home/dev/project/a'],
    ['/proc/self/cwd/../a', '/home/dev/a'],
    ['/proc/self/root/proc/self/root/proc/self/cwd', CWD],
    ['/proc/self/fd/3', '/dev/fd/3'],
    ['/dev/fd/63', '/dev/fd/63'],
    ['/proc/self/environ', '/proc/self/environ'],
    ['/proc/12/environ', '/proc/12/environ'],
    ['/proc/rooted/root/x', '/proc/rooted/root/x'],
    ['../../../../proc/self/root/etc', '/etc'],
  ];
  for (const [name, want] of table) assert.equal(resolvePath(CWD, name, HOME), want, name);
});

test('what text cannot know is a marker with a reason', () => {
  for (const name of [
    '',
    'a\0b',
    '/etc/\0',
    '~alice/x',
    '~-',
    '/proc/99/cwd/x',
    '/proc/99/fd/3',
    '/dev/fd/3/x',
    '/dev/fd/3/../x',
    'x'.repeat(40_000),
  ]) {
    const path = resolvePath(CWD, name, HOME);
    assert.notEqual(whyUnknown(path), undefined, JSON.stringify(name.slice(0, 20)));
  }
  const lost = resolvePath('relative/cwd', 'x', HOME);
  assert.equal(whyUnknown(lost), 'a relative name in an unknown directory');
  // A marker as cwd passes its reason on, and a marker stays one.
  assert.equal(resolvePath(lost, 'x', HOME), lost);
  assert.equal(resolvePath(CWD, lost, HOME), lost);
  assert.equal(resolvePath(lost, '/abs', HOME), '/abs');
});

test('an observer is asked about the dots after a name, since links decide where they lead', () => {
  assert.equal(pathToObserve(CWD, 'link/../x', HOME), '/home/dev/project/link/../x');
  assert.equal(pathToObserve(CWD, 'a//b/', HOME), '/home/dev/project/a/b');
  assert.equal(pathToObserve(CWD, '/../etc', HOME), '/etc');
  assert.equal(pathToObserve(CWD, '/proc/self/root/../etc', HOME), '/etc');
});

test('normal forms are stable and have no dots left', () => {
  const part = fc.constantFrom(
    '.',
    '..',
    '',
    'a',
    '.b',
    '...',
    'proc',
    'self',
    'root',
    'cwd',
    'fd',
    '1',
    'dev',
    '~',
    'task',
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 12 }), fc.boolean(), (parts, absolute) => {
      const path = resolvePath(CWD, (absolute ? '/' : '') + parts.join('/'), HOME);
      if (whyUnknown(path) !== undefined) return;
      assert.match(path, /^\//);
      assert.ok(
        !path
          .split('/')
          .slice(1)
          .some((segment) => segment === '.' || segment === '..' || (segment === '' && path !== '/')),
      );
      assert.equal(resolvePath('/elsewhere', path, HOME), path);
    }),
  );
});

test('isWithin is about segments, not prefixes', () => {
  assert.ok(isWithin('/a/b', '/a/b'));
  assert.ok(isWithin('/a/b', '/a/b/c'));
  assert.ok(!isWithin('/a/b', '/a/bc'));
  assert.ok(isWithin('/', '/x'));
});

test('folding makes look-alike spellings one, and never invents a separator', () => {
  const table: readonly [string, string][] = [
    ['.cUrSoR', '.cursor'],
    ['.ssh', '.ssh'],
    ['.s\u200bsh', '.ssh'],
    ['.ss\u200dh\u2060', '.ssh'],
    ['\uff0e\uff53\uff53\uff48', '.ssh'],
    ['cafe\u0301', 'caf\u00e9'],
    ['.git.', '.git'],
    ['.git  . ', '.git'],
    ['..', '..'],
    ['...', '...'],
    ['STRASSE', 'strasse'],
  ];
  for (const [given, want] of table) assert.equal(foldSegment(given), want, JSON.stringify(given));
  assert.equal(foldCase('/Home/.cUrSoR./mcp.JSON'), '/home/.cursor/mcp.json');
  assert.equal(foldCase('/a/b\uff0fc').split('/').length, 3);
  assert.equal(foldCase('/'), '/');
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) =>
      assert.equal(foldSegment(foldSegment(text)), foldSegment(text)),
    ),
  );
});
