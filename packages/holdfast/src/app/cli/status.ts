// `holdfast status`: is the watcher there, what is protected how far, what is not, and what has been seen to go past the gate.
import { homedir } from 'node:os';
import { isObject, text, type Json } from '../../core/model/index.ts';
import { agentLine, agentRows, protectedNow } from '../agents.ts';
import { askWatcher } from '../ask-watcher.ts';
import { findHome } from '../home.ts';
import { serviceLine, standingService } from '../service.ts';
import { tell } from '../terminal.ts';
import { paint } from '../text.ts';
import type { Parsed } from './args.ts';
import { list, strings } from './effect-words.ts';
import { EXIT } from './errors.ts';
import { localTime } from './record-words.ts';

export async function run(args: Parsed): Promise<number> {
  const home = findHome(args.get('dir'));
  const watcher = await askWatcher(home, 'status');
  const agents = await agentRows(home, homedir());
  const service = await standingService(home, homedir());
  const there = 'json' in watcher;
  if (args.has('json'))
    process.stdout.write(
      `${JSON.stringify({ watcher: there ? watcher.json : null, why: there ? null : watcher.why, service, agents })}\n`,
    );
  else {
    const stopped = agents.some(protectedNow) ? '; protected agents run nothing until it is there' : '';
    const rows = there ? watcherRows(watcher.json) : [`watcher  ${paint('bad', watcher.why)}${stopped}`];
    tell(
      [
        ...rows,
        `service  ${serviceLine(service)}`,
        agents.length === 0 ? 'agents   none found' : 'agents',
        ...agents.map(agentLine),
      ].join('\n'),
    );
  }
  return there ? EXIT.ok : EXIT.some;
}

function watcherRows(json: Json): readonly string[] {
  const told = isObject(json) ? json : {};
  const since = typeof told['started'] === 'number' ? `, since ${localTime(told['started'], true)}` : '';
  const rows = [
    `watcher  pid ${String(told['pid'])}${since}, level ${text(told, 'level') ?? '?'}, seams ${strings(told, 'seams').join(', ') || 'none'}`,
    `rules    profile ${text(told, 'profile') ?? '?'}, ${text(told, 'rules')?.slice(0, 12) ?? '?'}`,
    `sockets  ${socketsOf(told['listens'])}`,
    `ledger   ${String(told['records'])} records, ${String(told['sessions'])} open ${told['sessions'] === 1 ? 'session' : 'sessions'}`,
  ];
  if (told['standing'] !== 'running' && told['standing'] !== undefined)
    rows.push(`standing ${paint('warn', text(told, 'standing') ?? '?')}`);
  if (Number(told['gaps']) > 0)
    rows.push(
      `alarm    ${paint('bad', `${String(told['gaps'])} tool ${told['gaps'] === 1 ? 'call' : 'calls'} ran that no seam saw`)}; \`holdfast log --type finding\` shows them as ran-without-verdict`,
    );
  for (const folder of list(told, 'folders'))
    for (const hole of strings(folder, 'holes'))
      rows.push(`hole     ${text(folder, 'folder') ?? ''}: ${paint('warn', hole)}`);
  for (const problem of strings(told, 'problems'))
    rows.push(`error    ${paint('bad', problem)}; what held before stays in force`);
  for (const notice of strings(told, 'notices')) rows.push(`notice   ${paint('warn', notice)}`);
  for (const project of list(told, 'projects')) rows.push(...projectRows(project));
  return rows;
}

/** What a workspace's own files make of the rules, and what is wrong with them. */
function projectRows(project: Json): readonly string[] {
  const rules = `profile ${text(project, 'profile') ?? '?'}, ${text(project, 'rules')?.slice(0, 12) ?? '?'}`;
  return [
    `project  ${text(project, 'workspace') ?? '?'}: ${rules}`,
    ...strings(project, 'problems').map(
      (problem) => `error    ${paint('bad', problem)}; what held before stays in force, the rules above it in any case`,
    ),
    ...strings(project, 'notices').map((notice) => `ignored  ${paint('warn', notice)}`),
  ];
}

/** Who holds the watcher's sockets, and what came by http. */
function socketsOf(listens: Json | undefined): string {
  const told = isObject(listens) ? listens : {};
  const http = isObject(told['http']) ? told['http'] : undefined;
  const gate = text(told, 'socket') === 'service-manager' ? 'held by the service manager' : "the watcher's own";
  if (http === undefined) return gate;
  const refused = Object.values(isObject(http['refused']) ? http['refused'] : {}).reduce<number>(
    (sum, count) => sum + Number(count),
    0,
  );
  return `${gate}; http port ${String(http['port'])}, ${String(http['requests'])} asked, ${refused} turned away`;
}
