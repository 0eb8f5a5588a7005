// Editors and pagers: what they are told to do when they open, in the language of ex and in the keys of less.
import { DIGITS, endOf, hasOf, LETTERS, SPACE, trimStartOf, wordsOf } from '../../names/index.ts';
import { NO_STREAM, type Stream, type Value } from '../../shell/value.ts';
import { standardOutputOf } from './output.ts';
import { has } from './parse-args.ts';
import { INLINE, type ProgramRun } from './program-run.ts';

const set = (words: string): ReadonlySet<string> => new Set(wordsOf(words));

/** Ex commands by what they do with their argument; abbreviations as vim has them. */
const READS = set('r re rea read');
const WRITES = set('w wr write wq x xit exi exit sav saveas up update wn wN');
const SOURCES = set('so source ru runtime lua luaf luafile py3file pyfile pyf');
const PREFIXES = set(
  'sil silent verb verbose noa noautocmd keepj keepjumps keepp keeppatterns lockm sandbox tab vert vertical',
);
const SHELLS = set('ter term terminal sh shell');
/** Open, move, print, change the text or leave: nothing outside it. */
const PLAIN =
  set(`q qu quit qa qall wa wall wqa wqall xa xall cq cquit e ed edit ene enew n next N Next b buffer bn bp bd ls files tabe tabedit
  tabnew sp split vs vsplit view vi visual d de delete p pr print nu number j join m move t co copy y yank pu put k ma mark u undo red
  redo noh nohlsearch syn syntax colo colorscheme h help ve version norm normal start startinsert z l list > <`);
const ADDRESS = `${DIGITS}.,;$%+-'<> `;

/** One command of ex. What is not understood is code of an editor. */
export function exCommand(run: ProgramRun, command: Value): void {
  const { ctx, place } = run;
  if (command.kind !== 'known') return void ctx.code(place, 'other', command, INLINE);
  const part = (text: string): Value => ({ ...command, text, before: text });
  const text = trimStartOf(command.text, `:${SPACE}`);
  const rest = text.slice(endOf(text, ADDRESS));
  if (rest === '') return;
  if (rest.startsWith('!')) return void run.take(ctx.script(place, part(rest.slice(1)), INLINE));
  const end = endOf(rest, LETTERS);
  const name = rest.slice(0, end);
  const argument = rest.slice(rest[end] === '!' ? end + 1 : end).trim();
  // `:w!` overrides, `:w !cmd` runs.
  const shell = argument.startsWith('!') ? argument.slice(1) : undefined;
  if (READS.has(name) || WRITES.has(name)) {
    if (shell !== undefined) run.take(ctx.script(place, part(shell), INLINE));
    else if (argument === '') return;
    else if (READS.has(name)) run.take(ctx.readFile(place, part(argument)));
    else ctx.writeFile(place, part(trimStartOf(argument, '>').trim()), run.data);
  } else if (SHELLS.has(name)) {
    if (argument === '') run.opaque('a shell that waits for commands', ['interactive']);
    else run.take(ctx.script(place, part(argument), INLINE));
  } else if (SOURCES.has(name) && argument !== '' && !name.startsWith('lua'))
    ctx.scriptFile(place, part(argument), 'other');
  else if (PREFIXES.has(name)) exCommand(run, part(argument));
  else if (name === 's' || name === 'substitute') {
    // `\=` evaluates an expression for every match.
    if (argument.includes('\\=')) ctx.code(place, 'other', command, INLINE);
  } else if (name === 'se' || name === 'set' || name === 'setl' || name === 'setlocal') {
    if (argument.includes('shell') || argument.includes('prg') || argument.includes('expr'))
      ctx.code(place, 'other', command, INLINE);
  } else if (!PLAIN.has(name)) ctx.code(place, 'other', command, INLINE);
}

/** vim, ex, ed and other editors: commands in flags, in `+` words and – where it is told to – from its standard input. */
export function editor(run: ProgramRun): Stream {
  const { parsed, ctx, place } = run;
  run.rows();
  for (const { flag, value } of parsed.given)
    if ((flag.name === '-c' || flag.name === '--cmd') && value !== undefined) exCommand(run, value);
  const files: Value[] = [];
  for (const operand of parsed.operands) {
    const head = operand.kind === 'unknown' ? operand.before : operand.text;
    if (!head.startsWith('+') || head === '+') files.push(operand);
    else if (operand.kind !== 'known') exCommand(run, operand);
    // `+12` and `+/text` go to a place.
    else if (!hasOf(head.slice(1, 2), `${DIGITS}/`)) exCommand(run, { ...operand, text: head.slice(1) });
  }
  for (const file of files) if (file.text !== '-') run.do('write', file, parsed.adds, true);
  const { stdin } = run.invocation;
  const reads = run.name === 'ed' || run.name === 'ex' || has(parsed, '-e', '-E', '-es', '-s');
  if (!reads || stdin === undefined) return NO_STREAM;
  if (stdin.text === undefined) run.opaque('commands of an editor that come over a pipe', ['stdin']);
  else
    for (const line of stdin.text.split('\n'))
      if (line.trim() !== '')
        exCommand(run, { ...commandOf(run, line), from: stdin.from, decoded: stdin.decoded, fetched: stdin.fetched });
  if (stdin.text !== undefined && (stdin.decoded || stdin.fetched))
    ctx.code(place, 'other', commandOf(run, stdin.text), ['stdin']);
  return NO_STREAM;
}

function commandOf(run: ProgramRun, text: string): Value {
  const { span } = run.place;
  return { kind: 'known', text, before: text, after: '', why: '', from: [], span, decoded: false, fetched: false };
}

/** less, more, most, bat: what stands behind `+` is typed when the file opens. */
export function pager(run: ProgramRun): Stream {
  const { parsed, ctx, place } = run;
  const typed = (word: Value): boolean => (word.kind === 'unknown' ? word.before : word.text).startsWith('+');
  run.rows();
  for (const operand of parsed.operands) {
    if (!typed(operand)) {
      run.do('read', operand, parsed.adds, true);
      continue;
    }
    const text = trimStartOf(operand.kind === 'unknown' ? operand.before : operand.text, '+');
    const part: Value = { ...operand, text: text.slice(1), before: text.slice(1) };
    if (text.startsWith('!') || text.startsWith('#')) run.take(ctx.script(place, part, INLINE));
    else if (text.startsWith('s') && operand.kind === 'known')
      ctx.writeFile(place, { ...part, text: part.text.trim() }, run.data);
    else if (operand.kind === 'unknown' || hasOf(text.slice(0, 1), '|v:'))
      run.opaque('keys typed into a pager', INLINE);
  }
  return standardOutputOf(run);
}

/** gdb, lldb: commands in flags, a process it takes over, a program it runs. */
export function debug(run: ProgramRun): Stream {
  const { parsed, ctx, place } = run;
  run.rows();
  for (const { flag, value } of parsed.given) {
    if (value === undefined || (flag.name !== '-ex' && flag.name !== '-o')) continue;
    const text = value.kind === 'known' ? value.text.trim() : '';
    const shell = ['!', 'shell ', 'sh ', 'make '].find((start) => text.startsWith(start));
    if (shell !== undefined) run.take(ctx.script(place, { ...value, text: text.slice(shell.trim().length) }, INLINE));
    else ctx.code(place, 'other', value, INLINE);
  }
  const [first] = parsed.at;
  if (has(parsed, '--args') && first !== undefined) return run.tail(first);
  const program = parsed.operands[0];
  if (program !== undefined) ctx.scriptFile({ ...place, stdin: run.invocation.stdin }, program, 'other');
  if (run.invocation.stdin === undefined && !has(parsed, '-batch', '--batch'))
    run.opaque('a debugger that waits for commands', ['interactive']);
  return NO_STREAM;
}
