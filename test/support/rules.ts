// The rules as a user gets them, loaded once per test process, and a one-line way to decide a command with them.
import type { Level, Profile } from '../../packages/holdfast/src/core/model/index.ts';
import { SessionRun, type EngineRules, type Stepped } from '../../packages/holdfast/src/core/engine/index.ts';
import { loadRules } from '../../packages/holdfast/src/app/compose.ts';

const loaded = new Map<string, Promise<EngineRules>>();

/** Shipped rules under a profile, optionally with further policy directories (scope user). */
export function rulesFor(profile: Profile = 'balanced', policies: readonly string[] = []): Promise<EngineRules> {
  const key = `${profile}\0${policies.join('\0')}`;
  const found = loaded.get(key);
  if (found !== undefined) return found;
  const rules = loadRules({ profile, policies });
  loaded.set(key, rules);
  return rules;
}

/** Decides one shell command in a fresh session of `/home/dev/project`, without looking at any disk. */
export function decideShell(rules: EngineRules, command: string): Stepped {
  const run = new SessionRun(rules, { id: 's', agent: 'check', home: '/home/dev', cwd: '/home/dev/project' });
  return run.step({ tool: 'shell', hostTool: 'shell', input: { command } });
}

export function levelOf(rules: EngineRules, command: string): Level {
  return decideShell(rules, command).decision.verdict.level;
}
