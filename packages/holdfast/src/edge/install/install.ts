// Install and uninstall of command hooks: exact change shown first, backup, atomic, the same bytes back afterwards.
import { dirname } from 'node:path';
import { hostNamed } from '../../core/hosts/index.ts';
import {
  EVENTS,
  fixedFor,
  httpBase,
  settingsFile,
  TIMEOUT_S,
  type HttpHook,
  type InstallLevel,
  type Roots,
} from './claude-code.ts';
import { unifiedDiff } from './diff.ts';
import {
  foreignHttpAt,
  groupFor,
  httpPortIn,
  inPlace,
  placeId,
  withEntries,
  withoutEntries,
  type Wanted,
} from './entries.ts';
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
import { rootOf, withoutFixed } from './fixed-values.ts';
import { bytesBefore, forget, note, readManifest, type Journal, type Manifest } from './journal.ts';
import { member } from './json-text.ts';

export type InstallRequest = {
  readonly level: InstallLevel;
  readonly roots: Roots;
  /** Folder in Holdfast's home where what was there before is kept. */
  readonly backups: string;
  /** Program and arguments of the hook client, without event. */
  readonly argv: readonly string[];
  /** Ask about tool calls by http, on that port. */
  readonly http?: HttpHook;
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

const HOST = 'claude-code';

export function wantedFor(request: Pick<InstallRequest, 'level' | 'argv' | 'http'>): Wanted {
  const { level, argv, http } = request;
  const place = http === undefined ? undefined : { port: http.port, id: placeId(argv) };
  return {
    events: EVENTS,
    argv,
    timeout: TIMEOUT_S,
    fixed: fixedFor(level, place),
    ...(place === undefined || http === undefined
      ? {}
      : {
          http: {
            url: `${httpBase(place)}/${HOST}`,
            token: http.token,
            events: hostNamed(HOST)?.http?.events ?? [],
          },
        }),
  };
}

/** Port of the hooks by http that are installed at a level; undefined when none are. Throws InstallError where the file cannot be understood. */
export async function installedHttpPort(
  request: Pick<InstallRequest, 'level' | 'roots' | 'argv'>,
): Promise<number | undefined> {
  const file = settingsFile(request.level, request.roots);
  const text = textOf(file, await readSettings(file));
  return text === undefined || text.trim() === '' ? undefined : httpPortIn(file, text, request.argv);
}

/** Every command as the agent starts it, program first, one per event: what a hook process of an installed hook looks like from outside. */
export function hookArgvs(argv: readonly string[]): readonly (readonly string[])[] {
  const wanted = wantedFor({ level: 'user', argv });
  return EVENTS.flatMap((event) =>
    groupFor(event, wanted).hooks.flatMap((hook) => (hook.type === 'command' ? [[hook.command, ...hook.args]] : [])),
  );
}

/** Computes the change and shows it; writes nothing. Throws InstallError where the file cannot be understood or hooks are off in it. */
export async function planInstall(request: InstallRequest): Promise<Plan> {
  const file = settingsFile(request.level, request.roots);
  const found = await readSettings(file);
  const before = textOf(file, found);
  const wanted = wantedFor(request);
  if (before !== undefined && before.trim() !== '') {
    assertHooksOn(file, before);
    if (request.http !== undefined) assertOthersReached(file, before, request);
  }
  const known = await readManifest(journalOf(request));
  const after =
    before !== undefined && before.trim() !== '' && inPlace(file, before, wanted)
      ? before
      : withEntries(file, await strippedText(request, file, found, known), wanted);
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
  const journal = journalOf(request);
  const known = await readManifest(journal);
  const mode = request.level === 'managed' ? 0o755 : 0o700;
  const madeFolders = await makeFolders(dirname(plan.real), mode);
  // An own earlier install is not what was there before it.
  const before = asLeft(plan, known) ? 'kept' : await originalOf(request, plan, known);
  const { file, real } = plan;
  await note(journal, { file, real, madeFolders, after: Buffer.from(plan.after), original: before, known });
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
  await forget(journalOf(request));
  return done;
}

type Outlook = { removal: Removal; found: Found; to: Buffer | undefined; manifest: Manifest | undefined };

async function removal(request: InstallRequest): Promise<Outlook> {
  const file = settingsFile(request.level, request.roots);
  const found = await readSettings(file);
  const manifest = await readManifest(journalOf(request));
  const text = textOf(file, found);
  const say = (how: Removal['how'], to: Buffer | undefined): Outlook => ({
    removal: { file, how, diff: how === 'absent' ? '' : unifiedDiff(file, text, to?.toString('utf8')) },
    found,
    to,
    manifest,
  });
  if (text === undefined || found.bytes === undefined) return say('absent', undefined);
  if (manifest !== undefined && asLeft({ real: found.real, before: found.bytes }, manifest)) {
    const before = await bytesBefore(journalOf(request), manifest);
    return before === undefined ? say('removed', undefined) : say('restored', before);
  }
  if (text.trim() === '') return say('absent', found.bytes);
  const stripped = (await strippedText(request, file, found, manifest)) ?? '';
  if (stripped === text) return say('absent', found.bytes);
  const empty = manifest?.existed === false && rootOf(file, stripped).members.length === 0;
  return empty ? say('removed', undefined) : say('stripped', Buffer.from(stripped));
}

/**
 * The file's text without anything of ours; undefined where there would be no file. While it is as we left it, that is what was there before;
 * after a change by others our entries are cut out, and our values beside them where they are known not to have stood there.
 */
async function strippedText(
  request: InstallRequest,
  file: string,
  found: Found,
  known: Manifest | undefined,
): Promise<string | undefined> {
  const text = textOf(file, found);
  if (text === undefined || text.trim() === '') return text;
  const backup = known === undefined ? undefined : await bytesBefore(journalOf(request), known);
  if (asLeft({ real: found.real, before: found.bytes }, known)) return backup?.toString('utf8');
  const { level, argv } = request;
  const port = httpPortIn(file, text, argv);
  const stripped = withoutEntries(file, text, argv);
  // A value of ours is only taken out where ours was put in; one that stood there before is somebody else's wish.
  if (known === undefined) return stripped;
  const fixed = fixedFor(level, port === undefined ? undefined : { port, id: placeId(argv) });
  const before = backup?.toString('utf8').trim() === '' ? undefined : backup?.toString('utf8');
  return fixed.reduce((now, one) => withoutFixed(file, now, one, before), stripped);
}

/** True when the entries stand in the file exactly as they would be installed now. */
export async function isInstalled(request: InstallRequest): Promise<boolean> {
  const file = settingsFile(request.level, request.roots);
  const text = textOf(file, await readSettings(file));
  return text !== undefined && text.trim() !== '' && inPlace(file, text, wantedFor(request));
}

/** What stood in the file before any of ours; undefined where there was no file, or one that only our entries are in. */
async function originalOf(
  request: InstallRequest,
  plan: Plan,
  known: Manifest | undefined,
): Promise<Buffer | undefined> {
  const text = plan.before?.toString('utf8');
  if (plan.before === undefined || text === undefined || text.trim() === '') return plan.before;
  const found = { real: plan.real, bytes: plan.before };
  const stripped = (await strippedText(request, plan.file, found, known)) ?? text;
  if (stripped === text) return plan.before;
  const empty = known?.existed === false && rootOf(plan.file, stripped).members.length === 0;
  return empty ? undefined : Buffer.from(stripped);
}

function asLeft(
  file: { readonly real: string; readonly before: Buffer | undefined },
  known: Manifest | undefined,
): boolean {
  return (
    known !== undefined &&
    file.before !== undefined &&
    known.real === file.real &&
    known.after === digestOf(file.before)
  );
}

function journalOf(request: InstallRequest): Journal {
  return { backups: request.backups, name: `${HOST}.${request.level}` };
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

/** A list of allowed addresses that holds only ours would stop the http hooks of others. */
function assertOthersReached(file: string, text: string, request: InstallRequest): void {
  const line = foreignHttpAt(file, text, request.argv);
  if (line === undefined || member(rootOf(file, text), 'allowedHttpHookUrls') !== undefined) return;
  throw new InstallError(
    'settings-taken',
    `${file}:${line} has a hook by http that a list of allowed addresses would stop`,
    'write its address into `allowedHttpHookUrls` there and run again, or use `--hook command`',
  );
}
