// The agents of this machine as the command line shows and changes them: found how, protected how far, open where.
import { delimiter } from 'node:path';
import {
  detectClaudeCode,
  type Detected,
  type InstallLevel,
  type InstallRequest,
  type Roots,
} from '../edge/install/index.ts';
import { hookFingerprint, knownFingerprint } from './hook-key.ts';
import { tokenOf } from './held-port.ts';
import { hookCommand, installHook, type HookCommand } from './hook-command.ts';
import { makeHome, type Home } from './home.ts';
import { paint } from './text.ts';

export type AgentRow = {
  readonly host: string;
  readonly title: string;
  readonly version: string | undefined;
  readonly protection: InstallLevel | 'none';
  readonly state: string;
  readonly holes: readonly string[];
};

/** The directory of managed settings. Fixed on a real machine; a private one is mounted over it where a test needs it. */
export const ETC = '/etc';

export function hookFor(home: Home, host: string): HookCommand {
  makeHome(home);
  return installHook(home, host, hookFingerprint(home));
}

/** Looks, and changes nothing: without a key there is no hook that could be installed. */
export async function detectAll(home: Home, userHome: string): Promise<readonly Detected[]> {
  const key = knownFingerprint(home);
  const hook = key === undefined ? undefined : hookCommand(home, 'claude-code', key);
  const found = await detectClaudeCode({
    roots: { home: userHome, etc: ETC },
    path: process.env['PATH'] ?? ['/usr/bin', '/bin'].join(delimiter),
    argv: hook?.argv,
    native: hook?.kind === 'native',
    ...tokenOf(home),
  });
  return found === undefined ? [] : [found];
}

export async function agentRows(home: Home, userHome: string): Promise<readonly AgentRow[]> {
  return (await detectAll(home, userHome)).map((agent) => ({
    host: agent.host,
    title: agent.title,
    version: agent.version,
    protection: agent.protection,
    state: stateOf(agent),
    holes: agent.holes.map((hole) => hole.text),
  }));
}

export function protectedNow(row: AgentRow): boolean {
  return row.protection !== 'none';
}

/** One agent: how far it is protected, and each way in which that can be switched off. */
export function agentLine(row: AgentRow): string {
  const state = paint(protectedNow(row) ? 'good' : 'warn', row.state);
  const holes = row.holes.map((hole) => `\n      can be switched off: ${hole}`).join('');
  return `  ${row.title} ${row.version ?? '(version unknown)'}: ${state}${holes}`;
}

/** What install and uninstall of one host need. */
export function installRequest(home: Home, userHome: string, host: string, level: InstallLevel): InstallRequest {
  const roots: Roots = { home: userHome, etc: ETC };
  return { level, roots, backups: home.backups, argv: hookFor(home, host).argv };
}

/** What taking out needs; makes nothing, whatever is missing by now. */
export function removalRequest(home: Home, userHome: string, host: string, level: InstallLevel): InstallRequest {
  const { argv } = hookCommand(home, host, knownFingerprint(home) ?? '');
  return { level, roots: { home: userHome, etc: ETC }, backups: home.backups, argv };
}

function stateOf(agent: Detected): string {
  const bad = agent.settings.find((one) => one.state === 'invalid' || one.state === 'stale');
  const closed = agent.failsClosed === false ? '; this version lets calls through when a hook fails' : '';
  if (agent.protection === 'managed')
    return `protected at managed level (no file of a project or user switches it off)${agent.httpPort === undefined ? '' : `, tool calls by http on port ${agent.httpPort}`}${closed}`;
  if (agent.protection === 'user') return `protected at user level${closed}`;
  if (bad?.state === 'invalid') return `not protected: ${bad.why ?? `${bad.file} cannot be read`}`;
  if (bad?.state === 'stale')
    return `not protected: the hooks in ${bad.file} are not as they were installed; run \`holdfast init\``;
  return 'not protected';
}
