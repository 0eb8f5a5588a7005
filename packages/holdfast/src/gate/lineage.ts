// Whether a prompt event is proven to come from outside every recorded tool call, told from the hook's ancestry alone.
import type { Ancestor } from '../ports/index.ts';

/** Process 1 and the managers that take over orphans. */
const REAPERS: ReadonlySet<string> = new Set(['init', 'systemd', 'launchd']);

/**
 * `chain`: the hook process first, then its parents. Proven only when the hook is a direct child of the host process, or of
 * exactly one shell that runs the installed command; no ancestor is the host process of another session; and the host was not
 * left behind by its parent without a terminal. A process of the same user can forge its arguments: at level `cooperative`
 * this is a hint that withholds trust, never one that gives more than the prompt itself would have.
 */
export function classifyPrompt(
  chain: readonly Ancestor[],
  installed: readonly string[],
  others: ReadonlySet<number>,
): { readonly proven: boolean; readonly why: string } {
  const hook = chain[0];
  if (hook === undefined) return { proven: false, why: 'the hook process is gone or not visible' };
  const parent = chain[1];
  if (parent === undefined) return { proven: false, why: 'the hook process has no visible parent' };
  const command = parent.argv.at(-1);
  const viaShell = parent.argv.length >= 3 && command !== undefined && installed.includes(command);
  const host = viaShell ? chain[2] : parent;
  if (host === undefined) return { proven: false, why: 'no host process is visible above the hook' };
  if (!viaShell && isShell(host)) return { proven: false, why: 'the hook was started from a shell, not by the agent' };
  for (const ancestor of chain.slice(1)) {
    if (others.has(ancestor.pid)) return { proven: false, why: 'the agent was started by another session' };
  }
  const above = chain[chain.indexOf(host) + 1];
  const orphan = above === undefined || above.pid === 1 || REAPERS.has(nameOf(above));
  if (orphan && !host.tty) return { proven: false, why: 'the agent was left behind by the process that started it' };
  return { proven: true, why: 'it came through the installed hook of an agent that no session started' };
}

function isShell(process: Ancestor): boolean {
  return ['sh', 'bash', 'dash', 'zsh', 'ksh', 'fish', 'busybox'].includes(nameOf(process));
}

function nameOf(process: Ancestor): string {
  const path = process.argv[0] ?? process.exe ?? '';
  return path.slice(path.lastIndexOf('/') + 1).replace(/^-/, '');
}
