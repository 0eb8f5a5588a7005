// A project's own `.holdfast` folder through a real watcher: it tightens what is decided in its workspace, and nothing else ever.
import assert from 'node:assert/strict';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Body } from '../../packages/holdfast/src/core/model/index.ts';
import { cli, recordsOf, startLive, temporary, until, type Live } from '../support/live.ts';

function rule(id: string, verdict: string, effect: 'forbid' | 'permit', program: string, more = ''): string {
  return [
    `@id("${id}")`,
    `@verdict("${verdict}")`,
    '@severity("high")',
    `@reason("${program} is not for agents here")`,
    '@fix("leave it")',
    ...(more === '' ? [] : [more]),
    `${effect} (principal, action == Holdfast::Action::"process.exec", resource)`,
    'when {',
    `  (resource is Holdfast::Program && resource.name == "${program}") ||`,
    '  (resource is Holdfast::Unknown && context.profile == "nowhere")',
    '};',
    '',
  ].join('\n');
}

type Refusal = { readonly name: string; readonly text: string; readonly line: number; readonly says: RegExp };

/** What a project may not say, each in a file of rules. */
const REFUSED: readonly Refusal[] = [
  {
    name: 'a permit',
    text: rule('project/a', 'allow', 'permit', 'frob'),
    line: 1,
    says: /project may only add deny and ask/,
  },
  {
    name: 'a waiver',
    text: rule('project/a', 'waive', 'permit', 'frob', '@waives("exec/privilege")'),
    line: 1,
    says: /project may only add deny and ask/,
  },
  {
    name: 'a rewrite',
    text: rule('project/a', 'modify', 'forbid', 'frob', '@rewrite("trash")'),
    line: 1,
    says: /project may only add deny and ask/,
  },
  { name: 'an id of the owner', text: rule('own/a', 'deny', 'forbid', 'frob'), line: 1, says: /project\// },
  { name: 'text that does not parse', text: 'forbid (\n', line: 1, says: /./ },
];

function firstProblem(refused: { readonly [key: string]: unknown } | undefined): string {
  const problems = refused?.['problems'];
  return Array.isArray(problems) ? String(problems[0]) : '';
}

describe("a project's own rules", { timeout: 120_000 }, () => {
  const at = temporary();
  const folder = join(at.project, '.holdfast');
  const policy = join(folder, 'policies', 'no-frob.cedar');
  const settings = join(folder, 'settings.json');
  let live: Live;

  const said = (all: readonly Body[], what: string): readonly { readonly [key: string]: unknown }[] =>
    all
      .map((body) => body.data as { readonly [key: string]: unknown })
      .filter((data) => data['what'] === what && data['project'] === at.project);
  const put = (file: string, text: string): void => {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  };
  /** Changes files, and waits until the watcher has said what came of it. */
  const change = async (what: string, how: () => void): Promise<readonly { readonly [key: string]: unknown }[]> => {
    const known = (await recordsOf(at)).length;
    how();
    await until(what, async () => said((await recordsOf(at)).slice(known), what).length > 0);
    return said((await recordsOf(at)).slice(known), what);
  };

  before(async () => {
    put(policy, rule('project/no-frob', 'deny', 'forbid', 'frob'));
    live = await startLive(at);
  });
  after(async () => {
    await live?.kill();
    at.remove();
  });

  test('a rule of the project denies at its first call, in its workspace only, and the record names the rules', async () => {
    const denied = await live.bash('frob x');
    assert.match(denied.stderr, /\[project\/no-frob\]/);
    const all = await recordsOf(at);
    const [changed] = said(all, 'rules-changed');
    assert.equal(all.findLast((body) => body.type === 'verdict')?.rules, changed?.['digest']);
    const elsewhere = await live.hook(
      JSON.stringify({
        session_id: 'elsewhere',
        cwd: at.user,
        hook_event_name: 'PreToolUse',
        tool_name: 'Bash',
        tool_input: { command: 'frob x' },
        tool_use_id: 'e1',
      }),
    );
    assert.equal(elsewhere.stderr.includes('project/no-frob'), false);
  });

  for (const { name, text, line, says } of REFUSED) {
    test(`${name} is refused with file and line; the rules of before hold`, async () => {
      const [refused] = await change('rules-refused', () => put(policy, text));
      const first = firstProblem(refused);
      assert.ok(first.includes(`${policy}:${line}`), first);
      assert.match(first, says);
      assert.match((await live.bash('frob x')).stderr, /\[project\/no-frob\]/);
      const { json } = cli(at, ['status']);
      assert.ok(JSON.stringify(json).includes(`${policy}:${line}`), 'status names the place');
      put(policy, rule('project/no-frob', 'deny', 'forbid', 'frob'));
    });
  }

  test('settings of a project tighten; what would loosen is ignored and said', async () => {
    const [changed] = await change('rules-changed', () =>
      put(
        settings,
        JSON.stringify({ profile: 'strict', prompts: 'on', groups: { 'trusted-hosts': ['evil.example'] } }),
      ),
    );
    assert.match(JSON.stringify(changed?.['notices']), /prompts on would loosen/);
    assert.match(JSON.stringify(changed?.['notices']), /evil\.example/);
    // `strict` asks about what it does not know; before, an unknown program of the workspace passed.
    assert.notEqual((await live.bash('frobnicate --now')).stdout, '');
    const [back] = await change('rules-changed', () => put(settings, '{ "profile": "observe" }'));
    assert.match(JSON.stringify(back?.['notices']), /observe would loosen balanced/);
    assert.match((await live.bash('frob x')).stderr, /\[project\/no-frob\]/);
  });

  test('a file with an error leaves the last good one, with file and line', async () => {
    const [refused] = await change('rules-refused', () => put(settings, '{\n  oops\n}'));
    assert.ok(firstProblem(refused).includes(`${settings}:2:`));
    assert.match((await live.bash('frob x')).stderr, /\[project\/no-frob\]/);
    rmSync(settings);
  });

  test('a link out of the project is refused', async () => {
    await change('rules-refused', () => {
      put(join(at.user, 'outside.json'), '{ "profile": "strict" }');
      symlinkSync(join(at.user, 'outside.json'), settings);
    });
    rmSync(settings);
  });

  test('taken away, the rules of the owner hold alone; everything verifies', async () => {
    rmSync(folder, { recursive: true });
    await until('the project to be forgotten', async () => !(await live.bash('frob x')).stderr.includes('no-frob'));
    const { json } = cli(at, ['audit', 'verify', '--state']);
    assert.deepEqual([json['status'], (json['state'] as { status: string }).status], ['intact', 'equal']);
  });
});
