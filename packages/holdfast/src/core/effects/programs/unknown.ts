// A program without a table: what its arguments suggest, marked as possible. Silence about an argument is no claim that it is harmless.
import { parentPath, SPACE, splitAt } from '../../names/index.ts';
import { known, type Value } from '../../shell/value.ts';
import { schemeOf } from '../address.ts';
import type { Context, Invocation, Place } from '../context.ts';
import type { Machinery } from '../machinery.ts';
import BASH from './bash.json' with { type: 'json' };

const SHELLS: ReadonlySet<string> = new Set([BASH.program, ...BASH.names]);
const SCHEMES: ReadonlySet<string> = new Set('http https ws wss ftp ftps sftp ssh git rsync'.split(' '));
const REMOVES: ReadonlySet<string> = new Set('delete destroy drop purge terminate wipe erase'.split(' '));
/** Folders of the system's programs. */
const BIN: ReadonlySet<string> = new Set('/bin /sbin /usr/bin /usr/sbin /usr/local/bin /usr/local/sbin'.split(' '));
/** Words looked at. */
const WORDS = 64;

/** Emits the suggestions and answers the effects whose data its output may carry. */
export function suggestedByWords(
  ctx: Context,
  machinery: Machinery,
  invocation: Invocation,
  place: Place,
  name: string,
): readonly number[] {
  const { argv } = invocation;
  const possible: Place = { ...place, certain: false };
  const made: number[] = [];
  let operands = 0;
  for (let index = 1; index < argv.length && index < WORDS; index++) {
    const word = argv[index]!;
    const head = word.kind === 'unknown' ? word.before : word.text;
    if (head === '--' && index + 1 < argv.length && isProgram(machinery, argv[index + 1]!, false)) {
      run(ctx, invocation, possible, index + 1);
      return made;
    }
    if (head.startsWith('-') && !head.includes('=')) continue;
    operands++;
    // `wrapper /bin/sh …`: a program by its full name, or a shell by any, is there to be run.
    if (isProgram(machinery, word, true)) {
      run(ctx, invocation, possible, index);
      return made;
    }
    const value = head.startsWith('-') ? behind(word, head.indexOf('=') + 1) : word;
    const text = value.kind === 'unknown' ? value.before : value.text;
    if (isUrl(text)) {
      const args = [{ name: 'url', span: value.span }];
      made.push(ctx.emit(possible, { kind: 'net.connect', target: ctx.host(value), args }));
      if (value.from.length > 0)
        made.push(ctx.emit(possible, { kind: 'net.send', target: ctx.host(value), from: value.from, args }));
    } else if (value.kind !== 'unknown' && (text.includes('/') || text.startsWith('~') || text.startsWith('.'))) {
      const target = ctx.path(place, value);
      // Only where a file matters does a name on its own count as touching it.
      if (target.groups.length > 0)
        made.push(ctx.emit(possible, { kind: 'file.read', target, args: [{ name: 'path', span: value.span }] }));
    } else if (operands <= 3 && removes(text)) {
      made.push(
        ctx.emit(possible, {
          kind: 'remote.delete',
          target: { type: 'remote', name: `${name}:${text}`, scope: 'remote', groups: [] },
          attributes: ['irreversible'],
          args: [{ name: 'verb', span: value.span }],
        }),
      );
    }
  }
  return made;
}

function isUrl(text: string): boolean {
  const scheme = schemeOf(text);
  return (
    scheme !== undefined && SCHEMES.has(scheme) && !`/${SPACE}`.includes(text[scheme.length + '://'.length] ?? ' ')
  );
}

/** `delete`, `delete-all`, `force-delete`. */
function removes(text: string): boolean {
  const words = splitAt(text, '-');
  const last = words[words.length - 1];
  return REMOVES.has(words[0] ?? '') || (words.length > 1 && (last === 'delete' || last === 'destroy'));
}

function isProgram(machinery: Machinery, word: Value, byPath: boolean): boolean {
  if (word.kind !== 'known') return false;
  const { text } = word;
  const base = text.slice(text.lastIndexOf('/') + 1);
  if (base === '' || machinery.tables.find(base) === undefined) return false;
  if (!byPath) return true;
  return BIN.has(parentPath(text)) || SHELLS.has(text);
}

function run(ctx: Context, invocation: Invocation, place: Place, index: number): void {
  ctx.run({
    ...invocation,
    argv: invocation.argv.slice(index),
    via: place.via,
    certain: false,
    depth: invocation.depth + 1,
  });
}

function behind(word: Value, length: number): Value {
  return word.kind === 'unknown'
    ? { ...word, before: word.before.slice(length) }
    : { ...known(word.text.slice(length), word.span), kind: word.kind, from: word.from };
}
