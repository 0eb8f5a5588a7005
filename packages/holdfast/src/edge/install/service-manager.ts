// The service manager of this machine: whether there is one that runs, and its commands, given to it or to a person.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { LABEL, UNITS, type ServiceScope } from './service.ts';

export type Manager = {
  /** Absolute path of its command; undefined when it is not there or nothing of it runs. */
  readonly systemctl: string | undefined;
  /** Why it is not called; empty when it is. */
  readonly why: string;
};

/** What happened: which commands were run, and which a person has yet to run, with the reason. */
export type Ordered = { readonly ran: readonly string[]; readonly todo: readonly string[]; readonly why: string };

/** Commands, word by word, the program first. */
export type Orders = readonly (readonly string[])[];

const PLACES = ['/usr/bin/systemctl', '/bin/systemctl'];
const COMMAND_MS = 60_000;

/** The manager of that scope. */
export function findManager(scope: ServiceScope, platform: string): Manager {
  const none = (why: string): Manager => ({ systemctl: undefined, why });
  if (platform !== 'linux') return none('launchd is not called from here');
  const systemctl = PLACES.find((place) => existsSync(place));
  if (systemctl === undefined) return none('systemctl is not there');
  // As sd_booted(3) tells it.
  if (!existsSync('/run/systemd/system')) return none('systemd does not run this machine');
  const runtime = process.env['XDG_RUNTIME_DIR'];
  if (scope === 'user' && (runtime === undefined || !existsSync(`${runtime}/systemd`)))
    return none("systemd does not run this user's services (no XDG_RUNTIME_DIR of it)");
  return { systemctl, why: '' };
}

/** Commands that bring the files as they now stand into force; the sockets are let go for a moment only. */
export function startOrders(scope: ServiceScope, files: readonly string[], platform: string): Orders {
  // Not tried: there is no macOS here.
  if (platform === 'darwin') return [['launchctl', 'bootstrap', domainOf(scope), ...files]];
  return [['daemon-reload'], ['enable', ...UNITS], ['stop', ...UNITS.toReversed()], ['start', ...UNITS]].map((words) =>
    inScope(scope, words),
  );
}

/** Commands before the files go. */
export function stopOrders(scope: ServiceScope, platform: string): Orders {
  if (platform === 'darwin') return [['launchctl', 'bootout', `${domainOf(scope)}/${LABEL}`]];
  return [inScope(scope, ['disable', '--now', ...UNITS.toReversed()])];
}

/** Commands after they went. */
export function afterOrders(scope: ServiceScope, platform: string): Orders {
  return platform === 'darwin' ? [] : [inScope(scope, ['daemon-reload'])];
}

/** Runs commands of systemctl in order, up to the first that fails; what was not done is answered as what to do. Never throws. */
export async function give(manager: Manager, orders: Orders): Promise<Ordered> {
  const said = orders.map((words) => words.join(' '));
  const { systemctl } = manager;
  if (systemctl === undefined) return { ran: [], todo: said, why: manager.why };
  for (const [i, words] of orders.entries()) {
    const flaw = await execute(systemctl, words.slice(1));
    if (flaw !== undefined)
      return { ran: said.slice(0, i), todo: said.slice(i), why: `\`${said[i]}\` failed: ${flaw}` };
  }
  return { ran: said, todo: [], why: '' };
}

function domainOf(scope: ServiceScope): string {
  return scope === 'user' ? `gui/${process.getuid?.() ?? 0}` : 'system';
}

function inScope(scope: ServiceScope, words: readonly string[]): readonly string[] {
  return scope === 'user' ? ['systemctl', '--user', ...words] : ['systemctl', ...words];
}

function execute(program: string, args: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(program, args, { timeout: COMMAND_MS, maxBuffer: 64 * 1024 }, (error, _stdout, stderr) => {
      if (error === null) return resolve(undefined);
      const told = stderr.trim().split('\n').at(-1) ?? '';
      resolve(told === '' ? error.message.split('\n')[0] : told);
    });
  });
}
