// `holdfast uninstall`: takes the hooks out again at every level where ours stand, byte for byte where nothing else changed.
import { homedir } from 'node:os';
import { InstallError, planRemoval, removeInstall, type InstallLevel } from '../../edge/install/index.ts';
import { installRequest } from '../agents.ts';
import { findHome } from '../home.ts';
import type { Parsed } from './args.ts';
import { EXIT, UserError } from './errors.ts';
import { agreed } from './init.ts';

const SAID = {
  restored: 'is as it was before, byte for byte',
  removed: 'did not exist before and is gone',
  stripped: 'was changed meanwhile: only the entries of holdfast were taken out',
  absent: 'holds nothing of holdfast',
} as const;

export async function run(args: Parsed): Promise<number> {
  const home = findHome(args.get('dir'));
  const hosts = args.all('agent').length > 0 ? args.all('agent') : ['claude-code'];
  const levels: readonly InstallLevel[] = process.getuid?.() === 0 ? ['managed', 'user'] : ['user'];
  const rows: unknown[] = [];
  for (const host of hosts) {
    for (const level of levels) {
      const request = installRequest(home, homedir(), host, level);
      try {
        const plan = await planRemoval(request);
        if (plan.how !== 'absent' && !args.has('json')) process.stdout.write(`${plan.diff}\n`);
        const make = plan.how !== 'absent' && (args.has('yes') || (await agreed(`${host} (${level})`)));
        const done = make ? await removeInstall(request) : plan;
        rows.push({ host, level, file: done.file, how: done.how, made: make });
        if (!args.has('json') && (make || done.how === 'absent'))
          process.stdout.write(`${done.file} ${SAID[done.how]}\n`);
      } catch (error) {
        if (error instanceof InstallError) throw new UserError(error.code, error.message, error.todo);
        throw error;
      }
    }
  }
  if (args.has('json')) process.stdout.write(`${JSON.stringify(rows)}\n`);
  else
    process.stdout.write(
      `the ledger stays in ${home.ledger}; remove the directory yourself when you no longer need the evidence\n`,
    );
  return EXIT.ok;
}
