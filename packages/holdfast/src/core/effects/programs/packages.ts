// Package managers and task runners: what is installed from where, and which script of the workspace runs.
import type { Attribute } from '../../model/index.ts';
import { baseName, hasOf, isOf, WORD, wordsOf } from '../../names/index.ts';
import { known, type Stream, type Value } from '../../shell/value.ts';
import { standardOutputOf } from './output.ts';
import { packageScript } from './package-script.ts';
import { packageSpec, type Manager } from './package-spec.ts';
import { cut, has, valueOf } from './parse-args.ts';
import type { ProgramRun } from './program-run.ts';

/** Emits one installation. What is named by an address or a branch is never pinned. */
function install(run: ProgramRun, word: Value, manager: Manager, scripts: boolean): void {
  const { ctx, place } = run;
  const spec = packageSpec(word.kind === 'unknown' ? word.before : word.text, manager);
  const attributes: Attribute[] = [];
  if (scripts) attributes.push('scripts');
  const args = [{ name: 'package', span: word.span }];
  if (word.kind === 'known' && spec.kind === 'file') {
    const file = { ...word, text: spec.path };
    run.made.push(ctx.emit(place, { kind: 'package.install', target: ctx.path(place, file), attributes, args }));
    return;
  }
  if (word.kind !== 'known' || spec.kind !== 'registry' || !spec.pinned) attributes.push('unpinned');
  if (spec.kind === 'address') {
    const host = { ...word, text: spec.address };
    ctx.emit(place, { kind: 'net.connect', target: ctx.host(host), attributes: ['download'], args });
    attributes.push('fetched');
  }
  run.made.push(
    ctx.emit(place, { kind: 'package.install', target: ctx.program(word, true), attributes, from: word.from, args }),
  );
}

/** Everything that the project itself lists: pinned when a lock file decides. */
function installAll(run: ProgramRun, locked: boolean, scripts: boolean): void {
  const attributes: Attribute[] = [];
  if (scripts) attributes.push('scripts');
  if (!locked) attributes.push('unpinned');
  run.made.push(
    run.ctx.emit(run.place, {
      kind: 'package.install',
      target: run.ctx.path(run.place, known('.', run.place.span)),
      attributes,
    }),
  );
}

const set = (words: string): ReadonlySet<string> => new Set(wordsOf(words));

/** Verbs of npm and its likes, by what they do. */
const INSTALLS = set('install i add in isntall update up upgrade link ln global');
const UPDATES = set('update up upgrade');
const INSTALLS_ALL = set('ci clean-install install-test cit rebuild rb dedupe');
const RUNS_PACKAGE = set('exec x dlx');
const CREATES = set('create init');
const RUNS_NAMED = set('run run-script rum urn');
const RUNS_ITSELF = set('test t tst start stop restart');
const KNOWN =
  set(`publish remove rm uninstall un r outdated list ls ll why view info show audit pack version whoami login logout
  cache help bin root prune fund search doctor ping unpublish deprecate owner dist-tag access token team store patch workspaces
  workspace licenses set node explain repo docs bugs completion`);
/** Words between `npm config` and the key, those that only ask, and keys that decide what runs or where packages come from. */
const CONFIG_VERBS = set('set get list ls delete');
const CONFIG_ASKS = set('get list ls');
const CONFIG_RUNS =
  set(`script-shell shell git editor node-options init-module registry ignore-scripts strict-ssl proxy https-proxy
  noproxy cafile ca`);

/** npm, pnpm, yarn, bun: verbs install, ci, exec, run, publish, config. */
export function npm(run: ProgramRun): Stream {
  const { parsed, ctx } = run;
  const directory = valueOf(parsed, '--prefix', '-C', '--cwd');
  if (directory !== undefined) run.chdir(directory);
  run.rows();
  const scripts = !has(parsed, '--ignore-scripts');
  const verb = parsed.verbs[0] ?? (run.name === 'yarn' || run.name === 'yarnpkg' ? 'install' : '');
  const { operands } = parsed;
  if (INSTALLS.has(verb)) {
    const words = verb === 'global' ? operands.slice(1) : operands;
    if (words.length === 0) installAll(run, !UPDATES.has(verb), scripts);
    for (const word of words) install(run, word, 'npm', scripts);
  } else if (INSTALLS_ALL.has(verb)) installAll(run, true, scripts);
  else if (RUNS_PACKAGE.has(verb)) return npx(run);
  else if (CREATES.has(verb)) {
    const name = operands[0];
    if (name !== undefined) install(run, created(name), 'npm', true);
  } else if (RUNS_NAMED.has(verb)) {
    if (operands[0] !== undefined) return packageScript(run, operands[0], operands.slice(1));
  } else if (RUNS_ITSELF.has(verb)) {
    const name = verb === 't' || verb === 'tst' ? 'test' : verb;
    return packageScript(run, known(name, run.place.span), operands);
  } else if (verb === 'pkg' && operands[0]?.text === 'set') {
    ctx.writeFile(run.place, known('package.json', run.place.span), undefined);
    for (const word of operands.slice(1)) {
      const head = word.kind === 'unknown' ? word.before : word.text;
      const equals = head.indexOf('=');
      if (equals > 0 && head.startsWith('scripts.'))
        ctx.script({ ...run.place, certain: false }, cut(word, equals + 1), ['inline']);
    }
  } else if (verb === 'config' || verb === 'set' || (verb === 'c' && run.name !== 'bun')) configure(run);
  else if (
    verb !== '' &&
    ['yarn', 'pnpm', 'bun'].includes(run.name) &&
    (parsed.spec.permute || run.name === 'bun') &&
    !KNOWN.has(verb)
  ) {
    // yarn and pnpm run a script by its bare name.
    if (run.name === 'bun' && hasOf(verb, './'))
      return ctx.scriptFile(run.place, known(verb, run.place.span), 'javascript');
    return packageScript(run, known(verb, run.place.span), operands);
  }
  return standardOutputOf(run);
}

/** `npm create x` installs and runs `create-x`; of a scope, `@s/create-x`. */
function created(name: Value): Value {
  if (name.kind !== 'known') return name;
  const slash = name.text.startsWith('@') ? name.text.indexOf('/') + 1 : 0;
  return { ...name, text: `${name.text.slice(0, slash)}create-${name.text.slice(slash)}` };
}

/** `npm config set key=value`, `npm set key value`. */
function configure(run: ProgramRun): void {
  const { parsed, ctx, place } = run;
  if (CONFIG_ASKS.has(parsed.operands[0]?.text ?? '')) return;
  const words = parsed.operands.filter((word) => !CONFIG_VERBS.has(word.text)).map((word) => word.text);
  const text = words.join('=');
  const equals = text.indexOf('=');
  if (equals < 0) return;
  const own = valueOf(parsed, '--location')?.text === 'project' && !has(parsed, '-g');
  const file = known(own ? '.npmrc' : `${ctx.action.home}/.npmrc`, place.span);
  const index = ctx.writeFile(place, file, undefined);
  const key = text.slice(0, equals);
  // A registry may stand for one scope: `@scope:registry`.
  if (CONFIG_RUNS.has(key) || key.endsWith(':registry'))
    ctx.emit(place, { kind: 'persist', target: ctx.path(place, file), from: [index] });
}

/** npx, dlx, bunx: a program of the project, or else a package fetched and run. */
export function npx(run: ProgramRun): Stream {
  const { parsed, ctx, invocation } = run;
  const text = valueOf(parsed, '-c');
  for (const one of parsed.given)
    if (one.flag.name === '-p' && one.value !== undefined) install(run, one.value, 'npm', true);
  if (text !== undefined) return ctx.script(run.place, text, ['inline']);
  const at = parsed.at[0];
  if (at === undefined) return run.data;
  const word = invocation.argv[at]!;
  const own =
    word.kind === 'known' && isPackageName(word.text) && !has(parsed, '-p')
      ? known(`node_modules/.bin/${baseName(word.text)}`, word.span)
      : undefined;
  const target =
    own === undefined || (run.name === 'bunx' && has(parsed, '--bun')) ? undefined : ctx.path(run.place, own);
  if (target?.exists === true) {
    ctx.emit(run.place, {
      kind: 'process.exec',
      target,
      attributes: ['script'],
      args: [{ name: 'program', span: word.span }],
    });
    return run.data;
  }
  if (!has(parsed, '-p') && !has(parsed, '--no-install')) install(run, word, 'npm', true);
  const name = word.kind === 'known' ? baseName(withoutVersion(word.text)) : '';
  // The program runs as itself: an agent started through npx is an agent.
  return name === ''
    ? run.data
    : run.start({ argv: [{ ...word, text: name, before: name }, ...invocation.argv.slice(at + 1)] });
}

/** `name` or `@scope/name`, without a version. */
function isPackageName(text: string): boolean {
  const slash = text.startsWith('@') ? text.indexOf('/') : 0;
  if (slash < 0) return false;
  const name = slash === 0 ? text : text.slice(slash + 1);
  return isOf(name, `${WORD}.-`) && (slash === 0 || isOf(text.slice(1, slash), `${WORD}.-`));
}

function withoutVersion(text: string): string {
  const at = text.lastIndexOf('@');
  return at > 0 && !text.slice(at).includes('/') ? text.slice(0, at) : text;
}

const PIP_INSTALLS = set('install add download wheel inject upgrade');
const PIP_INSTALLS_ALL = set('sync lock');

/** pip, uv pip, pipx, poetry: packages, requirement files, other indexes. */
export function pip(run: ProgramRun): Stream {
  const { parsed, ctx } = run;
  run.rows();
  const verb = parsed.verbs[parsed.verbs.length - 1] ?? '';
  for (const one of parsed.given) {
    if (one.value === undefined) continue;
    if (one.flag.name === '-e') install(run, one.value, 'python', true);
    if (one.flag.name === '--with' || one.flag.name === '--from') install(run, one.value, 'python', true);
  }
  if (PIP_INSTALLS.has(verb)) {
    for (const word of parsed.operands) install(run, word, 'python', true);
    if (has(parsed, '-r')) installAll(run, has(parsed, '--require-hashes'), true);
    else if (parsed.operands.length === 0 && !has(parsed, '-e')) installAll(run, true, true);
  } else if (PIP_INSTALLS_ALL.has(verb)) installAll(run, true, true);
  else if (verb === 'run') {
    const at = parsed.at[0];
    if (at !== undefined) {
      const word = run.invocation.argv[at]!;
      if (word.kind === 'known' && word.text.endsWith('.py'))
        return ctx.scriptFile({ ...run.place, args: run.invocation.argv.slice(at) }, word, 'python');
      return run.tail(at);
    }
  } else if (verb === 'x') {
    const at = parsed.at[0];
    if (at !== undefined) {
      if (!has(parsed, '--from')) install(run, run.invocation.argv[at]!, 'python', true);
      return run.tail(at);
    }
  }
  return standardOutputOf(run);
}

/** apt, brew, dnf, cargo, go, gem …: every operand is a package. */
export function systemPackages(run: ProgramRun): Stream {
  run.rows();
  for (const word of run.parsed.operands) install(run, word, 'other', true);
  return standardOutputOf(run);
}
