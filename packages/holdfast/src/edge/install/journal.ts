// What was there before an install, kept in Holdfast's own directory, so that uninstall can give back the very bytes.
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../../core/model/index.ts';
import { InstallError } from './errors.ts';
import { digestOf, readSettings, replaceFile } from './files.ts';

/** One changed file's place in the journal. */
export type Journal = {
  /** Folder of all backups. */
  readonly backups: string;
  /** Names the file among them. */
  readonly name: string;
};

export type Manifest = {
  readonly version: 1;
  readonly file: string;
  readonly real: string;
  readonly existed: boolean;
  /** SHA-256 of the file as install left it. */
  readonly after: string;
  readonly madeFolders: readonly string[];
};

/** What is noted of a change before it is made. `original` undefined: there was no file; `'kept'`: the backup that is there still holds. */
export type Entry = Pick<Manifest, 'file' | 'real' | 'madeFolders'> & {
  readonly after: Buffer;
  readonly original: Buffer | undefined | 'kept';
  readonly known: Manifest | undefined;
};

/** The backup stands before the change is made: a crash in between leaves a backup too many, never one too few. */
export async function note(journal: Journal, entry: Entry): Promise<void> {
  const { file, real, madeFolders, after, original, known } = entry;
  await mkdir(journal.backups, { recursive: true, mode: 0o700 });
  if (original === undefined) await rm(pathOf(journal, 'before'), { force: true });
  else if (original !== 'kept') await writeOwn(pathOf(journal, 'before'), original);
  const manifest: Manifest = {
    version: 1,
    file,
    real,
    existed: original === 'kept' ? known?.existed === true : original !== undefined,
    after: digestOf(after),
    madeFolders: [...madeFolders, ...(known?.madeFolders ?? [])],
  };
  await writeOwn(pathOf(journal, 'json'), Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`));
}

export async function forget(journal: Journal): Promise<void> {
  await rm(pathOf(journal, 'json'), { force: true });
  await rm(pathOf(journal, 'before'), { force: true });
}

/** The bytes of before; undefined where there was no file. Throws InstallError `backup-unusable`. */
export async function bytesBefore(journal: Journal, manifest: Manifest): Promise<Buffer | undefined> {
  if (!manifest.existed) return undefined;
  const path = pathOf(journal, 'before');
  try {
    return await readFile(path);
  } catch (error) {
    throw new InstallError(
      'backup-unusable',
      `the backup ${path} cannot be read (${codeOf(error)})`,
      'take the holdfast entries out by hand',
      error,
    );
  }
}

/** Undefined when nothing was noted. Throws InstallError `backup-unusable`. */
export async function readManifest(journal: Journal): Promise<Manifest | undefined> {
  const path = pathOf(journal, 'json');
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

function pathOf({ backups, name }: Journal, kind: 'json' | 'before'): string {
  return join(backups, `${name}.${kind}`);
}

async function writeOwn(path: string, bytes: Buffer): Promise<void> {
  const now = await readSettings(path);
  await replaceFile(now.real, now.bytes, bytes, 0o600);
}
