// Rules of machine and user over real files: what stands together, what stays when one errs, and what of Holdfast they protect.
import assert from 'node:assert/strict';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { groupsOfPath } from '../core/names/index.ts';
import { UserError } from './cli/errors.ts';
import { homeAt } from './home.ts';
import { RulesStore, type RulesChange, type RulesPlace } from './rules-store.ts';

type World = RulesPlace & { readonly dir: string; readonly put: (file: string, text: string | object) => void };

function world(t: TestContext): World {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'holdfast-rules-')));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  mkdirSync(join(dir, 'state'), { mode: 0o700 });
  return {
    dir,
    home: homeAt(join(dir, 'state')),
    etc: join(dir, 'etc'),
    key: 'ab'.repeat(32),
    hook: '/opt/elsewhere/hook',
    put: (file, text) => {
      mkdirSync(dirname(file), { recursive: true });
      // Written beside and moved, so that nobody reads half of it.
      writeFileSync(`${file}.new`, typeof text === 'string' ? text : JSON.stringify(text));
      chmodSync(`${file}.new`, 0o600);
      renameSync(`${file}.new`, file);
    },
  };
}

async function open(t: TestContext, at: World): Promise<RulesStore> {
  const store = await RulesStore.open(at);
  t.after(() => store.close());
  return store;
}

/** A store that is watched, and a way to wait for what it says. */
async function watched(
  t: TestContext,
  at: World,
  hear: (change: RulesChange) => void = () => undefined,
): Promise<{ readonly store: RulesStore; readonly told: RulesChange[]; readonly until: (n: number) => Promise<void> }> {
  const store = await open(t, at);
  const told: RulesChange[] = [];
  const unwatch = store.watch((change) => {
    hear(change);
    told.push(change);
  });
  t.after(unwatch);
  const until = async (n: number): Promise<void> => {
    for (const ends = performance.now() + 20_000; told.length < n;) {
      assert.ok(performance.now() < ends, `only told: ${JSON.stringify(told)}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  return { store, told, until };
}

const RULE = (id: string): string =>
  `@id("${id}") @verdict("ask") @severity("low") @reason("it is asked") @fix("leave it")\nforbid (principal, action == Holdfast::Action::"file.write", resource);\n`;

describe('rules of machine and user', () => {
  test('both have settings and rules; a user may only tighten what the machine set', async (t) => {
    const at = world(t);
    at.put(join(at.etc, 'holdfast/settings.json'), { profile: 'strict' });
    at.put(join(at.etc, 'holdfast/policies/m.cedar'), RULE('machine/a'));
    at.put(join(at.home.policies, 'u.cedar'), RULE('user/a'));
    at.put(at.home.settings, '{\n"profile": "observe"}');
    const store = await open(t, at);
    assert.equal(store.current.settings.profile, 'strict');
    assert.deepEqual(
      ['machine/a', 'user/a'].map((id) => store.current.policy.rules.get(id)?.scope),
      ['machine', 'user'],
    );
    assert.deepEqual(store.notices, [
      `${at.home.settings}:2:1: \`profile\`: observe would loosen strict: machine settings say strict`,
    ]);
  });

  const bad: readonly (readonly [
    name: string,
    file: (at: World) => string,
    text: string,
    code: string,
    place: string,
  ])[] = [
    ['settings of the user', (at) => at.home.settings, '{\n oops', 'settings-invalid', ':2:2: '],
    ['settings of the machine', (at) => join(at.etc, 'holdfast/settings.json'), '[]', 'settings-invalid', ':1:1: '],
    ['rules of the user', (at) => join(at.home.policies, 'a.cedar'), '\nforbid(', 'rules-invalid', ':2: '],
    ['rules of the machine', (at) => join(at.etc, 'holdfast/policies/a.cedar'), 'x', 'rules-invalid', ':1: '],
  ];
  for (const [name, file, text, code, place] of bad) {
    test(`${name} with an error: no start, with file and line`, async (t) => {
      const at = world(t);
      at.put(file(at), text);
      await assert.rejects(RulesStore.open(at), (error: unknown) => {
        assert.ok(error instanceof UserError);
        assert.equal(error.code, code);
        assert.ok(error.message.startsWith(`${file(at)}${place}`), error.message);
        return true;
      });
    });
  }

  test('settings that others may write are not believed', async (t) => {
    const at = world(t);
    at.put(at.home.settings, {});
    chmodSync(at.home.settings, 0o666);
    await assert.rejects(RulesStore.open(at), /may be written by others/);
  });
});

describe('while files change', () => {
  test('an error in one file leaves what it said, and keeps nothing else from changing', async (t) => {
    const at = world(t);
    const policy = join(at.home.policies, 'a.cedar');
    at.put(policy, RULE('user/a'));
    at.put(at.home.settings, { askAt: 70 });
    const { store, told, until } = await watched(t, at);
    const first = store.current;
    at.put(policy, `${RULE('user/a')}forbid (`);
    await until(1);
    assert.match(JSON.stringify(told[0]), /a\.cedar:3: error: unexpected end of input/);
    assert.equal(store.current, first, 'the very same rules');
    at.put(at.home.settings, { askAt: 60 });
    await until(2);
    assert.deepEqual([store.current.settings.askAt, store.current.policy.rules.has('user/a')], [60, true]);
    assert.equal(store.problems.length, 1);
    at.put(at.home.settings, '{"askAt": "x"}');
    await until(3);
    assert.deepEqual([store.current.settings.askAt, store.problems.length], [60, 2]);
    at.put(policy, RULE('user/b'));
    await until(4);
    assert.deepEqual([store.current.policy.rules.has('user/b'), store.problems.length], [true, 1]);
    at.put(at.home.settings, { askAt: 50 });
    await until(5);
    assert.deepEqual([store.current.settings.askAt, store.problems], [50, []]);
    assert.deepEqual(
      told.map((change) => ('digest' in change ? 'in force' : 'error')),
      ['error', 'in force', 'error', 'in force', 'in force'],
    );
  });

  test('what cannot be recorded is not in force, is told, and comes into force with a later look', async (t) => {
    const at = world(t);
    let full = true;
    const { store, told, until } = await watched(t, at, (change) => {
      if (full && 'digest' in change) throw new Error('the disk is full');
    });
    const first = store.current;
    at.put(at.home.settings, { askAt: 60 });
    await until(1);
    assert.deepEqual(told[0], { problems: ['the disk is full'] });
    assert.equal(store.current, first);
    full = false;
    at.put(at.home.settings, { askAt: 60, denyAt: 90 });
    await until(2);
    assert.deepEqual([store.current.settings.askAt, store.current.settings.denyAt], [60, 90]);
  });
});

describe("Holdfast's own files", () => {
  test('are protected where they really are, under every name they have', async (t) => {
    const at = world(t);
    symlinkSync(at.home.root, join(at.dir, 'link'));
    const store = await open(t, { ...at, home: homeAt(join(at.dir, 'link')) });
    const place = { home: '/home/dev', workspace: '/home/dev/project', cwd: '/home/dev/project' };
    const rows: readonly (readonly [path: string, want: boolean])[] = [
      [join(at.dir, 'link/settings.json'), true],
      [join(at.dir, 'state/settings.json'), true],
      [join(at.dir, 'link/run/gate.sock'), true],
      [join(at.dir, 'state/run/gate.sock'), true],
      ['/opt/elsewhere/hook', true],
      ['/opt/elsewhere/other', false],
      [join(at.etc, 'holdfast/settings.json'), true],
      [join(at.etc, 'holdfast/policies/x.cedar'), true],
      ['/home/dev/project/.holdfast/settings.json', true],
      ['/home/dev/project/src/a.ts', false],
    ];
    for (const [path, want] of rows)
      assert.equal(groupsOfPath(store.current.machinery.groups, place, path).includes('holdfast'), want, path);
  });
});
