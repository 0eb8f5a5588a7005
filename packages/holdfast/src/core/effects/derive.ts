// What writing a file means beyond the file: in start-up files it persists, in an agent's settings it is configuration.
import type { EffectKind, Target } from '../model/index.ts';

const BY_GROUP: { readonly [group: string]: EffectKind } = {
  autostart: 'persist',
  'agent-config': 'config.change',
  holdfast: 'config.change',
  memory: 'memory.write',
};
const NONE: readonly EffectKind[] = [];

/** Further kinds of effect that a write to `target` has. Git runs what lies in a hooks directory. */
export function derivedKinds(target: Target): readonly EffectKind[] {
  const kinds = new Set<EffectKind>();
  for (const group of target.groups) {
    const kind = Object.hasOwn(BY_GROUP, group) ? BY_GROUP[group] : undefined;
    if (kind !== undefined) kinds.add(kind);
  }
  if (target.groups.includes('vcs-internal') && target.name.includes('/hooks/')) kinds.add('persist');
  return kinds.size === 0 ? NONE : [...kinds];
}
