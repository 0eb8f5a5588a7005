// `holdfast start`: the watcher in the foreground – what it found, how far each agent is protected, then the live feed.
import { homedir } from 'node:os';
import { takeInherited } from '../../edge/transports/index.ts';
import type { FeedEntry } from '../../gate/parts.ts';
import { agentLine, agentRows, protectedNow, type AgentRow } from '../agents.ts';
import { findHome, type Home } from '../home.ts';
import { canAsk, confirm, tell } from '../terminal.ts';
import { feedLine } from '../watcher/feed.ts';
import { Watcher } from '../watcher/watcher.ts';
import type { Parsed } from './args.ts';
import { showDemo } from './demo.ts';
import { EXIT } from './errors.ts';
import { levelOf, protect } from './init.ts';

export async function run(args: Parsed): Promise<number> {
  const home = findHome(args.get('dir'));
  const userHome = args.get('home') ?? homedir();
  const json = args.has('json');
  const feed = new Feed(json);
  // Signals are taken before anything is opened, so that an early one still ends in order.
  const stopped = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve());
  });
  const inherited = takeInherited(process.env, home.socket);
  const watcher = await Watcher.start({
    home,
    inherited,
    userHome,
    etc: '/etc',
    strict: args.has('strict'),
    transcripts: true,
    notify: (entry) => feed.show(entry),
  });
  try {
    if (json) process.stdout.write(`${JSON.stringify({ ready: true, pid: process.pid, socket: home.socket })}\n`);
    const interrupted = !json && (await greet(home, userHome, args, feed)) === 'interrupted';
    if (!interrupted) await stopped;
    if (!json) await farewell(home, userHome);
  } finally {
    await watcher.stop();
  }
  return EXIT.ok;
}

/** What is there, and an offer to protect what is not. */
async function greet(home: Home, userHome: string, args: Parsed, feed: Feed): Promise<'interrupted' | 'ready'> {
  tell(`holdfast is watching (pid ${process.pid}, level cooperative, records in ${home.ledger})`);
  const rows = await agentRows(home, userHome);
  for (const row of rows) tell(agentLine(row));
  if (rows.length === 0)
    tell('  no agent was found on this machine; `holdfast demo` shows a recorded attack being stopped');
  if (!args.has('foreground') && (await feed.hold(() => offer(rows, home, userHome, args))) === 'interrupted')
    return 'interrupted';
  tell(
    'decisions appear here as they happen; `holdfast why` tells the story of the last stop, ctrl-c ends the watcher',
  );
  return 'ready';
}

async function farewell(home: Home, userHome: string): Promise<void> {
  const open = (await agentRows(home, userHome)).filter(protectedNow).map((row) => row.title);
  tell(
    open.length === 0
      ? 'the watcher has ended'
      : `the watcher has ended; ${open.join(' and ')} runs nothing until \`holdfast start\`, or \`holdfast uninstall\``,
  );
}

/** Offers to protect what is not; changes nothing without a yes. Without a terminal it prints the command instead. */
async function offer(
  rows: readonly AgentRow[],
  home: Home,
  userHome: string,
  args: Parsed,
): Promise<'interrupted' | 'done'> {
  if (rows.length === 0) return offerDemo();
  const open = rows.filter((row) => !protectedNow(row));
  if (open.length === 0) return 'done';
  const names = open.map((row) => row.title).join(' and ');
  const dir = args.get('dir');
  const command = `holdfast init${dir === undefined ? '' : ` --dir ${dir}`}`;
  if (!canAsk()) {
    tell(`  to protect ${names}: \`${command}\` (shows the exact change first)`);
    return 'done';
  }
  const answer = await confirm(`protect ${names} now? the exact change is shown first`);
  if (answer === 'interrupted') return answer;
  if (answer === 'no') {
    tell(`  nothing was changed; \`${command}\` does it later`);
    return 'done';
  }
  const done = await protect({ home, userHome, level: levelOf(undefined), hosts: open.map((row) => row.host) });
  return done.interrupted ? 'interrupted' : 'done';
}

/** With no agent there is nothing to protect, but something to see. */
async function offerDemo(): Promise<'interrupted' | 'done'> {
  if (!canAsk()) return 'done';
  const answer = await confirm('play it now, in a throw-away folder?');
  if (answer === 'yes') await showDemo();
  return answer === 'interrupted' ? answer : 'done';
}

/** Lines of the feed; while a question stands on the terminal they wait. */
class Feed {
  readonly #json: boolean;
  #held: FeedEntry[] | undefined;

  constructor(json: boolean) {
    this.#json = json;
  }

  show(entry: FeedEntry): void {
    if (this.#json) process.stdout.write(`${JSON.stringify(entry)}\n`);
    else if (this.#held === undefined) tell(feedLine(entry));
    else this.#held.push(entry);
  }

  async hold<T>(during: () => Promise<T>): Promise<T> {
    this.#held = [];
    try {
      return await during();
    } finally {
      const held = this.#held;
      this.#held = undefined;
      for (const entry of held) this.show(entry);
    }
  }
}
