// git's configuration: what a value does once (`-c key=value`) or from now on (`git config`), by what its key means.
import { quotedWords, wordsOf } from '../../names/index.ts';
import type { Target } from '../../model/index.ts';
import { known, type Value } from '../../shell/value.ts';
import type { Context } from '../context.ts';
import { meaningOfKey, type KeyMeaning } from './git-keys.ts';
import { cut, has, valueOf } from './parse-args.ts';
import { INLINE, type ProgramRun } from './program-run.ts';

/** Values of commands that everybody has: pagers, editors, and switches. */
const USUAL: ReadonlySet<string> = new Set([
  '',
  'true',
  'false',
  'cat',
  'less',
  'more',
  'vi',
  'vim',
  'nano',
  'emacs',
  'code',
  'code --wait',
]);

/** One configuration value: when its key makes git run something, that happens (now, or from now on). Answers whether it does. */
export function configured(run: ProgramRun, key: string, value: Value, origin: 'once' | 'stored'): boolean {
  const { ctx } = run;
  const place = origin === 'stored' ? { ...run.place, certain: false } : run.place;
  const text = value.kind === 'known' ? value.text.trim() : '';
  const code = (words: Value): boolean => {
    ctx.script(place, words, INLINE);
    return true;
  };
  const name = remoteOf(key);
  switch (meaningOfKey(key)) {
    case 'loosens':
      if (value.text !== 'true') loosened(run, value);
      return false;
    case 'file':
      // The empty device as a folder of hooks: none run.
      if (text === '/dev/null') return false;
      ctx.emit(place, {
        kind: 'code.eval',
        target: ctx.path(place, value),
        attributes: ['script'],
        args: [{ name: 'config', span: value.span }],
      });
      return true;
    case 'url':
      if (name !== undefined) addresses(run).set(name, value);
      return value.kind === 'known' && text.startsWith('ext::') && code({ ...value, text: text.slice('ext::'.length) });
    case 'alias':
      if (value.kind !== 'known') return code(value);
      if (text.startsWith('!')) return code({ ...value, text: text.slice(1) });
      // An alias is words of git, settings of its own among them.
      run.start({
        argv: [
          known('git', value.span),
          ...(quotedWords(text) ?? wordsOf(text)).map((word) => ({ ...value, text: word, before: word })),
        ],
        certain: false,
      });
      return false;
    case 'helper':
      // A bare name is one of git's own helpers; paths and `!` are commands.
      if (value.kind === 'known' && !text.startsWith('!') && !text.startsWith('/') && !text.startsWith('~'))
        return false;
      return code(text.startsWith('!') ? { ...value, text: text.slice(1) } : value);
    case 'runs':
      if (value.kind === 'known' && USUAL.has(text)) return false;
      return code(text.startsWith('!') ? { ...value, text: text.slice(1) } : value);
    default:
      return false;
  }
}

/** Addresses that this action gave to remotes, by name. A cache of what was lowered, not state. */
const given = new WeakMap<Context, Map<string, Value>>();

function addresses(run: ProgramRun): Map<string, Value> {
  let map = given.get(run.ctx);
  if (map === undefined) given.set(run.ctx, (map = new Map()));
  return map;
}

/** What a remote stands for: the address this action gave it, else its own name. */
export function addressOf(run: ProgramRun, name: Value): Value {
  return name.kind === 'known' ? (addresses(run).get(name.text) ?? name) : name;
}

/** `remote.<name>.url` and `.pushurl` ▶ the name. */
function remoteOf(key: string): string | undefined {
  const first = key.indexOf('.');
  return key.slice(0, first).toLowerCase() === 'remote' ? key.slice(first + 1, key.lastIndexOf('.')) : undefined;
}

function loosened(run: ProgramRun, value: Value): void {
  run.made.push(
    run.ctx.emit(run.place, {
      kind: 'config.change',
      target: run.ctx.party(known('git', value.span)),
      attributes: ['loosens'],
      args: [{ name: 'key', span: value.span }],
    }),
  );
}

/** `-c key=value`. */
export function setting(run: ProgramRun, value: Value): void {
  const head = value.kind === 'unknown' ? value.before : value.text;
  const equals = head.indexOf('=');
  if (equals >= 0) configured(run, head.slice(0, equals), cut(value, equals + 1), 'once');
  else if (value.kind === 'unknown') run.opaque(value.why === '' ? 'a git setting that cannot be resolved' : value.why);
}

const READS: ReadonlySet<string> = new Set(['get', 'list', 'get-all', 'get-regexp', 'get-urlmatch']);
const WRITES: ReadonlySet<string> = new Set(['set', 'unset', 'edit', 'add', 'rename-section', 'remove-section']);

/** `git config`. */
export function config(run: ProgramRun): void {
  const { parsed, place } = run;
  const verb = parsed.operands[0]?.text ?? '';
  const [key, value] = READS.has(verb) || WRITES.has(verb) ? parsed.operands.slice(1) : parsed.operands;
  if (has(parsed, '--get', '--list') || READS.has(verb) || key === undefined) return;
  if (value === undefined && verb !== 'unset' && !has(parsed, '--unset', '-e')) return;
  const file = valueOf(parsed, '-f') ?? known(fileOf(run), place.span);
  const meaning = key.kind === 'known' ? meaningOfKey(key.text) : undefined;
  const index = write(run, file, meaning);
  if (value === undefined) return;
  if (key.kind !== 'known') run.opaque('a git setting that cannot be resolved');
  const runs = key.kind !== 'known' || configured(run, key.text, value, 'stored');
  // A key that nobody here knows may start something.
  if (!runs && meaning !== undefined) return;
  persists(run, file, value, index, runs);
}

function persists(run: ProgramRun, file: Value, value: Value, index: number, certain = true): void {
  run.ctx.emit(run.place, {
    kind: 'persist',
    certain,
    target: run.ctx.path(run.place, file),
    from: [index],
    args: [{ name: 'config', span: value.span }],
  });
}

function fileOf(run: ProgramRun): string {
  if (has(run.parsed, '--global')) return `${run.ctx.action.home}/.gitconfig`;
  return has(run.parsed, '--system') ? '/etc/gitconfig' : '.git/config';
}

/** Settings that start nothing make the file no start-up file; it stays a file of its place that is written. */
const STARTS_NOTHING: ReadonlySet<KeyMeaning | undefined> = new Set<KeyMeaning>(['plain', 'url', 'loosens']);

function write(run: ProgramRun, file: Value, meaning: KeyMeaning | undefined): number {
  const { ctx, place } = run;
  if (!STARTS_NOTHING.has(meaning)) return ctx.writeFile(place, file, undefined, []);
  const target = ctx.path(place, file);
  return ctx.emit(place, {
    kind: 'file.write',
    target: startsNothing(target),
    args: [{ name: 'path', span: file.span }],
  });
}

function startsNothing(target: Target): Target {
  return { ...target, groups: target.groups.filter((group) => group !== 'autostart') };
}

/** `git remote add`, `git remote set-url`: an address is stored; one that is a command is code from now on. */
export function remote(run: ProgramRun): void {
  const verb = run.parsed.operands[0]?.text ?? '';
  if (verb !== 'add' && verb !== 'set-url') return;
  const [name, url] = run.parsed.operands.slice(1);
  if (url === undefined) return;
  const file = known('.git/config', run.place.span);
  // What cannot be resolved may be a command, too.
  const head = url.kind === 'unknown' ? url.before : url.text;
  const command = head.startsWith('ext::') || (url.kind === 'unknown' && 'ext::'.startsWith(head));
  const index = write(run, file, command ? undefined : 'url');
  if (name !== undefined) configured(run, `remote.${name.text}.url`, url, 'stored');
  if (command) persists(run, file, url, index);
}
