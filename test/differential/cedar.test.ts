// 5,000 random cases of compiled policy against Cedar's own answer, and proof that a fault in the compiler would be seen.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Json } from '../../packages/holdfast/src/core/model/index.ts';
import type { PolicyJson } from '../../packages/holdfast/src/core/policy/index.ts';
import { loadCedar } from '../../packages/holdfast/src/edge/policy/index.ts';
import { runDifferential } from './cedar.ts';

describe('differential: compiled Cedar against cedar-wasm', () => {
  test('5,000 cases agree in decision, reasons, errors and level', async () => {
    const result = runDifferential(await loadCedar(), { cases: 5000, seed: 20261124, perSet: 100 });
    assert.deepEqual(result.differences, []);
    assert.equal(result.cases, 5000);
    // A generator that only produced "nothing matched" would prove nothing.
    assert.ok(result.matched > 1000, `matched ${result.matched}`);
    assert.ok(result.erred > 1000, `erred ${result.erred}`);
    assert.ok(result.denied > 1000 && result.denied < 4000, `denied ${result.denied}`);
    assert.equal(result.refused, 0);
  });

  const rename =
    (from: string, to: string) =>
    (op: string, body: Json): readonly [string, Json] => [op === from ? to : op, body];
  const faults: readonly (readonly [string, (op: string, body: Json) => readonly [string, Json]])[] = [
    ['and read as or', rename('&&', '||')],
    ['or read as and', rename('||', '&&')],
    ['less read as less or equal', rename('<', '<=')],
    ['greater read as less', rename('>', '<')],
    ['plus read as minus', rename('+', '-')],
    ['times read as plus', rename('*', '+')],
    ['equal read as unequal', rename('==', '!=')],
    ['contains all read as contains any', rename('containsAll', 'containsAny')],
    ['in read as equal', rename('in', '==')],
    ['branches swapped', (op, body) => (op === 'if-then-else' ? [op, swap(body, 'then', 'else')] : [op, body])],
    [
      'missing wildcards',
      (op, body) =>
        op === 'like'
          ? [
              op,
              {
                ...object(body),
                pattern: (object(body)['pattern'] as readonly Json[]).filter((piece) => piece !== 'Wildcard'),
              },
            ]
          : [op, body],
    ],
    [
      'type test always of a path',
      (op, body) => (op === 'is' ? [op, { ...object(body), entity_type: 'Holdfast::Path' }] : [op, body]),
    ],
    [
      'has of a missing attribute',
      (op, body) => (op === 'has' ? [op, { ...object(body), attr: 'missing' }] : [op, body]),
    ],
    [
      'negation dropped',
      (op, body) => (op === '!' ? ['&&', { left: { Value: true }, right: object(body)['arg'] ?? null }] : [op, body]),
    ],
  ];
  for (const [name, change] of faults) {
    test(`a fault is seen: ${name}`, async () => {
      const result = runDifferential(await loadCedar(), {
        cases: 20_000,
        seed: 7,
        perSet: 30,
        fault: (json) => altered(json, change),
        stopAt: 1,
      });
      assert.ok(result.differences.length > 0, `not seen in ${result.cases} cases`);
    });
  }

  test('a fault is seen: unless read as when', async () => {
    const fault = (json: PolicyJson): PolicyJson => ({
      ...json,
      conditions: json.conditions.map((clause) => ({ ...clause, kind: 'when' })),
    });
    const result = runDifferential(await loadCedar(), { cases: 20_000, seed: 7, fault, stopAt: 1 });
    assert.ok(result.differences.length > 0);
  });

  test('a fault is seen: the action of the scope ignored', async () => {
    const fault = (json: PolicyJson): PolicyJson => ({ ...json, action: { op: 'All' } });
    const result = runDifferential(await loadCedar(), { cases: 20_000, seed: 7, fault, stopAt: 1 });
    assert.ok(result.differences.length > 0);
  });
});

/** The policy with every expression node passed through `change`. */
function altered(json: PolicyJson, change: (op: string, body: Json) => readonly [string, Json]): PolicyJson {
  const visit = (value: Json): Json => {
    if (Array.isArray(value)) return value.map(visit);
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value);
    const [first] = entries;
    if (entries.length !== 1 || first === undefined || first[0] === 'Value') {
      return first?.[0] === 'Value' ? value : Object.fromEntries(entries.map(([key, one]) => [key, visit(one)]));
    }
    const [op, body] = change(first[0], visit(first[1]));
    return { [op]: body };
  };
  return { ...json, conditions: json.conditions.map((clause) => ({ ...clause, body: visit(clause.body) })) };
}

function object(value: Json): { readonly [key: string]: Json } {
  return value as { readonly [key: string]: Json };
}

function swap(body: Json, a: string, b: string): Json {
  const fields = object(body);
  return { ...fields, [a]: fields[b] ?? null, [b]: fields[a] ?? null };
}
