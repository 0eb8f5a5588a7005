// A settings or policy file with an error while the watcher runs: the old rules stay in force, file and line are shown, and it is recorded.
import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Body } from '../../packages/holdfast/src/core/model/index.ts';
import { cli, recordsOf, startLive, temporary, until, type Live } from '../support/live.ts';

const LIMIT = { timeout: 120_000 };

const GOOD_RULE = [
  '@id("own/no-frob")',
  '@verdict("deny")',
  '@severity("high")',
  '@reason("frob is not for agents")',
  '@fix("leave it")',
  'forbid (principal, action == Holdfast::Action::"process.exec", resource)',
  'when {',
  '  (resource is Holdfast::Program && resource.name == "frob") ||',
  '  (resource is Holdfast::Unknown && context.profile == "locked")',
  '};',
  '',
].join('\n');

type Case = {
  readonly name: string;
  readonly file: 'settings' | 'policy';
  readonly text: string | Buffer;
  /** What is said about it; file and line stand before. */
  readonly line: number;
  readonly says: RegExp;
};

const CASES: readonly Case[] = [
  {
    name: 'settings that are no JSON',
    file: 'settings',
    text: '{\n  "profile": "strict",\n  oops\n}\n',
    line: 3,
    says: /./,
  },
  { name: 'settings cut in the middle', file: 'settings', text: '{\n  "profile": "str', line: 2, says: /./ },
  {
    name: 'a setting nobody knows',
    file: 'settings',
    text: '{\n  "profile": "strict",\n  "frob": 1\n}\n',
    line: 3,
    says: /frob/,
  },
  {
    name: 'a value nobody knows',
    file: 'settings',
    text: '{\n\n  "profile": "lenient"\n}\n',
    line: 3,
    says: /profile/,
  },
  { name: 'settings of NUL', file: 'settings', text: Buffer.alloc(100), line: 1, says: /./ },
  { name: 'a rule that does not parse', file: 'policy', text: `${GOOD_RULE}\nforbid (\n`, line: 12, says: /./ },
  {
    name: 'a rule without an id',
    file: 'policy',
    text: 'permit (principal, action, resource);\n',
    line: 1,
    says: /./,
  },
  {
    name: 'a rule against the schema',
    file: 'policy',
    text: GOOD_RULE.replace('resource.name', 'resource.nonsense'),
    line: 8,
    says: /nonsense/,
  },
];

describe('rules with an error', LIMIT, () => {
  const at = temporary();
  const policy = join(at.home.policies, 'own', 'no-frob.cedar');
  let live: Live;

  const refused = (all: readonly Body[]): readonly string[] =>
    all.flatMap((body) => (body.data as { problems?: readonly string[] }).problems ?? []);
  const inForce = (body: Body | undefined): string => body?.rules ?? '';

  before(async () => {
    mkdirSync(dirname(policy), { recursive: true, mode: 0o700 });
    writeFileSync(at.home.settings, '{ "profile": "balanced" }');
    writeFileSync(policy, GOOD_RULE);
    live = await startLive(at);
  });
  after(async () => {
    await live?.kill();
    at.remove();
  });

  for (const { name, file, text, line, says } of CASES) {
    test(`${name}: the old rules stay, file and line are shown`, async () => {
      const path = file === 'settings' ? at.home.settings : policy;
      const known = await recordsOf(at);
      writeFileSync(path, text);
      await until(
        'the refusal to be recorded',
        async () => refused((await recordsOf(at)).slice(known.length)).length > 0,
      );
      const problems = refused((await recordsOf(at)).slice(known.length));
      const [first = ''] = problems;
      assert.ok(first.includes(`${path}:${line}:`), `${path}:${line}: is not named: ${first}`);
      assert.match(first, says);
      const shown = live.feed.filter((entry) => String(entry['text']).includes(first));
      assert.ok(shown.length > 0, 'the feed shows it');
      assert.match(String(shown[0]?.['text']), /stay in force/);
      // Decided as before, by the rules as before: the own rule and the profile both hold.
      assert.match((await live.bash('frob x')).stderr, /\[own\/no-frob\]/);
      assert.equal((await live.bash('ls')).exit, 0);
      assert.equal(inForce((await recordsOf(at)).at(-1)), inForce(known.at(-1)), 'no record stands on other rules');
      const good = file === 'settings' ? '{ "profile": "balanced" }' : GOOD_RULE;
      writeFileSync(path, good);
    });
  }

  test('a change without an error comes into force, recorded first', async () => {
    const known = await recordsOf(at);
    rmSync(dirname(policy), { recursive: true });
    await until('the new rules', async () =>
      (await recordsOf(at))
        .slice(known.length)
        .some((body) => body.events.some((event) => event.type === 'rules.changed')),
    );
    assert.equal((await live.bash('frob x')).stderr.includes('own/no-frob'), false);
    const all = await recordsOf(at);
    const changed = all.findLastIndex((body) => body.events.some((event) => event.type === 'rules.changed'));
    assert.equal(inForce(all[changed - 1]), inForce(known.at(-1)));
    assert.notEqual(inForce(all.at(-1)), inForce(known.at(-1)));
  });

  test('the ledger verifies, the state is what it says; a start with an error is refused with file and line', async () => {
    const { json } = cli(at, ['audit', 'verify', '--state']);
    assert.deepEqual([json['status'], (json['state'] as { status: string }).status], ['intact', 'equal']);
    await live.stop();
    writeFileSync(at.home.settings, '{\n  oops\n}');
    await assert.rejects(startLive(at), (error: Error) => {
      assert.ok(error.message.includes(`${at.home.settings}:2:`), error.message);
      assert.match(error.message, /ended with 5: holdfast: .*\[(?:rules|settings)-invalid\]/s);
      return true;
    });
  });
});
