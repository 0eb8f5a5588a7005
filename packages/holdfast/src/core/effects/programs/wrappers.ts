// Programs that run other programs: env and sudo with assignments, xargs with words from its input, those that join words for a shell.
import { endOf, hasOf, nameEnd, quotedWords, SPACE, splitAt, unquoted } from '../../names/index.ts';
import { GAP, known, NO_STREAM, unknown, type Stream, type Value } from '../../shell/value.ts';
import { joined } from '../sources.ts';
import { cut, has, valueOf } from './parse-args.ts';
import { INLINE, type ProgramRun } from './program-run.ts';

/** Length of `NAME=` in front of a word, exported functions (`NAME()=`, `BASH_FUNC_NAME%%=`) too; 0 when there is none. */
function assignment(text: string): number {
  let end = nameEnd(text);
  if (end === 0) return 0;
  if (text.startsWith('()', end) || text.startsWith('%%', end)) end += 2;
  return text[end] === '=' ? end + 1 : 0;
}

/** env, sudo, doas: NAME=VALUE words, then a program. */
export function withEnvironment(run: ProgramRun): Stream {
  const { parsed, invocation, ctx } = run;
  run.rows();
  const privileged = run.table.program === 'sudo';
  if (privileged) {
    const user = valueOf(parsed, '-u') ?? valueOf(parsed, '--user');
    ctx.emit(run.place, {
      kind: 'process.privilege',
      target: ctx.program(user ?? known('root', run.place.span)),
      args: [{ name: 'user', span: (user ?? invocation.argv[0]!).span }],
    });
  }
  if (run.name === 'sudoedit' || (privileged && has(parsed, '-e'))) {
    for (const file of parsed.operands) run.do('write', file, [], true);
    return run.data;
  }
  const env = new Map(has(parsed, '-i') && run.table.program === 'env' ? [] : invocation.env);
  let words: readonly Value[] = invocation.argv.slice(parsed.at[0] ?? invocation.argv.length);
  const split = valueOf(parsed, '-S');
  if (split !== undefined) {
    // Escapes and variables are read by env itself.
    const plain = split.kind !== 'known' || hasOf(split.text, '\\$') ? undefined : quotedWords(split.text);
    if (plain === undefined) {
      run.opaque('words that env splits itself');
      return run.data;
    }
    words = joined(
      plain.map((text) => ({ ...split, text, before: text })),
      words,
    );
  }
  let start = 0;
  for (; start < words.length; start++) {
    const word = words[start]!;
    const head = word.kind === 'unknown' ? word.before : word.text;
    const length = assignment(head);
    if (length === 0) break;
    env.set(head.slice(0, length - 1), cut(word, length));
  }
  const argv = words.slice(start);
  if (argv.length > 0) return run.start({ argv, env });
  if (has(parsed, '-i', '-s') && privileged)
    run.opaque(`${run.name} opens a shell that waits for commands`, ['interactive']);
  return run.data;
}

/** xargs and parallel: the words of standard input become arguments. */
export function xargs(run: ProgramRun): Stream {
  const { parsed, invocation } = run;
  run.rows();
  const { stdin } = invocation;
  if (run.table.program === 'parallel') return parallel(run);
  const input = inputWords(run, stdin, has(parsed, '-I', '-J', '-i', '-d', '-0', '-L'));
  const marker =
    valueOf(parsed, '-I') ?? valueOf(parsed, '-J') ?? (has(parsed, '-i') ? known('{}', run.place.span) : undefined);
  const words: readonly Value[] =
    parsed.at.length === 0 ? [known('echo', run.place.span)] : invocation.argv.slice(parsed.at[0]!);
  const mark = marker?.kind === 'known' ? marker.text : undefined;
  const marked = mark !== undefined && words.some((word) => word.text.includes(mark));
  const argv = marked
    ? input.slice(0, 1).flatMap((value) => words.map((word) => filled(word, mark, value)))
    : [...words, ...input];
  // Told not to run without input, and there is none.
  if (has(parsed, '-r') && input.length === 0 && stdin?.text !== undefined) return NO_STREAM;
  if (!marked) return run.start({ argv, stdin: NO_STREAM });
  let out: Stream = NO_STREAM;
  for (const value of input.slice(0, 64))
    out = run.start({ argv: words.map((word) => filled(word, mark, value)), stdin: NO_STREAM });
  if (input.length > 64) run.opaque('more input lines than are followed', ['limit']);
  return out;
}

/** `:::`, `::::`, `:::+`: words or files to run with begin. */
function isSource(text: string): boolean {
  const end = endOf(text, ':');
  return end >= 3 && (text.slice(end) === '' || text.slice(end) === '+');
}

/** GNU parallel: the words are one command for a shell, once per word behind `:::` or per line of input. */
function parallel(run: ProgramRun): Stream {
  const { parsed, invocation, ctx } = run;
  const words = parsed.at.length === 0 ? [] : invocation.argv.slice(parsed.at[0]!);
  const split = words.findIndex((word) => isSource(word.text));
  const command = split < 0 ? words : words.slice(0, split);
  const input =
    split < 0 ? inputWords(run, invocation.stdin, true) : words.slice(split + 1).filter((word) => !isSource(word.text));
  let out: Stream = NO_STREAM;
  const place = { ...run.place, env: invocation.env };
  for (const value of (input.length === 0 ? [undefined] : input).slice(0, 64)) {
    if (command.length === 0) {
      if (value !== undefined) out = ctx.script(place, value, INLINE);
      continue;
    }
    const marked = command.some((word) => word.text.includes('{}'));
    const argv =
      value === undefined ? command : marked ? command.map((word) => filled(word, '{}', value)) : [...command, value];
    out =
      command.length === 1 && hasOf(command[0]!.text, SPACE)
        ? ctx.script(place, joinedText(argv), INLINE)
        : run.start({ argv, stdin: NO_STREAM });
  }
  if (input.length > 64) run.opaque('more input lines than are followed', ['limit']);
  return out;
}

function inputWords(run: ProgramRun, stdin: Stream | undefined, lines: boolean): readonly Value[] {
  const file = valueOf(run.parsed, '-a');
  if (file !== undefined) {
    const stream = run.ctx.readFile(run.place, file);
    return [unknown('a word from a file', file.span, '', '', stream.from)];
  }
  const { span } = run.place;
  if (stdin === undefined) return [];
  if (stdin.text !== undefined && stdin.text.length < 4096) {
    return splitAt(stdin.text, lines ? '\n\0' : `${SPACE}\0`)
      .map((word) => (lines ? word.trimStart() : word))
      .filter((word) => word !== '')
      .map((word) => ({
        ...known(lines ? word : unquoted(word), span),
        from: stdin.from,
        decoded: stdin.decoded,
        fetched: stdin.fetched,
      }));
  }
  if (stdin.names !== undefined && stdin.names.length > 0)
    return stdin.names.map((value) => ({ ...value, from: stdin.from }));
  return [
    {
      ...unknown('a word from standard input', span, '', '', stdin.from),
      decoded: stdin.decoded,
      fetched: stdin.fetched,
    },
  ];
}

/** `word` with every `mark` replaced by `value`. Text inside a longer word is only known when the value is. */
export function filled(word: Value, mark: string, value: Value): Value {
  if (word.kind === 'unknown' || !word.text.includes(mark)) return word;
  if (word.text === mark) return value;
  if (value.kind === 'known') {
    const text = word.text.replaceAll(mark, value.text);
    return {
      ...word,
      text,
      before: text,
      from: joined(word.from, value.from),
      decoded: word.decoded || value.decoded,
      fetched: word.fetched || value.fetched,
    };
  }
  const at = word.text.indexOf(mark);
  const rest = word.text.slice(word.text.lastIndexOf(mark) + mark.length);
  // A file name inside a path (`{}.bak`, `dir/{}`) still is a name below the same place.
  if (value.kind === 'pattern' && !hasOf(word.text, SPACE)) {
    const text = word.text.replaceAll(mark, value.text);
    return { ...word, kind: 'pattern', text, before: text, from: joined(word.from, value.from) };
  }
  return {
    ...unknown(
      'a word that is put together from input',
      word.span,
      word.text.slice(0, at),
      rest,
      joined(word.from, value.from),
    ),
    decoded: value.decoded,
    fetched: value.fetched,
    shape: word.text.replaceAll(mark, value.shape ?? GAP),
  };
}

/** watch, ssh-like joiners: the words form one shell text. */
export function joinsWords(run: ProgramRun): Stream {
  run.rows();
  const { parsed, invocation } = run;
  if (parsed.at.length === 0) return run.data;
  if (has(parsed, '-x')) return run.tail(parsed.at[0]!);
  return run.ctx.script({ ...run.place, stdin: invocation.stdin }, joinedText(parsed.operands), INLINE);
}

/** Words joined by blanks into one text; unknown as soon as one of them is. */
export function joinedText(words: readonly Value[]): Value {
  const first = words[0]!;
  const from = words.flatMap((word) => word.from);
  const gap = words.find((word) => word.kind === 'unknown');
  if (gap !== undefined) {
    const shape = words.map((word) => (word.kind === 'unknown' ? (word.shape ?? GAP) : word.text)).join(' ');
    return { ...gap, from, shape };
  }
  const text = words.map((word) => word.text).join(' ');
  return {
    ...first,
    text,
    before: text,
    from,
    decoded: words.some((word) => word.decoded),
    fetched: words.some((word) => word.fetched),
  };
}

/** flock: `flock file -c text`, `flock file program …`. */
export function flock(run: ProgramRun): Stream {
  const { parsed, invocation } = run;
  run.rows();
  const second = parsed.at[1];
  if (second === undefined) {
    const text = valueOf(parsed, '-c');
    return text === undefined ? run.data : run.ctx.script(run.place, text, INLINE);
  }
  const word = invocation.argv[second]!;
  if (word.kind === 'known' && ['-c', '--command'].includes(word.text)) {
    const text = invocation.argv[second + 1];
    return text === undefined ? run.data : run.ctx.script(run.place, text, INLINE);
  }
  return run.tail(second);
}

/** su and runuser: another user's rights, and a shell. */
export function su(run: ProgramRun): Stream {
  const { parsed, ctx, invocation } = run;
  const operands = parsed.operands.filter((word) => word.text !== '-');
  const user = valueOf(parsed, '-u') ?? operands[0] ?? known('root', run.place.span);
  ctx.emit(run.place, {
    kind: 'process.privilege',
    target: ctx.program(user),
    args: [{ name: 'user', span: user.span }],
  });
  const text = valueOf(parsed, '-c');
  if (text !== undefined) return ctx.script({ ...run.place, stdin: invocation.stdin }, text, INLINE);
  if (has(parsed, '-u') && parsed.at.length > 0) return run.tail(parsed.at[0]!);
  if (invocation.stdin !== undefined)
    return ctx.script(
      run.place,
      { ...unknown('code that comes over a pipe', run.place.span), from: invocation.stdin.from },
      ['stdin'],
    );
  run.opaque(`${run.name} opens a shell that waits for commands`, ['interactive']);
  return run.data;
}

/** script: `script -c text file` (util-linux), `script file program …` (BSD). */
export function recorder(run: ProgramRun): Stream {
  const { parsed } = run;
  run.rows();
  if (has(parsed, '-c')) return run.data;
  if (parsed.at.length > 1) return run.tail(parsed.at[1]!);
  run.opaque('a shell that waits for commands', ['interactive']);
  return run.data;
}

/** strace and its likes: `-o '|cmd'` runs, `-E NAME=value` sets a variable for what is traced. */
export function tracer(run: ProgramRun): Stream {
  const { parsed, ctx, invocation } = run;
  run.rows();
  const env = new Map(invocation.env);
  for (const { flag, value } of parsed.given) {
    if (value === undefined) continue;
    const head = value.kind === 'unknown' ? value.before : value.text;
    if (flag.name === '-o' && (head.startsWith('|') || head.startsWith('!')))
      ctx.script(run.place, cut(value, 1), INLINE);
    else if (flag.name === '-o') ctx.writeFile(run.place, value, run.data);
    else if (flag.name === '-E') {
      const length = assignment(head);
      if (length > 0) env.set(head.slice(0, length - 1), cut(value, length));
    }
  }
  return parsed.at[0] === undefined ? run.data : run.tail(parsed.at[0], { env });
}
