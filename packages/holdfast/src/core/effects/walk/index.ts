// Shell text ▶ effects: pre-scan, parse, walk. What does not parse or goes past a limit is one `opaque` effect that says why.
import { limits, type Attribute, type Span } from '../../model/index.ts';
import { prescan } from '../../shell/prescan.ts';
import { Scope } from '../../shell/scope.ts';
import { known, NO_STREAM, type Stream, type Value } from '../../shell/value.ts';
import type { CodePlace, Context } from '../context.ts';
import { unresolved } from '../target.ts';
import { at } from './span.ts';
import { Walker } from './walker.ts';

/** Lowers shell text as `sh -c` would run it at this place; answers what it prints. Total. */
export function lowerShell(ctx: Context, place: CodePlace, text: Value, how: readonly Attribute[]): Stream {
  if (place.depth > limits.WRAP_DEPTH)
    return refuse(ctx, place, 'things that execute things are nested too deeply', 'limit', text.span, how);
  const { refused } = prescan(text.text);
  if (refused !== undefined)
    return refuse(ctx, place, refused.why, refused.as, at(text, refused.at, refused.at + 1), how);
  if (!ctx.spend(1 + (text.text.length >> 5))) return NO_STREAM;
  const parsed = ctx.parse(text.text);
  if ('error' in parsed)
    return refuse(
      ctx,
      place,
      `shell text that does not parse: ${parsed.error}`,
      'syntax',
      at(text, parsed.at, parsed.at + 1),
      how,
    );
  const scope = new Scope(place.cwd, ctx.action.home, place.args ?? [known('sh', text.span)]);
  for (const [name, value] of place.env ?? []) scope.set(name, value, true);
  return new Walker(ctx, place, scope, text).script(parsed.script);
}

function refuse(
  ctx: Context,
  place: CodePlace,
  why: string,
  attribute: Attribute,
  span: Span,
  how: readonly Attribute[],
): Stream {
  ctx.emit(place, { kind: 'opaque', target: unresolved(why), attributes: [attribute, ...how], span });
  return NO_STREAM;
}
