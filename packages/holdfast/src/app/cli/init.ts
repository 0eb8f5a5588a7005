// `holdfast init`: protects agents. Shows the exact change first; makes it after a yes; a second run changes nothing.
import { createInterface } from 'node:readline/promises';
import { homedir } from 'node:os';
import { applyInstall, holes, InstallError, planInstall, type InstallLevel } from '../../edge/install/index.ts';
import { detectAll, hookFor, installRequest } from '../agents.ts';
import { findHome } from '../home.ts';
import type { Parsed } from './args.ts';
import { EXIT, UserError, usage } from './errors.ts';

export async function run(args: Parsed): Promise<number> {
  const home = findHome(args.get('dir'));
  const level = levelOf(args.get('level'));
  const found = await detectAll(home, homedir());
  const wanted = args.all('agent');
  for (const name of wanted) {
    if (name !== 'claude-code')
      throw usage(`there is no agent \`${name.slice(0, 40)}\` that init knows`, 'it knows claude-code');
  }
  const hosts = wanted.length > 0 ? wanted : found.map((agent) => agent.host as string);
  if (hosts.length === 0)
    throw new UserError(
      'no-agent',
      'no agent was found on this machine',
      'name one with --agent, or see `holdfast demo`',
    );
  const rows: unknown[] = [];
  for (const host of hosts) {
    const request = installRequest(home, homedir(), host, level);
    const open = holes(level, hookFor(home, host).kind === 'native');
    try {
      const plan = await planInstall(request);
      if (!args.has('json')) {
        process.stdout.write(
          plan.changes
            ? `${host}, level ${level}: this is the change\n${plan.diff}\n`
            : `${host}, level ${level}: already in place, nothing to change\n`,
        );
        for (const hole of open)
          process.stdout.write(`  at this level it can be switched off: ${hole.text} [${hole.code}]\n`);
        if (level === 'user') process.stdout.write('  as root, `holdfast init --level managed` closes these\n');
      }
      const make = plan.changes && !args.has('dry-run') && (args.has('yes') || (await agreed(host)));
      if (make) await applyInstall(request, plan);
      if (make && !args.has('json'))
        process.stdout.write(
          `done; ${plan.file} now calls holdfast, and ${host} runs nothing while the watcher is down (\`holdfast start\`)\n`,
        );
      else if (plan.changes && !args.has('json')) process.stdout.write('nothing was changed\n');
      rows.push({ host, level, file: plan.file, changes: plan.changes, made: make, diff: plan.diff, holes: open });
    } catch (error) {
      if (error instanceof InstallError) throw new UserError(error.code, error.message, error.todo);
      throw error;
    }
  }
  if (args.has('json')) process.stdout.write(`${JSON.stringify(rows)}\n`);
  return EXIT.ok;
}

export function levelOf(given: string | undefined): InstallLevel {
  if (given === undefined) return process.getuid?.() === 0 ? 'managed' : 'user';
  if (given !== 'managed' && given !== 'user') throw usage(`--level is managed or user, not \`${given.slice(0, 40)}\``);
  if (given === 'managed' && process.getuid?.() !== 0)
    throw new UserError('not-root', 'the managed level is written below /etc', 'run as root, or use --level user');
  return given;
}

/** Asks on a terminal; without one there is no yes. */
export async function agreed(what: string): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stdout.isTTY) {
    process.stdout.write(`without a terminal nothing is changed for ${what}; run again with --yes\n`);
    return false;
  }
  const ask = createInterface({ input: process.stdin, output: process.stdout });
  const answer = (await ask.question(`make this change for ${what}? [y/N] `)).trim().toLowerCase();
  ask.close();
  return answer === 'y' || answer === 'yes';
}
