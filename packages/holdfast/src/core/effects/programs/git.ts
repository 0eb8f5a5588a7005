// git: configuration keys and options that run programs, transports that are programs, and what rewrites or publishes history.
import type { Attribute } from '../../model/index.ts';
import { known, type Stream, type Value } from '../../shell/value.ts';
import { hostOfRemote, schemeOf } from '../address.ts';
import { quotedWords, splitAt, trimEndOf, wordsOf } from '../../names/index.ts';
import { joined } from '../sources.ts';
import { addressOf, config, remote, setting } from './git-config.ts';
import { onlyLooks } from './git-looks.ts';
import { cut, has, valueOf } from './parse-args.ts';
import { INLINE, type ProgramRun } from './program-run.ts';
import { standardOutputOf } from './output.ts';
import { joinedText } from './wrappers.ts';

/** An address that git reaches: a host, a program (`ext::`), or a path of this machine. */
function reach(run: ProgramRun, url: Value, attributes: readonly Attribute[]): number | undefined {
  const head = url.kind === 'unknown' ? url.before : url.text;
  if (head.startsWith('ext::')) {
    const command = cut(url, 'ext::'.length);
    // `%S` stands for the service that git asks for.
    const text = command.text.replaceAll('%S', 'git-upload-pack');
    run.ctx.script(run.place, url.kind === 'unknown' ? command : { ...command, text }, INLINE);
    return undefined;
  }
  const bare = head.startsWith('git+') ? head.slice('git+'.length) : head;
  const host = hostOfRemote(bare);
  if (url.kind === 'known' && host === undefined && schemeOf(bare) === undefined) return undefined;
  const address = host ?? bare;
  const index = run.ctx.emit(run.place, {
    kind: 'net.connect',
    target: run.ctx.host(url.kind === 'known' ? { ...url, text: address, before: address } : url),
    attributes,
    from: url.from,
    args: [{ name: 'url', span: url.span }],
  });
  run.data = { ...run.data, from: joined(run.data.from, [index]), fetched: true };
  return index;
}

export function git(run: ProgramRun): Stream {
  const { parsed } = run;
  const verb = parsed.verbs.join(' ');
  for (const { flag, value } of parsed.given) {
    if (value === undefined) continue;
    if (flag.name === '-C') run.chdir(value);
    if (flag.name === '-c') setting(run, value);
    if (flag.name === '--config' || (flag.name === '-c' && verb === 'clone')) setting(run, value);
    if (flag.name === '--config-env' || flag.name === '--exec-path')
      run.opaque(`git ${flag.name} names what git runs`, ['env']);
  }
  run.rows();
  VERBS[parsed.verbs[0] ?? '']?.(run);
  if (!onlyLooks(run))
    run.ctx.emit(run.place, { kind: 'file.write', target: run.ctx.path(run.place, known('.git', run.place.span)) });
  return standardOutputOf(run);
}

/** A verb that git itself does not have: an alias or a program `git-<verb>`, either of which may be anything. */
export function gitAlias(run: ProgramRun): Stream {
  const { parsed, invocation } = run;
  // Names of aliases have no case, and the last one given counts.
  const key = `alias.${parsed.verbs[0] ?? ''}`.toLowerCase();
  const given = parsed.given.findLast(
    ({ flag, value }) => flag.name === '-c' && value?.kind === 'known' && keyOf(value.text).toLowerCase() === key,
  )?.value;
  const text = given?.text.slice(key.length + 1) ?? '';
  if (given !== undefined && text.startsWith('!')) {
    for (const one of parsed.given) if (one.flag.name === '-c' && one.value !== undefined) setting(run, one.value);
    return standardOutputOf(run);
  }
  if (given !== undefined && text !== '') {
    const words = (quotedWords(text) ?? wordsOf(text)).map((word) => ({ ...given, text: word, before: word }));
    const at = parsed.at[0];
    return run.start({
      argv: [
        invocation.argv[0]!,
        ...words,
        ...(at === undefined ? flagsBehind(invocation.argv, parsed.verbs[0]!) : invocation.argv.slice(at)),
      ],
    });
  }
  // Settings given with it run as for any other verb.
  for (const one of parsed.given) if (one.flag.name === '-c' && one.value !== undefined) setting(run, one.value);
  run.opaque('a git command that may be an alias');
  return standardOutputOf(run);
}

function keyOf(text: string): string {
  const equals = text.indexOf('=');
  return equals < 0 ? text : text.slice(0, equals);
}

function flagsBehind(argv: readonly Value[], verb: string): readonly Value[] {
  const at = argv.findIndex((word, index) => index > 0 && word.text === verb);
  return at < 0 ? [] : argv.slice(at + 1);
}

const VERBS: { readonly [verb: string]: (run: ProgramRun) => void } = {
  push,
  config,
  clone,
  fetch: fetchFrom,
  pull: fetchFrom,
  'ls-remote': fetchFrom,
  submodule,
  bisect,
  reset,
  checkout,
  restore: checkout,
  switch: checkout,
  remote,
  init,
  archive,
  'send-email': sendMail,
  blame,
  'hash-object': hash,
};

function push(run: ProgramRun): void {
  const { parsed, ctx } = run;
  const [remoteName, ...refs] = parsed.operands;
  const attributes = new Set<Attribute>(parsed.adds);
  if (has(parsed, '--delete')) attributes.add('delete-ref');
  for (const ref of refs) {
    const head = ref.kind === 'unknown' ? ref.before : ref.text;
    if (head.startsWith('+')) attributes.add('force');
    const name = head.startsWith('+') ? head.slice(1) : head;
    if (name.length > 1 && name.startsWith(':')) attributes.add('delete-ref');
    if (ref.kind === 'unknown' && head === '') attributes.add('force');
  }
  const named = valueOf(parsed, '--repo') ?? remoteName;
  const to = named === undefined ? undefined : addressOf(run, named);
  if (to !== undefined) reach(run, to, ['upload']);
  const target = to === undefined ? ctx.party(known('origin', run.place.span)) : ctx.party(to);
  run.made.push(
    ctx.emit(run.place, {
      kind: 'vcs.push',
      target,
      attributes: [...attributes],
      from: parsed.operands.flatMap((word) => word.from),
      args: [{ name: 'remote', span: (to ?? known('', run.place.span)).span }],
    }),
  );
}

function fetchFrom(run: ProgramRun): void {
  const url = run.parsed.operands[0];
  if (url !== undefined) reach(run, addressOf(run, url), ['download']);
}

function clone(run: ProgramRun): void {
  const { parsed, ctx, place } = run;
  const [url, directory] = parsed.operands;
  if (url === undefined) return;
  reach(run, url, ['download']);
  const name = url.kind === 'known' ? folderOf(url.text) : undefined;
  const into =
    directory ?? (name === undefined || name === '' ? known('.', url.span) : { ...url, text: name, before: name });
  ctx.writeFile(place, into, run.data, ['create', 'recursive']);
}

/** The folder that `git clone` makes of an address. */
function folderOf(url: string): string | undefined {
  const path = trimEndOf(url, '/');
  return splitAt(path.endsWith('.git') ? path.slice(0, -'.git'.length) : path, '/:').pop();
}

function init(run: ProgramRun): void {
  const folder = run.parsed.operands[0];
  if (folder !== undefined) run.ctx.writeFile(run.place, folder, undefined, ['create', 'recursive']);
}

/** `git archive --remote=…` asks another machine. */
function archive(run: ProgramRun): void {
  const url = valueOf(run.parsed, '--remote');
  if (url !== undefined) reach(run, url, ['download']);
}

/** Patches are sent to those whom the flags name; a server that is a path is a program. */
function sendMail(run: ProgramRun): void {
  const { parsed, ctx, place } = run;
  for (const file of parsed.operands) run.do('read', file, [], true);
  const to = parsed.given.filter((one) => one.flag.name === '--to' && one.value !== undefined).map((one) => one.value!);
  const server = valueOf(parsed, '--smtp-server');
  if (server?.kind === 'known' && server.text.includes('/')) run.words(server);
  else if (server !== undefined) run.net('send', server, ['upload']);
  for (const one of to)
    ctx.emit(place, {
      kind: 'message.send',
      target: ctx.party(one),
      from: run.data.from,
      args: [{ name: 'to', span: one.span }],
    });
  if (to.length === 0)
    ctx.emit(place, {
      kind: 'message.send',
      target: { type: 'unknown', name: 'recipients named in the patches', groups: [] },
      from: run.data.from,
    });
}

function blame(run: ProgramRun): void {
  const contents = valueOf(run.parsed, '--contents');
  if (contents !== undefined) run.do('read', contents, [], true);
}

function hash(run: ProgramRun): void {
  for (const file of run.parsed.operands) run.do('read', file, [], true);
}

function submodule(run: ProgramRun): void {
  const words = run.parsed.operands.slice(1).filter((word) => word.text !== '--recursive' && word.text !== '--quiet');
  if (run.parsed.operands[0]?.text === 'foreach' && words.length > 0)
    run.ctx.script(run.place, joinedText(words), INLINE);
  if (run.parsed.operands[0]?.text === 'add' && words[0] !== undefined) reach(run, words[0], ['download']);
}

function bisect(run: ProgramRun): void {
  const at = run.parsed.at[1];
  if (run.parsed.operands[0]?.text === 'run' && at !== undefined) run.tail(at);
}

function rewrite(run: ProgramRun, attributes: readonly Attribute[]): void {
  run.made.push(
    run.ctx.emit(run.place, {
      kind: 'vcs.rewrite',
      target:
        run.place.cwd.kind === 'known'
          ? { type: 'remote', name: `git:${run.place.cwd.text}`, groups: [] }
          : { type: 'unknown', name: 'a repository in an unknown directory', groups: [] },
      attributes,
    }),
  );
}

function reset(run: ProgramRun): void {
  if (has(run.parsed, '--hard', '--merge')) rewrite(run, ['irreversible']);
}

const EVERYTHING: ReadonlySet<string> = new Set(['.', './', ':/', '*']);

/** Files that are put back as they were lose their changes; a branch that is only switched does not. */
function checkout(run: ProgramRun): void {
  const { parsed, ctx, place, invocation } = run;
  const dashes = invocation.argv.findIndex((word) => word.kind === 'known' && word.text === '--');
  const restore = parsed.verbs[0] === 'restore';
  if (has(parsed, '-f', '--discard-changes') && parsed.verbs[0] !== 'restore') rewrite(run, ['irreversible', 'force']);
  if (!restore && dashes < 0 && !has(parsed, '-b', '--orphan', '-d')) {
    // `git checkout main a.txt`: what follows the tree are files.
    for (const file of parsed.operands.slice(1)) ctx.writeFile(place, file, undefined, ['truncate']);
  }
  if (restore && has(parsed, '--staged') && !has(parsed, '--worktree')) return;
  const files = restore
    ? parsed.operands
    : dashes >= 0
      ? invocation.argv.slice(dashes + 1)
      : parsed.operands.filter((word) => word.text === '.' || word.text === ':/');
  for (const file of files) {
    if (file.kind === 'known' && EVERYTHING.has(file.text)) rewrite(run, ['irreversible']);
    else ctx.writeFile(place, file, undefined, ['truncate']);
  }
}
