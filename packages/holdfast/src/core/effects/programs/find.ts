// find: an expression, not flags. What it runs, deletes and writes, on names below its starting points.
import type { Attribute } from '../../model/index.ts';
import { DIGITS, endOf, isDigits, isOf } from '../../names/index.ts';
import { known, NO_STREAM, type Stream, type Value } from '../../shell/value.ts';
import { joined } from '../sources.ts';
import { filled } from './wrappers.ts';
import { type ProgramRun } from './program-run.ts';

/** Tests and actions that take one value. */
const TAKES_ONE: ReadonlySet<string> = new Set(
  (
    '-name -iname -path -ipath -wholename -iwholename -lname -ilname -regex -iregex -regextype -type -xtype -size -mtime -atime -ctime -mmin -amin -cmin -newer -anewer -cnewer ' +
    '-perm -user -group -uid -gid -inum -links -samefile -fstype -maxdepth -mindepth -used -printf -context -files0-from -since'
  ).split(' '),
);
/** Tests that pick a few names out of many. Times, sizes and types do not: they can still mean everything. */
const NARROWS: ReadonlySet<string> = new Set([
  '-name',
  '-iname',
  '-path',
  '-ipath',
  '-wholename',
  '-regex',
  '-iregex',
  '-empty',
  '-samefile',
  '-inum',
  '-lname',
  '-user',
  '-nouser',
]);

/** Tests of age and size. */
const AGES: ReadonlySet<string> = new Set('-atime -ctime -mtime -amin -cmin -mmin -size -used'.split(' '));

/** `-mtime +7`, `-size +100M`: old or large files only. `+0` and smaller units leave nothing out. */
function isBound(test: string, value: Value | undefined): boolean {
  if (value?.kind !== 'known' || !AGES.has(test) || !value.text.startsWith('+')) return false;
  const end = endOf(value.text, DIGITS, 1);
  const unit = value.text.slice(end);
  return end > 1 && value.text[1] !== '0' && (unit === '' || (unit.length === 1 && 'kMGwdhm'.includes(unit)));
}

/** Options in front of the starting points: how links and debugging are treated. */
function isOption(text: string): boolean {
  if (!text.startsWith('-') || text.length < 2) return false;
  return isOf(text.slice(1), 'HLPEXdsx') || text === '-D' || (text.startsWith('-O') && isDigits(text.slice(2)));
}

const RUNS: ReadonlySet<string> = new Set(['-exec', '-execdir', '-ok', '-okdir']);
const WRITES: ReadonlySet<string> = new Set(['-fprint', '-fprint0', '-fprintf', '-fls']);

/** What names the expression has picked so far: the text of a `-name` test, `*` for anything, or some narrower test. */
type Picked = { readonly name: string; readonly narrow: boolean };
const ANY: Picked = { name: '*', narrow: false };

export function find(run: ProgramRun): Stream {
  const { ctx, invocation } = run;
  const { argv } = invocation;
  let index = 1;
  while (index < argv.length && isOption(argv[index]!.text)) index += argv[index]!.text === '-D' ? 2 : 1;
  const roots: Value[] = [];
  for (; index < argv.length; index++) {
    const word = argv[index]!;
    const head = word.kind === 'unknown' ? word.before : word.text;
    if ('-(!,)'.includes(head[0] ?? ' ') && head !== '-') break;
    roots.push(word);
  }
  if (roots.length === 0) roots.push(known('.', run.place.span));
  let picked = ANY;
  let negated = false;
  let alternative = false;
  const names = (): readonly Value[] => roots.map((root) => below(root, picked));
  let out: Stream = NO_STREAM;
  for (; index < argv.length; index++) {
    const word = argv[index]!;
    const test = word.kind === 'known' ? word.text : '';
    if (word.kind === 'unknown' && !word.before.startsWith('-')) {
      // A word that may be `-delete` or `-exec`.
      run.opaque(word.why === '' ? 'an expression that cannot be resolved' : word.why);
      continue;
    }
    if (test === '!' || test === '-not') {
      negated = true;
      continue;
    }
    if (test === '-o' || test === '-or' || test === ',') {
      alternative = true;
      picked = ANY;
      continue;
    }
    if (RUNS.has(test)) {
      const end = argv.findIndex(
        (other, at) =>
          at > index &&
          (other.text === ';' || other.text === '\\;' || (other.text === '+' && argv[at - 1]!.text === '{}')),
      );
      const command = argv.slice(index + 1, end < 0 ? argv.length : end);
      if (command.length > 0)
        for (const name of names())
          out = merge(
            out,
            run.start({
              argv: command.map((part) => filled(part, '{}', name)),
              stdin: NO_STREAM,
              certain: run.place.certain,
            }),
          );
      index = end < 0 ? argv.length : end;
      continue;
    }
    if (test === '-delete') {
      for (const root of roots) remove(run, root, picked);
      continue;
    }
    if (WRITES.has(test)) {
      const file = argv[index + 1];
      if (file !== undefined) ctx.writeFile(run.place, file, undefined, ['truncate']);
      index += test === '-fprintf' ? 2 : 1;
      continue;
    }
    if (test === '-files0-from' && argv[index + 1] !== undefined) ctx.readFile(run.place, argv[index + 1]!);
    const value = argv[index + 1];
    if ((NARROWS.has(test) || isBound(test, value)) && !negated) {
      const isName = test === '-name' || test === '-iname';
      picked = {
        name: isName && value !== undefined && value.kind !== 'unknown' ? value.text : picked.name,
        narrow: true,
      };
    }
    negated = false;
    if (TAKES_ONE.has(test) || (test.startsWith('-newer') && test.length === '-newerXY'.length)) index++;
  }
  const listed = alternative ? roots.map((root) => below(root, ANY)) : names();
  return { from: out.from, decoded: out.decoded, fetched: out.fetched, names: listed };
}

/** A name below `root` as a pattern. */
function below(root: Value, picked: Picked): Value {
  if (root.kind === 'unknown') return root;
  const base = root.text.endsWith('/') ? root.text.slice(0, -1) : root.text;
  // Picked by something else than its name: some of the files, which no name says.
  const text = picked.narrow && picked.name === '*' ? `${base}/**/*[picked]` : `${base}/**/${picked.name}`;
  return { ...root, kind: 'pattern', text, before: text };
}

function remove(run: ProgramRun, root: Value, picked: Picked): void {
  const attributes: Attribute[] = ['recursive'];
  // A name test that leaves nothing out (`-name '*.*'` leaves little) narrows nothing.
  const whole = !picked.narrow || (picked.name !== '*' && endOf(picked.name, '*?.') === picked.name.length);
  const args = [{ name: 'path', span: root.span }];
  if (whole)
    run.made.push(
      run.ctx.emit(run.place, {
        kind: 'file.delete',
        target: run.ctx.path(run.place, root),
        attributes: root.kind === 'pattern' ? [...attributes, 'glob'] : attributes,
        args,
      }),
    );
  else
    run.made.push(
      run.ctx.emit(run.place, {
        kind: 'file.delete',
        target: run.ctx.path(run.place, below(root, picked)),
        attributes: [...attributes, 'glob'],
        args,
      }),
    );
}

function merge(a: Stream, b: Stream): Stream {
  return { from: joined(a.from, b.from), decoded: a.decoded || b.decoded, fetched: a.fetched || b.fetched };
}
