// Single functions for single programs: chmod modes, signals, scheduled jobs, pipes by name, stores of secrets.
import type { Attribute } from '../../model/index.ts';
import { behind, DIGITS, endOf, findOf, hasOf, isDigits, isOf, LETTERS, SPACE, wordsOf } from '../../names/index.ts';
import { known, type Stream, type Value } from '../../shell/value.ts';
import { streamValue } from '../code.ts';
import { has, valueOf } from './parse-args.ts';
import { INLINE, type ProgramRun } from './program-run.ts';
import { standardOutputOf } from './output.ts';

/** chmod: what the mode gives away. */
export function chmod(run: ProgramRun): Stream {
  const { parsed } = run;
  // `chmod -x file`: a mode that looks like a flag.
  const minus = run.invocation.argv.find(
    (word, index) => index > 0 && word.text.startsWith('-') && isOf(word.text.slice(1), RIGHTS),
  );
  const mode = minus ?? (has(parsed, '--reference') ? undefined : parsed.operands[0]);
  const files = minus !== undefined || has(parsed, '--reference') ? parsed.operands : parsed.operands.slice(1);
  const attributes: Attribute[] = [...parsed.adds, ...(mode?.kind === 'known' ? modeOf(mode.text) : [])];
  for (const file of files) run.do('permission', file, attributes, true);
  return standardOutputOf(run);
}

/** chattr: what protects a file from change is taken away by `-i` and `-a`. */
export function chattr(run: ProgramRun): Stream {
  const { parsed } = run;
  const loosens = run.invocation.argv.some(
    (word, index) =>
      index > 0 && word.text.startsWith('-') && isOf(word.text.slice(1), ATTRIBUTES) && hasOf(word.text, 'ia'),
  );
  for (const file of parsed.operands)
    if (!hasOf(file.text.slice(0, 1), '+='))
      run.do('permission', file, loosens ? [...parsed.adds, 'loosens'] : parsed.adds, true);
  return standardOutputOf(run);
}

const ATTRIBUTES = 'aAcCdDeFijmPsStTux';
const RIGHTS = 'rwxXst';
const OCTAL = '01234567';

function modeOf(text: string): readonly Attribute[] {
  const found: Attribute[] = [];
  if (isOf(text, OCTAL)) {
    const bits = Number.parseInt(text, 8);
    if ((bits & 0o6000) !== 0) found.push('setuid');
    if ((bits & 0o2) !== 0) found.push('world-writable');
    return found;
  }
  for (const clause of text.split(',')) {
    const end = endOf(clause, 'ugoa');
    const who = clause.slice(0, end);
    // A clause may change several times: `u+x-s`.
    for (let at = end; at < clause.length && '+-='.includes(clause[at]!);) {
      const sign = clause[at]!;
      const to = endOf(clause, 'rwxXstugo', at + 1);
      const rights = clause.slice(at + 1, to);
      at = to;
      if (sign === '-') continue;
      if (rights.includes('s') && who !== 'o') found.push('setuid');
      // Without a who the umask holds `+w` back from others, but not `=w`.
      if (rights.includes('w') && (hasOf(who, 'oa') || (who === '' && sign === '='))) found.push('world-writable');
    }
  }
  return found;
}

const LISTS: ReadonlySet<string> = new Set(['-l', '-L', '--list', '--table']);

/** kill, pkill, killall, fuser -k: whom it stops. */
export function signal(run: ProgramRun): Stream {
  const { parsed, invocation, ctx } = run;
  // `-KILL` is a signal, `-l` alone a list of them.
  if (run.name !== 'pkill' && LISTS.has(invocation.argv[1]?.text ?? '')) return standardOutputOf(run);
  // Signal 0 only asks whether the process is there.
  if (['-0', '-EXIT'].includes(invocation.argv[1]?.text ?? '')) return standardOutputOf(run);
  if (run.name === 'killall5') {
    ctx.emit(run.place, { kind: 'process.signal', target: ctx.program(invocation.argv[0]!), attributes: ['force'] });
    return standardOutputOf(run);
  }
  const words =
    run.name === 'kill'
      ? invocation.argv
          .slice(1)
          .filter(
            (word, index, all) =>
              !(index === 0 && word.text.startsWith('-') && word.text.length > 1) &&
              !(index === 1 && ['-s', '-n'].includes(all[0]!.text)) &&
              word.text !== '--',
          )
      : parsed.operands;
  for (const word of words) {
    const pid = word.kind === 'known' && isDigits(behind(word.text, '-') ?? word.text);
    const everyone = word.text === '-1' || word.text === '1';
    ctx.emit(run.place, {
      kind: 'process.signal',
      target: pid ? { type: 'program', name: `pid ${word.text}`, groups: [] } : ctx.program(word),
      attributes: everyone ? ['force'] : parsed.adds,
      args: [{ name: 'process', span: word.span }],
    });
  }
  if (words.length === 0 && parsed.given.length > 0)
    ctx.emit(run.place, {
      kind: 'process.signal',
      target: { type: 'unknown', name: 'processes picked by a condition', groups: [] },
    });
  return standardOutputOf(run);
}

/** The command of a line of a crontab, behind `@daily` or five fields of time; undefined for settings and anything else. */
function cronCommand(line: string): string | undefined {
  let at = endOf(line, SPACE);
  for (let fields = line[at] === '@' ? 1 : 5; fields > 0; fields--) {
    const end = findOf(line, SPACE, at);
    if (line[at] !== '@' && !isOf(line.slice(at, end), TIME)) return undefined;
    at = endOf(line, SPACE, end);
  }
  return at < line.length ? line.slice(at) : undefined;
}

const TIME = `${DIGITS}${LETTERS}*,/-`;

/** crontab, at, batch: text that runs later. */
export function scheduled(run: ProgramRun): Stream {
  const { parsed, ctx, invocation } = run;
  if (has(parsed, '-l', '-q') && run.table.program === 'crontab') return standardOutputOf(run);
  const target = ctx.path(
    run.place,
    known(run.table.program === 'crontab' ? '/var/spool/cron' : '/var/spool/at', run.place.span),
  );
  if (has(parsed, '-r', '-d')) {
    ctx.emit(run.place, { kind: 'persist', target, attributes: ['irreversible'] });
    return standardOutputOf(run);
  }
  const file = run.table.program === 'crontab' ? parsed.operands[0] : valueOf(parsed, '-f');
  const stream = file !== undefined && file.text !== '-' ? ctx.readFile(run.place, file) : invocation.stdin;
  ctx.emit(run.place, {
    kind: 'persist',
    target,
    from: stream?.from ?? [],
    args: [{ name: 'job', span: (file ?? invocation.argv[0]!).span }],
  });
  if (stream?.text !== undefined)
    for (const line of stream.text.split('\n')) {
      const command = run.table.program === 'crontab' ? cronCommand(line) : line;
      if (command !== undefined && command.trim() !== '' && !line.startsWith('#'))
        ctx.script(
          { ...run.place, certain: false },
          { ...known(command, run.place.span), from: stream.from, decoded: stream.decoded, fetched: stream.fetched },
          INLINE,
        );
    }
  else run.opaque('commands that run later', ['script', 'unread']);
  return standardOutputOf(run);
}

/** compgen, complete: words of `-W` are expanded like those of any command. */
export function completion(run: ProgramRun): Stream {
  run.rows();
  const words = valueOf(run.parsed, '-W');
  if (words !== undefined)
    run.ctx.script(run.place, words.kind === 'known' ? { ...words, text: `: ${words.text}` } : words, INLINE);
  return standardOutputOf(run);
}

/** dc, bc: only dc runs commands, each behind a `!` that is no comparison, to the end of its line. */
export function calculator(run: ProgramRun): Stream {
  const { parsed, ctx, place, invocation } = run;
  run.rows();
  const texts: Value[] = parsed.given.filter((one) => one.flag.name === '-e').flatMap((one) => one.value ?? []);
  const file = valueOf(parsed, '-f') ?? parsed.operands[0];
  if (file !== undefined) {
    run.do('read', file, [], true);
    if (run.name === 'dc') run.opaque('calculations from a file', ['script', 'unread']);
  }
  if (texts.length === 0 && invocation.stdin?.text !== undefined) texts.push(streamValue(invocation.stdin, place.span));
  if (run.name !== 'dc') return standardOutputOf(run);
  for (const text of texts) {
    if (text.kind !== 'known') run.opaque('calculations that cannot be resolved', INLINE);
    for (const line of text.text.split('\n')) {
      const at = commandIn(line);
      if (at >= 0) ctx.script(place, { ...text, text: line.slice(at + 1) }, INLINE);
    }
  }
  return standardOutputOf(run);
}

/** Index of the first `!` that is neither `!=`, `!<`, `!>` nor inside a `[string]`; -1 when there is none. */
function commandIn(line: string): number {
  let depth = 0;
  for (let at = 0; at < line.length; at++) {
    if (line[at] === '[') depth++;
    else if (line[at] === ']') depth--;
    else if (line[at] === '!' && depth <= 0 && !'=<>'.includes(line[at + 1] ?? ' ')) return at;
  }
  return -1;
}

/** mkfifo, mknod: a pipe or device by name. */
export function makeNode(run: ProgramRun): Stream {
  for (const operand of run.name === 'mknod' ? run.parsed.operands.slice(0, 1) : run.parsed.operands)
    run.ctx.writeFile(run.place, operand, undefined, ['create']);
  return standardOutputOf(run);
}

/** dropdb, pg_dump …: one removes, the others read. */
export function dropdb(run: ProgramRun): Stream {
  run.rows();
  const name = run.parsed.operands[0];
  if (run.name.startsWith('drop')) {
    run.ctx.emit(run.place, {
      kind: 'remote.delete',
      target:
        name?.kind === 'known'
          ? { type: 'remote', name: name.text, scope: 'remote', groups: [] }
          : { type: 'unknown', name: 'a database that cannot be resolved', groups: [] },
      attributes: ['irreversible'],
    });
  }
  return standardOutputOf(run);
}

const GIVES_OUT: ReadonlySet<string> = new Set(
  wordsOf(`find-generic-password find-internet-password dump-keychain export show get read lookup list-secrets decrypt exec reveal
    download print item document kv`),
);

/** gpg, security, pass, op, vault …: what they print is a secret. */
export function secrets(run: ProgramRun): Stream {
  const { parsed, ctx, place } = run;
  run.rows();
  for (const operand of run.name.startsWith('gpg') || run.name === 'sops' || run.name === 'age' ? parsed.operands : [])
    run.do('read', operand, [], true);
  const gives =
    has(parsed, '--export-secret-keys', '-d') ||
    parsed.operands.some((word) => word.kind !== 'known' || GIVES_OUT.has(word.text)) ||
    (run.name === 'pass' && parsed.operands.length === 1);
  if (!gives || (run.name.startsWith('gpg') && !has(parsed, '--export-secret-keys', '-d')))
    return standardOutputOf(run);
  const index = ctx.emit(place, { kind: 'secret.use', target: { type: 'secret', name: run.name, groups: [] } });
  return { from: [index, ...run.data.from], decoded: run.data.decoded, fetched: run.data.fetched };
}
