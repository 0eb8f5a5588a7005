// What is particular to installing into Claude Code: its events, its files by level, what can switch the gate off there.
// Each hole below was tried on 2.1.330 (docs/adr/0006-claude-code-install.md).
import { join } from 'node:path';
import { hostNamed } from '../../core/hosts/index.ts';
import type { HookEvent } from './entries.ts';
import type { Fixed } from './fixed-values.ts';

const LOOPBACK = '127.0.0.1';

export type InstallLevel = 'user' | 'managed';

/** Where files are looked for; tests give throw-away folders. */
export type Roots = {
  /** Home directory of the user whose agent is protected. */
  readonly home: string;
  /** `/etc` on a real machine. */
  readonly etc: string;
};

/** A way past the gate at one level: what it is, in a stable word, and a sentence for a human. */
export type Hole = { readonly code: string; readonly text: string };

export const EVENTS: readonly HookEvent[] = [
  { name: 'PreToolUse', matcher: '*', closed: true },
  { name: 'PostToolUse', matcher: '*', closed: false },
  { name: 'PostToolUseFailure', matcher: '*', closed: false },
  { name: 'UserPromptSubmit', closed: true },
  { name: 'SessionStart', closed: false },
  { name: 'SessionEnd', closed: false },
  { name: 'SubagentStart', closed: false },
  // Refusing this one would keep a sub-agent running in circles.
  { name: 'SubagentStop', closed: false },
  { name: 'ConfigChange', closed: true },
];

/** First version whose `onFailure: block` stops a call when the hook crashes or is too slow. */
export const FAILS_CLOSED_SINCE = '2.1.295';

/** How long the host waits for a hook, seconds. */
export const TIMEOUT_S = Math.ceil((hostNamed('claude-code')?.can.deadlineMs ?? 30_000) / 1000);

export function settingsFile(level: InstallLevel, roots: Roots): string {
  return level === 'managed'
    ? join(roots.etc, 'claude-code', 'managed-settings.json')
    : join(roots.home, '.claude', 'settings.json');
}

/** Folder of further managed settings; each file in it counts as much as the main one. */
export function dropIns(roots: Roots): string {
  return join(roots.etc, 'claude-code', 'managed-settings.d');
}

/** Where our hooks by http go, as installed. */
export type HttpHook = { readonly port: number; readonly token: string };

/** What stands beside the hooks: at managed level nobody else's hooks; with hooks by http, what keeps their requests from going elsewhere. */
export function fixedFor(
  level: InstallLevel,
  http: { readonly port: number; readonly id: string } | undefined,
): readonly Fixed[] {
  const managed: readonly Fixed[] =
    level === 'managed' ? [{ path: ['allowManagedHooksOnly'], value: true, how: 'set' }] : [];
  if (http === undefined) return managed;
  // Each of these was a way around before it stood here (docs/adr/0010-http-hook.md).
  return [
    ...managed,
    { path: ['allowedHttpHookUrls'], value: `${httpBase(http)}/*`, how: 'item' },
    { path: ['env', 'NO_PROXY'], value: LOOPBACK, how: 'word' },
    { path: ['env', 'no_proxy'], value: LOOPBACK, how: 'word' },
    { path: ['sandbox', 'network', 'httpProxyPort'], value: http.port, how: 'keep' },
  ];
}

/** Address of one Holdfast home on its port. */
export function httpBase({ port, id }: { readonly port: number; readonly id: string }): string {
  return `http://${LOOPBACK}:${port}/${id}`;
}

const USER_HOLES: readonly Hole[] = [
  {
    code: 'project-disables-hooks',
    text: 'a project can switch all hooks off with "disableAllHooks": true in its .claude/settings.json or .claude/settings.local.json',
  },
  {
    code: 'launch-flags',
    text: 'whoever starts the agent can leave user hooks out with --bare, --safe-mode, --setting-sources or --settings, or with CLAUDE_CODE_SIMPLE or CLAUDE_CODE_SAFE_MODE set',
  },
  {
    code: 'no-transcript',
    text: 'an agent started past the hooks and with --no-session-persistence or CLAUDE_CODE_SKIP_PROMPT_HISTORY leaves no transcript, so that not even the alarm is raised',
  },
  {
    code: 'other-home',
    text: 'an agent started with another HOME or CLAUDE_CONFIG_DIR does not read the settings that hold the hooks',
  },
  {
    code: 'settings-rejected',
    text: 'one invalid entry anywhere in ~/.claude/settings.json makes the agent leave out the whole file, hooks included',
  },
  {
    code: 'settings-rewritten',
    text: 'any program of the same user can rewrite ~/.claude/settings.json; a running agent takes the change at once',
  },
];

const BOTH_HOLES: readonly Hole[] = [
  {
    code: 'node-client',
    text: 'where the hook client runs on Node and not native, an agent started with NODE_OPTIONS or LD_PRELOAD set can make it answer yes',
  },
];

const HTTP_HOLES: readonly Hole[] = [
  {
    code: 'http-namespace',
    text: 'hooks by http are answered by whoever listens on that port where the agent runs: one that is started in a network namespace of its own may find somebody else there',
  },
];

/**
 * What can switch the gate off at this level. `native`: the hook client is the static native one, which no preloaded library reaches.
 * `http`: tool calls are asked about by http.
 */
export function holes(level: InstallLevel, native: boolean, http = false): readonly Hole[] {
  return [...(level === 'user' ? USER_HOLES : []), ...(native ? [] : BOTH_HOLES), ...(http ? HTTP_HOLES : [])];
}
