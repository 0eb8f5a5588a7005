// Reads one settings file from disk: a bounded regular file that nobody else may write, parsed, each problem with its place.
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { parseEntry } from '../../core/names/index.ts';
import { parseSettings, type SettingsFile, type SettingsLayer } from '../../core/settings/index.ts';
import { readJson, type Position } from './json-positions.ts';

export type SettingsScopeName = SettingsLayer['scope'];

/** One thing wrong with a file. `text` is one lower-case sentence without a stop; without a position it is about the file as a whole. */
export type FileProblem = { readonly file: string; readonly position?: Position; readonly text: string };

/** Place of a key path in the text; of one that does not stand there, of what holds it. */
export type Where = (path: readonly (string | number)[]) => Position;
/** The values of a file and where they stand, or its problems. */
export type ParsedText =
  | { readonly values: SettingsFile; readonly where: Where }
  | { readonly problems: readonly FileProblem[] };
/** The same, or nothing when there is no such file. */
export type ReadSettings = ParsedText | undefined;

/** Largest settings file, bytes. */
const LARGEST = 1024 * 1024;

/** `file:line:column: text`. */
export function problemLine(problem: FileProblem): string {
  const { position } = problem;
  return position === undefined
    ? `${problem.file}: ${problem.text}`
    : `${problem.file}:${position.line}:${position.column}: ${problem.text}`;
}

/** Reads and checks one file. Never throws; opened without blocking, so that a FIFO in its place cannot hang the watcher. */
export function readSettingsFile(scope: SettingsScopeName, file: string): ReadSettings {
  const text = readText(scope, file);
  if (text === undefined || typeof text !== 'string') return text;
  return readSettingsText(file, text);
}

/** Checks the text of one file, however it was read; `file` only names it. Never throws. */
export function readSettingsText(file: string, text: string): ParsedText {
  const json = readJson(text);
  if (!('where' in json)) return { problems: [{ file, position: json.position, text: `is no JSON: ${json.text}` }] };
  const parsed = parseSettings(json.value);
  if ('problems' in parsed) {
    return {
      problems: parsed.problems.map(({ path, text: said }) => {
        const name = path.filter((part) => typeof part === 'string').join('.');
        return {
          file,
          position: json.where(path),
          text: name === '' || said.startsWith('unknown setting') ? said : `\`${name}\`: ${said}`,
        };
      }),
    };
  }
  const where = written(json.value, json.where);
  const problems = meaningless(file, parsed.values, where);
  return problems.length > 0 ? { problems } : { values: parsed.values, where };
}

/** Key paths in the long form of a group (`add`, `remove`) ▶ places in the form in which the file has it. */
function written(json: unknown, where: Where): Where {
  const groups = (json as { readonly groups?: { readonly [name: string]: unknown } }).groups ?? {};
  return (path) => {
    const [first, name, verb, ...rest] = path;
    const short = first === 'groups' && verb === 'add' && Array.isArray(groups[String(name)]);
    return where(short ? [first, String(name), ...rest] : path);
  };
}

/** Entries that are no path, host, program or party. They would protect nothing, so they are errors like any other. */
function meaningless(file: string, values: SettingsFile, where: Where): readonly FileProblem[] {
  return Object.entries(values.groups ?? {}).flatMap(([name, change]) =>
    change.add.flatMap((entry, i): FileProblem[] => {
      if (parseEntry(entry) !== undefined) return [];
      return [
        {
          file,
          position: where(['groups', name, 'add', i]),
          text: `\`${entry}\` is no path, host, program or party; say which with \`path:\`, \`host:\`, \`program:\` or \`party:\` in front`,
        },
      ];
    }),
  );
}

function readText(
  scope: SettingsScopeName,
  file: string,
): string | { readonly problems: readonly FileProblem[] } | undefined {
  const problem = (text: string): { readonly problems: readonly FileProblem[] } => ({ problems: [{ file, text }] });
  let fd: number;
  try {
    fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'error';
    return code === 'ENOENT' || code === 'ENOTDIR' ? undefined : problem(`cannot be opened (${code})`);
  }
  try {
    const status = fstatSync(fd);
    if (!status.isFile()) return problem('is no regular file');
    if (status.size > LARGEST) return problem(`is larger than ${LARGEST / 1024} KB`);
    const loose = writableByOthers(scope, status);
    if (loose !== undefined) return problem(loose);
    const bytes = readAll(fd);
    if (bytes === undefined) return problem(`is larger than ${LARGEST / 1024} KB`);
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return problem('is not UTF-8');
    return problem(`cannot be read (${(error as NodeJS.ErrnoException).code ?? 'error'})`);
  } finally {
    closeSync(fd);
  }
}

/** Reads to the end; a file that grows past the limit while it is read is too large as well. */
function readAll(fd: number): Buffer | undefined {
  const buffer = Buffer.allocUnsafe(LARGEST + 1);
  let size = 0;
  for (;;) {
    const got = readSync(fd, buffer, size, buffer.length - size, null);
    if (got === 0) return buffer.subarray(0, size);
    size += got;
    if (size > LARGEST) return undefined;
  }
}

/** Why a file of an owner's scope may not be believed: somebody else may have written it. A project's may be anyone's. */
function writableByOthers(
  scope: SettingsScopeName,
  status: { readonly mode: number; readonly uid: number },
): string | undefined {
  if (scope === 'project' || process.getuid === undefined) return undefined;
  if (status.uid !== 0 && status.uid !== process.getuid())
    return `belongs to another user (${status.uid}); settings of this scope must be yours or root's`;
  if ((status.mode & 0o022) !== 0)
    return `may be written by others (mode ${(status.mode & 0o777).toString(8)}); take the right away with chmod go-w`;
  return undefined;
}
