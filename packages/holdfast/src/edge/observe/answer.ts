// One want ▶ one fact, by system calls that end: regular files on mounts that answer. Used in the watcher and in its helper.
import { closeSync, constants, fstatSync, openSync, opendirSync, readSync } from 'node:fs';
import { codeOf, sha256, type Fact, type Json, type NoAnswer, type Want } from '../../core/model/index.ts';
import type { Mounts } from './mounts.ts';
import { vcsFact } from './vcs.ts';
import { pathFact, walk, type Found, type Seen } from './walk.ts';

export type Place = { readonly mounts: Mounts; readonly seen: Seen };

/** Answers a want. Throws SlowPath where a mount that may hang is met, and nothing else. */
export function answer(want: Want, place: Place): Fact {
  switch (want.ask) {
    case 'path': {
      const found = walk(want.path, place.mounts, place.seen);
      return 'none' in found ? { want, none: found.none } : { want, got: pathFact(found) as unknown as Json };
    }
    case 'text': {
      const read = readText(want.path, want.max, place);
      return 'none' in read
        ? { want, none: read.none }
        : { want, got: read.bytes.toString('utf8'), digest: sha256(read.bytes) };
    }
    case 'list':
      return listFact(want, want.dir, want.max, place);
    case 'program':
      return programFact(want, want.name, want.path, place);
    case 'vcs':
      return vcsFact(
        want,
        want.dir,
        (path, max) => readText(path, max, place),
        (path) => kindAt(path, place),
      );
    // Never done here: a name server would see what an agent is about to reach, and labels are the gate's own.
    case 'resolve':
    case 'file-label':
      return { want, none: 'unknown' };
  }
}

/** Bytes of a regular file of at most `max`. Links are followed; a FIFO, device, directory or kernel file is `refused`. */
export function readText(
  path: string,
  max: number,
  place: Place,
): { readonly bytes: Buffer } | { readonly none: NoAnswer } {
  const found = walk(path, place.mounts, place.seen);
  if ('none' in found) return found;
  if (found.status === undefined) return { none: 'absent' };
  if (!found.status.isFile() || found.pseudo) return { none: 'refused' };
  if (found.status.size > max) return { none: 'too-big' };
  let fd: number;
  try {
    // The walked path has no links left; should it be exchanged now, opening does not wait and the next look notices.
    fd = openSync(found.real, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY | constants.O_NOFOLLOW);
  } catch (error) {
    return { none: codeOf(error) === 'ENOENT' ? 'absent' : 'refused' };
  }
  try {
    const status = fstatSync(fd);
    if (!status.isFile() || status.ino !== found.status.ino || status.dev !== found.status.dev)
      return { none: 'refused' };
    const bytes = Buffer.allocUnsafe(Math.min(status.size, max) + 1);
    let length = 0;
    while (length < bytes.length) {
      const got = readSync(fd, bytes, length, bytes.length - length, null);
      if (got === 0) return { bytes: bytes.subarray(0, length) };
      length += got;
    }
    // More than its size said: it grows while it is read, so what was read is not what will run.
    return { none: status.size >= max ? 'too-big' : 'refused' };
  } catch (error) {
    return { none: codeOf(error) === 'ENOENT' ? 'absent' : 'refused' };
  } finally {
    closeSync(fd);
  }
}

function listFact(want: Want, dir: string, max: number, place: Place): Fact {
  const found = walk(dir, place.mounts, place.seen);
  if ('none' in found) return { want, none: found.none };
  if (found.status === undefined) return { want, none: 'absent' };
  if (!found.status.isDirectory()) return { want, none: 'refused' };
  try {
    const handle = opendirSync(found.real, { bufferSize: 256 });
    try {
      const names: string[] = [];
      for (let entry = handle.readSync(); entry !== null; entry = handle.readSync()) {
        if (names.length >= max) return { want, none: 'too-big' };
        // A name that is no valid UTF-8 has no text that a pattern could be held against.
        if (entry.name.includes('\ufffd')) return { want, none: 'unknown' };
        names.push(entry.name);
      }
      return { want, got: names.sort() };
    } finally {
      handle.closeSync();
    }
  } catch (error) {
    return { want, none: codeOf(error) === 'ENOENT' ? 'absent' : 'refused' };
  }
}

/** The first executable regular file of that name on a PATH. A relative entry depends on where one stands: `unknown` from there on. */
function programFact(want: Want, name: string, path: string, place: Place): Fact {
  if (name === '' || name.includes('/')) return { want, none: 'refused' };
  for (const folder of path.split(':')) {
    if (!folder.startsWith('/')) return { want, none: 'unknown' };
    const found = walk(`${folder}/${name}`, place.mounts, place.seen);
    if ('none' in found) return { want, none: found.none };
    if (found.status?.isFile() === true && (found.status.mode & 0o111) !== 0)
      return { want, got: { path: found.real } };
  }
  return { want, none: 'absent' };
}

function kindAt(path: string, place: Place): 'file' | 'dir' | 'none' {
  const found: Found | { readonly none: NoAnswer } = walk(path, place.mounts, place.seen);
  if ('none' in found || found.status === undefined) return 'none';
  return found.status.isDirectory() ? 'dir' : found.status.isFile() ? 'file' : 'none';
}
