// What Holdfast ships: the groups and the values of each profile.
import type { Profile, Settings } from '../model/index.ts';
import { AGENT_CONFIG, MEMORY } from './groups/agents.ts';
import { AUTOSTART } from './groups/autostart.ts';
import { BUILD_FILES } from './groups/builds.ts';
import { CREDENTIALS, SECRET_FILES } from './groups/credentials.ts';
import { TRUSTED_PROGRAMS } from './groups/programs.ts';
import { HOLDFAST, SYSTEM_CRITICAL, TRUSTED_HOSTS, VCS_INTERNAL } from './groups/system.ts';

export { holdfastGroup, type OwnPaths } from './groups/system.ts';

/** The groups that shipped rules name. Names and their meaning are stable; entries change with the changelog. */
export const DEFAULT_GROUPS: Settings['groups'] = Object.freeze({
  credentials: CREDENTIALS,
  'workspace-secrets': SECRET_FILES,
  'agent-config': AGENT_CONFIG,
  autostart: AUTOSTART,
  memory: MEMORY,
  holdfast: HOLDFAST,
  'build-files': BUILD_FILES,
  'vcs-internal': VCS_INTERNAL,
  'system-critical': SYSTEM_CRITICAL,
  'trusted-sinks': Object.freeze([]),
  'trusted-hosts': TRUSTED_HOSTS,
  'trusted-programs': TRUSTED_PROGRAMS,
});

export type ProfileValues = Pick<Settings, 'unmatched' | 'askAt' | 'denyAt' | 'prompts'>;

/** A threshold that no risk reaches. */
export const NEVER = 101;

/**
 * Values that a profile stands for where nothing else is set. Each profile is at least as strict as the one before in
 * every value (tested), so that raising the profile never loosens.
 * `prompts` is off everywhere: whether a host still prompts is known per session, and unknown counts as off.
 */
export const PROFILE_VALUES: { readonly [profile in Profile]: ProfileValues } = Object.freeze({
  observe: { unmatched: 'pass', askAt: NEVER, denyAt: NEVER, prompts: 'off' },
  balanced: { unmatched: 'pass', askAt: 80, denyAt: NEVER, prompts: 'off' },
  strict: { unmatched: 'ask', askAt: 50, denyAt: 95, prompts: 'off' },
  locked: { unmatched: 'deny', askAt: 30, denyAt: 80, prompts: 'off' },
});

export const DEFAULT_PROFILE: Profile = 'balanced';

/** Key of fingerprints where no watcher gives one (`check`, `replay`, tests): the same everywhere, so it hides nothing. */
export const CHECK_KEY = '0'.repeat(64);

/** Settings as shipped, for one profile. */
export function defaultSettings(profile: Profile = DEFAULT_PROFILE, key: string = CHECK_KEY): Settings {
  return { profile, ...PROFILE_VALUES[profile], groups: DEFAULT_GROUPS, key };
}
