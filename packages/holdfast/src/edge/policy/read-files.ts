// Policy files of one directory: found, bounded, read without ever waiting on what is no regular file.
import { constants } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { RuleInfo } from '../../core/model/index.ts';
import type { Problem } from '../../core/policy/index.ts';

/** A directory of rules and whose they are. `required`: its absence is an error (shipped rules), not "none". */
export type PolicyDir = { readonly dir: string; readonly scope: RuleInfo['scope']; readonly required?: boolean };
export type PolicyFile = { readonly file: string; readonly scope: RuleInfo['scope']; readonly text: string };

/** A larger file, a deeper folder or one file more is an error: a project must not be able to stall the watcher. */
export const FILE_BYTES = 128 * 1024;
export const FILES = 2_000;
const DEPTH = 6;
const AT_ONCE = 32;

/** All `*.cedar` files below `from.dir`, sorted by path. Never throws: what cannot be read is a problem. */
export async function readPolicyFiles(
  from: PolicyDir,
): Promise<{ readonly files: readonly PolicyFile[]; readonly problems: readonly Problem[] }> {
  const problems: Problem[] = [];
  const paths: string[] = [];
  await walk(from, from.dir, 0, paths, problems);
  paths.sort();
  if (paths.length > FILES) {
    problems.push(unreadable(from.dir, `it holds more than ${FILES} policy files`));
    return { files: [], problems };
  }
  const files: PolicyFile[] = [];
  for (let at = 0; at < paths.length; at += AT_ONCE) {
    const some = paths.slice(at, at + AT_ONCE);
    const texts = await Promise.all(some.map((file) => readBounded(file, from.scope === 'project')));
    some.forEach((file, index) => {
      const text = texts[index];
      if (typeof text === 'string') files.push({ file, scope: from.scope, text });
      else if (text !== undefined) problems.push(unreadable(file, text.why));
    });
  }
  return { files, problems };
}

async function walk(from: PolicyDir, dir: string, depth: number, paths: string[], problems: Problem[]): Promise<void> {
  let entries;
  try {
    entries = await readdir(dir, { withFileTypes: true });
  } catch (error) {
    const code = errorCode(error);
    if (code !== 'ENOENT' || from.required === true || depth > 0) problems.push(unreadable(dir, code));
    return;
  }
  for (const entry of entries) {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) {
      if (depth >= DEPTH) problems.push(unreadable(path, 'it is nested too deeply'));
      else await walk(from, path, depth + 1, paths, problems);
    } else if (entry.name.endsWith('.cedar') && paths.length <= FILES) paths.push(path);
  }
}

/** A link is followed everywhere but in a project, which could otherwise show us any file of the machine. */
async function readBounded(path: string, project: boolean): Promise<string | { readonly why: string }> {
  const flags = constants.O_RDONLY | constants.O_NONBLOCK | (project ? constants.O_NOFOLLOW : 0);
  try {
    const handle = await open(path, flags);
    try {
      const stat = await handle.stat();
      if (!stat.isFile()) return { why: 'it is no regular file' };
      if (stat.size > FILE_BYTES) return { why: `it is larger than ${FILE_BYTES} bytes` };
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(stat.size + 1), 0, stat.size + 1, 0);
      if (bytesRead > stat.size) return { why: 'it is being written: try again' };
      return new TextDecoder('utf-8', { fatal: true }).decode(buffer.subarray(0, bytesRead));
    } finally {
      await handle.close();
    }
  } catch (error) {
    return { why: error instanceof TypeError ? 'it is not UTF-8' : errorCode(error) };
  }
}

function unreadable(path: string, why: string): Problem {
  return {
    code: 'policy-read',
    level: 'error',
    message: `policies cannot be read: ${why}`,
    at: { file: path, line: 1 },
  };
}

function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
}
