// The service of this machine as the command line shows and changes it: which files, run as whom, given to which manager.
import { existsSync, statSync } from 'node:fs';
import { platform } from 'node:os';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  serviceState,
  type Check,
  type ServiceInstall,
  type ServiceScope,
  type ServiceState,
} from '../edge/install/index.ts';
import { UserError } from './cli/errors.ts';
import type { Home } from './home.ts';

const HERE = dirname(fileURLToPath(import.meta.url));
const PROGRAM = resolve(HERE, '../../bin/holdfast.cjs');

/** What install and removal of the service need. Below `etc` lie the units of the system; a private one is mounted there where a test needs it. */
export function serviceRequest(home: Home, userHome: string, scope: ServiceScope, httpPort?: number): ServiceInstall {
  const system = platform() === 'darwin' ? 'darwin' : 'linux';
  const owner = existsSync(home.root) ? statSync(home.root).uid : (process.getuid?.() ?? 0);
  const own = owner === (process.getuid?.() ?? owner);
  return {
    scope,
    platform: system,
    node: process.execPath,
    program: PROGRAM,
    home: home.root,
    socket: home.socket,
    roots: { home: userHome, etc: '/etc', library: '/Library' },
    backups: home.backups,
    ...(scope === 'system' && owner !== 0 ? { uid: owner } : {}),
    // Of another user only the service itself learns the home.
    ...(own ? { userHome } : {}),
    ...(httpPort === undefined ? {} : { httpPort }),
  };
}

/** Throws UserError where a service cannot be made: on this platform, or in a directory of somebody who has not used it yet. */
export function assertServable(home: Home, scope: ServiceScope): void {
  if (platform() !== 'linux' && platform() !== 'darwin')
    throw new UserError('no-service', `no service manager is known on ${platform()}`, 'keep `holdfast start` running');
  const owner = statSync(home.root).uid;
  if (scope === 'user' || owner === 0 || statSync(home.hookKey, { throwIfNoEntry: false })?.uid === owner) return;
  throw new UserError(
    'not-owner',
    `${home.root} belongs to user ${owner}, who has not used it yet`,
    'run `holdfast start` once as that user',
  );
}

/** The service that stands, of the stronger scope first. */
export async function standingService(
  home: Home,
  userHome: string,
): Promise<ServiceState & { readonly scope: ServiceScope }> {
  const states: (ServiceState & { readonly scope: ServiceScope })[] = [];
  for (const scope of ['system', 'user'] as const)
    states.push({ scope, ...(await serviceState(serviceRequest(home, userHome, scope))) });
  return states.find((one) => one.state !== 'none') ?? (states[1] as (typeof states)[number]);
}

/** One line for `status`. */
export function serviceLine(service: ServiceState & { readonly scope: ServiceScope }): string {
  if (service.state === 'none') return 'none; the watcher ends with whoever started it';
  const port = service.httpPort === undefined ? '' : `, holds port ${service.httpPort}`;
  return service.state === 'installed'
    ? `${service.scope} scope, ${service.file}${port}`
    : `${service.scope} scope, ${service.file}${port}, not as it would be written now; run \`holdfast init --service\``;
}

/** The same for `doctor`. */
export function serviceCheck(service: ServiceState & { readonly scope: ServiceScope }): Check {
  const todo = 'run `holdfast init --service`';
  if (service.state === 'installed') return { name: 'service', state: 'ok', text: serviceLine(service), todo: '' };
  const text =
    service.state === 'none'
      ? 'no service keeps the watcher running'
      : `${service.file} is not as it would be written now`;
  return { name: 'service', state: 'warn', text, todo };
}
