// A world with a running watcher and hooks installed into the real Claude Code, and short names for what end-to-end tests look at.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Body } from '../../packages/holdfast/src/core/model/index.ts';
import { finished, startClaude, type ClaudeRun } from './claude.ts';
import { holdfast, startWatcher, type RunningWatcher } from './holdfast.ts';
import type { Call, Seen } from './model-server.ts';
import { openWorld, type World } from './world.ts';

export const bash = (command: string): Call => ({ tool: 'Bash', input: { command, description: 'a step' } });
/** Deletes the throw-away home, which is nowhere but inside the world: should the gate fail, nothing else is lost. */
export const destroy = (world: World): string => `rm -rf ${world.home}`;
export const data = (body: Body): { readonly [key: string]: unknown } =>
  body.data as { readonly [key: string]: unknown };
export const findings = (all: readonly Body[], code: string): readonly Body[] =>
  all.filter((body) => body.type === 'finding' && data(body)['code'] === code);

/** Last request of a script: the whole conversation as the model saw it. */
export async function conversation(world: World, script: string): Promise<Seen> {
  const last = (await world.seen()).findLast((one) => one.script === script);
  assert.ok(last !== undefined, `the model was never asked for ${script}`);
  return last;
}

export async function until(what: string, holds: () => boolean | Promise<boolean>, ms = 15_000): Promise<void> {
  for (const ends = Date.now() + ms; ; await pause(50)) {
    if (await holds()) return;
    assert.ok(Date.now() < ends, `waited in vain for ${what}`);
  }
}

export async function worldWith(
  level: 'managed' | 'user',
  binary: string,
): Promise<{ world: World; watcher: RunningWatcher; told: string }> {
  const world = await openWorld({ ownEtc: true });
  try {
    const link = world.outside(join(world.home, '.local/bin/claude'));
    await mkdir(dirname(link), { recursive: true });
    await symlink(binary, link);
    const watcher = await startWatcher(world);
    const init = await holdfast(world, ['init', '--yes', '--agent', 'claude-code', '--level', level]);
    assert.equal(init.code, 0, init.stderr);
    return { world, watcher, told: init.stdout };
  } catch (error) {
    await world.close();
    throw error;
  }
}

/** An agent that waits between two calls until the test lets it go on, so that the watcher can be hurt in between. */
export async function hurtBetween(
  world: World,
  binary: string,
  name: string,
  hurt: () => void | Promise<void>,
): Promise<{ run: ClaudeRun; model: Seen }> {
  const file = (what: string): string => join(world.work, `${name}-${what}`);
  const waiting = `touch ${file('ready')}; for i in $(seq 300); do [ -e ${file('go')} ] && break; sleep 0.05; done`;
  await world.play([
    { match: name, steps: [{ calls: [bash(waiting)] }, { calls: [bash(`touch ${file('ran')}`)] }, { say: 'went on' }] },
  ]);
  const agent = startClaude(world, { binary, prompt: `${name} please` });
  const ended = finished(agent, 60_000);
  await until('the first call', () => existsSync(world.outside(file('ready'))));
  await hurt();
  await writeFile(world.outside(file('go')), '');
  const run = await ended;
  assert.equal(existsSync(world.outside(file('ran'))), false, 'nothing runs without the watcher');
  return { run, model: await conversation(world, name) };
}
