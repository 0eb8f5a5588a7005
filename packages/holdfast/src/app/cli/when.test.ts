// Times as people type them.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readWhen } from './when.ts';

const now = new Date(2026, 10, 25, 15, 4, 5, 678).getTime();
const local = (...parts: [number, number, number, number?, number?, number?, number?]): number =>
  new Date(...parts).getTime();

describe('when', () => {
  const rows: readonly (readonly [string, number, number])[] = [
    ['90s', now - 90_000, now - 90_000],
    ['15m', now - 900_000, now - 900_000],
    ['2h', now - 7_200_000, now - 7_200_000],
    ['3d', now - 259_200_000, now - 259_200_000],
    ['1w', now - 604_800_000, now - 604_800_000],
    ['14:30', local(2026, 10, 25, 14, 30), local(2026, 10, 25, 14, 30, 59, 999)],
    ['9:05:07', local(2026, 10, 25, 9, 5, 7), local(2026, 10, 25, 9, 5, 7, 999)],
    ['2026-11-24', local(2026, 10, 24), local(2026, 10, 25) - 1],
    ['2026-11-24T10:00:00Z', Date.UTC(2026, 10, 24, 10), Date.UTC(2026, 10, 24, 10)],
    ['2026-11-24 10:00', local(2026, 10, 24, 10), local(2026, 10, 24, 10)],
  ];
  for (const [given, since, until] of rows)
    test(given, () =>
      assert.deepEqual([readWhen('since', given, now), readWhen('until', given, now, true)], [since, until]),
    );
  for (const given of ['', 'yesterday', '25:00', '12:60', '3x', '2026-13-40'])
    test(`not ${given}`, () => assert.throws(() => readWhen('since', given, now), { code: 'usage' }));
});
