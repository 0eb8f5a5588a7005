// What could not be resolved, as an effect of its own.
import type { Attribute, Effect } from '../model/index.ts';
import type { Context, Place } from './context.ts';
import { unresolved } from './target.ts';

/** Emits one `opaque` effect; `why` in a few lower-case words. */
export function opaque(
  ctx: Context,
  place: Place,
  why: string,
  attributes: readonly Attribute[],
  from: readonly number[] = [],
  args: Effect['args'] = [],
): number {
  return ctx.emit(place, { kind: 'opaque', target: unresolved(why), attributes, from, args });
}

/** Attributes that say that code is not the workspace's own, or that nobody knows how far it goes. */
export const FOREIGN: ReadonlySet<Attribute> = new Set<Attribute>([
  'unread',
  'decoded',
  'fetched',
  'limit',
  'syntax',
  'interactive',
  'remote-shell',
  'unknown-tool',
  'env',
]);
