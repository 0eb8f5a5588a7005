// Settings: the form of a file with its messages, and the merge of scopes with its law: a project can only tighten.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { isTrusting, PROFILES, type Settings } from '../model/index.ts';
import {
  CHECK_KEY,
  DEFAULT_GROUPS,
  defaultSettings,
  directionOfGroup,
  holdfastGroup,
  mergeSettings,
  parseSettings,
  PROFILE_VALUES,
  settingsDigest,
  settingsJsonSchema,
  SETTINGS_SCOPES,
  type SettingsFile,
  type SettingsLayer,
} from './index.ts';

const layer = (scope: SettingsLayer['scope'], values: SettingsFile): SettingsLayer => ({
  scope,
  file: `/${scope}.json`,
  values,
});
const merge = (...layers: SettingsLayer[]) => mergeSettings(layers, CHECK_KEY);
const change = (add: string[], remove: string[] = []) => ({ add, remove });

describe('form of a settings file', () => {
  test('reads both forms of a group and leaves out what is left out', () => {
    const read = parseSettings({
      $schema: 'x',
      profile: 'strict',
      groups: { credentials: ['/a'], memory: { remove: ['/b'] } },
    });
    assert.deepEqual(read, {
      values: { profile: 'strict', groups: { credentials: change(['/a']), memory: change([], ['/b']) } },
    });
    assert.deepEqual(parseSettings({}), { values: {} });
  });

  const wrong: readonly [json: unknown, path: (string | number)[], text: RegExp][] = [
    [[], [], /must be an object/],
    [{ profil: 'strict' }, ['profil'], /unknown setting `profil` \(did you mean `profile`\?\)/],
    [{ colour: 1 }, ['colour'], /unknown setting `colour`$/],
    [{ profile: 'paranoid' }, ['profile'], /must be observe, balanced, strict or locked, not "paranoid"/],
    [{ askAt: 'high' }, ['askAt'], /whole number from 0 to 101/],
    [{ askAt: 1.5 }, ['askAt'], /whole number/],
    [{ denyAt: 102 }, ['denyAt'], /whole number/],
    [{ groups: { credentials: '/a' } }, ['groups', 'credentials'], /must be a list of entries, or/],
    [{ groups: { credentials: ['/a', 7] } }, ['groups', 'credentials', 1], /an entry must be text/],
    [{ groups: { credentials: [' /a'] } }, ['groups', 'credentials', 0], /white space/],
    [
      { groups: { credentials: { ad: ['/a'] } } },
      ['groups', 'credentials', 'ad'],
      /unknown setting `ad` \(did you mean `add`\?\)/,
    ],
    [{ groups: { 'Big Group': [] } }, ['groups', 'Big Group'], /lower-case letters/],
    [{ groups: { 'trusted-hosts': ['*.com'] } }, ['groups', 'trusted-hosts', 0], /would trust everything/],
    [{ groups: { 'trusted-sinks': { add: ['*'] } } }, ['groups', 'trusted-sinks', 'add', 0], /would trust everything/],
    [{ groups: { 'trusted-files': ['~/**'] } }, ['groups', 'trusted-files', 0], /would trust everything/],
    [JSON.parse('{"__proto__": 1}'), ['__proto__'], /unknown setting `__proto__`/],
  ];
  for (const [json, path, text] of wrong) {
    test(`says what is wrong with ${JSON.stringify(json)}`, () => {
      const read = parseSettings(json);
      assert.ok('problems' in read);
      assert.deepEqual(read.problems[0]?.path, path);
      assert.match(read.problems[0]?.text ?? '', text);
    });
  }

  test('the published JSON Schema is the one in the code', () => {
    const published = readFileSync(new URL('../../../../../docs/settings.schema.json', import.meta.url), 'utf8');
    assert.equal(published, `${JSON.stringify(settingsJsonSchema(), null, 2)}\n`, 'run scripts/settings-schema.mjs');
  });
});

describe('profiles and shipped groups', () => {
  test('each profile is at least as strict as the one before', () => {
    const rank = ['pass', 'ask', 'deny'];
    for (const [i, profile] of PROFILES.entries()) {
      const before = PROFILE_VALUES[PROFILES[Math.max(0, i - 1)] ?? 'observe'];
      const now = PROFILE_VALUES[profile];
      assert.ok(
        now.askAt <= before.askAt &&
          now.denyAt <= before.denyAt &&
          rank.indexOf(now.unmatched) >= rank.indexOf(before.unmatched),
      );
    }
  });

  test('directions follow the names of groups', () => {
    assert.deepEqual(
      Object.keys(DEFAULT_GROUPS).map((name) => [name, directionOfGroup(name)]),
      [
        ['credentials', 'union'],
        ['workspace-secrets', 'union'],
        ['agent-config', 'union'],
        ['autostart', 'union'],
        ['memory', 'union'],
        ['holdfast', 'fixed'],
        ['build-files', 'union'],
        ['vcs-internal', 'union'],
        ['system-critical', 'union'],
        ['trusted-sinks', 'intersect'],
        ['trusted-hosts', 'intersect'],
        ['trusted-programs', 'intersect'],
      ],
    );
    assert.deepEqual(DEFAULT_GROUPS['trusted-sinks'], []);
  });

  test("a watcher's own paths become entries", () => {
    assert.deepEqual(holdfastGroup({ home: '/var/h', socket: '/run/h.sock', policies: ['/p'] }), [
      'path:/var/h/**',
      'path:/p/**',
      'path:/run/h.sock',
    ]);
  });

  test('the digest names settings without the key', () => {
    assert.equal(settingsDigest(defaultSettings('strict', 'a')), settingsDigest(defaultSettings('strict', 'b')));
    assert.notEqual(settingsDigest(defaultSettings('strict')), settingsDigest(defaultSettings('locked')));
  });
});

describe('merge', () => {
  test('an owner may choose any profile, with its values', () => {
    assert.deepEqual(merge().settings, defaultSettings());
    for (const profile of PROFILES)
      assert.deepEqual(merge(layer('user', { profile })).settings, defaultSettings(profile));
    assert.equal(merge(layer('user', { profile: 'strict', askAt: 70 })).settings.askAt, 70);
  });

  test('what a stronger scope set, a weaker one may only tighten', () => {
    const looser = merge(layer('user', { profile: 'observe', askAt: 90 }), layer('fleet', { profile: 'strict' }));
    assert.equal(looser.settings.profile, 'strict');
    assert.equal(looser.settings.askAt, 50);
    assert.deepEqual(
      looser.notices.map((notice) => [notice.key, notice.why]),
      [
        ['profile', 'observe would loosen strict: fleet settings say strict'],
        ['askAt', '90 would loosen 50: fleet settings say 50'],
      ],
    );
    const tighter = merge(layer('machine', { askAt: 60 }), layer('user', { askAt: 40, profile: 'locked' }));
    assert.deepEqual([tighter.settings.askAt, tighter.settings.profile, tighter.notices], [40, 'locked', []]);
  });

  test('a project tightens, and every loosening it asks for is said with its file', () => {
    const { settings, notices } = merge(
      layer('project', {
        profile: 'observe',
        unmatched: 'ask',
        askAt: 95,
        denyAt: 90,
        groups: {
          credentials: change(['./vault/**', '!**/.env'], ['~/.ssh/**', '!~/.ssh/config']),
          'trusted-hosts': change(['evil.example'], ['pypi.org']),
          'trusted-mine': change(['a.example']),
          holdfast: change([], ['~/.holdfast/**']),
          mine: change(['./x']),
        },
      }),
    );
    assert.deepEqual(
      [settings.profile, settings.unmatched, settings.askAt, settings.denyAt],
      ['balanced', 'ask', 80, 90],
    );
    const {
      credentials = [],
      holdfast = [],
      'trusted-hosts': hosts = [],
      'trusted-mine': mine = ['?'],
    } = settings.groups;
    assert.ok(
      credentials.includes('./vault/**') &&
        !credentials.includes('!**/.env') &&
        !credentials.includes('!~/.ssh/config'),
    );
    assert.ok(holdfast.includes('~/.holdfast/**') && !hosts.includes('evil.example') && !hosts.includes('pypi.org'));
    assert.deepEqual(mine, []);
    assert.deepEqual(settings.groups.mine, ['./x']);
    assert.ok(notices.every((notice) => notice.file === '/project.json' && notice.scope === 'project'));
    assert.deepEqual(
      notices.map((notice) => `${notice.key}: ${notice.why}`),
      [
        'profile: observe would loosen balanced: a project may only tighten',
        'askAt: 95 would loosen 80: a project may only tighten',
        'groups.credentials: remove ~/.ssh/**: a project may only grow a group that protects',
        'groups.credentials: add !**/.env: a project may only grow a group that protects',
        'groups.trusted-hosts: add evil.example: a project may only shrink a group that trusts',
        'groups.trusted-mine: add a.example: a project may only shrink a group that trusts',
        'groups.holdfast: remove ~/.holdfast/**: nothing is taken out of what protects Holdfast itself',
      ],
    );
  });

  test('an owner may take shipped entries out, but not what protects Holdfast, nor what a stronger scope touched', () => {
    const own = merge(
      layer('user', {
        groups: {
          credentials: change(['!**/.env.test'], ['~/.ssh/**']),
          'trusted-sinks': change(['logs.example.org']),
        },
      }),
    );
    assert.deepEqual(own.notices, []);
    assert.ok(!own.settings.groups.credentials?.includes('~/.ssh/**'));
    assert.deepEqual(own.settings.groups['trusted-sinks'], ['logs.example.org']);
    const bound = merge(
      layer('fleet', {
        groups: { credentials: change(['/srv/keys/**']), 'trusted-sinks': change(['fleet.example.org']) },
      }),
      layer('user', {
        groups: {
          credentials: change(['!/srv/keys/**', '/more']),
          'trusted-sinks': change(['mine.example.org']),
          holdfast: change(['!~/.holdfast/**']),
        },
      }),
    );
    assert.equal(bound.notices.length, 3);
    assert.ok(bound.settings.groups.credentials?.includes('/more'));
    assert.deepEqual(bound.settings.groups['trusted-sinks'], ['fleet.example.org']);
  });

  test('removing what is not there is said', () => {
    assert.match(
      merge(layer('user', { groups: { memory: change([], ['nope']) } })).notices[0]?.why ?? '',
      /no such entry/,
    );
  });
});

describe('law: a project scope can only tighten', () => {
  const entry = fc.constantFrom(
    '~/.ssh/**',
    '**/.env',
    '!**/.env',
    '/a',
    '!/a',
    'pypi.org',
    'evil.example',
    '!pypi.org',
    '~/.holdfast/**',
    '!~/.holdfast/**',
  );
  const groupChange = fc.record({ add: fc.array(entry, { maxLength: 4 }), remove: fc.array(entry, { maxLength: 4 }) });
  const name = fc.constantFrom('credentials', 'holdfast', 'trusted-hosts', 'trusted-sinks', 'mine', 'trusted-mine');
  const values = fc.record(
    {
      profile: fc.constantFrom(...PROFILES),
      unmatched: fc.constantFrom('pass' as const, 'ask' as const, 'deny' as const),
      prompts: fc.constantFrom('on' as const, 'off' as const),
      askAt: fc.integer({ min: 0, max: 101 }),
      denyAt: fc.integer({ min: 0, max: 101 }),
      groups: fc.dictionary(name, groupChange, { noNullPrototype: true }),
    },
    { requiredKeys: [] },
  );
  const owners = fc.array(fc.tuple(fc.constantFrom('fleet' as const, 'machine' as const, 'user' as const), values), {
    maxLength: 3,
  });

  function assertTighter(with_: Settings, without: Settings): void {
    const at = (order: readonly string[], value: string): number => order.indexOf(value);
    assert.ok(at(PROFILES, with_.profile) >= at(PROFILES, without.profile), 'profile');
    assert.ok(
      at(['pass', 'ask', 'deny'], with_.unmatched) >= at(['pass', 'ask', 'deny'], without.unmatched),
      'unmatched',
    );
    assert.ok(at(['on', 'off'], with_.prompts) >= at(['on', 'off'], without.prompts), 'prompts');
    assert.ok(with_.askAt <= without.askAt && with_.denyAt <= without.denyAt, 'thresholds');
    for (const group of new Set([...Object.keys(with_.groups), ...Object.keys(without.groups)])) {
      const now = new Set(with_.groups[group]);
      const before = new Set(without.groups[group]);
      // Positive entries make members, negative ones unmake them; in a trusting group both count the other way round.
      const only = (a: Set<string>, b: Set<string>, negated: boolean): string[] =>
        [...a].filter((text) => text.startsWith('!') === negated && !b.has(text));
      assert.deepEqual(only(before, now, isTrusting(group)), [], `${group} lost an entry`);
      assert.deepEqual(only(now, before, !isTrusting(group)), [], `${group} gained an entry`);
    }
  }

  test('in every value and every group, whatever the owners set', () => {
    fc.assert(
      fc.property(owners, fc.array(values, { minLength: 1, maxLength: 2 }), (given, projects) => {
        const base = given.map(([scope, each]) => layer(scope, each));
        const all = [...base, ...projects.map((each) => layer('project', each))];
        assertTighter(mergeSettings(all, CHECK_KEY).settings, mergeSettings(base, CHECK_KEY).settings);
      }),
      { numRuns: 500 },
    );
  });

  test('and the same holds for each owner against a stronger one that set the value', () => {
    assert.equal(SETTINGS_SCOPES.indexOf('fleet') < SETTINGS_SCOPES.indexOf('user'), true);
    fc.assert(
      fc.property(values, values, (fleet, user) => {
        const alone = merge(layer('fleet', fleet)).settings;
        const both = merge(layer('fleet', fleet), layer('user', user)).settings;
        if (fleet.profile !== undefined) assert.ok(PROFILES.indexOf(both.profile) >= PROFILES.indexOf(alone.profile));
        if (fleet.askAt !== undefined || fleet.profile !== undefined) assert.ok(both.askAt <= alone.askAt);
      }),
    );
  });
});
