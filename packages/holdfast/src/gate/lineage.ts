// Whether a prompt event is proven to come from outside every recorded tool call, told from the hook's ancestry alone.
import type { Ancestor } from '../ports/index.ts';

/** Process 1 and the managers that take over orphans. */
const REAPERS: ReadonlySet<string> = new Set(['init', 'systemd', 'launchd']);
/** Name of a host's event: no flag, no path, nothing a shell would read. */
const EVENT = /^[A-Za-z][A-Za-z0-9._-]{0,63}$/;
const SHELLS: ReadonlySet<string> = new Set(['sh', 'bash', 'dash', 'zsh', 'ksh', 'fish', 'busybox']);

/**
 * `chain`: the hook process first, then its parents. `installed`: the hook's command lines as installed, each with or without
 * the name of an event behind it. `others`: host processes of other sessions. `own`: the host process of this session, when one is known.
 *
 * Proven only when the hook process runs an installed command; it is a direct child of the host, or of exactly one shell that
 * runs that command; the host is the session's own; no ancestor is another session's host; and the host was not left behind
 * by whoever started it, without a terminal. So an agent started by cron or a service is unproven too.
 *
 * Limits: a process of the same user can forge its arguments, exchange its image (`exec`) below the host, and start an agent
 * under a terminal of its own making. At level `cooperative` this withholds trust from what is plainly not the user; it does
 * not prove the user. The caller also refuses while a call of the session is running.
 */
export function classifyPrompt(
  chain: readonly Ancestor[],
  installed: readonly string[],
  others: ReadonlySet<number>,
  own?: { readonly pid: number; readonly started: number },
): { readonly proven: boolean; readonly why: string } {
  const no = (why: string): { readonly proven: boolean; readonly why: string } => ({ proven: false, why });
  const [hook, parent] = chain;
  if (hook === undefined) return no('the hook process is gone or not visible');
  if (!installed.some((command) => runs(hook.argv, command)))
    return no('the event did not come through the installed hook');
  if (parent === undefined) return no('the hook process has no visible parent');
  const viaShell = isInstalledShell(parent, installed);
  const at = viaShell ? 2 : 1;
  const host = chain[at];
  if (host === undefined) return no('no host process is visible above the hook');
  if (SHELLS.has(nameOf(host))) return no('the hook was started from a shell, not by the agent');
  if (own !== undefined && (own.pid !== host.pid || own.started !== host.started))
    return no('the hook was started by another process than the agent of this session');
  if (chain.slice(1).some((ancestor) => others.has(ancestor.pid)))
    return no('the agent was started by another session');
  const above = chain[at + 1];
  const orphan = above === undefined || above.pid === 1 || REAPERS.has(nameOf(above));
  if (orphan && !host.tty) return no('the agent was left behind by the process that started it');
  return { proven: true, why: 'it came through the installed hook of an agent that no session started' };
}

/** The host process in a hook's ancestry: the parent of the hook, or of the one shell that runs the installed command. */
export function hostOf(chain: readonly Ancestor[], installed: readonly string[]): Ancestor | undefined {
  const parent = chain[1];
  return parent !== undefined && isInstalledShell(parent, installed) ? chain[2] : parent;
}

/** Exactly `sh -c COMMAND`: another word, or another option, makes it another command. */
function isInstalledShell(process: Ancestor, installed: readonly string[]): boolean {
  const [, option, command, ...rest] = process.argv;
  return (
    SHELLS.has(nameOf(process)) &&
    option === '-c' &&
    rest.length === 0 &&
    command !== undefined &&
    isInstalled(command, installed)
  );
}

function isInstalled(command: string, installed: readonly string[]): boolean {
  return installed.some(
    (line) => command === line || (command.startsWith(`${line} `) && EVENT.test(command.slice(line.length + 1))),
  );
}

/** Whether a process with these arguments is what a shell starts for that line; `env -i` in front has exchanged itself. */
function runs(argv: readonly string[], line: string): boolean {
  let words = wordsOf(line);
  if (words === undefined || words.length === 0) return false;
  if (words[0]?.endsWith('/env') === true && words[1] === '-i') words = words.slice(2);
  const more = argv.slice(words.length);
  return (
    words.every((word, index) => word === argv[index]) &&
    (more.length === 0 || (more.length === 1 && EVENT.test(more[0] ?? '')))
  );
}

/** Words of a command line that consists of plain words and quotes, as installed ones do; undefined for anything else. */
function wordsOf(line: string): readonly string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  for (let i = 0; i < line.length; i++) {
    const c = line[i] as string;
    if (c === ' ') {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (c === "'") {
      const end = line.indexOf("'", i + 1);
      if (end < 0) return undefined;
      word = (word ?? '') + line.slice(i + 1, end);
      i = end;
    } else if (c === '\\' && i + 1 < line.length) {
      word = (word ?? '') + (line[++i] as string);
    } else if (/[\w@%+=:,./-]/.test(c)) {
      word = (word ?? '') + c;
    } else {
      return undefined;
    }
  }
  if (word !== undefined) words.push(word);
  return words;
}

function nameOf(process: Ancestor): string {
  const path = process.argv[0] ?? process.exe ?? '';
  return path.slice(path.lastIndexOf('/') + 1).replace(/^-/, '');
}
