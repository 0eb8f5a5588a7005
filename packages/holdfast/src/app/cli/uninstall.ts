// `holdfast uninstall`: takes the hooks and the service out again wherever ours stand, byte for byte where nothing else changed.
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { planRemoval, removeInstall, type InstallLevel } from '../../edge/install/index.ts';
import { removalRequest } from '../agents.ts';
import { findHome } from '../home.ts';
import { canAsk, confirm, note, tell } from '../terminal.ts';
import type { Parsed } from './args.ts';
import { EXIT } from './errors.ts';
import { painted } from '../text.ts';
import { knownHosts } from './init.ts';
import { unserve } from './uninstall-service.ts';

const SAID = {
  restored: 'is as it was before, byte for byte',
  removed: 'did not exist before and is gone',
  stripped: 'was changed meanwhile: only the entries of holdfast were taken out',
  absent: 'holds nothing of holdfast',
} as const;

export async function run(args: Parsed): Promise<number> {
  const home = findHome(args.get('dir'));
  const json = args.has('json');
  const say = (text: string): void => (json ? undefined : tell(text));
  const named = knownHosts(args.all('agent'));
  const levels: readonly InstallLevel[] = process.getuid?.() === 0 ? ['managed', 'user'] : ['user'];
  const rows: unknown[] = [];
  let unasked = false;
  for (const host of named.length > 0 ? named : ['claude-code']) {
    for (const level of levels) {
      const request = removalRequest(home, homedir(), host, level);
      const plan = await planRemoval(request);
      let make = plan.how !== 'absent' && args.has('yes');
      if (plan.how !== 'absent') {
        say(painted(plan.diff));
        if (!args.has('yes')) {
          const answer = canAsk() ? await confirm(`make this change to ${plan.file}?`) : undefined;
          unasked ||= answer === undefined;
          make = answer === 'yes';
          if (!make) say('nothing was changed');
          if (answer === 'interrupted') return EXIT.interrupted;
        }
      }
      const done = make ? await removeInstall(request) : plan;
      rows.push({ host, level, file: done.file, how: done.how, made: make });
      if (make || done.how === 'absent') say(`${done.file} ${SAID[done.how]}`);
    }
  }
  for (const scope of process.getuid?.() === 0 ? (['system', 'user'] as const) : (['user'] as const)) {
    const gone = await unserve({ home, userHome: homedir(), scope, how: args.has('yes') ? 'make' : 'ask', json });
    if (gone === 'interrupted') return EXIT.interrupted;
    if (gone === undefined) continue;
    rows.push(gone.row);
    unasked ||= gone.unasked;
  }
  if (json) process.stdout.write(`${JSON.stringify(rows)}\n`);
  else if (existsSync(home.ledger))
    tell(`the ledger stays in ${home.ledger}; remove the folder yourself when you no longer need the evidence`);
  if (unasked) note('holdfast: nothing was changed: without a terminal that needs --yes [needs-yes]');
  return unasked ? EXIT.failed : EXIT.ok;
}
