// Text ▶ tree on the way into a walk: pre-scan and parser, and the one opaque effect that says why a text was not followed.
import { isObject, type Attribute, type Json, type Span } from '../../model/index.ts';
import { prescan } from '../../shell/prescan.ts';
import type { Script } from '../../shell/tree.ts';
import type { Value } from '../../shell/value.ts';
import type { Context, Place } from '../context.ts';
import { unresolved } from '../target.ts';

/** Earlier ends of a text that are tried when it does not parse as a whole. */
const MOST_CUTS = 4;

/**
 * The script, or undefined after one `opaque` effect with `limit` or `syntax`. A shell reads line by line and runs what it has read:
 * of a text that does not parse, the lines before the trouble are answered all the same, next to the opaque effect.
 * Costs a step for every 32 characters.
 */
export function parseText(ctx: Context, place: Place, text: Value, how: readonly Attribute[]): Script | undefined {
  let content = text.text;
  const refused = prescan(content);
  if (refused !== undefined) {
    refuse(ctx, place, refused.why, [refused.as, ...how], spanAt(ctx, text, refused.at));
    return undefined;
  }
  for (let cut = 0; cut <= MOST_CUTS; cut++) {
    if (!ctx.spend(1 + (content.length >> 5))) return undefined;
    const parsed = ctx.parse(content);
    if ('script' in parsed) return parsed.script;
    if (cut === 0) {
      const why = `shell text that does not parse: ${parsed.error}`;
      refuse(ctx, place, why, ['syntax', ...how], spanAt(ctx, text, parsed.at));
    }
    const line = content.lastIndexOf('\n', Math.min(parsed.at, content.length - 1) - 1);
    if (line <= 0) return undefined;
    content = content.slice(0, line);
  }
  return undefined;
}

function refuse(ctx: Context, place: Place, why: string, attributes: readonly Attribute[], span: Span): void {
  ctx.emit(place, { kind: 'opaque', target: unresolved(why), attributes, span });
}

/** From the place of the trouble to the end of the text, where offsets map to the input. */
function spanAt(ctx: Context, text: Value, at: number): Span {
  const { span } = text;
  if (at >= text.text.length || !isVerbatim(ctx, text)) return span;
  return { at: span.at, from: span.from + at, to: span.to };
}

/** Whether the text stands in the action's input exactly where its span says, so that offsets into it are offsets into the input. */
export function isVerbatim(ctx: Context, text: Value): boolean {
  const { span } = text;
  if (span.to - span.from !== text.text.length) return false;
  let at: Json | undefined = ctx.action.input;
  for (let from = 0; from < span.at.length;) {
    const next = span.at.indexOf('/', from + 1);
    const key = span.at.slice(from + 1, next < 0 ? undefined : next);
    from = next < 0 ? span.at.length : next;
    const name = key.includes('~') ? key.replaceAll('~1', '/').replaceAll('~0', '~') : key;
    if (Array.isArray(at)) at = (at as readonly Json[])[Number(name)];
    else at = isObject(at) && Object.hasOwn(at, name) ? at[name] : undefined;
  }
  return typeof at === 'string' && at.startsWith(text.text, span.from);
}
