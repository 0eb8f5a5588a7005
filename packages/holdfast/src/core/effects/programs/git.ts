// git: configuration keys and options that run programs, transports that are programs, and what rewrites or publishes history.
import type { Attribute } from '../../model/index.ts';
import { known, type Stream, type Value } from '../../shell/value.ts';
import { has, valueOf } from './parse-args.ts';
import { INLINE, joined, type ProgramRun } from './program-run.ts';
import { standardOutputOf } from './output.ts';
import { joinedText } from './wrappers.ts';

const RUNS =
  /^(?:core\.(?:pager|editor|sshcommand|fsmonitor|askpass|gitproxy|alternaterefscommand|hookspath)|diff\.external|(?:diff|merge|difftool|mergetool|man|browser|guitool|web)\..*\.?(?:command|textconv|driver|cmd|path)|filter\..*\.(?:clean|smudge|process)|credential\.(?:.*\.)?helper|alias\..+|sequence\.editor|gpg\.(?:.*\.)?(?:program|defaultkeycommand)|pager\..+|uploadpack\.packobjectshook|remote\..*\.(?:uploadpack|receivepack|vcs)|interactive\.difffilter|submodule\..*\.update|trailer\..*\.(?:command|cmd)|tar\..*\.command|imap\.tunnel|sendemail\..*(?:cmd|command)|web\.browser|instaweb\.(?:httpd|browser)|init\.templatedir|include\.path|includeif\..*\.path|core\.(?:attributesfile|excludesfile|worktree))$/;
const FILES = /^(?:core\.hookspath|init\.templatedir|include\.path|includeif\..*\.path)$/;
const HARMLESS_FILES = /^core\.(?:attributesfile|excludesfile|worktree)$/;
const LOOSENS =
  /^(?:protocol\.(?:ext|file|allow).*|http\..*sslverify|http\.sslverify|safe\.directory|safe\.barerepository|transfer\.fsckobjects|receive\.denycurrentbranch)$/;

type Origin = 'once' | 'stored';

/** One configuration value: when its key makes git run something, that happens (now, or from now on). */
function configured(run: ProgramRun, key: string, value: Value, origin: Origin): boolean {
  const { ctx } = run;
  const place = origin === 'stored' ? { ...run.place, certain: false } : run.place;
  const name = key.toLowerCase();
  if (LOOSENS.test(name) && value.text !== 'true') {
    run.made.push(
      ctx.emit(run.place, {
        kind: 'config.change',
        target: ctx.party(known('git', value.span)),
        attributes: ['loosens'],
        args: [{ name: 'key', span: value.span }],
      }),
    );
    return false;
  }
  if (!RUNS.test(name) || HARMLESS_FILES.test(name)) return false;
  const text = value.kind === 'known' ? value.text.trim() : '';
  if (
    value.kind === 'known' &&
    (text === '' || /^(?:true|false|cat|less|more|vim?|nano|emacs|code(?: --wait)?|true\b.*)$/.test(text))
  )
    return false;
  if (FILES.test(name)) {
    ctx.emit(place, {
      kind: 'code.eval',
      target: ctx.path(place, value),
      attributes: ['script'],
      args: [{ name: 'config', span: value.span }],
    });
    return true;
  }
  if (name.startsWith('alias.') && value.kind === 'known') {
    if (text.startsWith('!')) ctx.script(place, { ...value, text: text.slice(1) }, INLINE);
    return text.startsWith('!');
  }
  if (/^credential\.(?:.*\.)?helper$/.test(name) && value.kind === 'known' && !/^[!/~]/.test(text)) return false;
  ctx.script(place, value.kind === 'known' ? { ...value, text: text.replace(/^!/, '') } : value, INLINE);
  return true;
}

/** An address that git reaches: a host, a program (`ext::`), or a path of this machine. */
function reach(run: ProgramRun, url: Value, attributes: readonly Attribute[]): number | undefined {
  const head = url.kind === 'unknown' ? url.before : url.text;
  if (head.startsWith('ext::')) {
    run.ctx.script(
      run.place,
      url.kind === 'unknown'
        ? { ...url, before: head.slice(5) }
        : { ...url, text: head.slice(5).replace(/%S/g, 'git-upload-pack') },
      INLINE,
    );
    return undefined;
  }
  if (url.kind === 'known' && !/^[a-z+]+:\/\/|^[^/\s]+@?[^/\s]*:(?!\\)/i.test(head)) return undefined;
  const scp = /^(?:[^@/\s]+@)?([^:/\s]+):(?!\/\/)/.exec(head);
  const host: Value =
    scp !== null && url.kind === 'known'
      ? { ...url, text: scp[1]!, before: scp[1]! }
      : url.kind === 'known'
        ? { ...url, text: head.replace(/^git\+/, '') }
        : url;
  const index = run.ctx.emit(run.place, {
    kind: 'net.connect',
    target: run.ctx.host(host),
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
  const own = VERBS[parsed.verbs[0] ?? ''];
  if (own !== undefined) {
    own(run);
    return standardOutputOf(run);
  }
  return standardOutputOf(run);
}

/** A verb that git itself does not have: an alias or a program `git-<verb>`, either of which may be anything. */
export function gitAlias(run: ProgramRun): Stream {
  const { parsed, invocation } = run;
  const prefix = `alias.${parsed.verbs[0] ?? ''}=`;
  const given = parsed.given.find(
    (one) => one.flag.name === '-c' && one.value?.kind === 'known' && one.value.text.startsWith(prefix),
  )?.value;
  const text = given?.text.slice(prefix.length) ?? '';
  if (given !== undefined && text.startsWith('!')) {
    for (const one of parsed.given) if (one.flag.name === '-c' && one.value !== undefined) setting(run, one.value);
    return standardOutputOf(run);
  }
  if (given !== undefined && text !== '') {
    const words = text
      .split(/\s+/)
      .filter(Boolean)
      .map((word) => ({ ...given, text: word, before: word }));
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

function flagsBehind(argv: readonly Value[], verb: string): readonly Value[] {
  const at = argv.findIndex((word, index) => index > 0 && word.text === verb);
  return at < 0 ? [] : argv.slice(at + 1);
}

function setting(run: ProgramRun, value: Value): void {
  const head = value.kind === 'unknown' ? value.before : value.text;
  const equals = head.indexOf('=');
  if (equals < 0) {
    if (value.kind === 'unknown') run.opaque(value.why === '' ? 'a git setting that cannot be resolved' : value.why);
    return;
  }
  const rest =
    value.kind === 'unknown'
      ? { ...value, before: head.slice(equals + 1) }
      : { ...value, text: head.slice(equals + 1), before: head.slice(equals + 1) };
  configured(run, head.slice(0, equals), rest, 'once');
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
};

function push(run: ProgramRun): void {
  const { parsed, ctx } = run;
  const [remoteName, ...refs] = parsed.operands;
  const attributes = new Set<Attribute>(parsed.adds);
  if (has(parsed, '--delete')) attributes.add('delete-ref');
  for (const ref of refs) {
    const head = ref.kind === 'unknown' ? ref.before : ref.text;
    if (head.startsWith('+')) attributes.add('force');
    if (/^\+?:./.test(head)) attributes.add('delete-ref');
    if (ref.kind === 'unknown' && head === '') attributes.add('force');
  }
  const to = valueOf(parsed, '--repo') ?? remoteName;
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
  if (url !== undefined) reach(run, url, ['download']);
}

function clone(run: ProgramRun): void {
  const { parsed, ctx, place } = run;
  const [url, directory] = parsed.operands;
  if (url === undefined) return;
  reach(run, url, ['download']);
  const name =
    url.kind === 'known'
      ? url.text
          .replace(/\/+$/, '')
          .replace(/\.git$/, '')
          .split(/[/:]/)
          .pop()
      : undefined;
  const into =
    directory ?? (name === undefined || name === '' ? known('.', url.span) : { ...url, text: name, before: name });
  ctx.writeFile(place, into, run.data, ['create', 'recursive']);
}

function config(run: ProgramRun): void {
  const { parsed, ctx, place } = run;
  const operands = /^(?:set|get|unset|list|edit|get-all|add)$/.test(parsed.operands[0]?.text ?? '')
    ? parsed.operands.slice(1)
    : parsed.operands;
  const reads = has(parsed, '--get', '--list') || /^(?:get|list|get-all)$/.test(parsed.operands[0]?.text ?? '');
  const [key, value] = operands;
  if (reads || key === undefined || (value === undefined && !has(parsed, '--unset', '-e'))) return;
  const file =
    valueOf(parsed, '-f') ??
    known(
      has(parsed, '--global')
        ? `${ctx.action.home}/.gitconfig`
        : has(parsed, '--system')
          ? '/etc/gitconfig'
          : '.git/config',
      place.span,
    );
  const index = ctx.writeFile(place, file, undefined, []);
  if (value === undefined) return;
  const runs = key.kind !== 'known' || configured(run, key.text, value, 'stored');
  if (key.kind !== 'known') run.opaque('a git setting that cannot be resolved');
  if (runs)
    ctx.emit(place, {
      kind: 'persist',
      target: ctx.path(place, file),
      from: [index],
      args: [{ name: 'config', span: value.span }],
    });
}

function remote(run: ProgramRun): void {
  const [verb, , url] = run.parsed.operands;
  if (url === undefined || !/^(?:add|set-url)$/.test(verb?.text ?? '')) return;
  if (url.text.startsWith('ext::')) reach(run, url, []);
  run.ctx.writeFile(run.place, known('.git/config', run.place.span), undefined, []);
}

function submodule(run: ProgramRun): void {
  const words = run.parsed.operands.slice(1).filter((word) => !/^--(?:recursive|quiet)$/.test(word.text));
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
    if (file.kind === 'known' && /^(?:\.|\.\/|:\/|\*)$/.test(file.text)) rewrite(run, ['irreversible']);
    else ctx.writeFile(place, file, undefined, ['truncate']);
  }
}
