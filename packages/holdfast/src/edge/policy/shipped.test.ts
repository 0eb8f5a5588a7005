// The shipped rules on effects, without lowering: each row names exactly the rules that match, so each is quiet where it is not named.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type {
  Action,
  Attribute,
  Effect,
  EffectKind,
  Policy,
  Profile,
  Scope,
  SessionState,
  Settings,
  Target,
} from '../../core/model/index.ts';
import { callRequest, combineEffect, effectRequest, type RequestContext } from '../../core/policy/index.ts';
import { loadPolicy, SHIPPED } from './load.ts';
import { loadCedar } from './cedar.ts';
import { askSet, prepareSet } from './reference.ts';

type Given = {
  readonly profile?: Profile;
  readonly marks?: readonly string[];
  readonly integrity?: 'user' | 'workspace' | 'external';
  readonly confidentiality?: 'public' | 'private' | 'secret';
  readonly beside?: readonly Effect[];
  readonly cwd?: string;
};
type Row = readonly [rules: string, effect: Effect, given?: Given];

function effect(kind: EffectKind, target: Target, ...attributes: Attribute[]): Effect {
  return { kind, target, certain: true, attributes, via: [], span: { at: '/command', from: 0, to: 1 }, args: [] };
}
const path = (scope: Scope, name = '/p/x', ...groups: string[]): Target => ({ type: 'path', name, scope, groups });
const host = (name: string, scope: Scope, ...groups: string[]): Target => ({ type: 'host', name, scope, groups });
const other = (type: Target['type'], name = 'x', ...groups: string[]): Target => ({ type, name, groups });
const nobody = other('unknown', 'a variable that is not set here');

const rows: readonly Row[] = [
  ['fs/delete-tree-root', effect('file.delete', path('home', '/home/dev'), 'tree-root', 'recursive')],
  ['fs/delete-tree-root', effect('file.delete', path('system', '/'), 'tree-root', 'recursive', 'force')],
  ['', effect('file.delete', path('temp', '/tmp'), 'tree-root', 'recursive')],
  ['fs/delete-workspace', effect('file.delete', path('workspace'), 'tree-root', 'recursive')],
  ['fs/delete-workspace', effect('file.delete', path('workspace', '/p/.git', 'vcs-internal'), 'recursive')],
  ['', effect('file.delete', path('workspace', '/p/.git/index.lock', 'vcs-internal'))],
  ['', effect('file.delete', path('workspace'), 'recursive', 'force')],
  ['fs/delete-outside', effect('file.delete', path('home', '/home/dev/old'), 'recursive')],
  ['fs/delete-outside', effect('file.delete', path('system', '/var/lib/x'), 'recursive')],
  ['', effect('file.delete', path('temp', '/tmp/x'), 'recursive')],
  ['', effect('file.delete', path('home', '/home/dev/a.txt'))],
  ['fs/unknown-delete', effect('file.delete', nobody)],
  ['fs/unknown-delete', effect('file.delete', other('host', 'a host where a path belongs'))],
  ['fs/write-system', effect('file.delete', path('system', '/etc/hosts'))],
  ['fs/write-system', effect('file.write', path('system', '/etc/hosts'), 'append')],
  ['fs/write-system', effect('file.permission', path('system', '/etc/passwd'), 'world-writable')],
  ['', effect('file.write', nobody)],
  ['fs/write-system', effect('file.write', nobody), { profile: 'strict' }],
  ['fs/write-system', effect('file.write', nobody), { integrity: 'external' }],
  ['fs/write-system', effect('file.permission', nobody, 'recursive')],
  ['', effect('file.write', path('workspace'), 'truncate')],
  ['fs/write-device', effect('file.write', path('device', '/dev/sda'))],
  ['', effect('file.read', path('device', '/dev/urandom'))],
  ['exec/decoded-code', effect('code.eval', nobody, 'decoded')],
  ['exec/decoded-code', effect('code.eval', other('program', 'bash'), 'fetched', 'stdin')],
  ['', effect('code.eval', other('program', 'python3'), 'inline')],
  [
    'exec/external-code',
    effect('code.eval', path('workspace', '/p/Makefile', 'build-files'), 'script'),
    { integrity: 'external' },
  ],
  ['exec/external-code', effect('code.eval', nobody), { integrity: 'external' }],
  ['', effect('code.eval', path('workspace', '/p/Makefile', 'build-files'), 'script'), { marks: ['external'] }],
  ['net/remote-shell', effect('net.connect', host('203.0.113.5:4444', 'internet'), 'remote-shell')],
  ['net/remote-shell', effect('net.listen', nobody, 'remote-shell')],
  ['', effect('net.connect', host('example.org', 'internet'))],
  ['secret/leaves', effect('net.send', host('example.org', 'internet'), 'upload'), { confidentiality: 'secret' }],
  ['secret/leaves', effect('message.send', nobody), { confidentiality: 'secret' }],
  ['secret/leaves', effect('vcs.push', other('party', 'origin')), { confidentiality: 'secret' }],
  ['', effect('net.send', host('vault.example.org', 'internet', 'trusted-sinks')), { confidentiality: 'secret' }],
  ['', effect('net.send', host('example.org', 'internet'), 'upload'), { confidentiality: 'private' }],
  ['self/holdfast', effect('file.write', path('home', '/home/dev/.config/holdfast/settings.json', 'holdfast'))],
  ['self/holdfast', effect('process.signal', other('program', 'holdfast', 'holdfast'))],
  ['agent/config-change self/holdfast', effect('config.change', other('tool', 'holdfast', 'holdfast'))],
  ['', effect('file.read', path('home', '/home/dev/.config/holdfast/settings.json', 'holdfast'))],
  ['', effect('process.signal', nobody)],
  ['self/holdfast', effect('process.signal', nobody), { profile: 'locked' }],
  ['proc/stop-machine', effect('process.signal', other('program', 'pid -1'), 'force')],
  ['proc/stop-machine', effect('process.signal', nobody, 'force')],
  ['', effect('process.signal', other('program', 'pid 4321'))],
  ['agent/bypass', effect('agent.spawn', other('program', 'claude'), 'bypass')],
  ['', effect('agent.spawn', other('program', 'claude'))],
  ['agent/config-change', effect('file.write', path('workspace', '/p/.claude/settings.json', 'agent-config'))],
  ['agent/config-change', effect('config.change', nobody)],
  ['', effect('file.read', path('workspace', '/p/.claude/settings.json', 'agent-config'))],
  ['persist/autostart', effect('persist', nobody)],
  ['persist/autostart', effect('file.write', path('home', '/home/dev/.bashrc', 'autostart'))],
  ['', effect('file.read', path('home', '/home/dev/.bashrc', 'autostart'))],
  ['vcs/rewrite-remote', effect('vcs.push', other('party'), 'force')],
  ['vcs/push-elsewhere', effect('vcs.push', other('party', 'example.test/a/b'))],
  ['', effect('vcs.push', other('party', 'example.test/a/b', 'trusted-sinks'))],
  ['', effect('vcs.push', other('party', '/srv/mirror'))],
  ['vcs/rewrite-remote', effect('vcs.push', nobody, 'delete-ref')],
  ['vcs/rewrite-remote', effect('vcs.rewrite', path('workspace'), 'irreversible')],
  ['', effect('vcs.push', other('party'))],
  ['', effect('vcs.rewrite', path('workspace'))],
  ['secret/read-credential', effect('file.read', path('home', '/home/dev/.aws/credentials', 'credentials'))],
  ['', effect('file.read', path('workspace', '/p/.env', 'credentials'))],
  ['secret/read-credential', effect('file.read', path('workspace', '/p/.env', 'credentials')), { profile: 'strict' }],
  ['', effect('file.read', nobody)],
  [
    'secret/read-credential',
    effect('file.read', nobody),
    { beside: [effect('net.send', host('example.org', 'internet'))] },
  ],
  ['secret/read-credential', effect('net.connect', host('169.254.169.254', 'metadata'))],
  ['', effect('opaque', nobody, 'unknown-program')],
  ['', effect('opaque', nobody, 'unknown-program'), { marks: ['private'] }],
  ['exec/opaque', effect('opaque', nobody, 'unknown-program'), { marks: ['external'] }],
  ['exec/opaque', effect('opaque', nobody, 'unknown-program'), { cwd: '/home/dev' }],
  ['exec/opaque', effect('opaque', nobody, 'unknown-program'), { profile: 'strict' }],
  ['', effect('opaque', nobody, 'script', 'workspace-build'), { marks: ['external'] }],
  ['exec/opaque', effect('opaque', nobody, 'script', 'workspace-build'), { marks: ['external', 'secret'] }],
  ['exec/opaque', effect('opaque', nobody, 'script', 'workspace-build'), { marks: ['external'], profile: 'strict' }],
  [
    '',
    effect('opaque', nobody, 'script', 'workspace-build'),
    {
      marks: ['external'],
      beside: [effect('vcs.push', other('party')), effect('file.write', path('home', '/home/dev/x'))],
    },
  ],
  ['exec/opaque', effect('opaque', nobody), { beside: [effect('vcs.push', other('party'))] }],
  ['exec/opaque', effect('opaque', nobody, 'workspace-build', 'decoded'), { marks: ['external'] }],
  [
    'exec/opaque',
    effect('opaque', nobody, 'script', 'workspace-build'),
    { marks: ['external'], beside: [effect('net.connect', host('example.org', 'internet'))] },
  ],
  ['exec/opaque', effect('opaque', nobody, 'syntax')],
  ['exec/opaque', effect('opaque', nobody, 'limit')],
  ['exec/opaque', effect('opaque', nobody), { beside: [effect('net.connect', host('localhost', 'loopback'))] }],
  ['exec/opaque', effect('opaque', nobody), { beside: [effect('file.write', path('home', '/home/dev/x'))] }],
  [
    'exec/opaque',
    effect('opaque', nobody),
    { beside: [effect('file.read', path('workspace', '/p/.env', 'credentials'))] },
  ],
  ['exec/opaque', effect('opaque', nobody), { beside: [effect('file.write', nobody)] }],
  [
    '',
    effect('opaque', nobody),
    {
      beside: [
        effect('file.write', path('workspace')),
        effect('file.read', path('system', '/usr/share/x')),
        effect('opaque', nobody),
      ],
    },
  ],
  ['plain/read', effect('file.read', path('workspace')), { profile: 'strict' }],
  ['', effect('file.read', path('workspace')), { profile: 'locked' }],
  ['', effect('file.read', path('home', '/home/dev/x')), { profile: 'strict' }],
  ['', effect('file.read', path('workspace', '/p/secrets.yml', 'workspace-secrets')), { profile: 'strict' }],
  ['', effect('file.write', path('workspace')), { profile: 'strict' }],
  ['plain/program', effect('process.exec', other('program', 'ls', 'trusted-programs')), { profile: 'strict' }],
  ['', effect('process.exec', other('program', 'ls', 'trusted-programs'), 'unknown-program'), { profile: 'strict' }],
  ['', effect('process.exec', other('program', 'curl')), { profile: 'strict' }],
  ['', effect('process.exec', path('workspace', '/p/ls'), 'script'), { profile: 'strict' }],
  ['secret/change-credential', effect('file.write', path('home', '/home/dev/.netrc', 'credentials'))],
  ['secret/change-credential', effect('file.delete', path('home', '/home/dev/.ssh/id', 'credentials'))],
  ['', effect('file.write', path('workspace', '/p/.env', 'credentials'))],
  ['', effect('file.permission', path('home', '/home/dev/.ssh/id', 'credentials'))],
  ['exec/privilege', effect('process.privilege', other('program', 'sudo'))],
  ['config/external-instruction', effect('memory.write', path('workspace', '/p/NOTES.md')), { integrity: 'external' }],
  ['config/external-instruction', effect('extension.install', nobody), { integrity: 'external' }],
  ['', effect('memory.write', path('workspace', '/p/NOTES.md'))],
  ['', effect('process.exec', other('program', 'ls'))],
  ['', effect('package.install', other('party', 'left-pad'), 'scripts')],
];

describe('shipped rules: which match which effect', () => {
  for (const [at, [wanted, one, given]] of rows.entries()) {
    test(`${at}: ${one.kind} ${one.target.name} ${one.attributes.join(' ')} ${JSON.stringify(given ?? {})}`, async () => {
      const { policy } = await shipped();
      const matched = policy.match(requestOf(one, given)).map((match) => match.rule.id + (match.erred ? '!' : ''));
      assert.equal(matched.sort().join(' '), wanted);
    });
  }

  test('no rule errs on any of these, and Cedar itself takes every request and gives the same', async () => {
    const { rules } = await shipped();
    const cedar = await loadCedar();
    prepareSet(cedar, 'shipped', {
      baseline: 'permit(principal, action, resource);',
      ...Object.fromEntries(rules.map((rule) => [rule.info.id, rule.json])),
    });
    for (const [wanted, one, given] of rows) {
      const answer = askSet(cedar, 'shipped', requestOf(one, given));
      assert.ok(!('failure' in answer), JSON.stringify(answer));
      assert.deepEqual(answer.errors, []);
      assert.equal(
        answer.reasons
          .filter((id) => id !== 'baseline')
          .sort()
          .join(' '),
        wanted,
      );
    }
  });

  test('every rule on effects is the only one that decides at least one row, under a profile that lets work go on', async () => {
    const { rules } = await shipped();
    const alone = new Set(
      rows
        // Waivers stand against what a profile asks by itself, and do nothing where it asks nothing.
        .filter(([wanted, , given]) => (given?.profile ?? 'balanced') === 'balanced' || wanted.startsWith('plain/'))
        .map(([wanted]) => wanted),
    );
    assert.deepEqual(
      rules
        .map((rule) => rule.info.id)
        .filter((id) => !id.startsWith('risk/') && id !== 'plain/call' && !alone.has(id)),
      [],
    );
  });

  test('thresholds of risk are rules on the call', async () => {
    const { policy } = await shipped();
    const one = effect('file.read', path('workspace'));
    const at = (risk: number, askAt: number, denyAt: number): string =>
      policy
        .match(callRequest({ ...contextOf(one, {}), risk, settings: { ...settings, askAt, denyAt } }))
        .map((match) => match.rule.id)
        .sort()
        .join(' ');
    assert.equal(at(79, 80, 101), '');
    assert.equal(at(80, 80, 101), 'risk/ask-at');
    assert.equal(at(100, 80, 101), 'risk/ask-at');
    assert.equal(at(95, 101, 95), 'risk/deny-at');
  });

  test('strict never says less than balanced', async () => {
    const { policy } = await shipped();
    const order = ['pass', 'allow', 'modify', 'ask', 'deny'];
    for (const [, one, given] of rows) {
      const level = (profile: Profile): number =>
        order.indexOf(combineEffect(policy.match(requestOf(one, { ...given, profile })), 0, 'pass').level);
      assert.ok(level('strict') >= level('balanced'), `${one.kind} ${one.target.name}`);
      assert.ok(level('locked') >= level('strict'), `${one.kind} ${one.target.name}`);
      assert.equal(
        level('observe'),
        level('balanced'),
        `${one.kind} ${one.target.name}: observe records what balanced would do`,
      );
    }
  });
});

const settings: Settings = {
  profile: 'balanced',
  unmatched: 'pass',
  prompts: 'off',
  askAt: 80,
  denyAt: 101,
  groups: {},
  key: '00',
};

function contextOf(one: Effect, given: Given): RequestContext {
  const action: Action = {
    id: '1',
    seam: 'check',
    agent: 'check',
    session: 's',
    tool: 'shell',
    hostTool: 'shell',
    input: {},
    cwd: given.cwd ?? '/home/dev/project',
    workspace: given.cwd ?? '/home/dev/project',
    home: '/home/dev',
    time: 0,
  };
  const marks = Object.fromEntries((given.marks ?? []).map((mark) => [mark, 0]));
  const effects = [one, ...(given.beside ?? [])];
  return {
    session: { id: 's', depth: 0, task: undefined, marks, files: new Map(), lost: false } as unknown as SessionState,
    action,
    settings: { ...settings, profile: given.profile ?? 'balanced' },
    effects,
    findings: [],
    risk: 0,
    level: 'cooperative',
    labels: effects.map(() => ({
      integrity: given.integrity ?? 'workspace',
      confidentiality: given.confidentiality ?? 'public',
      origins: ['model'],
    })),
  };
}

function requestOf(one: Effect, given: Given = {}): ReturnType<typeof effectRequest> {
  return effectRequest(one, 0, 0, contextOf(one, given));
}

let loading: Promise<{ policy: Policy; rules: readonly { info: { id: string }; json: never }[] }> | undefined;
function shipped(): Promise<{ policy: Policy; rules: readonly { info: { id: string }; json: never }[] }> {
  loading ??= loadPolicy([SHIPPED]).then((loaded) => {
    assert.ok(loaded.ok);
    return { policy: loaded.policy, rules: loaded.rules as never };
  });
  return loading;
}
