// Install and uninstall of command hooks: exact change shown first, backup, atomic, the same bytes back afterwards.
import { mkdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { EVENTS, flagsFor, settingsFile, TIMEOUT_S, type InstallLevel, type Roots } from './claude-code.ts';
import { unifiedDiff } from './diff.ts';
import { groupFor, inPlace, rootOf, withEntries, withoutEntries, type Wanted } from './entries.ts';
import { codeOf } from '../../core/model/index.ts';
import { InstallError } from './errors.ts';
import {
  digestOf,
  makeFolders,
  readSettings,
  removeEmptyFolders,
  removeFile,
  replaceFile,
  type Found,
} from './files.ts';
import { member } from './json-text.ts';

export type InstallRequest = {
  readonly level: InstallLevel;
  readonly roots: Roots;
  /** Folder in Holdfast's home where what was there before is kept. */
  readonly backups: string;
  /** Program and arguments of the hook client, without event. */
  readonly argv: readonly string[];
};

/** A change that has not been made yet. */
export type Plan = {
  readonly level: InstallLevel;
  /** The settings file as the agent names it. */
  readonly file: string;
  /** The same after links. */
  readonly real: string;
  readonly changes: boolean;
  /** What will change, as a unified diff; empty when nothing does. */
  readonly diff: string;
  readonly after: string;
  readonly before: Buffer | undefined;
};

export type Removal = {
  readonly file: string;
  /**
   * restored: the exact bytes of before · removed: the file did not exist before and is gone · stripped: the file was changed meanwhile,
   * only our entries were taken out · absent: nothing of ours was there.
   */
  readonly how: 'restored' | 'removed' | 'stripped' | 'absent';
  readonly diff: string;
};

type Manifest = {
  readonly version: 1;
  readonly file: string;
  readonly real: string;
  readonly existed: boolean;
  /** SHA-256 of the file as install left it. */
  readonly after: string;
  readonly madeFolders: readonly string[];
};

export function wantedFor(request: Pick<InstallRequest, 'level' | 'argv'>): Wanted {
  return { events: EVENTS, argv: request.argv, timeout: TIMEOUT_S, flags: flagsFor(request.level) };
}

/** Every command as the agent starts it, program first, one per event: what a hook process of an installed hook looks like from outside. */
export function hookArgvs(argv: readonly string[]): readonly (readonly string[])[] {
  const wanted = wantedFor({ level: 'user', argv });
  return EVENTS.flatMap((event) => groupFor(event, wanted).hooks.map((hook) => [hook.command, ...hook.args]));
}

/** Computes the change and shows it; writes nothing. Throws InstallError where the file cannot be understood or hooks are off in it. */
export async function planInstall(request: InstallRequest): Promise<Plan> {
  const file = settingsFile(request.level, request.roots);
  const found = await readSettings(file);
  const before = textOf(file, found);
  if (before !== undefined && before.trim() !== '') assertHooksOn(file, before);
  const after = withEntries(file, before, wantedFor(request));
  return {
    level: request.level,
    file,
    real: found.real,
    changes: after !== before,
    diff: unifiedDiff(file, before, after),
    after,
    before: found.bytes,
  };
}

/** Makes the planned change. Idempotent: a plan without changes touches nothing. */
export async function applyInstall(request: InstallRequest, plan: Plan): Promise<void> {
  if (!plan.changes) return;
  const known = await readManifest(request);
  const untouched =
    known !== undefined &&
    plan.before !== undefined &&
    known.real === plan.real &&
    known.after === digestOf(plan.before);
  // An own earlier install is not what was there before it.
  const mode = request.level === 'managed' ? 0o755 : 0o700;
  const made = await makeFolders(dirname(plan.real), mode);
  await mkdir(request.backups, { recursive: true, mode: 0o700 });
  const original = originalOf(request, plan, known);
  if (!untouched) {
    if (original === undefined) await rm(backupPath(request, 'before'), { force: true });
    else await writeOwn(backupPath(request, 'before'), original);
  }
  const manifest: Manifest = {
    version: 1,
    file: plan.file,
    real: plan.real,
    existed: untouched ? known.existed : original !== undefined,
    after: digestOf(Buffer.from(plan.after)),
    madeFolders: [...made, ...(known?.madeFolders ?? [])],
  };
  // The backup stands before the change is made: a crash in between leaves a backup too many, never one too few.
  await writeOwn(backupPath(request, 'json'), Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`));
  await replaceFile(plan.real, plan.before, Buffer.from(plan.after), request.level === 'managed' ? 0o644 : 0o600);
}

/** What `removeInstall` would do, without doing it. */
export async function planRemoval(request: InstallRequest): Promise<Removal> {
  return (await removal(request)).removal;
}

/** Takes the hooks out again. Throws InstallError where the file cannot be understood; then nothing was changed. */
export async function removeInstall(request: InstallRequest): Promise<Removal> {
  const { removal: done, found, to, manifest } = await removal(request);
  if (done.how !== 'absent' && found.bytes !== undefined) {
    if (to === undefined) await removeFile(found.real, found.bytes);
    else await replaceFile(found.real, found.bytes, to, 0o600);
  }
  await removeEmptyFolders(manifest?.madeFolders ?? []);
  await rm(backupPath(request, 'json'), { force: true });
  await rm(backupPath(request, 'before'), { force: true });
  return done;
}

async function removal(
  request: InstallRequest,
): Promise<{ removal: Removal; found: Found; to: Buffer | undefined; manifest: Manifest | undefined }> {
  const file = settingsFile(request.level, request.roots);
  const found = await readSettings(file);
  const manifest = await readManifest(request);
  const text = textOf(file, found);
  const say = (
    how: Removal['how'],
    to: Buffer | undefined,
  ): { removal: Removal; found: Found; to: Buffer | undefined; manifest: Manifest | undefined } => ({
    removal: { file, how, diff: how === 'absent' ? '' : unifiedDiff(file, text, to?.toString('utf8')) },
    found,
    to,
    manifest,
  });
  if (text === undefined || found.bytes === undefined) return say('absent', undefined);
  if (manifest !== undefined && manifest.real === found.real && manifest.after === digestOf(found.bytes)) {
    if (!manifest.existed) return say('removed', undefined);
    return say('restored', await readBackup(request));
  }
  if (text.trim() === '') return say('absent', found.bytes);
  // A flag of ours is only taken out where ours was put in; one that stood there before is somebody else's wish.
  const before = manifest?.existed === true ? (await readBackup(request)).toString('utf8') : '{}';
  const had = before.trim() === '' ? undefined : rootOf(`${file} (backup)`, before);
  const flags =
    manifest === undefined
      ? []
      : Object.keys(flagsFor(request.level)).filter((flag) => had === undefined || member(had, flag) === undefined);
  const stripped = withoutEntries(file, text, request.argv, flags);
  if (stripped === text) return say('absent', found.bytes);
  const empty = manifest?.existed === false && rootOf(file, stripped).members.length === 0;
  return empty ? say('removed', undefined) : say('stripped', Buffer.from(stripped));
}

/** True when the entries stand in the file exactly as they would be installed now. */
export async function isInstalled(request: InstallRequest): Promise<boolean> {
  const file = settingsFile(request.level, request.roots);
  const text = textOf(file, await readSettings(file));
  return text !== undefined && text.trim() !== '' && inPlace(file, text, wantedFor(request));
}

/** What stood in the file before any of ours; undefined where there was no file, or one that only our entries are in. */
function originalOf(request: InstallRequest, plan: Plan, known: Manifest | undefined): Buffer | undefined {
  const text = plan.before?.toString('utf8');
  if (plan.before === undefined || text === undefined || text.trim() === '') return plan.before;
  const stripped = withoutEntries(plan.file, text, request.argv, []);
  if (stripped === text) return plan.before;
  return known?.existed === false && rootOf(plan.file, stripped).members.length === 0
    ? undefined
    : Buffer.from(stripped);
}

export function textOf(file: string, found: Found): string | undefined {
  if (found.bytes === undefined) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(found.bytes);
  } catch (error) {
    throw new InstallError(
      'settings-invalid',
      `${file} is no UTF-8 text`,
      'put it right and run again; nothing was changed',
      error,
    );
  }
}

/** Line of a `disableAllHooks` that holds, or undefined. Hooks beside it never run. */
export function hooksOffAt(file: string, text: string): number | undefined {
  const off = member(rootOf(file, text), 'disableAllHooks')?.value;
  if (off === undefined || text.slice(off.from, off.to) !== 'true') return undefined;
  return text.slice(0, off.from).split('\n').length;
}

function assertHooksOn(file: string, text: string): void {
  const line = hooksOffAt(file, text);
  if (line === undefined) return;
  throw new InstallError(
    'hooks-off',
    `${file}:${line} switches all hooks off (disableAllHooks)`,
    'take that line out and run again',
  );
}

function backupPath(request: InstallRequest, kind: 'json' | 'before'): string {
  return join(request.backups, `claude-code.${request.level}.${kind}`);
}

async function readBackup(request: InstallRequest): Promise<Buffer> {
  const path = backupPath(request, 'before');
  try {
    return await readFile(path);
  } catch (error) {
    throw new InstallError(
      'backup-unusable',
      `the backup ${path} cannot be read (${codeOf(error)})`,
      'take the holdfast entries out of the settings by hand',
      error,
    );
  }
}

async function readManifest(request: InstallRequest): Promise<Manifest | undefined> {
  const path = backupPath(request, 'json');
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw new InstallError(
      'backup-unusable',
      `${path} cannot be read (${codeOf(error)})`,
      'make it readable and run again',
      error,
    );
  }
  try {
    const manifest = JSON.parse(text) as Manifest;
    if (manifest.version === 1 && typeof manifest.after === 'string' && Array.isArray(manifest.madeFolders))
      return manifest;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new InstallError(
    'backup-unusable',
    `${path} is damaged`,
    'remove it and run again; only the holdfast entries are then taken out',
  );
}

async function writeOwn(path: string, bytes: Buffer): Promise<void> {
  const now = await readSettings(path);
  await replaceFile(now.real, now.bytes, bytes, 0o600);
}
