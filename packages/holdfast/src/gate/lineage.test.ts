// Which ancestries prove a prompt, and which do not, whatever they claim.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Ancestor } from '../ports/index.ts';
import { classifyPrompt, hostOf } from './lineage.ts';

const LINE =
  "'/home/dev/my state/bin/holdfast-hook' claude-code --socket '/home/dev/my state/run/gate.sock' --key 0a1b";
const ARGV = [
  '/home/dev/my state/bin/holdfast-hook',
  'claude-code',
  '--socket',
  '/home/dev/my state/run/gate.sock',
  '--key',
  '0a1b',
];
const NODE_LINE = '/usr/bin/env -i /usr/bin/node /x/hook.mjs claude-code';

let pids = 5_000;
const proc = (argv: readonly string[], tty = true, pid = pids--): Ancestor => ({ pid, started: pid * 10, argv, tty });
const INIT = proc(['/sbin/init'], false, 1);
const TERMINAL = proc(['-zsh'], true, 50);
const AGENT = proc(['claude'], true, 100);
const HEADLESS = proc(['claude', '-p', 'x'], false, 100);
const hook = (argv: readonly string[] = ARGV): Ancestor => proc(argv);
const sh = (...argv: readonly string[]): Ancestor => proc(argv);

type Row = {
  readonly name: string;
  readonly chain: readonly Ancestor[];
  readonly proven: boolean;
  readonly others?: readonly number[];
  readonly own?: Ancestor;
};
const ROWS: readonly Row[] = [
  { name: 'direct child of the agent', chain: [hook(), AGENT, TERMINAL, INIT], proven: true },
  {
    name: 'through one shell with the installed command',
    chain: [hook(), sh('/bin/sh', '-c', LINE), AGENT, TERMINAL, INIT],
    proven: true,
  },
  {
    name: 'the fallback behind env -i',
    chain: [hook(['/usr/bin/node', '/x/hook.mjs', 'claude-code']), sh('sh', '-c', NODE_LINE), AGENT, TERMINAL],
    proven: true,
  },
  {
    name: 'with the event behind it',
    chain: [hook([...ARGV, 'UserPromptSubmit']), AGENT, TERMINAL, INIT],
    proven: true,
  },
  {
    name: 'with the event behind it, through a shell',
    chain: [hook([...ARGV, 'Stop']), sh('sh', '-c', `${LINE} Stop`), AGENT, TERMINAL],
    proven: true,
  },
  { name: 'two events behind it', chain: [hook([...ARGV, 'Stop', 'Stop']), AGENT, TERMINAL], proven: false },
  {
    name: 'something else behind it',
    chain: [hook([...ARGV, 'Stop']), sh('sh', '-c', `${LINE} Stop; true`), AGENT, TERMINAL],
    proven: false,
  },
  { name: 'the session knows this agent', chain: [hook(), AGENT, TERMINAL, INIT], own: AGENT, proven: true },
  { name: 'an orphan that has a terminal', chain: [hook(), AGENT, INIT], proven: true },
  { name: 'nothing is visible', chain: [], proven: false },
  { name: 'no parent', chain: [hook()], proven: false },
  { name: 'no host above the shell', chain: [hook(), sh('sh', '-c', LINE)], proven: false },
  {
    name: 'another program that speaks the protocol',
    chain: [hook(['python3', 'forge.py']), AGENT, TERMINAL],
    proven: false,
  },
  {
    name: 'the hook with another argument',
    chain: [hook([...ARGV, '--on-failure=pass']), AGENT, TERMINAL],
    proven: false,
  },
  {
    name: 'the hook with another state directory',
    chain: [hook(ARGV.map((word) => word.replace('dev', 'eve'))), AGENT, TERMINAL],
    proven: false,
  },
  {
    name: "the agent's shell pipes an event into the hook",
    chain: [hook(), sh('bash', '-c', `cat forged | ${LINE}`), AGENT, TERMINAL],
    proven: false,
  },
  {
    name: 'a shell inside that shell',
    chain: [hook(), sh('sh', '-c', LINE), sh('bash', '-c', `${LINE} < forged`), AGENT],
    proven: false,
  },
  {
    name: 'the installed command with a positional behind it',
    chain: [hook(), sh('sh', '-c', LINE, 'x'), AGENT, TERMINAL],
    proven: false,
  },
  { name: 'a login shell', chain: [hook(), sh('sh', '-lc', LINE), AGENT, TERMINAL], proven: false },
  { name: 'an interactive shell', chain: [hook(), TERMINAL, AGENT], proven: false },
  {
    name: 'a script below the agent',
    chain: [hook(), proc(['python3', 'run.py'], true, 200), AGENT, TERMINAL],
    own: AGENT,
    proven: false,
  },
  {
    name: 'the same pid, another process',
    chain: [hook(), AGENT, TERMINAL],
    own: { ...AGENT, started: 7 },
    proven: false,
  },
  {
    name: 'an agent below another session',
    chain: [hook(), HEADLESS, sh('bash', '-c', 'claude -p x'), proc(['claude'], true, 90), TERMINAL],
    others: [90],
    proven: false,
  },
  {
    name: 'far below another session',
    chain: [hook(), HEADLESS, ...Array.from({ length: 20 }, () => sh('sh', 'x.sh')), proc(['claude'], true, 90)],
    others: [90],
    proven: false,
  },
  { name: 'left behind below process 1', chain: [hook(), HEADLESS, INIT], proven: false },
  {
    name: "left behind below the user's manager",
    chain: [hook(), HEADLESS, proc(['/usr/lib/systemd/systemd', '--user'], false, 700), INIT],
    proven: false,
  },
  { name: 'left behind, the parent invisible', chain: [hook(), HEADLESS], proven: false },
];

test('a prompt is proven by its ancestry alone, and by nothing less', () => {
  for (const { name, chain, proven, others = [], own } of ROWS) {
    const answer = classifyPrompt(chain, [LINE, NODE_LINE], new Set(others), own);
    assert.equal(answer.proven, proven, `${name}: ${answer.why}`);
    assert.ok(answer.why.length > 10, name);
  }
  assert.equal(classifyPrompt([hook(), AGENT, TERMINAL], [], new Set()).proven, false, 'nothing is installed');
  assert.equal(
    classifyPrompt([hook(), AGENT, TERMINAL], [`${LINE}; true`], new Set()).proven,
    false,
    'not a plain command',
  );
});

test('the host is the parent of the hook, or of the shell that runs it', () => {
  assert.equal(hostOf([hook(), AGENT], [LINE]), AGENT);
  assert.equal(hostOf([hook(), sh('sh', '-c', LINE), AGENT], [LINE]), AGENT);
  assert.equal(hostOf([hook()], [LINE]), undefined);
});
