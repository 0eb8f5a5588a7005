// Streams put together.
import { NO_STREAM, type Stream } from '../../shell/value.ts';

/** One stream after the other. */
export function concat(a: Stream, b: Stream): Stream {
  if (a === NO_STREAM) return b;
  if (b === NO_STREAM) return a;
  return {
    from: a.from.length === 0 ? b.from : [...a.from, ...b.from],
    ...(a.text !== undefined && b.text !== undefined ? { text: a.text + b.text } : {}),
    decoded: a.decoded || b.decoded,
    fetched: a.fetched || b.fetched,
  };
}
