// `holdfast status`: is the watcher there, what is protected how far, what is not, and what has been seen to go past the gate.
import { homedir } from 'node:os';
import { isObject, text, type Json } from '../../core/model/index.ts';
import { openSocket, TransportError } from '../../edge/transports/index.ts';
import { agentRows } from '../agents.ts';
import { findHome, type Home } from '../home.ts';
import type { Parsed } from './args.ts';
import { EXIT } from './errors.ts';
import { agentLine } from './start.ts';

export async function run(args: Parsed): Promise<number> {
  const home = findHome(args.get('dir'));
  const watcher = await askWatcher(home, 'status');
  const agents = await agentRows(home, homedir());
  if (args.has('json')) {
    process.stdout.write(
      `${JSON.stringify({ watcher: 'json' in watcher ? watcher.json : null, why: 'why' in watcher ? watcher.why : null, agents })}\n`,
    );
    return 'json' in watcher ? EXIT.ok : EXIT.some;
  }
  const rows: string[] = [];
  if ('why' in watcher) rows.push(`watcher: not running – protected agents run nothing until it is (${watcher.why})`);
  else {
    const told = isObject(watcher.json) ? watcher.json : {};
    rows.push(
      `watcher: pid ${String(told['pid'])}, profile ${text(told, 'profile') ?? '?'}, ${String(told['records'])} records, ${String(told['sessions'])} open sessions, level ${text(told, 'level') ?? '?'}`,
    );
    if (Number(told['gaps']) > 0)
      rows.push(
        `  alarm: ${String(told['gaps'])} tool calls ran that no seam saw; \`holdfast log\` shows them as ran-without-verdict`,
      );
    for (const folder of list(told['folders'])) {
      for (const hole of isObject(folder) ? list(folder['holes']) : [])
        rows.push(`  ${text(folder, 'folder') ?? ''}: ${String(hole)}`);
    }
    for (const notice of list(told['notices'])) rows.push(`  notice: ${String(notice)}`);
  }
  rows.push(agents.length === 0 ? 'agents: none found' : 'agents:', ...agents.map(agentLine));
  process.stdout.write(`${rows.join('\n')}\n`);
  return 'json' in watcher ? EXIT.ok : EXIT.some;
}

/** Asks the running watcher; why not, when there is none or it is not to be trusted. */
export async function askWatcher(
  home: Home,
  method: string,
): Promise<{ readonly json: Json } | { readonly why: string }> {
  try {
    const client = await openSocket(home.socket, 2_000);
    try {
      return { json: await client.control(method) };
    } finally {
      client.close();
    }
  } catch (error) {
    if (error instanceof TransportError) return { why: `${error.message}; ${error.todo}` };
    if (error instanceof Error && error.name === 'ControlError') return { why: error.message };
    throw error;
  }
}

function list(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : [];
}
