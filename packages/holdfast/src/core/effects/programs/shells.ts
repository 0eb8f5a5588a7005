// Programs that read code: shells and interpreters, from -c, from a file, or from their standard input.
import type { Attribute } from '../../model/index.ts';
import { isDigits, isOf, LETTERS, wordsOf } from '../../names/index.ts';
import { known, NO_STREAM, type Stream, type Value } from '../../shell/value.ts';
import { streamValue } from '../code.ts';
import type { CodePlace, Language } from '../context.ts';
import { opaque } from '../opaque.ts';
import { buildsProject } from './builds.ts';
import { manifestAt } from './manifest.ts';
import { packageScript } from './package-script.ts';
import { cut, has, valueOf } from './parse-args.ts';
import { INLINE, type ProgramRun } from './program-run.ts';

/** bash, sh, zsh …: `-c text name args`, a script file, or standard input. */
export function shell(run: ProgramRun): Stream {
  const { ctx, parsed } = run;
  const operands = parsed.operands.filter(
    (word, index) =>
      !(index === 0 && word.kind === 'known' && word.text.startsWith('+') && isOf(word.text.slice(1), LETTERS)),
  );
  const interactive = has(parsed, '-i');
  // `-n` reads commands and runs none.
  if (has(parsed, '-n') && !interactive) {
    for (const operand of has(parsed, '-c') ? [] : operands.slice(0, 1)) run.do('read', operand, [], true);
    return NO_STREAM;
  }
  const rc = interactive ? valueOf(parsed, '--rcfile') : undefined;
  if (rc !== undefined) ctx.scriptFile(place(run), rc, 'shell');
  if (interactive || run.invocation.stdin !== undefined) remoteShell(run, interactive);
  if (has(parsed, '-c')) {
    const text = operands[0];
    if (text === undefined) return run.data;
    const rest = operands.slice(1);
    return ctx.script({ ...place(run), args: rest.length === 0 ? [run.invocation.argv[0]!] : rest }, text, INLINE);
  }
  const file = operands[0];
  if (file !== undefined && !has(parsed, '-s')) {
    if (file.kind === 'known' && ['/dev/stdin', '/dev/fd/0'].includes(file.text)) return readsInput(run, 'shell');
    return ctx.scriptFile({ ...place(run), args: operands }, file, 'shell');
  }
  return readsInput(run, 'shell');
}

const LANGUAGES: { readonly [program: string]: Language } = {
  python: 'python',
  pypy: 'python',
  ipython: 'python',
  node: 'javascript',
  nodejs: 'javascript',
  deno: 'javascript',
  tsx: 'javascript',
  perl: 'perl',
  ruby: 'ruby',
  irb: 'ruby',
  php: 'php',
  pwsh: 'powershell',
  powershell: 'powershell',
};

/** python, node, perl, ruby, php …: code flags are rows of the table; then a script file or standard input. */
export function interpreter(run: ProgramRun): Stream {
  const { parsed, ctx } = run;
  const language = LANGUAGES[run.table.program] ?? 'other';
  const codeGiven = parsed.given.some((one) => one.flag.does?.startsWith('code:') === true);
  run.rows();
  const module = valueOf(parsed, '-m');
  if (module !== undefined && language === 'python') return pythonModule(run, module);
  if (language === 'javascript') {
    const script = valueOf(parsed, '--run');
    if (script !== undefined) return packageScript(run, script, parsed.operands);
    const reporter = valueOf(parsed, '--test-reporter');
    if (reporter !== undefined && isPathLike(reporter)) ctx.scriptFile(place(run), reporter, language);
    if (has(parsed, '--test')) return tests(run);
  }
  // A server of files is no prompt.
  if (run.table.program === 'php' && has(parsed, '-S') && parsed.operands.length === 0) return run.data;
  const debugs = run.table.program === 'node' && parsed.operands[0]?.text === 'inspect';
  const operands = debugs ? parsed.operands.slice(1) : parsed.operands;
  const file = operands[0];
  if (codeGiven) {
    // `perl -pe` and its likes read the files named after the code.
    if (language === 'perl' || language === 'ruby')
      for (const operand of parsed.operands) run.do(has(parsed, '-i') ? 'write' : 'read', operand, [], true);
    return run.data;
  }
  if (file !== undefined && !(file.kind === 'known' && (file.text === '-' || file.text === '/dev/stdin'))) {
    if (isAddress(file)) return fromElsewhere(run, file);
    const follow = (): Stream => ctx.scriptFile({ ...place(run), args: operands }, file, language);
    return isProjectFile(run, file) ? ctx.building(true, follow) : follow();
  }
  return readsInput(run, language);
}

/** A module by an address: what a runtime fetches and runs at once. */
function isAddress(file: Value): boolean {
  const head = file.kind === 'unknown' ? file.before : file.text;
  return ['http://', 'https://', 'npm:', 'jsr:'].some((start) => head.startsWith(start));
}

function fromElsewhere(run: ProgramRun, file: Value): Stream {
  const { ctx } = run;
  const head = file.kind === 'unknown' ? file.before : file.text;
  const registry = ['npm:', 'jsr:'].find((start) => head.startsWith(start));
  const attributes: Attribute[] = ['script'];
  const from: number[] = [];
  if (registry === undefined) {
    attributes.push('fetched');
    const args = [{ name: 'url', span: file.span }];
    from.push(ctx.emit(run.place, { kind: 'net.connect', target: ctx.host(file), attributes: ['download'], args }));
  } else run.do('package', cut(file, registry.length), ['unpinned'], true);
  const target = ctx.program(known(run.name, file.span));
  const index = ctx.emit(run.place, { kind: 'code.eval', target, attributes, from });
  opaque(ctx, run.place, 'code that is fetched and run at once', attributes, [index]);
  return { from: [index], decoded: false, fetched: true };
}

function isPathLike(value: Value): boolean {
  return value.kind !== 'known' || ['.', '/', '~'].includes(value.text[0] ?? '');
}

/** `setup.py` and its likes: the project's own description of its build, run as a program. */
function isProjectFile(run: ProgramRun, file: Value): boolean {
  if (file.kind !== 'known') return false;
  const name = file.text.slice(file.text.lastIndexOf('/') + 1);
  const listed = [...(run.table.manifests?.values() ?? [])].some((row) => row.files.includes(name));
  return listed && manifestAt(run, run.ctx.path(run.place, file)).own;
}

/** `node --test`: the files named, or the tests of the project that it finds by itself. */
function tests(run: ProgramRun): Stream {
  const { ctx, parsed } = run;
  if (parsed.operands.length === 0) return buildsProject(run);
  return ctx.building(true, () => {
    for (const file of parsed.operands) run.take(ctx.scriptFile(place(run), file, 'javascript'));
    return run.data;
  });
}

function pythonModule(run: ProgramRun, module: Value): Stream {
  if (module.kind !== 'known') {
    run.opaque(module.why);
    return run.data;
  }
  const name = module.text;
  // The words behind the module's name are its own, flags included: find them in argv.
  const at = run.invocation.argv.findIndex((word) => word.text === name || word.text === `-m${name}`) + 1;
  const rest = run.invocation.argv.slice(at);
  if (PROGRAM_MODULES.has(name)) return run.start({ argv: [known(name, module.span), ...rest] });
  if (name === 'http.server' || name === 'SimpleHTTPServer') {
    run.net(
      'listen',
      rest[0] !== undefined && rest[0].kind === 'known' && isDigits(rest[0].text)
        ? known(`0.0.0.0:${rest[0].text}`, module.span)
        : known('0.0.0.0:8000', module.span),
      [],
    );
    return run.data;
  }
  if (name === 'json.tool') {
    const files = rest.filter((word) => !word.text.startsWith('-'));
    if (files[0] !== undefined) run.do('read', files[0], [], true);
    if (files[1] !== undefined) run.do('write', files[1], [], true);
    return run.data;
  }
  if (name === 'unittest') return buildsProject(run);
  if (ARCHIVE_MODULES.has(name)) {
    const [flag, archive, into] = rest;
    if (archive !== undefined) run.do(flag?.text.includes('c') === true ? 'write' : 'read', archive, [], true);
    if (flag?.text.includes('e') === true) run.do('write', into ?? known('.', module.span), ['recursive'], true);
    return run.data;
  }
  if (name === 'pydoc' && rest.some((word) => word.text === '-p' || word.text === '-n')) {
    run.net('listen', known('0.0.0.0', module.span), []);
    return run.data;
  }
  if (name === 'webbrowser') {
    const url = rest.find((word) => !word.text.startsWith('-'));
    if (url !== undefined) run.do('connect', url, [], true);
    return run.data;
  }
  if (SAFE_MODULES.has(name)) return run.data;
  if (
    name === 'code' ||
    name === 'asyncio' ||
    name === 'timeit' ||
    name === 'cProfile' ||
    name === 'pdb' ||
    name === 'trace' ||
    name === 'runpy'
  )
    run.opaque(`the module ${name} runs code`, INLINE);
  else {
    const index = run.ctx.emit(run.place, {
      kind: 'code.eval',
      target: run.ctx.program(known(name, module.span)),
      attributes: ['script'],
      args: [{ name: 'module', span: module.span }],
    });
    opaque(run.ctx, run.place, `the module ${name} is not followed`, ['script'], [index]);
  }
  return run.data;
}

/** Modules that are programs by the same name. */
const PROGRAM_MODULES: ReadonlySet<string> = new Set(
  wordsOf('pip uv pytest venv virtualenv tox nox poetry invoke pipx pdm hatch ipython'),
);
/** Archives: `-e FILE DIR` unpacks. */
const ARCHIVE_MODULES: ReadonlySet<string> = new Set(['tarfile', 'zipfile']);

const SAFE_MODULES: ReadonlySet<string> = new Set([
  'py_compile',
  'compileall',
  'mypy',
  'black',
  'ruff',
  'flake8',
  'isort',
  'site',
  'platform',
  'calendar',
  'tokenize',
  'ast',
  'dis',
]);

/** Standard input is code. Without any it is a prompt that takes further commands unseen. */
export function readsInput(run: ProgramRun, language: Language): Stream {
  const { ctx, invocation } = run;
  const { stdin } = invocation;
  if (stdin === undefined) {
    if (invocation.depth === 0 || has(run.parsed, '-i')) run.opaque(`${run.name} waits for commands`, ['interactive']);
    return { from: [run.exec], decoded: false, fetched: false };
  }
  const at: CodePlace = { ...place(run), stdin: undefined };
  if (stdin.text !== undefined) return ctx.code(at, language, streamValue(stdin, run.place.span), STDIN);
  if (!stdin.fetched && !stdin.decoded && stdin.from.length === 1) {
    const source = ctx.effect(stdin.from[0]!);
    const file = source?.kind === 'file.read' ? ctx.spelled(source.target) : undefined;
    if (source !== undefined && file?.type === 'path' && !source.attributes.includes('glob')) {
      return ctx.scriptFile(at, { ...known(file.name, source.span), from: stdin.from }, language);
    }
  }
  return ctx.code(at, language, streamValue(stdin, run.place.span), STDIN);
}

const STDIN: readonly Attribute[] = ['stdin'];

function place(run: ProgramRun): CodePlace {
  const { invocation } = run;
  return {
    ...run.place,
    env: invocation.env,
    stdin: invocation.stdin,
    ...(invocation.stdout === undefined ? {} : { stdout: invocation.stdout }),
  };
}

/** A shell whose input is a connection, or an interactive one whose output is: whoever is at the other end gives the commands. */
function remoteShell(run: ProgramRun, interactive: boolean): void {
  const { ctx, invocation } = run;
  const connections = (indexes: readonly number[] | undefined): readonly number[] =>
    (indexes ?? []).filter((index) => {
      const kind = ctx.effect(index)?.kind;
      return kind === 'net.connect' || kind === 'net.listen' || kind === 'net.send';
    });
  const input = connections(invocation.stdin?.from);
  const output = connections(invocation.stdout);
  const both = input.length > 0 && output.some((index) => input.includes(index));
  if (!both && !(interactive && (output.length > 0 || input.length > 0))) return;
  for (const index of [...input, ...output]) {
    const kind = ctx.effect(index)?.kind;
    if (kind !== 'net.send') ctx.mark(index, 'remote-shell');
  }
}
