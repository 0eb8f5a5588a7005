// Loops: over known words and lines once for each, otherwise once for all rounds, with what a round may change not known.
import { limits } from '../../model/index.ts';
import { endOf, SPACE, WORD } from '../../names/index.ts';
import { expandArith, expandWord } from '../../shell/expand.ts';
import type { ArithFor, For, Statement, While } from '../../shell/tree.ts';
import { unknown, type Stream, type Value } from '../../shell/value.ts';
import { changesOf } from './loop-names.ts';
import { blurred, concat, concatAll, SILENT } from './stream.ts';
import type { Frame, Walker } from './walker.ts';

export function forEach(walker: Walker, node: For, frame: Frame): Stream {
  const { state } = walker.scope;
  const span = walker.span(node.pos, node.end);
  let words: Value[] = [];
  if (node.words === undefined)
    words = state.argsLost ? [unknown('positional parameters that are not known', span)] : state.args.slice(1);
  else for (const word of node.words) words.push(...expandWord(walker, word));
  const exact = !node.select && words.length <= limits.WORDS && words.every((word) => word.kind === 'known');
  if (words.length === 0) {
    walker.unsure(() => walker.body(node.body, { ...frame, certain: false }));
    return SILENT;
  }
  const streams: Stream[] = [];
  if (exact && (words.length === 1 || usesName(walker, node))) {
    for (const value of words) {
      if (!walker.spend(1)) break;
      walker.scope.set(node.name, value);
      streams.push(walker.body(node.body, frame));
      state.ended = false;
    }
    return concatAll(streams);
  }
  blurChanges(walker, node.body);
  // One round for each kind of word that is not known, one for all known ones when the name is not used.
  const certain =
    frame.certain && !node.select && words.some((word) => word.kind === 'known' || word.kind === 'pattern');
  const rounds =
    words.length > limits.WORDS || node.select || exact ? [exact ? (words[0] as Value) : merged(words, span)] : words;
  for (const value of rounds) {
    if (!walker.spend(1)) break;
    walker.scope.set(node.name, value);
    streams.push(
      blurred(
        walker.body(node.body, {
          ...frame,
          certain,
          stdin: frame.stdin === undefined ? undefined : blurred(frame.stdin),
        }),
      ),
    );
    state.ended = false;
  }
  blurChanges(walker, node.body);
  walker.scope.blur(node.name, `$${node.name} after a loop`);
  return concatAll(streams);
}

/** Whether the text of the loop mentions its variable other than where it is set; without offsets it is taken to. */
function usesName(walker: Walker, node: For): boolean {
  const { text } = walker.text;
  const from = node.body[0]?.pos;
  const to = node.body.at(-1)?.end;
  if (from === undefined || to === undefined || text === '') return true;
  const body = text.slice(from, to);
  return (
    body.includes('${!') || runsOf(body, WORD).some((word) => word === node.name || HIDES.has(word)) || readsFile(body)
  );
}

/** Words that run text in which any name may stand. */
const HIDES: ReadonlySet<string> = new Set(['eval', 'source']);

/** A `.` by itself reads a file of commands. */
function readsFile(text: string): boolean {
  for (let at = text.indexOf('.'); at >= 0; at = text.indexOf('.', at + 1)) {
    const before = text[at - 1] ?? ';';
    if (`${SPACE};`.includes(before) && SPACE.includes(text[at + 1] ?? '-')) return true;
  }
  return false;
}

/** The runs of `chars` in a text. */
function runsOf(text: string, chars: string): readonly string[] {
  const runs: string[] = [];
  for (let at = 0; at < text.length;) {
    const end = endOf(text, chars, at);
    if (end > at) runs.push(text.slice(at, end));
    at = end + 1;
  }
  return runs;
}

function merged(words: readonly Value[], span: Value['span']): Value {
  const from = [...new Set(words.flatMap((word) => word.from))];
  return {
    ...unknown('a word of a loop', span, '', '', from),
    decoded: words.some((word) => word.decoded),
    fetched: words.some((word) => word.fetched),
  };
}

function blurChanges(walker: Walker, ...bodies: readonly (readonly Statement[])[]): void {
  const { scope } = walker;
  for (const body of bodies) {
    const changes = changesOf(body, scope);
    if (changes.all) scope.forget('a loop may have set it');
    for (const name of changes.names) scope.blur(name, `$${name} is set in a loop`);
    if (changes.moves) scope.state.cwd = unknown('the working directory changes in a loop', scope.state.cwd.span);
    if (changes.shifts) scope.state.argsLost = true;
  }
}

export function arithFor(walker: Walker, node: ArithFor, frame: Frame): Stream {
  const [first, ...rest] = node.parts;
  if (first !== undefined) expandArith(walker, first);
  blurChanges(walker, [{ node, background: false, pos: node.pos, end: node.end }]);
  for (const part of rest) expandArith(walker, part);
  return looped(walker, node.body, frame);
}

function looped(walker: Walker, body: readonly Statement[], frame: Frame): Stream {
  const stdin = frame.stdin === undefined ? undefined : blurred(frame.stdin);
  const out = walker.body(body, { stdin, stdout: frame.stdout, certain: false });
  blurChanges(walker, body);
  walker.scope.state.ended = false;
  walker.scope.state.status = undefined;
  return blurred(out);
}

export function whileLoop(walker: Walker, node: While, frame: Frame): Stream {
  const lines = linesRead(node, frame);
  if (lines !== undefined) {
    const streams: Stream[] = [];
    for (const line of lines) {
      if (!walker.spend(1)) break;
      const given: Stream = { ...(frame.stdin as Stream), text: `${line}\n` };
      walker.body(node.test, { ...frame, stdin: given });
      streams.push(walker.body(node.body, { ...frame, stdin: blurred(frame.stdin as Stream) }));
      walker.scope.state.ended = false;
    }
    walker.scope.state.status = 0;
    return concatAll(streams);
  }
  blurChanges(walker, node.test, node.body);
  const stdin = frame.stdin === undefined ? undefined : blurred(frame.stdin);
  const tested = walker.body(node.test, { ...frame, stdin });
  const { status } = walker.scope.state;
  const endless = status !== undefined && (status === 0) !== node.until;
  const inner: Frame = { stdin, stdout: frame.stdout, certain: frame.certain && endless };
  const out = blurred(walker.body(node.body, inner));
  blurChanges(walker, node.test, node.body);
  walker.scope.state.ended = false;
  walker.scope.state.status = undefined;
  return concat(blurred(tested), out);
}

/** `while read …` over text that is known: its lines, one for each round. */
function linesRead(node: While, frame: Frame): readonly string[] | undefined {
  const text = frame.stdin?.text;
  const test = node.test.length === 1 ? node.test[0]?.node : undefined;
  if (text === undefined || node.until || test?.type !== 'command' || test.redirects.length > 0) return undefined;
  const [first, ...rest] = test.words;
  if (first?.type !== 'word' || first.plain !== 'read') return undefined;
  // Other options than -r change what one round reads.
  if (
    rest.some(
      (word) => word.type !== 'word' || word.plain === undefined || (word.plain.startsWith('-') && word.plain !== '-r'),
    )
  )
    return undefined;
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines.length > limits.WORDS || text.includes('\\') ? undefined : lines;
}
