// cd, pushd, popd: where later commands of the text run.
import { isDigits, isFlags } from '../../names/index.ts';
import { known, unknown, type Stream, type Value } from '../../shell/value.ts';
import type { Builtin, Call } from './builtins.ts';
import { SILENT } from './stream.ts';
import type { Walker } from './walker.ts';

function operandsOf(call: Call): readonly Value[] {
  const args = call.argv.slice(1);
  while (args[0]?.kind === 'known' && isFlags(args[0].text, 'LPe@n')) args.shift();
  if (args[0]?.kind === 'known' && args[0].text === '--') args.shift();
  return args;
}

/** The directory a name leads to from here. Links and `..` are left to the resolver of paths, which observes them. */
function directory(walker: Walker, name: Value): Value {
  const { cwd, oldpwd } = walker.scope.state;
  if (name.kind === 'known') {
    if (name.text === '-') return oldpwd ?? unknown('the directory before', name.span);
    if (name.text === '' || name.text === '.') return cwd;
    if (name.text.startsWith('/')) return name;
    if (cwd.kind === 'known')
      return { ...name, text: joined(cwd.text, name.text), before: joined(cwd.text, name.text) };
    return unknown(cwd.why, name.span, cwd.before, `/${name.text}`, cwd.from);
  }
  const why = name.kind === 'pattern' ? 'a directory named by a pattern' : name.why;
  const before = name.before.startsWith('/') ? name.before : cwd.kind === 'known' ? joined(cwd.text, name.before) : '';
  return unknown(why, name.span, name.kind === 'pattern' ? '' : before, '', name.from);
}

function joined(base: string, name: string): string {
  return base.endsWith('/') ? `${base}${name}` : `${base}/${name}`;
}

function enter(walker: Walker, to: Value): Stream {
  const { state } = walker.scope;
  state.oldpwd = state.cwd;
  state.cwd = to;
  state.status = undefined;
  return SILENT;
}

function cd(walker: Walker, call: Call): Stream {
  const name = operandsOf(call)[0];
  const home = walker.scope.get('HOME')?.value ?? known(walker.scope.home, call.span);
  const cdpath = walker.scope.get('CDPATH')?.value;
  const to = name === undefined ? home : directory(walker, name);
  // With CDPATH set by the text a bare name may lead somewhere else.
  const searched =
    cdpath !== undefined &&
    !(cdpath.kind === 'known' && cdpath.text === '') &&
    name !== undefined &&
    !isPlaced(name.text);
  return enter(walker, searched ? unknown('a directory looked up through CDPATH', call.span) : to);
}

/** Leads where it says, whatever CDPATH holds: absolute, `.`, `..`, `-`. */
function isPlaced(name: string): boolean {
  const slash = name.indexOf('/');
  return slash === 0 || name === '-' || ['.', '..'].includes(slash < 0 ? name : name.slice(0, slash));
}

function pushd(walker: Walker, call: Call): Stream {
  const { state } = walker.scope;
  const name = operandsOf(call)[0];
  if (
    name === undefined ||
    (name.kind === 'known' && '-+'.includes(name.text[0] ?? ' ') && isDigits(name.text.slice(1)))
  ) {
    const top = state.dirs[0];
    if (name !== undefined || top === undefined) return enter(walker, unknown('a directory of the stack', call.span));
    state.dirs = [state.cwd, ...state.dirs.slice(1)];
    return enter(walker, top);
  }
  state.dirs = [state.cwd, ...state.dirs];
  return enter(walker, directory(walker, name));
}

function popd(walker: Walker, call: Call): Stream {
  const { state } = walker.scope;
  const top = state.dirs[0];
  if (call.argv.length > 1 || top === undefined) return enter(walker, unknown('a directory of the stack', call.span));
  state.dirs = state.dirs.slice(1);
  return enter(walker, top);
}

export const DIRECTORY_BUILTINS: { readonly [name: string]: Builtin } = { cd, chdir: cd, pushd, popd };
