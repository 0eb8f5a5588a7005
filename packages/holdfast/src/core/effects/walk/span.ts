// Places in the action's input.
import type { Span } from '../../model/index.ts';
import type { Value } from '../../shell/value.ts';

/** Offsets map one to one only while the value is the very text of its span. */
export function at(text: Value, from: number, to: number): Span {
  const { span } = text;
  return span.to - span.from === text.text.length ? { at: span.at, from: span.from + from, to: span.from + to } : span;
}
