// `eval`, `trap`, aliases: text that becomes shell code here and now, in the very scope it stands in.
import { limits, type Attribute } from '../../model/index.ts';
import { known, NO_STREAM, type Stream, type Value } from '../../shell/value.ts';
import { opaque } from '../opaque.ts';
import type { Frame, Walker } from './walker.ts';

/** Lowers `text` as a continuation of the walker's own: what it sets and where it goes is seen afterwards. */
export function evaluateText(w: Walker, text: Value, frame: Frame): Stream {
  const place = w.at(frame, text.span);
  if (text.kind === 'unknown') {
    if (text.shape === undefined) return w.ctx.script({ ...place, stdin: frame.stdin }, text, ['inline']);
    opaque(w.ctx, place, text.why, ['inline'], text.from);
    return evaluateText(w, { ...text, kind: 'known', text: text.shape }, frame);
  }
  const attributes: Attribute[] = ['inline'];
  if (text.decoded) attributes.push('decoded');
  if (text.fetched) attributes.push('fetched');
  w.ctx.emit(place, {
    kind: 'code.eval',
    target: w.ctx.program(known('sh', text.span)),
    attributes,
    from: text.from,
    args: [{ name: 'code', span: text.span }],
  });
  if (text.text.length > limits.SHELL_TEXT || w.place.depth + 1 > limits.WRAP_DEPTH) {
    opaque(w.ctx, place, 'text that is evaluated is too long or nested too deeply', ['inline', 'limit']);
    return NO_STREAM;
  }
  const parsed = w.ctx.parse(text.text);
  if ('error' in parsed) {
    opaque(w.ctx, place, `text to evaluate that does not parse: ${parsed.error}`, ['inline', 'syntax']);
    return NO_STREAM;
  }
  return w.over(text, frame.certain, 1).script(parsed.script, frame);
}
