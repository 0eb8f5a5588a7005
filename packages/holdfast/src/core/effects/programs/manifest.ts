// Project files: where a build, test or task finds what to do, and whether that is the workspace's own.
import { isWithin, parentPath } from '../../names/index.ts';
import type { Target } from '../../model/index.ts';
import { known, type Stream, type Value } from '../../shell/value.ts';
import type { ProgramRun } from './program-run.ts';

/** Folders looked through, its own and those above. */
const FOLDERS = 16;

export type Manifest = {
  readonly target: Target;
  /** What this action itself wrote into it before; undefined when it has not touched it. */
  readonly written: Stream | undefined;
  /** It lies in the workspace and this action has not changed it: what it describes is a build of the workspace. */
  readonly own: boolean;
};

/** The project file of this run: the one that a flag names, else what the table says for the name it was called by. */
export function manifestOf(run: ProgramRun): Manifest {
  const given = run.parsed.given.findLast((one) => one.flag.does === 'manifest')?.value;
  if (given === undefined) return manifestAt(run, searched(run));
  const named = manifestAt(run, run.ctx.path(run.place, given));
  // Any file can be named. Only one that is known to be a project file is watched for who wrote it.
  return { ...named, own: named.own && named.target.groups.includes('build-files') };
}

/** The same for a file that is already known. */
export function manifestAt(run: ProgramRun, target: Target): Manifest {
  const written = run.ctx.writtenTo(target);
  return {
    target,
    written,
    own: target.type === 'path' && target.scope === 'workspace' && written === undefined,
  };
}

function searched(run: ProgramRun): Target {
  const { ctx, table, place } = run;
  const row = table.manifests?.get(run.name) ?? table.manifests?.get('*');
  if (row === undefined) return ctx.path(place, known('.', place.span));
  let cwd: Value = place.cwd;
  let first: Target | undefined;
  for (let folder = 0; folder < FOLDERS; folder++) {
    let absent = true;
    let last: Target | undefined;
    for (const file of row.files) {
      last = ctx.path({ ...place, cwd }, known(file, place.span));
      if (last.type !== 'path') return last;
      if (last.exists === true || ctx.writtenTo(last) !== undefined) return last;
      if (last.exists !== false) absent = false;
    }
    first ??= last;
    // Above the workspace begins what is not its own: the search ends where it would leave it.
    if (row.up !== true || !absent || cwd.kind !== 'known' || cwd.text === ctx.action.workspace) break;
    const parent = parentPath(cwd.text);
    if (parent === undefined || !isWithin(ctx.action.workspace, parent)) break;
    cwd = { ...cwd, text: parent, before: parent };
  }
  return first!;
}
