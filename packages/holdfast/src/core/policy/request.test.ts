// Requests: every target becomes an entity that rules can see, and what is missing counts as the worst.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  EFFECT_KINDS,
  type Action,
  type Effect,
  type EffectKind,
  type SessionState,
  type Settings,
  type Target,
} from '../model/index.ts';
import { callRequest, effectRequest, targetEntity, type RequestContext } from './request.ts';
import { RESOURCES } from './schema.ts';

const settings: Settings = {
  profile: 'balanced',
  unmatched: 'pass',
  prompts: 'off',
  askAt: 80,
  denyAt: 101,
  groups: {},
  key: '00',
};
const action: Action = {
  id: '1',
  seam: 'hook',
  agent: 'claude-code',
  session: 's',
  tool: 'shell',
  hostTool: 'Bash',
  input: {},
  cwd: '/home/dev/project/src',
  workspace: '/home/dev/project',
  home: '/home/dev',
  time: 0,
};
const session = { id: 's', depth: 1, task: undefined, marks: {}, lost: false } as unknown as SessionState;

function effect(kind: EffectKind, target: Target, more: Partial<Effect> = {}): Effect {
  return { kind, target, certain: true, attributes: [], via: [], span: { at: '', from: 0, to: 0 }, args: [], ...more };
}
const path = (name: string, scope?: Target['scope'], groups: readonly string[] = []): Target =>
  scope === undefined ? { type: 'path', name, groups } : { type: 'path', name, scope, groups };
function context(effects: readonly Effect[], more: Partial<RequestContext> = {}): RequestContext {
  return { session, action, settings, effects, labels: [], findings: [], risk: 12.2, level: 'cooperative', ...more };
}

describe('policy: requests', () => {
  test('every kind takes every type of target: what the schema does not know is unknown, never missing', () => {
    for (const kind of EFFECT_KINDS) {
      for (const type of ['path', 'host', 'program', 'party', 'remote', 'secret', 'tool', 'unknown'] as const) {
        const entity = targetEntity({ type, name: 'x', groups: ['g'] }, kind);
        assert.ok(RESOURCES[kind].includes(entity.type), `${kind} of ${type}`);
        if (entity.type === 'Unknown') assert.notEqual(entity.attrs['why'], '');
      }
    }
  });

  test('a path without scope is `none`, existence is told only when observed', () => {
    assert.deepEqual(targetEntity(path('/x'), 'file.read').attrs, { path: '/x', scope: 'none' });
    assert.deepEqual(targetEntity({ ...path('/x', 'temp'), exists: false }, 'file.read').attrs, {
      path: '/x',
      scope: 'temp',
      exists: false,
    });
  });

  test('hosts with and without port', () => {
    const of = (name: string): unknown =>
      targetEntity({ type: 'host', name, scope: 'internet', groups: [] }, 'net.send').attrs;
    assert.deepEqual(of('example.org:8443'), { name: 'example.org', scope: 'internet', port: 8443 });
    assert.deepEqual(of('[::1]:80'), { name: '::1', scope: 'internet', port: 80 });
    assert.deepEqual(of('fe80::1'), { name: 'fe80::1', scope: 'internet' });
    assert.deepEqual(of('example.org'), { name: 'example.org', scope: 'internet' });
  });

  test('an effect without label counts as external and secret', () => {
    const one = effect('net.send', { type: 'host', name: 'x', groups: [] });
    const request = effectRequest(one, 0, 20, context([one]));
    assert.equal(request.context['integrity'], 'external');
    assert.equal(request.context['confidentiality'], 'secret');
  });

  test('what stands beside an effect leaves itself out', () => {
    const effects = [
      effect('opaque', { type: 'unknown', name: 'x', groups: [] }),
      effect('file.read', path('/home/dev/.aws/credentials', 'home', ['credentials'])),
      effect('file.write', path('/q')),
      effect('process.exec', { type: 'program', name: 'cat', groups: [] }),
      effect('file.write', { type: 'unknown', name: 'why', groups: [] }),
    ];
    const given = effectRequest(effects[0] as Effect, 0, 0, context(effects)).context;
    assert.deepEqual(given['with'], ['file.read', 'file.write', 'process.exec']);
    assert.deepEqual(given['withReads'], ['home']);
    assert.deepEqual(given['withChanges'], ['none', 'unknown']);
    assert.deepEqual(given['withGroups'], ['credentials']);
    const read = effectRequest(effects[1] as Effect, 1, 0, context(effects)).context;
    assert.deepEqual(read['withReads'], []);
    assert.deepEqual(read['withGroups'], []);
  });

  test('inside means inside a project', () => {
    const one = effect('file.read', path('/x', 'system'));
    const inside = (more: Partial<Action>): unknown =>
      effectRequest(one, 0, 0, context([one], { action: { ...action, ...more } })).context['inside'];
    assert.equal(inside({}), true);
    assert.equal(inside({ cwd: '/home/dev/project' }), true);
    assert.equal(inside({ cwd: '/home/dev/project-two' }), false);
    assert.equal(inside({ cwd: '/home/dev', workspace: '/home/dev' }), false);
    assert.equal(inside({ workspace: '/' }), false);
    assert.equal(inside({ workspace: '/home', cwd: '/home/dev/project' }), false);
  });

  test('the call sums up; risk rounds up; lost history is external and private', () => {
    const effects = [
      effect('file.delete', path('/a', 'home', ['credentials']), { attributes: ['recursive'] }),
      effect(
        'net.send',
        { type: 'host', name: 'x.org', scope: 'internet', groups: [] },
        { attributes: ['recursive', 'upload'] },
      ),
    ];
    const request = callRequest(
      context(effects, {
        session: { ...session, lost: true },
        labels: [
          { integrity: 'workspace', confidentiality: 'private', origins: [] },
          { integrity: 'external', confidentiality: 'public', origins: [] },
        ],
      }),
    );
    assert.equal(request.resource.type, 'Tool');
    assert.deepEqual(request.context['effects'], ['file.delete', 'net.send']);
    assert.deepEqual(request.context['attributes'], ['recursive', 'upload']);
    assert.deepEqual(request.context['scopes'], ['home', 'internet']);
    assert.deepEqual(request.context['groups'], ['credentials']);
    assert.equal(request.context['integrity'], 'external');
    assert.equal(request.context['confidentiality'], 'private');
    assert.equal(request.context['risk'], 13);
    assert.deepEqual(request.principal.attrs['marks'], ['external', 'private']);
  });
});
