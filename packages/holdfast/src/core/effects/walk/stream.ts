// Streams put together: what a list of commands prints, one after the other.
import { limits } from '../../model/index.ts';
import { GAP, type Stream, type Value } from '../../shell/value.ts';
import { merged } from '../sources.ts';

const NONE: readonly number[] = [];

/** Prints nothing. (`NO_STREAM` is output that nothing is known of.) */
export const SILENT: Stream = { from: NONE, text: '', decoded: false, fetched: false };

/** One stream after the other. The text is known when both are; otherwise its shape is. */
export function concat(a: Stream, b: Stream): Stream {
  if (a === SILENT || (a.text === '' && a.from.length === 0)) return b;
  if (b === SILENT || (b.text === '' && b.from.length === 0)) return a;
  const from = merged(a.from, b.from);
  const marks = { from, decoded: a.decoded || b.decoded, fetched: a.fetched || b.fetched };
  const [left, right] = [a.text ?? a.shape, b.text ?? b.shape];
  if ((left?.length ?? 0) + (right?.length ?? 0) > limits.SHELL_TEXT) return marks;
  if (a.text !== undefined && b.text !== undefined) return { ...marks, text: a.text + b.text };
  return left === undefined && right === undefined
    ? marks
    : { ...marks, shape: `${left ?? `${GAP}\n`}${right ?? GAP}` };
}

/** All streams of a list, joined once: their sources are not copied for every item. */
export function concatAll(streams: readonly Stream[]): Stream {
  if (streams.length <= 2)
    return streams.length === 0
      ? SILENT
      : streams.length === 1
        ? (streams[0] as Stream)
        : concat(streams[0] as Stream, streams[1] as Stream);
  const from = new Set<number>();
  let out = SILENT;
  for (const stream of streams) {
    for (const index of stream.from) from.add(index);
    out = concat(out, stream.from.length === 0 ? stream : { ...stream, from: NONE });
  }
  return from.size === 0 ? out : { ...out, from: [...from] };
}

/** The same data, but how much of it is not known (a branch, a loop, an input that something has read from). */
export function blurred(stream: Stream): Stream {
  const { text, from, decoded, fetched } = stream;
  return text === undefined || text === '' ? stream : { from, shape: text, decoded, fetched };
}

export function streamOf(value: Value): Stream {
  const { from, decoded, fetched } = value;
  const marks = { from, decoded, fetched };
  if (value.kind !== 'unknown') return { ...marks, text: value.text };
  return value.shape === undefined ? marks : { ...marks, shape: value.shape };
}
