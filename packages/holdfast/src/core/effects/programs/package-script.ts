// Scripts of package.json: named in the project file, lowered as the shell text that they are.
import { isObject, limits, text as textAt, type Attribute, type Json } from '../../model/index.ts';
import { known, type Stream, type Value } from '../../shell/value.ts';
import { opaque } from '../opaque.ts';
import { joined } from '../sources.ts';
import { manifestOf } from './manifest.ts';
import { type ProgramRun } from './program-run.ts';

const SCRIPT: readonly Attribute[] = ['script'];

/** Runs the script `name` with its `pre` and `post`; `rest` are the words behind it. */
export function packageScript(run: ProgramRun, name: Value, rest: readonly Value[]): Stream {
  const { ctx, place } = run;
  const { target, written, own } = manifestOf(run);
  const index = ctx.emit(place, {
    kind: 'code.eval',
    target,
    attributes: ['script'],
    args: [{ name: 'script', span: name.span }],
  });
  const out: Stream = { from: [index], decoded: false, fetched: false };
  const lost = (why: string, attributes: readonly Attribute[]): Stream => {
    opaque(ctx, place, why, attributes, [index]);
    return out;
  };
  if (target.type !== 'path' || name.kind !== 'known')
    return lost('a script of a project that cannot be resolved', UNREAD);
  if (written !== undefined) return lost('scripts that this action itself has changed', UNREAD);
  const fact = ctx.fact({ ask: 'text', path: target.name, max: limits.SCRIPT_BYTES });
  if (fact === undefined) return out;
  const scripts = 'got' in fact && typeof fact.got === 'string' ? scriptsOf(fact.got) : undefined;
  if (scripts === undefined) {
    // Nobody looked: then it is what any other project file is. Somebody looked and could not read it: that is no build.
    const unseen = own && 'none' in fact && fact.none === 'unknown';
    return lost(
      `the scripts of ${target.name} could not be read`,
      unseen ? joined(UNREAD, ['workspace-build']) : UNREAD,
    );
  }
  ctx.building(own, () => {
    for (const key of [`pre${name.text}`, name.text, `post${name.text}`]) {
      const text = textAt(scripts, key);
      if (text === undefined) continue;
      const code: Value = { ...known(text + (key === name.text ? quoted(rest) : ''), name.span), from: [index] };
      ctx.script({ ...place, cwd: folderOf(target.name, place.cwd), env: run.invocation.env }, code, SCRIPT);
    }
  });
  return out;
}

const UNREAD: readonly Attribute[] = ['script', 'unread'];

/** Package managers run a script in the folder of its package.json. */
function folderOf(file: string, cwd: Value): Value {
  const folder = file.slice(0, file.lastIndexOf('/')) || '/';
  return { ...known(folder, cwd.span), from: cwd.from };
}

function quoted(rest: readonly Value[]): string {
  return rest
    .filter((word) => word.text !== '--')
    .map((word) => (word.kind === 'known' ? ` '${word.text.replaceAll("'", `'\\''`)}'` : ''))
    .join('');
}

function scriptsOf(text: string): Json | undefined {
  try {
    const parsed = JSON.parse(text) as Json;
    if (!isObject(parsed)) return undefined;
    return parsed['scripts'] ?? {};
  } catch (thrown) {
    // A package.json that does not parse runs no script; npm itself would stop here, but who knows which npm.
    if (thrown instanceof SyntaxError) return undefined;
    throw thrown;
  }
}
