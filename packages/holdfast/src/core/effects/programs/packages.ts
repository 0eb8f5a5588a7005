// Package managers and task runners: what is installed from where, and which script of the workspace runs.
import type { Attribute } from '../../model/index.ts';
import { known, type Stream, type Value } from '../../shell/value.ts';
import { standardOutputOf } from './output.ts';
import { packageScript } from './package-script.ts';
import { cut, has, valueOf } from './parse-args.ts';
import type { ProgramRun } from './program-run.ts';

/** Emits one installation. Python pins with `==`, npm with an exact version; addresses and branches are never pinned. */
function install(run: ProgramRun, word: Value, python: boolean, scripts: boolean): void {
  const { ctx, place } = run;
  const text = word.kind === 'unknown' ? word.before : word.text;
  const attributes: Attribute[] = [];
  if (scripts) attributes.push('scripts');
  const args = [{ name: 'package', span: word.span }];
  const url = /^(?:git\+|https?:|git:|ssh:|git@|github:|gitlab:|bitbucket:)/i.test(text);
  if (
    word.kind === 'known' &&
    !url &&
    (/^(?:\.{1,2}(?:\/|$)|\/|~\/|file:|link:|-e$)/.test(text) || /\.(?:whl|tgz|tar\.gz)$/.test(text))
  ) {
    const file = { ...word, text: text.replace(/^(?:file|link):/, '').replace(/\[[^\]]*\]$/, '') };
    run.made.push(ctx.emit(place, { kind: 'package.install', target: ctx.path(place, file), attributes, args }));
    return;
  }
  const pinned =
    word.kind === 'known' &&
    !url &&
    (python ? /===?\s*[\w.!+-]+$|@\s*file:/.test(text) : /.@\d+\.\d+\.\d+(?:[-+][\w.-]+)?$/.test(text));
  if (!pinned) attributes.push('unpinned');
  if (url) {
    const address = text
      .replace(/^git\+/, '')
      .replace(
        /^(github|gitlab|bitbucket):/,
        (_all, host: string) => `https://${host}.${host === 'bitbucket' ? 'org' : 'com'}/`,
      );
    const host = { ...word, text: address };
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

/** npm, pnpm, yarn, bun: verbs install, ci, exec, run, publish, config. */
export function npm(run: ProgramRun): Stream {
  const { parsed, ctx } = run;
  const directory = valueOf(parsed, '--prefix') ?? valueOf(parsed, '-C');
  if (directory !== undefined) run.chdir(directory);
  run.rows();
  const scripts = !has(parsed, '--ignore-scripts');
  const verb = parsed.verbs[0] ?? (run.name === 'yarn' || run.name === 'yarnpkg' ? 'install' : '');
  if (/^(?:install|i|add|in|isntall|update|up|upgrade|link|ln|global)$/.test(verb)) {
    const words = verb === 'global' ? parsed.operands.slice(1) : parsed.operands;
    if (words.length === 0) installAll(run, verb !== 'update' && verb !== 'up' && verb !== 'upgrade', scripts);
    for (const word of words) install(run, word, false, scripts);
  } else if (/^(?:ci|clean-install|install-test|cit|rebuild|rb|dedupe)$/.test(verb)) installAll(run, true, scripts);
  else if (/^(?:exec|x|dlx|create|init)$/.test(verb)) {
    if (verb === 'create' || verb === 'init') {
      const name = parsed.operands[0];
      if (name !== undefined)
        install(
          run,
          name.kind === 'known' ? { ...name, text: name.text.replace(/^(@[^/]+\/)?/, '$1create-') } : name,
          false,
          true,
        );
    } else return npx(run);
  } else if (/^(?:run|run-script|rum|urn|test|t|tst|start|stop|restart)$/.test(verb)) {
    const name =
      verb.startsWith('r') && verb !== 'restart'
        ? parsed.operands[0]
        : known(verb === 't' || verb === 'tst' ? 'test' : verb, run.place.span);
    if (name !== undefined) return packageScript(run, name, parsed.operands.slice(verb.startsWith('run') ? 1 : 0));
  } else if (verb === 'pkg' && parsed.operands[0]?.text === 'set') {
    ctx.writeFile(run.place, known('package.json', run.place.span), undefined);
    for (const word of parsed.operands.slice(1)) {
      const match = /^scripts\.[^=]+=/.exec(word.kind === 'unknown' ? word.before : word.text);
      if (match !== null) ctx.script({ ...run.place, certain: false }, cut(word, match[0].length), ['inline']);
    }
  } else if (verb === 'config' || verb === 'set' || (verb === 'c' && run.name !== 'bun')) {
    const words = parsed.operands.filter((word) => !/^(?:set|get|list|ls|delete)$/.test(word.text));
    const text = words.map((word) => word.text).join('=');
    const [key] = text.split('=');
    if (words.length > 0 && !/^(?:get|list|ls)$/.test(parsed.operands[0]?.text ?? '') && text.includes('=')) {
      const file = known(
        has(parsed, '-g', '--global') || !/project/.test(valueOf(parsed, '--location')?.text ?? '')
          ? `${ctx.action.home}/.npmrc`
          : '.npmrc',
        run.place.span,
      );
      const index = ctx.writeFile(run.place, file, undefined);
      if (
        /^(?:script-shell|shell|git|editor|node-options|init-module|registry|.*:registry|ignore-scripts|strict-ssl|proxy|https-proxy)$/.test(
          key ?? '',
        )
      )
        ctx.emit(run.place, { kind: 'persist', target: ctx.path(run.place, file), from: [index] });
    }
  } else if (
    verb !== '' &&
    (run.name === 'yarn' || run.name === 'pnpm' || run.name === 'bun') &&
    parsed.spec.permute &&
    !KNOWN.has(verb)
  ) {
    // yarn and pnpm run a script by its bare name.
    if (run.name === 'bun' && /[./]/.test(verb))
      return ctx.scriptFile(run.place, known(verb, run.place.span), 'javascript');
    return packageScript(run, known(verb, run.place.span), parsed.operands);
  }
  return standardOutputOf(run);
}

const KNOWN: ReadonlySet<string> = new Set(
  'publish remove rm uninstall un r outdated list ls ll why view info show audit pack version whoami login logout cache help bin root prune fund search doctor ping unpublish deprecate owner dist-tag access token team store patch workspaces workspace licenses set node explain repo docs bugs completion'.split(
    ' ',
  ),
);

/** npx, dlx, bunx: a program of the project, or else a package fetched and run. */
export function npx(run: ProgramRun): Stream {
  const { parsed, ctx, invocation } = run;
  const text = valueOf(parsed, '-c');
  for (const one of parsed.given)
    if (one.flag.name === '-p' && one.value !== undefined) install(run, one.value, false, true);
  if (text !== undefined) return ctx.script(run.place, text, ['inline']);
  const at = parsed.at[0];
  if (at === undefined) return run.data;
  const word = invocation.argv[at]!;
  const own =
    word.kind === 'known' && /^(?:@[\w.-]+\/)?[\w.-]+$/.test(word.text) && !has(parsed, '-p')
      ? known(`node_modules/.bin/${word.text.split('/').pop()!}`, word.span)
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
  if (!has(parsed, '-p') && !has(parsed, '--no-install')) install(run, word, false, true);
  const name =
    word.kind === 'known'
      ? word.text
          .replace(/(?<=.)@[^@/]*$/, '')
          .split('/')
          .pop()!
      : '';
  // The program runs as itself: an agent started through npx is an agent.
  return name === ''
    ? run.data
    : run.start({ argv: [{ ...word, text: name, before: name }, ...invocation.argv.slice(at + 1)] });
}

/** pip, uv pip, pipx, poetry: packages, requirement files, other indexes. */
export function pip(run: ProgramRun): Stream {
  const { parsed, ctx } = run;
  run.rows();
  const verb = parsed.verbs[parsed.verbs.length - 1] ?? '';
  for (const one of parsed.given) {
    if (one.value === undefined) continue;
    if (one.flag.name === '-e') install(run, one.value, true, true);
    if (one.flag.name === '--with' || one.flag.name === '--from') install(run, one.value, true, true);
  }
  if (/^(?:install|add|download|wheel|inject|upgrade)$/.test(verb)) {
    for (const word of parsed.operands) install(run, word, true, true);
    if (has(parsed, '-r')) installAll(run, has(parsed, '--require-hashes'), true);
    else if (parsed.operands.length === 0 && !has(parsed, '-e')) installAll(run, true, true);
  } else if (/^(?:sync|lock)$/.test(verb)) installAll(run, true, true);
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
      if (!has(parsed, '--from')) install(run, run.invocation.argv[at]!, true, true);
      return run.tail(at);
    }
  }
  return standardOutputOf(run);
}

/** apt, brew, dnf, cargo, go, gem …: every operand is a package. */
export function systemPackages(run: ProgramRun): Stream {
  run.rows();
  for (const word of run.parsed.operands) install(run, word, false, true);
  return standardOutputOf(run);
}
