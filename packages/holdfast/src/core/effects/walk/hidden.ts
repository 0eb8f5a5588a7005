// Hidden evaluation: text that bash takes as a subscript, arithmetic or a prompt, and whose substitutions it runs, even out of single quotes.
import { expandOne } from '../../shell/expand.ts';
import type { Value } from '../../shell/value.ts';
import type { Walker } from './walker.ts';

/**
 * Walks every substitution inside `text` as if it stood in double quotes. Text that is not known is said to be opaque where it
 * is evaluated as a whole (`@P`), and where it is data that came from elsewhere.
 */
export function evaluateHidden(walker: Walker, text: Value, as: 'name' | 'arithmetic' | 'prompt'): void {
  const { ctx } = walker;
  if (text.kind === 'unknown') {
    const { shape } = text;
    if (shape !== undefined && (shape.includes('$(') || shape.includes('`')))
      evaluateHidden(walker, { ...text, kind: 'known', text: shape }, as);
    if (as !== 'prompt' && !text.decoded && !text.fetched) return;
    const place = walker.at(text.span);
    const attributes = [
      ...(text.decoded ? (['decoded'] as const) : []),
      ...(text.fetched ? (['fetched'] as const) : []),
    ];
    ctx.emit(place, {
      kind: 'code.eval',
      target: walker.shellProgram(),
      attributes,
      from: text.from,
      certain: as === 'prompt',
    });
    walker.opaque('text that the shell evaluates and that is not known', attributes, text.span, text.from);
    return;
  }
  const content = text.text;
  if (!content.includes('$') && !content.includes('`')) return;
  // A name alone is evaluated in its subscript only.
  if (as === 'name' && !content.includes('[')) return;
  if (!walker.spend(1 + (content.length >> 5))) return;
  const parsed = ctx.parse(`: "${content.replaceAll('"', '\\"')}"`);
  const command = 'script' in parsed ? parsed.script.items[0]?.node : undefined;
  if (command?.type !== 'command' || ('script' in parsed && parsed.script.items.length > 1)) {
    walker.opaque('text that the shell evaluates and that does not parse', ['syntax'], text.span, text.from);
    return;
  }
  const inner = walker.within({ ...text, text: '' }, walker.current.certain);
  if (inner === undefined) return;
  if (content.includes('$(') || content.includes('`')) {
    const attributes = [
      ...(text.decoded ? (['decoded'] as const) : []),
      ...(text.fetched ? (['fetched'] as const) : []),
    ];
    ctx.emit(walker.at(text.span), {
      kind: 'code.eval',
      target: walker.shellProgram(),
      attributes: ['inline', ...attributes],
      from: text.from,
    });
  }
  for (const word of command.words) if (word.type === 'word') expandOne(inner, word);
}
