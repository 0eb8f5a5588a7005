// Ancestry of a process from /proc: pid, start time, arguments, program, terminal. A hint: a process of the same user can lie in it.
import { readFileSync, readlinkSync } from 'node:fs';
import type { Ancestor, Lineage } from '../../ports/index.ts';

const DEPTH = 64;

/** Undefined where the platform has no /proc. */
export function processLineage(): Lineage | undefined {
  if (process.platform !== 'linux') return undefined;
  return {
    ancestors(pid) {
      const chain: Ancestor[] = [];
      for (let at = pid; at > 0 && chain.length < DEPTH; ) {
        const read = readProcess(at);
        if (read === undefined) break;
        chain.push(read.process);
        at = read.parent;
      }
      return chain;
    },
  };
}

function readProcess(pid: number): { readonly process: Ancestor; readonly parent: number } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // proc(5): the name in brackets may hold anything, so fields are counted from the last bracket on.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const argv = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    argv.pop();
    let exe: string | undefined;
    try {
      exe = readlinkSync(`/proc/${pid}/exe`);
    } catch (error) {
      // Another user's process, or a kernel thread: its program is not ours to see.
      if (!isGone(error)) throw error;
    }
    const process: Ancestor = { pid, started: Number(fields[19]), argv, tty: fields[4] !== '0', ...(exe === undefined ? {} : { exe }) };
    return { process, parent: Number(fields[1]) };
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

function isGone(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ENOENT' || code === 'ESRCH' || code === 'EACCES' || code === 'EPERM' || code === 'ENOTDIR';
}
