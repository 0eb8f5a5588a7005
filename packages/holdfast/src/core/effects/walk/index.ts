// Shell text ▶ effects: pre-scan, parse, walk. What does not parse or goes past a limit is one `opaque` effect that says why.
import { limits, type Attribute } from '../../model/index.ts';
import { unicodeFindings } from '../../names/index.ts';
import { Scope } from '../../shell/scope.ts';
import { NO_STREAM, unknown, type Stream, type Value } from '../../shell/value.ts';
import type { CodePlace, Context } from '../context.ts';
import { unresolved } from '../target.ts';
import { inheritFunctions } from './exported.ts';
import { parseText } from './text.ts';
import { Walker } from './walker.ts';

/**
 * Lowers shell text as `sh -c` would run it at this place; answers what it prints. Total, bounded by the context's fuel.
 * Text that is not known is one opaque effect. `how` stands on every opaque effect about the text itself.
 */
export function lowerShell(ctx: Context, place: CodePlace, text: Value, how: readonly Attribute[]): Stream {
  if (place.depth > limits.WRAP_DEPTH) {
    ctx.emit(place, {
      kind: 'opaque',
      target: unresolved('things that execute things are nested too deeply'),
      attributes: ['limit', ...how],
    });
    return NO_STREAM;
  }
  if (text.kind === 'unknown') {
    ctx.emit(place, {
      kind: 'opaque',
      target: unresolved(text.why === '' ? 'shell text that is not known' : text.why),
      attributes: how,
      from: text.from,
    });
    if (text.shape !== undefined) return lowerShell(ctx, place, { ...text, kind: 'known', text: text.shape }, how);
    return { from: text.from, decoded: text.decoded, fetched: text.fetched };
  }
  const script = parseText(ctx, place, text, how);
  if (script === undefined) return NO_STREAM;
  const { span } = text;
  // Characters that deceive a reader: told once, for the text as the reader sees it.
  if (place.depth === 0) for (const finding of unicodeFindings(text.text, span.at, span.from)) ctx.finding(finding);
  const args =
    place.args === undefined || place.args.length === 0 ? [unknown('the name of the shell', span)] : place.args;
  const scope = Scope.start(ctx.action.home, place.cwd, args, place.env);
  inheritFunctions(ctx, scope);
  const walker = new Walker(ctx, place, scope, text);
  const out = walker.body(script.items, walker.current);
  if (walker.scope.state.traps.size > 0) walker.runTraps();
  return out;
}
