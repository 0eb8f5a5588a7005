// Paths as targets: where a path lies (scope), which groups it is in, and whether it is a root of something whole.
import { isTrusting, type PathFact, type Scope, type Target } from '../model/index.ts';
import { foldCase } from './fold.ts';
import { globMatch, isWild } from './glob.ts';
import { groupsOfPath, type GroupIndex } from './groups.ts';
import { baseName, isWithin, parentPath, whyUnknown, type NamePlace } from './paths.ts';

/**
 * The target for an absolute path in normal form (`resolvePath`). With a fact, its real path is the target and decides
 * scope and trusting groups; protecting groups are those of the written and of the real path together.
 * A marker of `unknownPath` becomes an unknown target.
 *
 * For an effect on the name itself (deleting, renaming or replacing a link) pass `entryFact(fact of the parent, name)`:
 * the kernel follows the parents of such a name, not the last link.
 */
export function pathTarget(index: GroupIndex, place: NamePlace, absolute: string, fact?: PathFact): Target {
  const why = whyUnknown(absolute);
  if (why !== undefined) return { type: 'unknown', name: why, groups: [] };
  const real = fact?.real ?? absolute;
  const realWhy = whyUnknown(real);
  if (realWhy !== undefined) return { type: 'unknown', name: realWhy, groups: [] };
  let groups = groupsOfPath(index, place, real);
  if (real !== absolute) groups = joined(groups, groupsOfPath(index, place, absolute));
  const device = fact?.kind === 'block' || fact?.kind === 'char';
  const scope = device ? 'device' : scopeOfPath(real, place);
  return fact === undefined
    ? { type: 'path', name: real, scope, groups }
    : { type: 'path', name: real, scope, groups, exists: fact.exists };
}

/** The fact for a directory entry itself, from the fact of the directory that holds it. Existence and kind of the entry stay unknown. */
export function entryFact(parent: PathFact, absolute: string): PathFact {
  const name = baseName(absolute);
  return { real: parent.real === '/' ? `/${name}` : `${parent.real}/${name}`, exists: parent.exists };
}

function joined(real: readonly string[], written: readonly string[]): readonly string[] {
  const more = written.filter((group) => !isTrusting(group) && !real.includes(group));
  return more.length === 0 ? real : [...real, ...more];
}

const TEMP = ['/tmp', '/var/tmp', '/dev/shm', '/private/tmp', '/private/var/tmp'];
// $TMPDIR of macOS: /var/folders/<xx>/<hash>/T, and C for caches.
const MAC_TEMP = /^(?:\/private)?\/var\/folders\/[^/]+\/[^/]+\/[TC](?:\/|$)/;
// Where people mount their own disks, and the runtime directory of a user.
const OWN_STORAGE = /^\/(?:mnt|media|Volumes|run\/media|run\/user)\/[^/]+\/./;

/**
 * Scope of an absolute path in normal form. The permissive scopes (workspace, temp) compare exactly; what is nowhere
 * else is `system`, the strictest. A workspace that is itself a root (`/`, `/home`, a whole home) grants nothing: its
 * files keep the scope they have without it.
 */
export function scopeOfPath(path: string, place: NamePlace): Scope {
  if (isWithin(place.workspace, path) && !placed(place).whole) return 'workspace';
  // The home of the user is a home wherever it lies; one that is a temporary root itself, or holds one, grants that to nothing.
  if (isWithin(place.home, path) && TEMP.some((temp) => place.home !== temp && isWithin(temp, place.home)))
    return 'home';
  for (const temp of TEMP) if (isWithin(temp, path)) return 'temp';
  if (path.startsWith('/dev/')) return 'device';
  if (isWithin(place.home, path) && place.home !== '/') return 'home';
  if (MAC_TEMP.test(path)) return 'temp';
  return OWN_STORAGE.test(path) ? 'home' : 'system';
}

// Directories that hold a system together, of Linux and macOS; lower case, compared folded.
const ROOTS = new Set(
  (
    '/ /bin /boot /cdrom /cores /dev /efi /etc /gnu /home /lib /lib32 /lib64 /libx32 /lost+found /media /mnt /net /nix /opt /proc ' +
    '/root /run /sbin /snap /srv /sys /tmp /usr /var /applications /library /network /private /system /users /volumes ' +
    '/boot/efi /boot/grub /etc/ssh /etc/systemd /etc/pam.d /nix/store /private/etc /private/tmp /private/var /run/media /run/user ' +
    '/system/library /system/volumes /usr/bin /usr/include /usr/lib /usr/lib32 /usr/lib64 /usr/libexec /usr/local /usr/sbin ' +
    '/usr/share /var/db /var/lib /var/log /var/root /var/spool'
  ).split(' '),
);
const HOMES = /^\/(?:home|users)\/[^/]+$/;
const MOUNTS = /^\/(?:mnt|volumes)\/[^/]+$|^\/(?:media|run\/media)\/[^/]+(?:\/[^/]+)?$|^\/run\/user\/[^/]+$/;

function isRootByName(key: string, place: Place): boolean {
  return ROOTS.has(key) || HOMES.test(key) || MOUNTS.test(key) || isWithin(key, place.homeKey);
}

/** A place with what every path of an action asks about it: its names as keys, and whether the workspace is itself a root. */
type Place = NamePlace & { readonly homeKey: string; readonly workspaceKey: string; readonly whole: boolean };

/** Places asked about lately, by workspace. A cache, not state. */
const PLACES = new Map<string, Place>();
const MOST_PLACES = 64;

function placed({ home, workspace }: NamePlace): Place {
  const before = PLACES.get(workspace);
  if (before?.home === home) return before;
  const named = { home, workspace, homeKey: foldCase(home), workspaceKey: foldCase(workspace), whole: false };
  const place = { ...named, whole: isRootByName(named.workspaceKey, named) };
  if (PLACES.size >= MOST_PLACES) PLACES.clear();
  PLACES.set(workspace, place);
  return place;
}

/**
 * True when `absolute` is a root of something whole: `/`, a system directory, any home, a mount, the workspace,
 * or an ancestor of the place's home or workspace. Compared folded, since it protects. Temp roots count too: their scope says so.
 */
export function isTreeRoot(absolute: string, place: NamePlace): boolean {
  const at = placed(place);
  const key = foldCase(absolute);
  return isRootByName(key, at) || isWithin(key, at.workspaceKey);
}

/**
 * The same for a name with unquoted wildcards, `absolute` being its normal form with the wildcards in it: true when
 * what it stands for may be everything inside a tree root (`/*`, `~/.*`, `/home/*`) or a tree root itself (`/e*`, `/u?r`).
 */
export function isTreeRootGlob(absolute: string, place: NamePlace): boolean {
  let whole = absolute;
  // `/*/*` is as whole as `/*`: as long as nothing is left out, the question is one of what holds it.
  for (let depth = 0; depth < 32 && ANYTHING.test(baseName(whole)); depth++) whole = parentPath(whole);
  if (!hasWildcard(whole)) return whole !== absolute && isTreeRoot(whole, place);
  // A bracket expression may stand for any one character: reading it so is the stricter answer.
  const pattern = foldCase(whole).replace(BRACKETS, '?').replace(BRACKETS, '?');
  for (const root of ROOTS)
    if (globMatch(pattern, root) && root.split('/').length === pattern.split('/').length) return true;
  for (const root of [place.home, place.workspace]) {
    const key = foldCase(root);
    if (globMatch(pattern, key) && key.split('/').length === pattern.split('/').length) return true;
  }
  return false;
}

function hasWildcard(path: string): boolean {
  return isWild(path) || path.includes('[');
}

// Innermost ones; applied twice for `[[:alpha:]]`.
const BRACKETS = /\[[^[\]/]*\]/g;
// Wildcards that leave next to nothing out: `*`, `**`, `.*`, `.??*`, `?*`, `.[!.]*`, `*.*`.
const ANYTHING = /^(?:\.?(?:[*?]|\[[^\]]*\])*\*(?:\.\*)?|\.\*)$/;
