// Text that runs in the very shell that is followed: eval, traps, aliases, sourced files. What it sets is seen afterwards.
import { limits, type Attribute } from '../../model/index.ts';
import { behind, isDigits } from '../../names/index.ts';
import { GAP, known, NO_STREAM, type Stream, type Value } from '../../shell/value.ts';
import { unresolved } from '../target.ts';
import type { Call } from './builtins.ts';
import { parseText } from './text.ts';
import type { Frame, Walker } from './walker.ts';

const INLINE: readonly Attribute[] = ['inline'];

/** `how`: attributes of the text's code.eval; undefined for none (an alias, a text that was announced already). */
export function evaluateText(walker: Walker, text: Value, how: readonly Attribute[] | undefined, frame: Frame): Stream {
  const { ctx } = walker;
  if (!ctx.spend(1)) return NO_STREAM;
  const place = walker.at(text.span, frame.certain);
  const marks: Attribute[] = [...(how ?? INLINE)];
  if (text.decoded) marks.push('decoded');
  if (text.fetched) marks.push('fetched');
  let from = text.from;
  if (how !== undefined) {
    const args = [{ name: 'code', span: text.span }];
    from = [ctx.emit(place, { kind: 'code.eval', target: walker.shellProgram(), attributes: marks, from, args })];
  }
  if (text.kind === 'unknown') {
    const why = text.why === '' ? 'text that is evaluated and not known' : text.why;
    ctx.emit(place, { kind: 'opaque', target: unresolved(why), attributes: marks, from });
    // What is known of it is followed all the same; what it may have set besides is known no more.
    if (text.shape !== undefined && text.shape !== GAP) {
      evaluateText(walker, { ...text, kind: 'known', text: text.shape, from }, undefined, frame);
    }
    walker.scope.forget('text that is not known was evaluated');
    return { from, decoded: text.decoded, fetched: text.fetched };
  }
  const inner = walker.within(text, frame.certain);
  const parsed = inner === undefined ? undefined : parseText(ctx, place, text, marks);
  if (inner === undefined || parsed === undefined) return NO_STREAM;
  return inner.body(parsed.items, frame);
}

/** `source FILE args`: the file's text, when it is known, runs in this shell; otherwise it may have set anything. */
export function sourceFile(walker: Walker, file: Value, args: readonly Value[], call: Call): Stream {
  const { ctx, scope } = walker;
  const { frame } = call;
  const stream = file.pipe ?? inputNamed(walker, file, frame);
  if (stream?.text !== undefined) {
    const { text, from, decoded, fetched } = stream;
    return evaluateText(walker, { ...known(text, file.span), from, decoded, fetched }, ['script'], frame);
  }
  const place = walker.at(call.span, frame.certain);
  const target = stream === undefined ? ctx.path(place, file) : undefined;
  const written = target?.type === 'path' ? ctx.writtenTo(target) : undefined;
  const fact =
    target?.type === 'path' && written === undefined
      ? ctx.fact({ ask: 'text', path: target.name, max: limits.SCRIPT_BYTES })
      : undefined;
  const text =
    written?.text ?? (fact !== undefined && 'got' in fact && typeof fact.got === 'string' ? fact.got : undefined);
  if (text === undefined || target === undefined) {
    const out = ctx.scriptFile(
      { ...place, stdin: frame.stdin, args },
      stream === undefined ? file : { ...file, pipe: stream },
      'shell',
    );
    scope.forget('a file that is not known was sourced');
    scope.state.status = undefined;
    return out;
  }
  const attributes: Attribute[] = ['script'];
  const decoded = file.decoded || (written?.decoded ?? false);
  const fetched = file.fetched || (written?.fetched ?? false);
  if (decoded) attributes.push('decoded');
  if (fetched) attributes.push('fetched');
  const from = [...file.from, ...(written?.from ?? [])];
  const named = [{ name: 'script', span: file.span }];
  const index = ctx.emit(place, { kind: 'code.eval', target, attributes, from, args: named });
  const { state } = scope;
  const outer = state.args;
  if (args.length > 1) state.args = [outer[0] ?? file, ...args.slice(1)];
  const value: Value = { ...known(text.replaceAll('\r\n', '\n'), file.span), from: [index], decoded, fetched };
  const out = evaluateText(walker, value, undefined, frame);
  state.args = outer;
  state.ended = false;
  return out;
}

/** `. /dev/stdin`, `. /dev/fd/3`: the data of that descriptor. */
function inputNamed(walker: Walker, file: Value, frame: Frame): Stream | undefined {
  const fd = file.kind !== 'known' ? undefined : file.text === '/dev/stdin' ? '0' : behind(file.text, '/dev/fd/');
  if (fd === undefined || !isDigits(fd)) return undefined;
  return fd === '0' ? frame.stdin : walker.scope.state.descriptors.get(fd)?.read;
}
