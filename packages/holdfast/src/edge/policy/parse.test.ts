// Parsing of policy text that somebody hostile wrote: told before the engine sees it, or apart from the engine that others need.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { compilePolicy } from '../../core/policy/index.ts';
import { extendPolicy, loadPolicy, SHIPPED } from './load.ts';
import { isDeep, scanNesting } from './nesting.ts';
import { parseApart, parseWithin } from './parse-apart.ts';
import { parseHere } from './parse-set.ts';

const rule = (when: string, id = 'project/a'): string =>
  `@id("${id}") @verdict("deny")\nforbid (principal, action == Holdfast::Action::"opaque", resource) when {\n${when} };\n`;
const times = (text: string, count: number): string => text.repeat(count);

describe('nesting', () => {
  const rows: readonly { readonly name: string; readonly text: string; readonly want: boolean }[] = [
    { name: 'what a rule needs', text: rule('((context.risk > 5) && [1, 2].contains(1))'), want: false },
    { name: 'sixty brackets', text: rule(times('(', 60) + 'true' + times(')', 60)), want: false },
    { name: 'a hundred brackets', text: rule(times('(', 100) + 'true' + times(')', 100)), want: true },
    { name: 'of every kind', text: rule(`context.a == ${times('[', 40)}${times('{a:', 40)}`), want: true },
    { name: 'many brackets beside each other', text: rule(times('(true) && ', 300) + 'true'), want: false },
    { name: 'brackets in a text', text: rule(`context.tool == "${times('(', 300)}"`), want: false },
    { name: 'brackets after an escaped quote', text: rule(`context.tool == "\\"${times('(', 300)}"`), want: false },
    { name: 'brackets in a comment', text: `// ${times('(', 300)} "\n${rule('true')}`, want: false },
    { name: 'a quote in a comment hides nothing', text: `// "\n${rule(times('(', 300))}`, want: true },
    { name: 'conditions in conditions', text: rule(times('if true then true else ', 200) + 'true'), want: true },
    { name: 'conditions in rule after rule', text: times(rule('if true then true else true'), 200), want: false },
    { name: 'words that only hold `if`', text: rule(times('context.iffy_if && ', 200) + 'true'), want: false },
  ];
  for (const { name, text, want } of rows) {
    test(name, () => assert.equal(scanNesting(text) !== undefined, want));
  }

  test('of values is told without following them down', () => {
    let value: unknown = 1;
    for (let i = 0; i < 100_000; i += 1) value = { '&&': [value] };
    assert.equal(isDeep(value), true);
    assert.equal(isDeep({ a: Array.from({ length: 10_000 }, () => ({ b: 1 })) }), false);
  });
});

describe('parsing apart', () => {
  const trap = rule(`context${times('.a', 20_000)} == 1`);

  test('answers as parsing here does', async () => {
    const files = [
      { file: 'a', text: rule('context.risk > 5') },
      { file: 'b', text: `// about it\n\n${rule('context.nothing', 'project/b')}` },
      { file: 'c', text: 'forbid (' },
      { file: 'd', text: rule('true', 'project/d') + rule('context.certain', 'project/e') },
    ];
    const apart = await parseApart(files);
    assert.deepEqual(apart, JSON.parse(JSON.stringify(await parseHere(files))));
    assert.deepEqual(
      apart.map(({ rules, problems }) => [rules.map((each) => each.line), problems.map((each) => each.at?.line)]),
      [
        [[1], []],
        [[3], [5]],
        [[], [1]],
        [[1, 4], []],
      ],
    );
    assert.deepEqual(await parseApart([]), []);
  });

  test('a text that traps the engine is a problem at its file, and the next one is read', async () => {
    const [first, second] = await parseApart([
      { file: 'good', text: rule('true') },
      { file: 'bad', text: trap },
    ]);
    assert.deepEqual([first?.problems, second?.rules], [[], []]);
    assert.match(second?.problems[0]?.message ?? '', /the policy engine fails on it/);
    assert.equal(second?.problems[0]?.at?.file, 'bad');
    assert.equal((await parseApart([{ file: 'a', text: rule('true') }]))[0]?.rules.length, 1);
  });

  test('long chains are refused before anything of ours follows them down', async () => {
    for (const when of [Array(3_000).fill('true').join(' && '), `${Array(3_000).fill('1').join('+')} > 1`])
      assert.match(
        (await parseApart([{ file: 'a', text: rule(when) }]))[0]?.problems[0]?.message ?? '',
        /nested too deeply/,
      );
  });

  test('what takes too long is ended and said', async () => {
    const [answer, other] = await parseWithin(
      [
        { file: 'a', text: rule('true') },
        { file: 'b', text: '' },
      ],
      0,
    );
    assert.match(answer?.problems[0]?.message ?? '', /took too long/);
    assert.deepEqual(other, { rules: [], problems: [] });
  });
});

describe('a weaker scope on top', () => {
  test('joins what is loaded already, and is refused as a whole without touching it', async () => {
    const base = await loadPolicy([SHIPPED]);
    assert.ok(base.ok);
    const file = (text: string) => ({ file: 'p.cedar', scope: 'project' as const, text });
    const more = await extendPolicy(base.rules, [file(rule('context.risk > 5'))]);
    assert.ok(more.ok);
    assert.equal(more.policy.rules.size, base.policy.rules.size + 1);
    assert.equal(more.rules[0], base.rules[0], 'the very same compiled rule');
    assert.notEqual(more.policy.digest, base.policy.digest);
    const bad = await extendPolicy(base.rules, [file(rule('true', base.rules[0]?.info.id))]);
    assert.ok(!bad.ok);
    assert.match(JSON.stringify(bad.problems), /exists already/);
    const alone = compilePolicy([], undefined, base.rules);
    assert.ok('policy' in alone);
    assert.equal(alone.policy.digest, base.policy.digest);
  });
});
