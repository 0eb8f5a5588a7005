// How the real, pinned Claude Code reads each reply of the host value, with its own prompts on and off. No watcher takes part.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { claudeBinary } from '../support/agents.ts';
import { runClaude, UNPROMPTED } from '../support/claude.ts';
import { openWorld, whyNoWorld, type World } from '../support/world.ts';

const HOOK = fileURLToPath(new URL('../support/reply-hook.ts', import.meta.url));

type Answer = { readonly ran: boolean; readonly error: boolean; readonly text: string };

describe('replies', { skip: whyNoWorld() ?? false, timeout: 60_000 }, () => {
  let binary: string;
  let world: World;

  before(async () => {
    binary = await claudeBinary();
    world = await openWorld();
    const hook = { type: 'command', command: process.execPath, args: [HOOK], timeout: 20, onFailure: 'block' };
    await mkdir(world.outside(join(world.home, '.claude')), { recursive: true });
    await writeFile(
      world.outside(join(world.home, '.claude/settings.json')),
      JSON.stringify({ hooks: { PreToolUse: [{ matcher: '*', hooks: [hook] }] } }),
    );
  });
  after(() => world?.close());

  /** One call per level; each would leave a file. The host asks before a shell command writes, unless it is told not to. */
  async function answers(
    name: string,
    levels: readonly string[],
    args: readonly string[],
  ): Promise<{ readonly [level: string]: Answer }> {
    const file = (level: string): string =>
      join(world.work, `${name}-${level}-${level === 'modify' ? 'before' : 'as-is'}`);
    const calls = levels.map((level) => ({
      calls: [{ tool: 'Bash', input: { command: `touch ${file(level)} # say:${level}` } }],
    }));
    await world.play([{ match: name, steps: [...calls, { say: 'done' }] }]);
    const run = await runClaude(world, { binary, prompt: `${name} please`, args });
    assert.equal(run.code, 0, run.stderr);
    const results = (await world.seen()).findLast((one) => one.script === name)?.results ?? [];
    return Object.fromEntries(
      levels.map((level, i) => [
        level,
        {
          ran: existsSync(world.outside(file(level))),
          error: results[i]?.error ?? false,
          text: results[i]?.text ?? '',
        },
      ]),
    );
  }

  test('with its own prompts off: deny and ask stop, pass and allow run, modify runs changed', async () => {
    const said = await answers('OFF', ['pass', 'deny', 'ask', 'allow', 'modify'], UNPROMPTED);
    assert.deepEqual(Object.fromEntries(Object.entries(said).map(([level, one]) => [level, one.ran])), {
      pass: true,
      deny: false,
      ask: false,
      allow: true,
      modify: false,
    });
    assert.match(said['deny']?.text ?? '', /sentence for deny/);
    assert.match(said['ask']?.text ?? '', /sentence for ask/);
    assert.ok(existsSync(world.outside(join(world.work, 'OFF-modify-after'))), 'the changed call ran');
  });

  test('with its own prompts on: pass leaves the decision to them, allow skips them, modify does not', async () => {
    const said = await answers('ON', ['pass', 'deny', 'ask', 'allow', 'modify'], []);
    assert.deepEqual(Object.fromEntries(Object.entries(said).map(([level, one]) => [level, one.ran])), {
      pass: false,
      deny: false,
      ask: false,
      allow: true,
      modify: false,
    });
    assert.match(said['pass']?.text ?? '', /needs approval/);
    assert.equal(
      existsSync(world.outside(join(world.work, 'ON-modify-after'))),
      false,
      'the changed call met the prompt',
    );
  });
});
