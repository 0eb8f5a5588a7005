// Facts from the real disk: what is there, why there is no answer, and that nothing read can hang or grow without end.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, realpath, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { sha256, type Fact, type Want } from '../../core/model/index.ts';
import { observeFacts, type ObserveOptions } from './facts.ts';
import { parseMounts } from './mounts.ts';

const LIMIT = { timeout: 30_000 };
const ROOT = process.getuid?.() === 0;

async function place(t: TestContext, options?: ObserveOptions) {
  const dir = await realpath(await mkdtemp(join(tmpdir(), 'hf-facts-')));
  t.after(() => rm(dir, { recursive: true, force: true }));
  const source = observeFacts(options);
  t.after(() => source.close());
  const one = async (want: Want, deadlineMs = 5_000): Promise<Fact> =>
    (await source.observe([want], deadlineMs))[0] as Fact;
  const path = async (name: string): Promise<unknown> => {
    const fact = await one({ ask: 'path', path: name.startsWith('/') ? name : `${dir}/${name}` });
    if ('none' in fact) return fact.none;
    const { dev, ino, uid, ...rest } = fact.got as { dev?: number; ino?: number; uid?: number };
    const exists = (rest as { exists?: unknown }).exists === true;
    assert.equal(dev !== undefined && ino !== undefined && uid !== undefined, exists, name);
    return JSON.parse(JSON.stringify(rest).replaceAll(dir, '~'));
  };
  const text = async (name: string, max = 1_000): Promise<unknown> => {
    const fact = await one({ ask: 'text', path: name.startsWith('/') ? name : join(dir, name), max });
    return 'none' in fact ? fact.none : { text: fact.got, digest: fact.digest };
  };
  return { dir, source, one, path, text };
}

test('a path is followed as the kernel follows it', LIMIT, async (t) => {
  const { dir, path } = await place(t);
  await mkdir(join(dir, 'a/b/c'), { recursive: true });
  await writeFile(join(dir, 'a/b/file'), 'x');
  await symlink('b', join(dir, 'a/link'));
  await symlink(join(dir, 'a/b/file'), join(dir, 'absolute'));
  await symlink('a/link/../b/file', join(dir, 'crooked'));
  await symlink('a/b/missing', join(dir, 'dangling'));
  await symlink('loop2', join(dir, 'loop1'));
  await symlink('loop1', join(dir, 'loop2'));
  await symlink('.', join(dir, 'here'));
  execFileSync('mkfifo', [join(dir, 'fifo')]);
  const rows: readonly (readonly [string, unknown])[] = [
    ['/', { real: '/', exists: true, kind: 'dir' }],
    ['a/b/file', { real: '~/a/b/file', exists: true, kind: 'file' }],
    ['a//./b/', { real: '~/a/b', exists: true, kind: 'dir' }],
    ['a/link/file', { real: '~/a/b/file', exists: true, kind: 'file', links: ['~/a/link'] }],
    ['a/link', { real: '~/a/b', exists: true, kind: 'dir', links: ['~/a/link'] }],
    ['absolute', { real: '~/a/b/file', exists: true, kind: 'file', links: ['~/absolute'] }],
    ['crooked', { real: '~/a/b/file', exists: true, kind: 'file', links: ['~/crooked', '~/a/link'] }],
    // `..` goes up from where the link leads.
    ['a/link/c/../../b', { real: '~/a/b', exists: true, kind: 'dir', links: ['~/a/link'] }],
    ['here/here/here/a', { real: '~/a', exists: true, kind: 'dir', links: ['~/here', '~/here', '~/here'] }],
    ['missing', { real: '~/missing', exists: false }],
    ['a/link/new/deeper', { real: '~/a/b/new/deeper', exists: false, links: ['~/a/link'] }],
    ['a/b/file/below', { real: '~/a/b/file/below', exists: false }],
    ['no/../where', { real: '~/where', exists: false }],
    ['dangling', { real: '~/a/b/missing', exists: false, kind: 'link', links: ['~/dangling'] }],
    ['dangling/', { real: '~/a/b/missing', exists: false, kind: 'link', links: ['~/dangling'] }],
    ['fifo', { real: '~/fifo', exists: true, kind: 'fifo' }],
    ['/dev/null', { real: '/dev/null', exists: true, kind: 'char' }],
    ['x'.repeat(300), { real: `~/${'x'.repeat(300)}`, exists: false }],
    ['loop1', 'refused'],
    ['a\0b', 'refused'],
    ['/proc/self/cwd/x', 'unknown'],
    ['/proc/self/root/etc', 'unknown'],
    [`/proc/${process.pid}/fd/0`, 'unknown'],
    ['/proc/version', { real: '/proc/version', exists: true, kind: 'file' }],
  ];
  for (const [name, wanted] of rows) assert.deepEqual(await path(name), wanted, name);
  await symlink(dir, join(dir, 'up'));
  assert.equal(await path(`${'up/'.repeat(41)}a`), 'refused', 'more links than the kernel follows');
  assert.deepEqual(((await path(`${'up/'.repeat(40)}a`)) as { real: string }).real, '~/a');
  const socket = createServer().listen(join(dir, 'socket'));
  t.after(() => socket.close());
  await new Promise((done) => socket.once('listening', done));
  assert.equal(((await path('socket')) as { kind: string }).kind, 'socket');
});

test('a relative path is refused', LIMIT, async (t) => {
  const { one } = await place(t);
  assert.deepEqual(await one({ ask: 'path', path: 'a/b' }), { want: { ask: 'path', path: 'a/b' }, none: 'refused' });
});

test('a long path is walked, one without end is refused', LIMIT, async (t) => {
  const { path } = await place(t);
  assert.deepEqual(await path('/tmp/../'.repeat(4_000)), { real: '/', exists: true, kind: 'dir' });
  assert.equal(await path('/tmp/../'.repeat(5_000)), 'refused');
});

test('text is read from regular files of bounded size, and from nothing else', LIMIT, async (t) => {
  const { dir, text } = await place(t);
  await writeFile(join(dir, 'script'), '#!/bin/sh\necho é\n');
  await writeFile(join(dir, 'empty'), '');
  await writeFile(join(dir, 'binary'), Buffer.from([0x41, 0xff, 0x00]));
  await writeFile(join(dir, 'large'), 'x'.repeat(1_001));
  await writeFile(join(dir, 'just'), 'x'.repeat(1_000));
  await truncate(join(dir, 'large'), 50 * 1024 ** 3);
  await symlink('script', join(dir, 'link'));
  await symlink('/dev/zero', join(dir, 'zero'));
  execFileSync('mkfifo', [join(dir, 'fifo')]);
  await mkdir(join(dir, 'folder'));
  const bytes = Buffer.from('#!/bin/sh\necho é\n');
  const script = { text: String(bytes), digest: sha256(bytes) };
  const rows: readonly (readonly [string, unknown])[] = [
    ['script', script],
    ['link', script],
    ['empty', { text: '', digest: sha256('') }],
    ['binary', { text: 'A\ufffd\0', digest: sha256(Buffer.from([0x41, 0xff, 0x00])) }],
    ['just', { text: 'x'.repeat(1_000), digest: sha256('x'.repeat(1_000)) }],
    ['large', 'too-big'],
    ['missing', 'absent'],
    ['script/below', 'absent'],
    ['folder', 'refused'],
    ['fifo', 'refused'],
    ['zero', 'refused'],
    ['/dev/zero', 'refused'],
    ['/dev/tty', 'refused'],
    ['/proc/self/environ', 'unknown'],
    ['/proc/version', 'refused'],
    ['/proc/kmsg', 'refused'],
    ['/sys/kernel/mm/transparent_hugepage/enabled', 'refused'],
  ];
  for (const [name, wanted] of rows) assert.deepEqual(await text(name), wanted, name);
});

test(
  'what this user may not see is refused',
  { ...LIMIT, skip: ROOT ? 'root may see everything' : false },
  async (t) => {
    const { dir, path, text } = await place(t);
    await mkdir(join(dir, 'closed'));
    await writeFile(join(dir, 'closed/file'), 'x');
    await writeFile(join(dir, 'secret'), 'x', { mode: 0o000 });
    await chmod(join(dir, 'closed'), 0o000);
    assert.deepEqual([await path('closed/file'), await text('secret')], ['refused', 'refused']);
    await chmod(join(dir, 'closed'), 0o700);
  },
);

test('a directory is listed in order, or the reason is told', LIMIT, async (t) => {
  const { dir, one } = await place(t);
  const list = async (name: string, max: number): Promise<unknown> => {
    const fact = await one({ ask: 'list', dir: join(dir, name), max });
    return 'none' in fact ? fact.none : fact.got;
  };
  await mkdir(join(dir, 'd'));
  for (const name of ['b', 'a', '.hidden', 'é']) await writeFile(join(dir, 'd', name), '');
  await symlink('d', join(dir, 'link'));
  assert.deepEqual(await list('d', 4), ['.hidden', 'a', 'b', 'é']);
  assert.deepEqual(await list('link', 10), ['.hidden', 'a', 'b', 'é']);
  assert.equal(await list('d', 3), 'too-big');
  assert.equal(await list('d/a', 3), 'refused');
  assert.equal(await list('none', 3), 'absent');
  await writeFile(Buffer.concat([Buffer.from(`${dir}/d/`), Buffer.from([0xff])]), '');
  assert.equal(await list('d', 10), 'unknown', 'a name that is no text');
});

test('a program is found as a shell finds it, or not claimed to be', LIMIT, async (t) => {
  const { dir, one } = await place(t);
  for (const name of ['one', 'two']) await mkdir(join(dir, name));
  await writeFile(join(dir, 'one/tool'), '', { mode: 0o644 });
  await writeFile(join(dir, 'two/real'), '', { mode: 0o755 });
  await mkdir(join(dir, 'one/real'));
  await symlink('real', join(dir, 'two/tool'));
  const find = async (name: string, path: string): Promise<unknown> => {
    const fact = await one({ ask: 'program', name, path: path.replaceAll('~', dir) });
    return 'none' in fact ? fact.none : fact.got;
  };
  assert.deepEqual(await find('tool', '~/one:~/two'), { path: `${dir}/two/real` });
  assert.deepEqual(await find('real', '~/none:~/one:~/two'), { path: `${dir}/two/real` });
  assert.equal(await find('tool', '~/one'), 'absent');
  assert.equal(await find('tool', 'bin:~/two'), 'unknown');
  assert.equal(await find('tool', ':~/two'), 'unknown');
  assert.equal(await find('../two/tool', '~/one'), 'refused');
});

test('a repository is read without running git', LIMIT, async (t) => {
  const { dir, one } = await place(t);
  const at = async (name: string): Promise<unknown> => {
    const fact = await one({ ask: 'vcs', dir: join(dir, name) });
    return 'none' in fact ? fact.none : JSON.parse(JSON.stringify(fact.got).replaceAll(dir, '~'));
  };
  await mkdir(join(dir, 'repo/.git'), { recursive: true });
  await mkdir(join(dir, 'repo/src/deep'), { recursive: true });
  await writeFile(join(dir, 'repo/.git/HEAD'), 'ref: refs/heads/feature/x\n');
  await writeFile(
    join(dir, 'repo/.git/config'),
    '[core]\n\tbare = false\n\turl = no\n[remote "origin"]\n\turl = https://host.test/a.git\n\tpushurl = "git@host.test:b.git"\n[branch "x"]\n\turl = no\n[remote "a\\"b"]\n  URL=ssh://x\n',
  );
  const remotes = [
    { name: 'origin', url: 'https://host.test/a.git' },
    { name: 'origin', url: 'git@host.test:b.git' },
    { name: 'a"b', url: 'ssh://x' },
  ];
  assert.deepEqual(await at('repo/src/deep'), { root: '~/repo', branch: 'feature/x', remotes });
  await mkdir(join(dir, 'tree/.keep'), { recursive: true });
  await mkdir(join(dir, 'repo/.git/worktrees/tree'), { recursive: true });
  await writeFile(join(dir, 'tree/.git'), 'gitdir: ../repo/.git/worktrees/tree\n');
  await writeFile(join(dir, 'repo/.git/worktrees/tree/HEAD'), `${'0'.repeat(40)}\n`);
  await writeFile(join(dir, 'repo/.git/worktrees/tree/commondir'), '../..\n');
  assert.deepEqual(await at('tree'), { root: '~/tree', remotes });
  await mkdir(join(dir, 'broken/.git'), { recursive: true });
  assert.equal(await at('broken'), 'refused');
  execFileSync('mkfifo', [join(dir, 'broken/.git/HEAD')]);
  assert.equal(await at('broken'), 'refused');
  const outside = await one({ ask: 'vcs', dir: '/proc' });
  assert.deepEqual('none' in outside && outside.none, 'absent');
});

test('names of hosts and labels of files are not answered here', LIMIT, async (t) => {
  const { source } = await place(t);
  const wants: readonly Want[] = [
    { ask: 'resolve', host: 'host.test' },
    { ask: 'file-label', path: '/etc/passwd' },
  ];
  assert.deepEqual(
    await source.observe(wants, 1_000),
    wants.map((want) => ({ want, none: 'unknown' })),
  );
});

test('answers come in the order of the wants; without time left they are late', LIMIT, async (t) => {
  const { source } = await place(t);
  const wants: readonly Want[] = [
    { ask: 'path', path: '/' },
    { ask: 'path', path: '/nowhere' },
    { ask: 'text', path: '/dev', max: 1 },
  ];
  assert.deepEqual(
    (await source.observe(wants, 1_000)).map((fact) => fact.want),
    wants,
  );
  assert.deepEqual(
    (await source.observe(wants, 0)).map((fact) => 'none' in fact && fact.none),
    ['late', 'late', 'late'],
  );
});

test('mounts that may hang are asked about in a helper, also where a link leads into them', LIMIT, async (t) => {
  const slow = new Set<string>();
  const { dir, path, text, one } = await place(t, {
    mounts: () => ({ slow: (at) => slow.has(at), pseudo: () => false }),
  });
  await mkdir(join(dir, 'share'));
  await writeFile(join(dir, 'share/file'), 'far away');
  await symlink('share/file', join(dir, 'link'));
  slow.add(join(dir, 'share'));
  assert.deepEqual(await path('share/file'), { real: '~/share/file', exists: true, kind: 'file' });
  assert.deepEqual(await path('link'), { real: '~/share/file', exists: true, kind: 'file', links: ['~/link'] });
  assert.deepEqual(await text('link'), { text: 'far away', digest: sha256('far away') });
  assert.deepEqual(await text('share/none'), 'absent');
  const want: Want = { ask: 'list', dir: join(dir, 'share'), max: 5 };
  assert.deepEqual(await one(want), { want, got: ['file'] });
});

test('the mount table tells local from slow by type', () => {
  const table = parseMounts(
    [
      '1 0 8:1 / / rw - nfs server:/ rw',
      '2 1 0:5 / /proc rw,relatime shared:13 - proc proc rw',
      '3 1 8:2 / /home rw shared:1 master:2 - ext4 /dev/sda2 rw',
      '4 1 0:9 / /mnt/with\\040space rw - nfs4 server:/x rw',
      '5 1 0:9 / /run/user/1000/gvfs rw - fuse.gvfsd-fuse gvfsd-fuse rw',
      '6 1 0:9 / /mnt/c rw - 9p drvfs rw',
      '7 1 0:9 / /new rw - nobody-knows none rw',
      '8 1 0:9 / /over rw - nfs server:/ rw',
      '9 1 0:9 / /over rw - tmpfs none rw',
      'garbage',
      '',
    ].join('\n'),
  );
  for (const path of ['/mnt/with space', '/run/user/1000/gvfs', '/mnt/c', '/new']) assert.ok(table.slow(path), path);
  for (const path of ['/', '/home', '/proc', '/over', '/mnt', '/nowhere']) assert.ok(!table.slow(path), path);
  assert.ok(table.pseudo('/proc') && !table.pseudo('/home'));
});

test('a want among many is answered as it is alone, at once and in a round', LIMIT, async (t) => {
  const { dir, source, one } = await place(t);
  await mkdir(join(dir, 'a/b/c'), { recursive: true });
  await writeFile(join(dir, 'a/b/file'), 'x');
  await symlink('b', join(dir, 'a/link'));
  await symlink('../../a/link', join(dir, 'a/b/back'));
  await symlink('/proc/self', join(dir, 'own'));
  const names =
    'a a/ a/. a/.. a/b a/b/ a/b/. a/b/.. a/b/file a/b/file/ a/b/file/x a/b/file/.. a/b/none a/b/none/.. a/b/none/x a/b/c/../file ' +
    'a/link a/link/ a/link/file a/link/.. a/link/c/.. a/b/back a/b/back/file a/b/back/../x own own/cwd ./a/b/file a//b//file';
  const paths = [...names.split(' ').map((name) => `${dir}/${name}`), '/', '//', '/..', '/proc/1/cwd', '/proc/version'];
  const wants = paths.map((path): Want => ({ ask: 'path', path }));
  const alone = await Promise.all(wants.map((want) => one(want)));
  for (const order of [wants, wants.toReversed()]) {
    const asked = order === wants ? alone : alone.toReversed();
    assert.deepEqual(await source.observe(order, 5_000), asked);
    const look = source.look(5_000);
    assert.deepEqual(order.map(look), asked);
  }
  assert.deepEqual(source.look(0)(wants[0]!), { want: wants[0], none: 'late' });
});
