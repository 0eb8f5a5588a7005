// `holdfast init`: protects agents. Shows the exact change first; makes it after a yes; a second run changes nothing.
import { homedir } from 'node:os';
import {
  applyInstall,
  holes,
  installedHttpPort,
  planInstall,
  type InstallLevel,
  type InstallRequest,
} from '../../edge/install/index.ts';
import { detectAll, hookFor, installRequest } from '../agents.ts';
import { askWatcher } from '../ask-watcher.ts';
import { heldPort, type Held } from '../held-port.ts';
import { findHome, type Home } from '../home.ts';
import { standingService } from '../service.ts';
import { canAsk, confirm, note, tell } from '../terminal.ts';
import { painted } from '../text.ts';
import type { Parsed } from './args.ts';
import { EXIT, UserError, usage } from './errors.ts';
import { portFrom, serve, type ServiceRow } from './init-service.ts';

export type HookKind = 'command' | 'http';

/** As `Protect.patienceMs` says. */
const PATIENCE_MS = 15_000;
/** Agents whose hooks can be installed. */
const KNOWN: readonly string[] = ['claude-code'];

export async function run(args: Parsed): Promise<number> {
  const home = findHome(args.get('dir'));
  const userHome = homedir();
  const level = levelOf(args.get('level'));
  const hook = hookOf(args.get('hook'), level);
  const json = args.has('json');
  const how = args.has('dry-run') ? 'show' : args.has('yes') ? 'make' : 'ask';
  const wanted = knownHosts(args.all('agent'));
  const port = args.get('port');
  if (port !== undefined && !(args.has('service') && hook === 'http'))
    throw usage('--port names the port that --service holds for --hook http', 'give all three, or none');
  const serveNow = async (): Promise<Awaited<ReturnType<typeof serve>>> => {
    const scope = level === 'managed' ? 'system' : 'user';
    const standing = (await standingService(home, userHome)).httpPort;
    const httpPort = hook === 'http' ? portFrom(port, standing) : hook === 'command' ? undefined : standing;
    return serve({ home, userHome, scope, httpPort, how, json });
  };
  const services: ServiceRow[] = [];
  let unasked = false;
  const service = async (): Promise<'interrupted' | undefined> => {
    const served = await serveNow();
    if (served === undefined) return 'interrupted';
    services.push(served.row);
    unasked ||= served.unasked;
    return undefined;
  };
  // A port is held before hooks go to it, and let go after the last one that did is gone.
  const first = args.has('service') && hook !== 'command';
  if (first && (await service()) === 'interrupted') return EXIT.interrupted;
  const hosts = wanted.length > 0 ? wanted : (await detectAll(home, userHome)).map((agent) => agent.host);
  if (hosts.length === 0 && !args.has('service'))
    throw new UserError(
      'no-agent',
      'no agent was found on this machine',
      'name one with --agent, or see `holdfast demo`',
    );
  const started = services.some((row) => row.ran.length > 0);
  const done = await protect({
    home,
    userHome,
    level,
    hosts,
    how,
    json,
    ...(hook === undefined ? {} : { hook }),
    ...(started ? { patienceMs: PATIENCE_MS } : {}),
  });
  unasked ||= done.unasked;
  if (!done.interrupted && args.has('service') && !first && (await service()) === 'interrupted')
    return EXIT.interrupted;
  if (json) process.stdout.write(`${JSON.stringify([...services, ...done.rows])}\n`);
  else if (done.rows.some((row) => row.made) && 'why' in (await askWatcher(home, 'status')))
    tell(`no watcher is running now: ${hosts.join(' and ')} runs nothing until \`holdfast start\``);
  if (done.interrupted) return EXIT.interrupted;
  if (unasked) note('holdfast: nothing was changed: without a terminal that needs --yes [needs-yes]');
  return unasked ? EXIT.failed : EXIT.ok;
}

export type Protect = {
  readonly home: Home;
  readonly userHome: string;
  readonly level: InstallLevel;
  readonly hosts: readonly string[];
  /** How tool calls are asked about; without it as it is installed now, a program where nothing is. */
  readonly hook?: HookKind;
  /** `ask` (the default): after a yes on the terminal; `make`: at once; `show`: never. */
  readonly how?: 'ask' | 'make' | 'show';
  readonly json?: boolean;
  /** How long a watcher that was just given to the service manager may take until it answers. */
  readonly patienceMs?: number;
};

export type Protected = {
  readonly rows: readonly {
    readonly host: string;
    readonly level: InstallLevel;
    readonly hook: HookKind;
    readonly file: string;
    readonly changes: boolean;
    readonly made: boolean;
    readonly diff: string;
    readonly holes: readonly { readonly code: string; readonly text: string }[];
  }[];
  readonly interrupted: boolean;
  /** There was nobody to ask, so something was not changed. */
  readonly unasked: boolean;
};

/** Shows the change for each agent and makes it as `how` says. Throws InstallError; what was made before it stays. */
export async function protect({
  home,
  userHome,
  level,
  hosts,
  hook,
  how = 'ask',
  json = false,
  patienceMs = 0,
}: Protect): Promise<Protected> {
  const say = (text: string): void => (json ? undefined : tell(text));
  const rows: Protected['rows'][number][] = [];
  let unasked = false;
  for (const host of hosts) {
    const plain = installRequest(home, userHome, host, level);
    const http = await httpFor(home, plain, hook, how, patienceMs);
    if (http !== undefined && 'why' in http) {
      say(`${host}, level ${level}: the change is shown once the service runs: ${http.why}`);
      continue;
    }
    const request = { ...plain, ...(http === undefined ? {} : { http }) };
    const open = holes(level, hookFor(home, host).kind === 'native', http !== undefined);
    const plan = await planInstall(request);
    const kind: HookKind = http === undefined ? 'command' : 'http';
    // The token goes into the file whole; on a screen, or in what is kept of it, it has no business.
    const diff = http === undefined ? plan.diff : plan.diff.replaceAll(http.token, `(64 digits of ${home.httpKey})`);
    const row = { host, level, hook: kind, file: plan.file, changes: plan.changes, diff, holes: open };
    say(
      plan.changes
        ? `${host}, level ${level}: this is the change\n${painted(diff)}`
        : `${host}, level ${level}: already in place, nothing to change`,
    );
    for (const hole of open) say(`  at this level it can be switched off: ${hole.text} [${hole.code}]`);
    if (level === 'user') say('  as root, `holdfast init --level managed` closes these');
    let make = plan.changes && how === 'make';
    if (plan.changes && how === 'ask') {
      const answer = canAsk() ? await confirm(`make this change to ${plan.file}?`) : undefined;
      unasked ||= answer === undefined;
      make = answer === 'yes';
      if (answer === 'interrupted') {
        say('nothing was changed');
        return { rows: [...rows, { ...row, made: false }], interrupted: true, unasked };
      }
    }
    if (make) {
      await applyInstall(request, plan);
      say(`done: ${plan.file} now calls holdfast; \`holdfast uninstall\` puts it back byte for byte`);
    } else if (plan.changes) say('nothing was changed');
    rows.push({ ...row, made: make });
  }
  return { rows, interrupted: false, unasked };
}

/**
 * The port for hooks by http where they are wanted; undefined for programs. Throws UserError `http-not-held` where they are wanted and the
 * port is not what it must be; when nothing is to be made, the reason is the answer.
 */
async function httpFor(
  home: Home,
  request: InstallRequest,
  hook: HookKind | undefined,
  how: 'ask' | 'make' | 'show',
  patienceMs: number,
): Promise<Held | { readonly why: string } | undefined> {
  const installed = hook === undefined ? await installedHttpPort(request) : undefined;
  if (hook !== 'http' && installed === undefined) return undefined;
  const held = await heldPort(home, patienceMs);
  if (!('why' in held) || how === 'show') return held;
  throw new UserError(
    'http-not-held',
    `hooks by http need a port that the system's service manager holds: ${held.why}`,
    'run `holdfast init --service --hook http` as root, or use `--hook command`',
  );
}

/** The named agents; throws `usage` for one whose hooks nobody can install. */
export function knownHosts(names: readonly string[]): readonly string[] {
  const unknown = names.find((name) => !KNOWN.includes(name));
  if (unknown !== undefined)
    throw usage(
      `there is no agent \`${unknown.slice(0, 40)}\` that holdfast can protect`,
      `it knows ${KNOWN.join(', ')}`,
    );
  return names;
}

/** The kind of hook asked for. Throws `usage`, and UserError where the level does not hold it. */
function hookOf(given: string | undefined, level: InstallLevel): HookKind | undefined {
  if (given === undefined || given === 'command') return given;
  if (given !== 'http') throw usage(`--hook is command or http, not \`${given.slice(0, 40)}\``);
  if (level === 'managed') return given;
  throw new UserError(
    'http-not-held',
    'at user level any project could send hooks by http elsewhere',
    'install at managed level as root, or use `--hook command`',
  );
}

/** The level asked for; without one the strongest that this user can reach. */
export function levelOf(given: string | undefined): InstallLevel {
  if (given === undefined) return process.getuid?.() === 0 ? 'managed' : 'user';
  if (given !== 'managed' && given !== 'user') throw usage(`--level is managed or user, not \`${given.slice(0, 40)}\``);
  if (given === 'managed' && process.getuid?.() !== 0)
    throw new UserError('not-root', 'the managed level is written below /etc', 'run as root, or use --level user');
  return given;
}
