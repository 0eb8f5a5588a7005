// The host of an address that is known only at its front.
import type { Target } from '../model/index.ts';
import { findOf, hostTarget, type GroupIndex } from '../names/index.ts';
import type { Value } from '../shell/value.ts';

/** The host of an address whose end is not known, where the known part reaches past the host; undefined otherwise. */
export function knownHost(groups: GroupIndex, name: Value): Target | undefined {
  // `https://host/…$X`: the host is known as soon as the part before the unknown passes the end of the authority.
  const text = name.kind === 'unknown' ? name.before : name.text;
  const start = text.indexOf('://');
  if (start < 0) return undefined;
  const end = findOf(text, '/?#', start + '://'.length);
  return end === text.length ? undefined : hostTarget(groups, text.slice(0, end));
}
