// A workspace's own files over real rules and a real disk: they tighten, an error leaves what held, and everything is told once and first.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test, type TestContext } from 'node:test';
import { SessionRun, type EngineRules } from '../core/engine/index.ts';
import type { Level, Profile } from '../core/model/index.ts';
import { observeFacts } from '../edge/observe/index.ts';
import { loadBase, type BaseRules } from './load-rules.ts';
import { ProjectRules, type ProjectChange, type ProjectOptions } from './project-rules.ts';

const facts = observeFacts();
after(() => facts.close());
let balanced: BaseRules;
before(async () => (balanced = await loadBase()));

const rule = (id: string, layer: string, effect: 'forbid' | 'permit', more = ''): string =>
  [
    `@id("${id}") @verdict("${layer}") ${more}`,
    `${effect} (principal, action == Holdfast::Action::"process.exec", resource)`,
    'when { (resource is Holdfast::Program && resource.name == "frob") ||',
    '  (resource is Holdfast::Unknown && context.profile == "locked") };',
    '',
  ].join('\n');
const DENY = rule('project/no-frob', 'deny', 'forbid');

type Project = {
  readonly workspace: string;
  readonly put: (name: string, text: string | object) => void;
  readonly drop: (name: string) => void;
};

function project(t: TestContext): Project {
  const workspace = mkdtempSync(join(tmpdir(), 'holdfast-project-'));
  t.after(() => rmSync(workspace, { recursive: true, force: true }));
  const at = (name: string): string => join(workspace, '.holdfast', name);
  return {
    workspace,
    put: (name, text) => {
      mkdirSync(dirname(at(name)), { recursive: true });
      writeFileSync(at(name), typeof text === 'string' ? text : JSON.stringify(text));
    },
    drop: (name) => rmSync(at(name), { recursive: true }),
  };
}

function open(
  t: TestContext,
  options: Partial<ProjectOptions> = {},
): { readonly rules: ProjectRules; readonly told: ProjectChange[] } {
  const told: ProjectChange[] = [];
  const rules = new ProjectRules({
    facts,
    base: () => balanced,
    own: '/nowhere',
    changed: (change) => told.push(change),
    ...options,
  });
  t.after(() => rules.close());
  return { rules, told };
}

function levelOf(rules: EngineRules, command: string, workspace: string): Level {
  const run = new SessionRun(rules, { id: 's', agent: 'check', home: '/home/dev', cwd: workspace });
  return run.step({ tool: 'shell', hostTool: 'shell', input: { command } }).decision.verdict.level;
}

/** Words of the only problem, with the place from the workspace on. */
function only(list: readonly string[], { workspace }: Project): string {
  assert.equal(list.length, 1, list.join('\n'));
  return (list[0] ?? '').replace(`${workspace}/`, '');
}

describe('what a project may', () => {
  const strict: readonly {
    readonly name: string;
    readonly file: string;
    readonly text: string | object;
    readonly command: string;
    readonly want: Level;
  }[] = [
    { name: 'deny', file: 'policies/a.cedar', text: DENY, command: 'frob', want: 'deny' },
    {
      name: 'ask',
      file: 'policies/a.cedar',
      text: rule('project/ask', 'ask', 'forbid'),
      command: 'frob',
      want: 'ask',
    },
    {
      name: 'grow a group that protects',
      file: 'settings.json',
      text: { groups: { autostart: ['./vault/**'] } },
      command: 'echo x > vault/a',
      want: 'ask',
    },
    {
      name: 'shrink a group that trusts',
      file: 'settings.json',
      text: { profile: 'strict', groups: { 'trusted-programs': { remove: ['program:ls'] } } },
      command: 'ls',
      want: 'ask',
    },
    { name: 'a stricter profile', file: 'settings.json', text: { profile: 'locked' }, command: 'frob', want: 'deny' },
    { name: 'a lower threshold', file: 'settings.json', text: { denyAt: 0 }, command: 'ls', want: 'deny' },
  ];
  for (const { name, file, text, command, want } of strict) {
    test(name, async (t) => {
      const at = project(t);
      const { rules, told } = open(t);
      at.put(file, text);
      const found = await rules.at(at.workspace);
      assert.deepEqual([told[0]?.problems, told[0]?.notices, told[0]?.changed], [[], [], true]);
      assert.equal(levelOf(found, command, at.workspace), want);
      assert.equal(levelOf(balanced.rules, command, at.workspace), 'pass', 'and nowhere else');
      assert.notEqual(found.digest, balanced.rules.digest);
      assert.equal(rules.at(at.workspace), found, 'from then on at once');
    });
  }
});

describe('what a project may not', () => {
  const refused: readonly (readonly [name: string, file: string, text: string | object, says: RegExp])[] = [
    [
      'permit',
      'policies/a.cedar',
      rule('project/a', 'allow', 'permit'),
      /^\.holdfast\/policies\/a\.cedar:1: error: a project may only add deny and ask rules, not allow/,
    ],
    [
      'waive',
      'policies/a.cedar',
      `\n${rule('project/a', 'waive', 'permit', '@waives("exec/privilege")')}`,
      /^\.holdfast\/policies\/a\.cedar:2: error: a project may only add deny and ask rules, not waive/,
    ],
    [
      'rewrite',
      'policies/a.cedar',
      rule('project/a', 'modify', 'forbid', '@rewrite("trash")'),
      /^\.holdfast\/policies\/a\.cedar:1: error: a project may only add deny and ask rules, not modify/,
    ],
    [
      'speak as somebody else',
      'policies/a.cedar',
      rule('fs/mine', 'deny', 'forbid'),
      /a\.cedar:1: error: the id of a project's rule starts with `project\/`/,
    ],
    [
      'stand in for a shipped rule',
      'policies/a.cedar',
      rule('exec/privilege', 'deny', 'forbid'),
      /a\.cedar:1: error: a rule of this id exists already/,
    ],
    [
      'send rules to the slow evaluator',
      'policies/a.cedar',
      DENY.replace('"locked")', '"locked" && decimal("1.0").lessThan(decimal("2.0")))'),
      /a\.cedar:1: error: a project's rules must be ones that are compiled/,
    ],
    [
      'break the syntax',
      'policies/a.cedar',
      `${DENY}\nforbid (\n`,
      /a\.cedar:6: error: unexpected end of input \(policy-syntax\)/,
    ],
    [
      'take the engine down',
      'policies/a.cedar',
      DENY.replace('resource.name', `context${'.a'.repeat(20_000)}`),
      /a\.cedar:1: error: the policy engine fails on it/,
    ],
    [
      'name an endpoint',
      'settings.json',
      '{\n "askAt": 10,\n "endpoint": "https://evil.example" }',
      /^\.holdfast\/settings\.json:3:2: unknown setting `endpoint`$/,
    ],
    ['bring a hook', 'settings.json', '{"hooks": {}}', /settings\.json:1:2: unknown setting `hooks`/],
    ['be no JSON', 'settings.json', '{\n oops', /settings\.json:2:2: is no JSON/],
    [
      'protect what means nothing',
      'settings.json',
      '{"groups": {\n"memory": ["a/b"]}}',
      /settings\.json:2:12: `a\/b` is no path/,
    ],
  ];
  for (const [name, file, text, says] of refused) {
    test(`${name}: told with its place; the rules above hold`, async (t) => {
      const at = project(t);
      const { rules, told } = open(t);
      at.put(file, text);
      assert.equal(await rules.at(at.workspace), balanced.rules, 'the very same rules');
      assert.match(only(told[0]?.problems ?? [], at), says);
      assert.deepEqual([told.length, told[0]?.changed, rules.standing.length], [1, false, 1]);
    });
  }

  const ignored: readonly (readonly [name: string, text: string, says: RegExp])[] = [
    [
      'a looser profile',
      '{\n"profile": "observe"}',
      /:2:1: `profile`: observe would loosen balanced: a project may only/,
    ],
    ['a higher threshold', '{"askAt": 101}', /:1:2: `askAt`: 101 would loosen 80/],
    ["the agent's own prompts", '{"prompts": "on"}', /:1:2: `prompts`: on would loosen off/],
    [
      'trust',
      '{"groups": {"trusted-hosts": [\n"a.example"]}}',
      /:2:1: `groups.trusted-hosts`: add a\.example: a project/,
    ],
    ['an exception', '{"groups": {"memory": [\n"!~/x"]}}', /:2:1: `groups.memory`: add !~\/x: a project may only grow/],
    [
      'a hole in what protects Holdfast',
      '{"groups": {"holdfast": {"remove": [\n"~/.holdfast/**"]}}}',
      /:2:1: `groups.holdfast`: remove .*: nothing is taken out of what protects Holdfast/,
    ],
  ];
  for (const [name, text, says] of ignored) {
    test(`${name} is a notice`, async (t) => {
      const at = project(t);
      const { rules, told } = open(t);
      at.put('settings.json', text);
      assert.equal(await rules.at(at.workspace), balanced.rules);
      assert.match(only(told[0]?.notices ?? [], at), says);
      assert.deepEqual([told.length, told[0]?.problems], [1, []]);
    });
  }

  test('a good part counts beside one with an error', async (t) => {
    const at = project(t);
    const { rules, told } = open(t);
    at.put('settings.json', '{');
    at.put('policies/a.cedar', DENY);
    assert.equal(levelOf(await rules.at(at.workspace), 'frob', at.workspace), 'deny');
    assert.equal(told[0]?.problems.length, 1);
  });

  test('what traps the engine does not keep others from being read', async (t) => {
    const [bad, good] = [project(t), project(t)];
    const { rules } = open(t);
    bad.put('policies/a.cedar', DENY.replace('resource.name', `context${'.a'.repeat(20_000)}`));
    good.put('policies/a.cedar', DENY);
    await rules.at(bad.workspace);
    assert.equal(levelOf(await rules.at(good.workspace), 'frob', good.workspace), 'deny');
  });
});

describe('while files change', () => {
  test('an error leaves the last good, a correction replaces it, a removal takes it away; each told once', async (t) => {
    const at = project(t);
    const { rules, told } = open(t);
    at.put('policies/a.cedar', DENY);
    at.put('settings.json', { askAt: 70 });
    const first = await rules.at(at.workspace);
    at.put('policies/a.cedar', 'forbid (');
    await rules.look();
    assert.equal(told.length, 2);
    assert.equal(await rules.at(at.workspace), first, 'the very same rules');
    assert.match(only(told[1]?.problems ?? [], at), /a\.cedar:1: /);
    assert.equal(told[1]?.changed, false);
    // Settings go on changing beside rules with an error.
    at.put('settings.json', { askAt: 60 });
    await rules.look();
    assert.equal(told.length, 3);
    const now = await rules.at(at.workspace);
    assert.deepEqual([now.settings.askAt, levelOf(now, 'frob', at.workspace)], [60, 'deny']);
    // And the other way round, also when both err.
    at.put('settings.json', '{');
    await rules.look();
    assert.equal(told.length, 4);
    assert.equal((await rules.at(at.workspace)).settings.askAt, 60);
    assert.equal(told[3]?.problems.length, 2);
    at.put('settings.json', { askAt: 60 });
    at.put('policies/a.cedar', DENY.replace('"deny"', '"ask"'));
    await rules.look();
    assert.equal(told.length, 5);
    assert.equal(levelOf(await rules.at(at.workspace), 'frob', at.workspace), 'ask');
    assert.deepEqual(told[4]?.problems, []);
    at.drop('policies');
    at.drop('settings.json');
    await rules.look();
    assert.equal(told.length, 6);
    assert.equal(await rules.at(at.workspace), balanced.rules);
    assert.deepEqual(rules.standing, []);
  });

  test('a folder without project files is told nothing of', async (t) => {
    const at = project(t);
    const { rules, told } = open(t);
    assert.equal(await rules.at(at.workspace), balanced.rules);
    at.put('notes.txt', 'x');
    await rules.look();
    await rules.look();
    assert.deepEqual([told, rules.standing], [[], []]);
  });

  test('rules above that change reach a workspace with its next action', async (t) => {
    const at = project(t);
    let base = balanced;
    const { rules, told } = open(t, { base: () => base });
    at.put('policies/a.cedar', DENY);
    const profiles: Profile[] = [(await rules.at(at.workspace)).settings.profile];
    base = await loadBase({ profile: 'strict' });
    const next = await rules.at(at.workspace);
    profiles.push(next.settings.profile);
    assert.deepEqual(profiles, ['balanced', 'strict']);
    assert.equal(levelOf(next, 'frob', at.workspace), 'deny');
    assert.equal(told.length, 2);
    base = balanced;
    // Many ask at once; all get the same.
    const all = await Promise.all(Array.from({ length: 20 }, () => rules.at(at.workspace)));
    assert.equal(new Set(all).size, 1);
    assert.equal(told.length, 3);
  });

  test('what cannot be recorded does not come into force: nothing is decided at first sight, the old stays later', async (t) => {
    const at = project(t);
    let full = true;
    const { rules, told } = open(t, {
      changed: (change) => {
        if (full) throw new Error('the disk is full');
        told.push(change);
      },
    });
    at.put('policies/a.cedar', DENY);
    await assert.rejects(async () => rules.at(at.workspace), /the disk is full/);
    full = false;
    const first = await rules.at(at.workspace);
    full = true;
    at.put('policies/a.cedar', DENY.replace('"deny"', '"ask"'));
    await rules.look();
    assert.equal(await rules.at(at.workspace), first);
    assert.equal(told.length, 1);
  });
});

describe('how much is held', () => {
  test('the workspace that was longest not asked for is forgotten, and read again when it is back', async (t) => {
    const { rules, told } = open(t, { most: 2 });
    const [a, b, c] = [project(t), project(t), project(t)];
    for (const each of [a, b, c]) each.put('policies/a.cedar', DENY);
    await rules.at(a.workspace);
    await rules.at(b.workspace);
    await rules.at(a.workspace);
    await rules.at(c.workspace);
    assert.deepEqual(
      rules.standing.map(({ workspace }) => workspace),
      [a.workspace, c.workspace],
    );
    assert.equal(levelOf(await rules.at(b.workspace), 'frob', b.workspace), 'deny');
    assert.equal(told.length, 4);
  });

  test('one that was long not asked for is left alone by the clock, and looked at before it decides again', async (t) => {
    const at = project(t);
    let now = 0;
    let asked = 0;
    const { rules } = open(t, {
      now: () => now,
      facts: {
        ...facts,
        observe: (wants, deadline) => {
          asked += 1;
          return facts.observe(wants, deadline);
        },
      },
    });
    assert.equal(await rules.at(at.workspace), balanced.rules);
    at.put('settings.json', { askAt: 10 });
    now += 1_000;
    assert.equal(rules.at(at.workspace), balanced.rules, 'a moment later at once, and without a look');
    now += 11 * 60_000;
    const until = asked;
    await rules.look();
    assert.equal(asked, until);
    assert.equal((await rules.at(at.workspace)).settings.askAt, 10);
    await rules.look();
    assert.ok(asked > until);
  });

  test('a workspace without files has the very rules above it', async (t) => {
    const at = project(t);
    const { rules } = open(t);
    await rules.at(at.workspace);
    assert.equal(rules.at(at.workspace), balanced.rules);
  });
});
