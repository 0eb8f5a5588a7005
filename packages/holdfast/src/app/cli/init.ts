// `holdfast init`: protects agents. Shows the exact change first; makes it after a yes; a second run changes nothing.
import { homedir } from 'node:os';
import { applyInstall, holes, planInstall, type InstallLevel } from '../../edge/install/index.ts';
import { detectAll, hookFor, installRequest } from '../agents.ts';
import { askWatcher } from '../ask-watcher.ts';
import { findHome, type Home } from '../home.ts';
import { canAsk, confirm, note, tell } from '../terminal.ts';
import { paint } from '../text.ts';
import type { Parsed } from './args.ts';
import { EXIT, UserError, usage } from './errors.ts';

/** Agents whose hooks can be installed. */
const KNOWN: readonly string[] = ['claude-code'];

export async function run(args: Parsed): Promise<number> {
  const home = findHome(args.get('dir'));
  const level = levelOf(args.get('level'));
  const wanted = knownHosts(args.all('agent'));
  const hosts = wanted.length > 0 ? wanted : (await detectAll(home, homedir())).map((agent) => agent.host);
  if (hosts.length === 0)
    throw new UserError(
      'no-agent',
      'no agent was found on this machine',
      'name one with --agent, or see `holdfast demo`',
    );
  const how = args.has('dry-run') ? 'show' : args.has('yes') ? 'make' : 'ask';
  const done = await protect({ home, userHome: homedir(), level, hosts, how, json: args.has('json') });
  if (args.has('json')) process.stdout.write(`${JSON.stringify(done.rows)}\n`);
  else if (done.rows.some((row) => row.made) && 'why' in (await askWatcher(home, 'status')))
    tell(`no watcher is running now: ${hosts.join(' and ')} runs nothing until \`holdfast start\``);
  if (done.interrupted) return EXIT.interrupted;
  if (done.unasked) note('holdfast: nothing was changed: without a terminal that needs --yes [needs-yes]');
  return done.unasked ? EXIT.failed : EXIT.ok;
}

export type Protect = {
  readonly home: Home;
  readonly userHome: string;
  readonly level: InstallLevel;
  readonly hosts: readonly string[];
  /** `ask` (the default): after a yes on the terminal; `make`: at once; `show`: never. */
  readonly how?: 'ask' | 'make' | 'show';
  readonly json?: boolean;
};

export type Protected = {
  readonly rows: readonly {
    readonly host: string;
    readonly level: InstallLevel;
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
  how = 'ask',
  json = false,
}: Protect): Promise<Protected> {
  const say = (text: string): void => (json ? undefined : tell(text));
  const rows: Protected['rows'][number][] = [];
  let unasked = false;
  for (const host of hosts) {
    const request = installRequest(home, userHome, host, level);
    const open = holes(level, hookFor(home, host).kind === 'native');
    const plan = await planInstall(request);
    const row = { host, level, file: plan.file, changes: plan.changes, diff: plan.diff, holes: open };
    say(
      plan.changes
        ? `${host}, level ${level}: this is the change\n${painted(plan.diff)}`
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

/** A diff with its lines in colour. */
export function painted(diff: string): string {
  return diff
    .trimEnd()
    .split('\n')
    .map((line) => (line.startsWith('+') ? paint('good', line) : line.startsWith('-') ? paint('bad', line) : line))
    .join('\n');
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

/** The level asked for; without one the strongest that this user can reach. */
export function levelOf(given: string | undefined): InstallLevel {
  if (given === undefined) return process.getuid?.() === 0 ? 'managed' : 'user';
  if (given !== 'managed' && given !== 'user') throw usage(`--level is managed or user, not \`${given.slice(0, 40)}\``);
  if (given === 'managed' && process.getuid?.() !== 0)
    throw new UserError('not-root', 'the managed level is written below /etc', 'run as root, or use --level user');
  return given;
}
