// Scopes into one: shipped ‹ fleet ‹ machine ‹ user ‹ project, each setting with the direction in which it may move.
import { digest, isTrusting, PROFILES, type Hash, type Json, type Profile, type Settings } from '../model/index.ts';
import { DEFAULT_GROUPS, DEFAULT_PROFILE, PROFILE_VALUES, type ProfileValues } from './defaults.ts';
import type { GroupChange, SettingsFile } from './schema.ts';

export const SETTINGS_SCOPES = ['shipped', 'fleet', 'machine', 'user', 'project'] as const;
export type SettingsScope = (typeof SETTINGS_SCOPES)[number];

/** One file with the scope it speaks for. */
export type SettingsLayer = {
  readonly scope: Exclude<SettingsScope, 'shipped'>;
  readonly file: string;
  readonly values: SettingsFile;
};

/** Something in a file that had no effect, and why, as a lower-case clause. */
export type SettingsNotice = {
  readonly scope: SettingsScope;
  readonly file: string;
  readonly key: string;
  /** Where in the file the wish stands, as a key path; a group in the short form is named as if it had `add`. */
  readonly path: readonly (string | number)[];
  readonly why: string;
};

/**
 * max, min: once a stronger scope has set it, it moves only up (down). union: a protecting group only grows.
 * intersect: a trusting group only shrinks. fixed: the group grows, and no scope at all takes anything out of it.
 * A project is bound by what stands before it whoever set it, shipped values included.
 */
export type Direction = 'max' | 'min' | 'union' | 'intersect' | 'fixed';

type Values = { readonly profile: Profile } & ProfileValues;
type Key = keyof Values;

/** Direction of each value; for words the order from loose to strict stands in `ORDER`. */
export const DIRECTIONS: { readonly [key in Key]: Direction } = {
  profile: 'max',
  unmatched: 'max',
  prompts: 'max',
  askAt: 'min',
  denyAt: 'min',
};
const ORDER: { readonly [key: string]: readonly string[] } = {
  profile: PROFILES,
  unmatched: ['pass', 'ask', 'deny'],
  prompts: ['on', 'off'],
};
const FOLLOWS: readonly (keyof ProfileValues)[] = ['unmatched', 'prompts', 'askAt', 'denyAt'];

export function directionOfGroup(group: string): Direction {
  return group === 'holdfast' ? 'fixed' : isTrusting(group) ? 'intersect' : 'union';
}

type Cell = { value: string | number; by: SettingsScope };
type Group = { readonly entries: Map<string, SettingsScope>; by: SettingsScope };

/**
 * Settings in force, and a notice for everything that was asked for and ignored. `layers` in any order; of several files
 * of one scope the later counts. `shipped` are the groups to start from, `key` the watcher's key for fingerprints.
 */
export function mergeSettings(
  layers: readonly SettingsLayer[],
  key: string,
  shipped: Settings['groups'] = DEFAULT_GROUPS,
): { readonly settings: Settings; readonly notices: readonly SettingsNotice[] } {
  const notices: SettingsNotice[] = [];
  const cells = shippedCells();
  const groups = new Map<string, Group>();
  for (const [name, entries] of Object.entries(shipped)) {
    groups.set(name, { entries: new Map(entries.map((entry) => [entry, 'shipped'])), by: 'shipped' });
  }
  const rank = (layer: SettingsLayer): number => SETTINGS_SCOPES.indexOf(layer.scope);
  for (const layer of layers.toSorted((a, b) => rank(a) - rank(b))) {
    const say: Say = (path, why) =>
      void notices.push({
        scope: layer.scope,
        file: layer.file,
        key: path.slice(0, 2).join('.'),
        path,
        why,
      });
    mergeValues(cells, layer, say);
    for (const [name, change] of Object.entries(layer.values.groups ?? {}))
      mergeGroup(groups, name, change, layer.scope, say);
  }
  return { settings: settingsOf(cells, groups, key), notices };
}

/** Names the settings in a record. The key stays out: it is a secret, and the same rules under another key decide alike. */
export function settingsDigest(settings: Settings): Hash {
  const { key: _key, ...named } = settings;
  return digest(named as unknown as Json);
}

type Say = (path: readonly (string | number)[], why: string) => void;
type Cells = Map<Key, Cell>;

function shippedCells(): Cells {
  const cells: Cells = new Map([['profile', { value: DEFAULT_PROFILE, by: 'shipped' }]]);
  for (const key of FOLLOWS) cells.set(key, { value: PROFILE_VALUES[DEFAULT_PROFILE][key], by: 'shipped' });
  return cells;
}

function mergeValues(cells: Cells, layer: SettingsLayer, say: Say): void {
  const { values, scope } = layer;
  const wanted = values.profile;
  const taken = wanted !== undefined && move(cells, 'profile', wanted, scope, say);
  for (const key of FOLLOWS) {
    const own = values[key];
    if (own !== undefined) move(cells, key, own, scope, say);
    // What a profile stands for comes with it; ignoring a looser part of that is no news to anyone.
    else if (taken) move(cells, key, PROFILE_VALUES[wanted][key], scope, undefined);
  }
}

/** Sets one value as far as its direction and the scope allow. Answers whether it now holds. */
function move(cells: Cells, key: Key, wanted: string | number, scope: SettingsScope, say: Say | undefined): boolean {
  const cell = cells.get(key);
  if (cell === undefined) return false;
  if (cell.value === wanted) {
    // Asked for again by the one who may: from now on it is bound by this scope.
    if (isFree(cell.by, scope)) cell.by = scope;
    return true;
  }
  if (!isFree(cell.by, scope) && !isTighter(key, wanted, cell.value)) {
    const bound =
      cell.by === 'shipped' || cell.by === scope
        ? 'a project may only tighten'
        : `${cell.by} settings say ${cell.value}`;
    say?.([key], `${wanted} would loosen ${cell.value}: ${bound}`);
    return false;
  }
  cell.value = wanted;
  // What a stronger scope has bound stays bound by it, at the tighter value.
  if (isFree(cell.by, scope)) cell.by = scope;
  return true;
}

/** An owner may replace what is shipped and what it said itself; a project may replace nothing. */
function isFree(by: SettingsScope, scope: SettingsScope): boolean {
  return scope !== 'project' && (by === 'shipped' || by === scope);
}

function isTighter(key: Key, wanted: string | number, than: string | number): boolean {
  const order = ORDER[key];
  if (order !== undefined) return order.indexOf(String(wanted)) > order.indexOf(String(than));
  return DIRECTIONS[key] === 'min' ? Number(wanted) < Number(than) : Number(wanted) > Number(than);
}

function mergeGroup(
  groups: Map<string, Group>,
  name: string,
  change: GroupChange,
  scope: SettingsScope,
  say: Say,
): void {
  const group = groups.get(name) ?? { entries: new Map<string, SettingsScope>(), by: 'shipped' };
  groups.set(name, group);
  const direction = directionOfGroup(name);
  const free = isFree(group.by, scope);
  const refuse = (verb: 'add' | 'remove', entry: string, at: number): boolean => {
    const negated = entry.startsWith('!');
    const grows = (verb === 'add') !== negated;
    const loosens = direction === 'intersect' ? grows : !grows;
    if (!loosens || (free && direction !== 'fixed')) return false;
    say(['groups', name, verb, at], `${verb} ${entry}: ${whyRefused(direction, group.by, scope)}`);
    return true;
  };
  for (const [at, entry] of change.remove.entries()) {
    if (!group.entries.has(entry))
      say(
        ['groups', name, 'remove', at],
        `remove ${entry}: no such entry (\`!\` in front of an added one takes members out)`,
      );
    else if (!refuse('remove', entry, at)) group.entries.delete(entry);
  }
  for (const [at, entry] of change.add.entries()) {
    if (!group.entries.has(entry) && !refuse('add', entry, at)) group.entries.set(entry, scope);
  }
  if (free) group.by = scope;
}

function whyRefused(direction: Direction, by: SettingsScope, scope: SettingsScope): string {
  if (direction === 'fixed') return 'nothing is taken out of what protects Holdfast itself';
  const may = direction === 'intersect' ? 'shrink a group that trusts' : 'grow a group that protects';
  return scope === 'project'
    ? `a project may only ${may}`
    : `${scope} settings may only ${may} once ${by} settings have changed it`;
}

function settingsOf(cells: Cells, groups: ReadonlyMap<string, Group>, key: string): Settings {
  const value = <K extends Key>(name: K): Values[K] => cells.get(name)?.value as Values[K];
  const lists: { [group: string]: readonly string[] } = {};
  for (const [name, group] of groups) lists[name] = Object.freeze([...group.entries.keys()]);
  return Object.freeze({
    profile: value('profile'),
    unmatched: value('unmatched'),
    prompts: value('prompts'),
    askAt: value('askAt'),
    denyAt: value('denyAt'),
    groups: Object.freeze(lists),
    key,
  });
}
