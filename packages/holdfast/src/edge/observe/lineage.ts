// Ancestry of a process from /proc: pid, start time, arguments, program, terminal. A hint: a process of the same user can lie in it.
import { closeSync, openSync, readSync, readlinkSync } from 'node:fs';
import type { Ancestor, Lineage } from '../../ports/index.ts';

const DEPTH = 64;
/** Bytes of an argument list that are read; a longer one is cut, and then equals nothing that anybody installed. */
const ARGV_BYTES = 64 * 1024;

/**
 * Reads /proc at each call. `started` is in clock ticks since boot: with the pid it names a process for as long as the machine
 * runs. Undefined where the platform has no /proc. A process of another pid namespace, or one that is gone, has no ancestors.
 */
export function processLineage(): Lineage | undefined {
  if (process.platform !== 'linux') return undefined;
  return {
    ancestors(pid) {
      const chain: Ancestor[] = [];
      for (let at = pid; Number.isSafeInteger(at) && at > 0 && chain.length < DEPTH;) {
        const read = readProcess(at);
        const child = chain.at(-1);
        // A parent that began after its child is another process under a reused number.
        if (read === undefined || (child !== undefined && read.process.started > child.started)) break;
        chain.push(read.process);
        at = read.parent;
      }
      return chain;
    },
  };
}

function readProcess(pid: number): { readonly process: Ancestor; readonly parent: number } | undefined {
  const stat = readProc(`/proc/${pid}/stat`, 4_096);
  const cmdline = readProc(`/proc/${pid}/cmdline`, ARGV_BYTES);
  if (stat === undefined || cmdline === undefined) return undefined;
  // proc(5): the name in brackets may hold anything, brackets and spaces too, so fields are counted from the last one on.
  const fields = stat
    .toString('latin1')
    .slice(stat.lastIndexOf(0x29) + 2)
    .split(' ');
  const [parent, tty, started] = [Number(fields[1]), fields[4], Number(fields[19])];
  if (!Number.isSafeInteger(parent) || !Number.isSafeInteger(started) || tty === undefined) return undefined;
  const argv = cmdline.toString('utf8').split('\0');
  if (argv.at(-1) === '') argv.pop();
  const exe = programOf(pid);
  return { process: { pid, started, argv, tty: tty !== '0', ...(exe === undefined ? {} : { exe }) }, parent };
}

function readProc(path: string, max: number): Buffer | undefined {
  let fd: number | undefined;
  try {
    fd = openSync(path, 'r');
    const bytes = Buffer.allocUnsafe(max);
    let length = 0;
    while (length < max) {
      const got = readSync(fd, bytes, length, max - length, null);
      if (got === 0) break;
      length += got;
    }
    return bytes.subarray(0, length);
  } catch {
    // Gone, or hidden from this user: both mean that nothing is known about it.
    return undefined;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

function programOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/exe`);
  } catch {
    // Another user's process, or a kernel thread: its program is not ours to see.
    return undefined;
  }
}
