// The files that rules come from, by scope: read into one set of rules, or the list of what is wrong with file, line and column.
import { lstatSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { EngineRules } from '../core/engine/index.ts';
import { DEFAULT_GROUPS, holdfastGroup, mergeSettings, type SettingsLayer } from '../core/settings/index.ts';
import { problemLine, readSettingsFile } from '../edge/settings/index.ts';
import { UserError } from './cli/errors.ts';
import type { Home } from './home.ts';
import { loadRules } from './load-rules.ts';

export type RulesPlace = { readonly home: Home; readonly etc: string; readonly key: string };
export type Loaded = { readonly rules: EngineRules; readonly notices: readonly string[] };
export type Problems = { readonly problems: readonly string[] };

/** The folder of a workspace whose files speak for the project scope. */
export const PROJECT_FOLDER = '.holdfast';
/** Most entries of one folder of rules that are looked at for changes; what has more is refused when it is read. */
const MOST_ENTRIES = 4_000;

/** Everything of these scopes, whole: with one problem there are no rules. `workspace` adds its project scope. */
export async function loadFrom(place: RulesPlace, workspace?: string): Promise<Loaded | Problems> {
  const layers: SettingsLayer[] = [];
  const problems: string[] = workspace === undefined ? [] : [...outsideOf(workspace)];
  if (problems.length > 0) return { problems };
  for (const [scope, file] of settingsFiles(place, workspace)) {
    const read = readSettingsFile(scope, file);
    if (read === undefined) continue;
    if ('problems' in read) problems.push(...read.problems.map(problemLine));
    else layers.push({ scope, file, values: read.values });
  }
  if (problems.length > 0) return { problems };
  const { home } = place;
  const own = holdfastGroup({
    home: home.root,
    socket: home.socket,
    policies: [home.policies],
    files: [home.settings],
  });
  const merged = mergeSettings(layers, place.key, {
    ...DEFAULT_GROUPS,
    holdfast: [...(DEFAULT_GROUPS['holdfast'] ?? []), ...own],
  });
  try {
    const rules = await loadRules({
      settings: merged.settings,
      policies: [home.policies],
      ...(workspace === undefined ? {} : { project: join(workspace, PROJECT_FOLDER, 'policies') }),
      cache: { file: join(home.root, 'policy-cache.json'), key: place.key },
    });
    return { rules, notices: merged.notices.map((notice) => `${notice.file}: ${notice.key} ${notice.why}`) };
  } catch (error) {
    if (error instanceof UserError) return { problems: [error.message] };
    throw error;
  }
}

/** What the files look like from outside: a change of any of it is a reason to load again. */
export function signatureOf(place: RulesPlace, workspace?: string): string {
  const parts: string[] = [];
  const look = (file: string): void => {
    const status = statSync(file, { throwIfNoEntry: false });
    parts.push(`${file}:${status === undefined ? 'absent' : `${status.mtimeMs}:${status.size}:${status.ino}`}`);
  };
  if (workspace === undefined) {
    for (const [, file] of settingsFiles(place)) look(file);
    for (const entry of entriesOf(place.home.policies)) look(entry);
  } else {
    const folder = join(workspace, PROJECT_FOLDER);
    // Nothing there is the usual case, and the only look it costs.
    const kind = lstatSync(folder, { throwIfNoEntry: false });
    if (kind === undefined) return '';
    parts.push(`${kind.mode}:${kind.ino}`);
    look(join(folder, 'settings.json'));
    for (const entry of entriesOf(join(folder, 'policies'))) look(entry);
  }
  return parts.join('\n');
}

function settingsFiles(place: RulesPlace, workspace?: string): readonly (readonly [SettingsLayer['scope'], string])[] {
  return [
    ['machine', join(place.etc, 'holdfast', 'settings.json')],
    ['user', place.home.settings],
    ...(workspace === undefined ? [] : [['project', join(workspace, PROJECT_FOLDER, 'settings.json')] as const]),
  ];
}

/** A project's own files are read where they stand: a link could show us any file of the machine. */
function outsideOf(workspace: string): readonly string[] {
  const folder = join(workspace, PROJECT_FOLDER);
  return [folder, join(folder, 'policies'), join(folder, 'settings.json')].flatMap((path) =>
    lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true
      ? [`${path}:1: is a link; put the file itself there`]
      : [],
  );
}

function entriesOf(dir: string): readonly string[] {
  try {
    return readdirSync(dir, { recursive: true })
      .slice(0, MOST_ENTRIES)
      .map((name) => join(dir, String(name)));
  } catch (error) {
    return [(error as NodeJS.ErrnoException).code ?? 'error'];
  }
}
