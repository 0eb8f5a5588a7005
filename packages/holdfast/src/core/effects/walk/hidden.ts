// Hidden evaluation: text that bash treats as arithmetic or a prompt and in which it runs substitutions, even out of single quotes.
import { expandOne } from '../../shell/expand.ts';
import type { Value } from '../../shell/value.ts';
import { opaque } from '../opaque.ts';
import type { Frame, Walker } from './walker.ts';

/**
 * Walks every substitution inside `text` as if it stood in double quotes. Unknown text may hold one: only where the caller
 * says that it is evaluated as a whole (`${x@P}`), a subscript that is merely unknown is not worth an alarm.
 */
export function evaluateHidden(walker: Walker, text: Value, frame: Frame): void {
  if (text.kind === 'unknown') {
    if (text.from.length > 0 || text.decoded || text.fetched || text.why.startsWith('a prompt')) {
      opaque(
        walker.ctx,
        walker.at(frame, text.span),
        'text that is evaluated and cannot be resolved',
        ['inline'],
        text.from,
      );
    }
    return;
  }
  if (!text.text.includes('$(') && !text.text.includes('`') && !text.text.includes('${')) return;
  const source = `: "${text.text.replaceAll('"', '\\"')}"`;
  const parsed = walker.ctx.parse(source);
  const command = 'script' in parsed ? parsed.script.items[0]?.node : undefined;
  if (command?.type !== 'command') {
    opaque(walker.ctx, walker.at(frame, text.span), 'text that is evaluated and does not parse', ['inline', 'syntax']);
    return;
  }
  const inner = walker.over({ ...text, text: source }, frame.certain, 0);
  for (const word of command.words) if (word.type === 'word') expandOne(inner, word);
}
