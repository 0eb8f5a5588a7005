// `npm start` as a person meets it: from a copied tree, on a terminal, with a throw-away home, a private /etc and no network.
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, statSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { before, describe, test } from 'node:test';
import { ROOT } from '../architecture/tree.ts';
import { claudeBinary } from '../support/agents.ts';
import { finished } from '../support/claude.ts';
import { holdfast, stateOf } from '../support/holdfast.ts';
import { CTRL_C, CTRL_D, onTerminal, whyNoTerminal, type Terminal } from '../support/terminal.ts';
import { openWorld, whyNoWorld, type World } from '../support/world.ts';

const skip = whyNoWorld() ?? whyNoTerminal() ?? false;
const LIMIT = 240_000;
const AT_HAND = /decisions appear here as they happen/;
/** What a clone does not hold, and what would only take time to copy. */
const LEFT_OUT = new Set(['node_modules', '.git', '.cache', 'build', 'dist', 'bench-results']);

/** The tree as a clone has it, with packages and native parts that are there already: there is no network to get them from. */
function copyTree(world: World): string {
  const to = join(world.at, 'clone');
  const outside = world.outside(to);
  cpSync(ROOT, outside, {
    recursive: true,
    filter: (path) => {
      const parts = path.slice(ROOT.length).split('/');
      return parts[0] === 'native' || !parts.some((part) => LEFT_OUT.has(part));
    },
  });
  symlinkSync(join(ROOT, 'node_modules'), join(outside, 'node_modules'));
  return to;
}

/** Every file below a folder: path, mode, content. */
function snapshot(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      const what = entry.isSymbolicLink()
        ? readlinkSync(path)
        : entry.isFile()
          ? readFileSync(path).toString('base64')
          : '';
      return `${path.slice(folder.length)} ${entry.isSymbolicLink() ? '' : statSync(path).mode.toString(8)} ${what}`;
    })
    .sort();
}

async function withWorld(agent: string | undefined, run: (world: World, tree: string) => Promise<void>): Promise<void> {
  const world = await openWorld({ ownEtc: true });
  try {
    if (agent !== undefined) {
      const link = world.outside(join(world.home, '.local/bin/claude'));
      mkdirSync(dirname(link), { recursive: true });
      symlinkSync(agent, link);
    }
    await run(world, copyTree(world));
  } finally {
    await world.close();
  }
}

function environment(world: World): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'],
    HOME: world.home,
    HOLDFAST_HOME: stateOf(world),
    LANG: 'C.UTF-8',
    TERM: 'xterm',
    // npm's own traces belong to npm: outside the home that is looked at.
    npm_config_cache: join(world.at, 'npm'),
    npm_config_update_notifier: 'false',
  };
}

function start(world: World, tree: string): Terminal {
  return onTerminal(world, 'npm start', { cwd: tree, env: environment(world) });
}

/** Ended by Ctrl-C: npm tells it as a shell does, or passes on that all went well. */
async function endsCleanly(terminal: Terminal): Promise<void> {
  terminal.types(CTRL_C);
  const code = await terminal.ended();
  assert.ok([0, 130].includes(code), `exit ${code}\n${terminal.shown()}`);
  assert.match(terminal.shown(), /the watcher has ended/);
  assert.doesNotMatch(terminal.shown(), /\n\s+at .*\(|Error:/);
}

describe('npm start on a terminal', { skip, timeout: LIMIT }, () => {
  let binary = '';
  before(
    async () => {
      binary = await claudeBinary();
    },
    { timeout: LIMIT },
  );

  test(
    'finds the agent, offers, installs after a yes, shows decisions, ends with ctrl-c',
    { timeout: LIMIT },
    async () => {
      await withWorld(binary, async (world, tree) => {
        const root = process.getuid?.() === 0;
        const file = root ? '/etc/claude-code/managed-settings.json' : join(world.home, '.claude/settings.json');
        const terminal = start(world, tree);
        await terminal.sees(/Claude Code 2\.1\.330: not protected/);
        await terminal.sees(/protect Claude Code now\? the exact change is shown first \[y\/N\] /);
        terminal.types('y\n');
        await terminal.sees(/\+ {2}"hooks": \{/);
        await terminal.sees(/make this change to .*settings\.json\? \[y\/N\] /);
        assert.ok(!existsSync(world.outside(file)), 'nothing is written before the yes');
        terminal.types('yes\n');
        await terminal.sees(/done: .*settings\.json now calls holdfast/);
        await terminal.sees(AT_HAND);

        type Group = { readonly hooks: readonly { readonly command: string; readonly args: readonly string[] }[] };
        const settings = JSON.parse(readFileSync(world.outside(file), 'utf8')) as {
          readonly hooks: { readonly PreToolUse: readonly [Group] };
        };
        const hook = settings.hooks.PreToolUse[0].hooks[0]!;
        const payload = {
          session_id: 'at-the-terminal',
          transcript_path: join(world.home, 'none.jsonl'),
          cwd: world.work,
          permission_mode: 'default',
          hook_event_name: 'PreToolUse',
          tool_name: 'Bash',
          tool_input: { command: `rm -rf ${world.home} \u001b[2J` },
          tool_use_id: 'call-1',
        };
        const answer = await finished(
          world.spawn(hook.command, hook.args, { cwd: world.work, env: {}, input: JSON.stringify(payload) }),
          20_000,
        );
        assert.equal(answer.code, 2, answer.stderr);
        await terminal.sees(
          /#\d+ +\d\d:\d\d:\d\d {2}deny +claude-code at-the-t +Bash rm -rf .*·\[2J {2}\[fs\/delete-tree-root\]/,
        );
        await endsCleanly(terminal);
        assert.match(terminal.shown(), /the watcher has ended; Claude Code runs nothing until `bin\/holdfast start`/);
        const gone = await holdfast(world, ['uninstall', '--yes']);
        assert.equal(gone.code, 0, gone.stderr);
        assert.ok(!existsSync(world.outside(file)));
      });
    },
  );

  for (const [name, typed] of [
    ['after a no', 'n\n'],
    ['after only return', '\n'],
    ['after the end of input', CTRL_D],
    ['after a no to the change that was shown', 'y\nn\n'],
  ] as const)
    test(`nothing is changed ${name}`, { timeout: LIMIT }, async () => {
      await withWorld(binary, async (world, tree) => {
        const held = snapshot(world.outside(world.home));
        const terminal = start(world, tree);
        for (const line of typed.split(/(?<=\n)/)) {
          await terminal.sees(/\[y\/N\] /);
          terminal.types(line);
        }
        await terminal.sees(/nothing was changed/);
        await terminal.sees(AT_HAND);
        await endsCleanly(terminal);
        assert.deepEqual(snapshot(world.outside(world.home)), held);
        assert.ok(!existsSync(world.outside('/etc/claude-code')), 'no folder of managed settings');
      });
    });

  test('ctrl-c at the question ends everything and changes nothing', { timeout: LIMIT }, async () => {
    await withWorld(binary, async (world, tree) => {
      const held = snapshot(world.outside(world.home));
      const terminal = start(world, tree);
      await terminal.sees(/\[y\/N\] /);
      await endsCleanly(terminal);
      assert.deepEqual(snapshot(world.outside(world.home)), held);
    });
  });

  test('without an agent it says so and offers the demo, which then plays', { timeout: LIMIT }, async () => {
    await withWorld(undefined, async (world, tree) => {
      const terminal = start(world, tree);
      await terminal.sees(/no agent was found on this machine; `bin\/holdfast demo` shows/);
      await terminal.sees(/play it now, in a throw-away folder\? \[y\/N\] /);
      terminal.types('y\n');
      await terminal.sees(/3 of 5 calls were stopped; home, thesis and key are as they were/);
      await terminal.sees(/its ledger is intact: \d+ records/);
      await terminal.sees(AT_HAND);
      await endsCleanly(terminal);
    });
  });

  test('without a terminal it prints the command and asks nothing', { timeout: LIMIT }, async () => {
    await withWorld(binary, async (world, tree) => {
      const child = world.spawn('npm', ['start'], { cwd: tree, env: environment(world) });
      let shown = '';
      await new Promise<void>((resolve, reject) => {
        child.stdout?.on('data', (bytes: Buffer) => {
          shown += bytes.toString('utf8');
          if (AT_HAND.test(shown)) resolve();
        });
        child.once('close', () => reject(new Error(shown)));
      });
      // As a service manager ends it.
      child.kill('SIGTERM');
      await new Promise((resolve) => child.once('close', resolve));
      assert.match(shown, /the watcher has ended/);
      assert.match(shown, /to protect Claude Code: `bin\/holdfast init` \(shows the exact change first\)/);
      assert.doesNotMatch(shown, /\[y\/N\]/);
      assert.equal(shown.includes('\u001b'), false);
    });
  });
});
