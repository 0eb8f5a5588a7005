// `holdfast start`: the watcher in the foreground – what it found, how far each agent is protected, then the live feed.
import { createInterface } from 'node:readline/promises';
import { homedir } from 'node:os';
import { takeInherited } from '../../edge/transports/index.ts';
import { agentRows, protectedNow, type AgentRow } from '../agents.ts';
import { findHome } from '../home.ts';
import { feedLine } from '../watcher/feed.ts';
import { Watcher } from '../watcher/watcher.ts';
import type { Parsed } from './args.ts';
import { EXIT } from './errors.ts';
import { run as init } from './init.ts';
import { readArgs } from './args.ts';
import { VERBS } from './verbs.ts';

export async function run(args: Parsed): Promise<number> {
  const home = findHome(args.get('dir'));
  const userHome = args.get('home') ?? homedir();
  const json = args.has('json');
  const colour = process.stdout.isTTY && process.env['NO_COLOR'] === undefined;
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  // Signals are taken before anything is opened, so that an early one still ends in order.
  const stopped = new Promise<string>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve(signal));
  });
  const inherited = takeInherited(process.env, home.socket);
  const watcher = await Watcher.start({
    home,
    inherited,
    userHome,
    etc: '/etc',
    strict: args.has('strict'),
    transcripts: true,
    notify: (entry) => say(json ? JSON.stringify(entry) : feedLine(entry, colour)),
  });
  try {
    if (json) say(JSON.stringify({ ready: true, pid: process.pid, socket: home.socket }));
    else {
      say(`holdfast is watching (pid ${process.pid}, records in ${home.ledger}, level: cooperative)`);
      const rows = await agentRows(home, userHome);
      for (const row of rows) say(agentLine(row));
      if (!args.has('foreground')) await offer(rows, args, say);
      say(
        'decisions appear here as they happen; ctrl-c ends the watcher, and agents that are protected then run nothing until it is back',
      );
    }
    await stopped;
  } finally {
    await watcher.stop();
  }
  return EXIT.ok;
}

export function agentLine(row: AgentRow): string {
  const holes = row.holes.map((hole) => `\n      can be switched off by: ${hole}`).join('');
  return `  ${row.title} ${row.version ?? '(version unknown)'}: ${row.state}${holes}`;
}

/** Offers to protect what is not; changes nothing without a yes. Without a terminal it prints the command instead. */
async function offer(rows: readonly AgentRow[], args: Parsed, say: (line: string) => void): Promise<void> {
  if (rows.length === 0) {
    say('  no agent was found on this machine; see a recorded attack stopped with `holdfast demo`');
    return;
  }
  const open = rows.filter((row) => !protectedNow(row));
  if (open.length === 0) return;
  const state = args.get('dir');
  const command = `holdfast init${state === undefined ? '' : ` --dir ${state}`}`;
  if (!process.stdin.isTTY || !process.stdout.isTTY) {
    say(`  to protect ${open.map((row) => row.title).join(' and ')}: \`${command}\` (shows the exact change first)`);
    return;
  }
  const ask = createInterface({ input: process.stdin, output: process.stdout });
  const answer = (
    await ask.question(
      `protect ${open.map((row) => row.title).join(' and ')} now? the exact change is shown first [y/N] `,
    )
  )
    .trim()
    .toLowerCase();
  ask.close();
  if (answer !== 'y' && answer !== 'yes') {
    say(`  nothing was changed; \`${command}\` does it later`);
    return;
  }
  const verb = VERBS.find((each) => each.name === 'init');
  await init(readArgs(state === undefined ? [] : ['--dir', state], verb?.flags ?? []));
}
