// Writing and removing the files of the service: exact change first, what was there before kept and given back.
import { dirname } from 'node:path';
import { unifiedDiff } from './diff.ts';
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
import { bytesBefore, forget, note, readManifest, type Journal, type Manifest } from './journal.ts';
import { portOf, serviceFiles, type ServiceFile, type ServiceRequest, type ServiceRoots } from './service.ts';

export type ServiceInstall = ServiceRequest & {
  readonly roots: ServiceRoots;
  /** Folder in Holdfast's home where what was there before is kept. */
  readonly backups: string;
};

type Change = ServiceFile & { readonly found: Found; readonly known: Manifest | undefined; readonly diff: string };
export type ServicePlan = { readonly changes: readonly Change[]; readonly diff: string };

/** What would be written; nothing is. Throws InstallError where a place cannot be read. */
export async function planService(request: ServiceInstall): Promise<ServicePlan> {
  const changes: Change[] = [];
  for (const one of filesOf(request)) {
    const found = await readSettings(one.file);
    const diff = unifiedDiff(one.file, found.bytes?.toString('utf8'), one.text);
    if (diff !== '') changes.push({ ...one, found, diff, known: await readManifest(journalOf(request, one)) });
  }
  return { changes, diff: changes.map((one) => one.diff).join('') };
}

/** Makes the planned change. Idempotent: a plan without changes touches nothing. */
export async function applyService(request: ServiceInstall, plan: ServicePlan): Promise<void> {
  for (const { file, text, found, known, name } of plan.changes) {
    const madeFolders = await makeFolders(dirname(found.real), 0o755);
    const after = Buffer.from(text);
    const ours = asLeft(found, known);
    await note(journalOf(request, { name }), {
      file,
      real: found.real,
      madeFolders,
      after,
      original: ours ? 'kept' : found.bytes,
      known,
    });
    await replaceFile(found.real, found.bytes, after, 0o644);
  }
}

type Return = {
  readonly file: string;
  /** restored: the bytes of before · removed: there was no file before · changed: somebody changed it since, it stays. */
  readonly how: 'restored' | 'removed' | 'changed';
  readonly found: Found;
  readonly to: Buffer | undefined;
  readonly known: Manifest;
  readonly journal: Journal;
};
export type ServiceRemoval = { readonly files: readonly Return[]; readonly diff: string };

/** What `removeService` would do. Only what was noted by an install is ours; nothing of it: no files. */
export async function planServiceRemoval(request: ServiceInstall): Promise<ServiceRemoval> {
  const files: Return[] = [];
  const diffs: string[] = [];
  for (const one of filesOf(request)) {
    const journal = journalOf(request, one);
    const known = await readManifest(journal);
    const found = await readSettings(one.file);
    if (known === undefined || found.bytes === undefined) continue;
    const to = await bytesBefore(journal, known);
    const mine = asLeft(found, known);
    const how = !mine ? 'changed' : to === undefined ? 'removed' : 'restored';
    if (mine) diffs.push(unifiedDiff(one.file, found.bytes.toString('utf8'), to?.toString('utf8')));
    files.push({ file: one.file, how, found, to, known, journal });
  }
  return { files, diff: diffs.join('') };
}

/** Gives back what was there before. A file that somebody changed stays, and so does what is noted of it. */
export async function removeService(plan: ServiceRemoval): Promise<void> {
  for (const { found, to, known, journal, how } of plan.files.toReversed()) {
    if (how === 'changed' || found.bytes === undefined) continue;
    if (to === undefined) await removeFile(found.real, found.bytes);
    else await replaceFile(found.real, found.bytes, to, 0o644);
    await removeEmptyFolders(known.madeFolders);
    await forget(journal);
  }
}

export type ServiceState = {
  /** installed: as it would be written now · stale: ours, but not as it would be · none: nothing of ours. */
  readonly state: 'installed' | 'stale' | 'none';
  readonly file: string;
  readonly httpPort: number | undefined;
};

/** How the service of a scope stands; the port is taken from what is there. Throws InstallError where it cannot be read. */
export async function serviceState(request: ServiceInstall): Promise<ServiceState> {
  const [first] = filesOf(request);
  if (first === undefined) throw new InstallError('service-io', 'a service has no files', 'report this');
  const known = await readManifest(journalOf(request, first));
  const there = (await readSettings(first.file)).bytes?.toString('utf8');
  const httpPort = there === undefined ? undefined : portOf(there);
  if (known === undefined || there === undefined) return { state: 'none', file: first.file, httpPort: undefined };
  const { changes } = await planService({ ...request, ...(httpPort === undefined ? {} : { httpPort }) });
  return { state: changes.length === 0 ? 'installed' : 'stale', file: first.file, httpPort };
}

function filesOf(request: ServiceInstall): readonly ServiceFile[] {
  try {
    return serviceFiles(request, request.roots);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new InstallError('service-io', error.message, 'use a directory without control characters', error);
  }
}

function asLeft(found: Found, known: Manifest | undefined): boolean {
  return (
    known !== undefined &&
    found.bytes !== undefined &&
    known.real === found.real &&
    known.after === digestOf(found.bytes)
  );
}

function journalOf(request: ServiceInstall, { name }: Pick<ServiceFile, 'name'>): Journal {
  return { backups: request.backups, name: `service.${request.scope}.${name}` };
}
