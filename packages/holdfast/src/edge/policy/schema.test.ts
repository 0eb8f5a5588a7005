// The schema's text and its table say the same; and the reason why Cedar is never asked without it.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { EFFECT_KINDS } from '../../core/model/index.ts';
import { ACTION_GROUPS, ACTION_PARENT, POLICY_ACTIONS, RESOURCES, SCHEMA } from '../../core/policy/index.ts';
import { loadCedar } from './cedar.ts';

type SchemaJson = {
  readonly Holdfast: {
    readonly actions: {
      readonly [name: string]: {
        readonly memberOf?: readonly { readonly id: string }[];
        readonly appliesTo?: { readonly resourceTypes: readonly string[] };
      };
    };
  };
};

describe('policy: schema', () => {
  test('text and table agree on actions, groups and resources', async () => {
    const cedar = await loadCedar();
    const answer = cedar.schemaToJson(SCHEMA);
    assert.equal(answer.type, 'success');
    const { actions } = (answer as unknown as { json: SchemaJson }).json.Holdfast;
    assert.deepEqual(Object.keys(actions).sort(), [...POLICY_ACTIONS, ...ACTION_GROUPS].sort());
    for (const action of POLICY_ACTIONS) {
      const parent = ACTION_PARENT[action];
      assert.deepEqual(
        (actions[action]?.memberOf ?? []).map((one) => one.id),
        parent === undefined ? [] : [parent],
        action,
      );
      assert.deepEqual(
        [...(actions[action]?.appliesTo?.resourceTypes ?? [])].sort(),
        [...RESOURCES[action]].sort(),
        action,
      );
    }
    for (const group of ACTION_GROUPS) {
      assert.deepEqual(
        (actions[group]?.memberOf ?? []).map((one) => one.id),
        group === 'any' ? [] : ['any'],
        group,
      );
    }
  });

  test('every effect kind is an action', () => {
    assert.deepEqual([...EFFECT_KINDS, 'call'].sort(), [...POLICY_ACTIONS].sort());
  });

  test('without the schema a forbid on an action group stops firing: the trap is still there', async () => {
    const cedar = await loadCedar();
    const ask = (schema: boolean): string => {
      const answer = cedar.isAuthorized({
        principal: { type: 'Holdfast::Agent', id: 'a' },
        action: { type: 'Holdfast::Action', id: 'file.write' },
        resource: { type: 'Holdfast::Unknown', id: 'x' },
        context: {},
        validateRequest: false,
        ...(schema
          ? {
              schema:
                'namespace Holdfast { entity Agent; entity Unknown; action mutates; action "file.write" in [mutates] appliesTo { principal: Agent, resource: Unknown }; }',
            }
          : {}),
        policies: {
          staticPolicies: {
            a: 'permit(principal, action, resource);',
            b: 'forbid(principal, action in Holdfast::Action::"mutates", resource);',
          },
        },
        entities: [],
      });
      return answer.type === 'success' ? answer.response.decision : 'failure';
    };
    assert.equal(ask(true), 'deny');
    assert.equal(ask(false), 'allow');
  });
});
