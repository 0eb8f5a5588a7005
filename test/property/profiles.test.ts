// What each profile means: raising one never loosens, strict lets looking through unasked, locked only what is permitted.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { Level } from '../../packages/holdfast/src/core/model/index.ts';
import { runExamples } from '../../packages/holdfast/src/app/examples.ts';
import { SessionRun, type EngineRules, type Step } from '../../packages/holdfast/src/core/engine/index.ts';
import { decideShell, levelOf, rulesFor } from '../support/rules.ts';

const STOPS: { readonly [level in Level]: number } = { allow: 0, pass: 0, modify: 1, ask: 2, deny: 3 };

function toolLevel(rules: EngineRules, step: Step): Level {
  const run = new SessionRun(rules, { id: 's', agent: 'check', home: '/home/dev', cwd: '/home/dev/project' });
  return run.step(step).decision.verdict.level;
}

describe('profiles', () => {
  it('raising the profile never loosens', async () => {
    const examples = await runExamples((profile) => rulesFor(profile), undefined);
    const commands = examples.flatMap(({ stepped }) =>
      stepped?.action.tool === 'shell' ? [(stepped.action.input as { command: string }).command] : [],
    );
    assert.ok(commands.length > 100);
    const rules = await Promise.all(
      (['observe', 'balanced', 'strict', 'locked'] as const).map((name) => rulesFor(name)),
    );
    for (const command of new Set(commands)) {
      const levels = rules.map((one) => levelOf(one, command));
      levels.reduce((lower, higher) => {
        assert.ok(STOPS[higher] >= STOPS[lower], `${levels.join(' ')}: ${command}`);
        return higher;
      });
    }
  });

  it('strict lets through what only looks at the workspace, and asks about the rest', async () => {
    const rules = await rulesFor('strict');
    const rows: readonly (readonly [Level, string])[] = [
      ['pass', 'ls -la src'],
      ['pass', 'cat README.md | head -5'],
      ['pass', 'grep -rn TODO . | sort | uniq -c | sort -rn'],
      ['pass', 'find . -name "*.ts" | wc -l'],
      ['pass', 'sed -n 1,20p src/a.ts'],
      ['pass', 'git status && git log --oneline -5 && git diff'],
      ['pass', 'cd src && pwd'],
      ['pass', 'jq .name package.json'],
      ['ask', 'cat /etc/hosts'],
      ['ask', 'cat .env'],
      ['ask', 'cat ~/notes.txt'],
      ['ask', 'sed -i s/a/b/ src/a.ts'],
      ['ask', 'find . -delete'],
      ['ask', 'awk \'BEGIN { system("id") }\''],
      ['ask', 'echo hi > a.txt'],
      ['ask', 'git commit -am x'],
      ['ask', 'git branch new'],
      ['ask', 'git -c core.pager=./x log'],
      ['ask', 'npm test'],
      ['ask', 'curl https://example.test'],
      ['ask', './ls'],
      ['ask', 'LD_PRELOAD=./x.so ls'],
      ['ask', 'bash -c "ls"'],
      ['ask', '$x'],
      ['deny', 'rm -rf ~'],
    ];
    for (const [want, command] of rows) assert.equal(levelOf(rules, command), want, command);
    const tools: readonly (readonly [Level, Step])[] = [
      ['pass', { tool: 'read', hostTool: 'Read', input: { path: '/home/dev/project/a.ts' } }],
      ['pass', { tool: 'search', hostTool: 'Grep', input: { pattern: 'x', path: '/home/dev/project' } }],
      ['pass', { tool: 'none', hostTool: 'TodoWrite', input: {} }],
      ['ask', { tool: 'search', hostTool: 'WebSearch', input: { query: 'x', web: true } }],
      ['ask', { tool: 'write', hostTool: 'Write', input: { path: '/home/dev/project/a.ts', content: '' } }],
      ['ask', { tool: 'mcp', hostTool: 'mcp__a__b', input: { server: 'a', tool: 'list', args: {} } }],
      ['ask', { tool: 'spawn', hostTool: 'Task', input: { prompt: 'x' } }],
    ];
    for (const [want, step] of tools) assert.equal(toolLevel(rules, step), want, JSON.stringify(step));
  });

  it('strict says what it let through, and approves nothing', async () => {
    const { verdict } = decideShell(await rulesFor('strict'), 'cat README.md').decision;
    assert.equal(verdict.level, 'pass');
    assert.deepEqual([...new Set(verdict.reasons.map((reason) => `${reason.rule} ${reason.waivedBy}`))].toSorted(), [
      'gate/unmatched plain/call',
      'gate/unmatched plain/program',
      'gate/unmatched plain/read',
    ]);
  });

  it('locked denies everything that no rule permits, and a permit covers exactly what it names', async () => {
    const locked = await rulesFor('locked');
    for (const command of ['ls', 'cat README.md', 'git status', 'true', 'cd src']) {
      assert.equal(levelOf(locked, command), 'deny', command);
    }
    const dir = mkdtempSync(join(tmpdir(), 'holdfast-locked-'));
    try {
      mkdirSync(join(dir, 'my'));
      const rule = (id: string, action: string, resource: string): string =>
        `@id("my/${id}") @verdict("allow") @severity("info") @reason("the test permits it")\npermit(principal, action == Holdfast::Action::"${action}", resource == Holdfast::${resource});\n`;
      writeFileSync(
        join(dir, 'my', 'reads.cedar'),
        rule('call', 'call', 'Tool::"shell"') +
          rule('cat', 'process.exec', 'Program::"cat"') +
          rule('readme', 'file.read', 'Path::"/home/dev/project/README.md"'),
      );
      const permitted = await rulesFor('locked', [dir]);
      const rows: readonly (readonly [Level, string])[] = [
        ['allow', 'cat README.md'],
        ['deny', 'cat README.md LICENSE'],
        ['deny', 'head README.md'],
        ['deny', 'cat README.md; ls'],
        ['deny', 'cat README.md > copy'],
        ['deny', 'cat README.md | $x'],
      ];
      for (const [want, command] of rows) assert.equal(levelOf(permitted, command), want, command);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});
