// `holdfast doctor`: checks every part and says for each what to do.
import { homedir } from 'node:os';
import { doctorClaudeCode } from '../../edge/install/index.ts';
import { ETC } from '../agents.ts';
import { knownFingerprint } from '../compose.ts';
import { hookCommand } from '../hook-command.ts';
import { askWatcher } from '../ask-watcher.ts';
import { heldPort, tokenOf } from '../held-port.ts';
import { findHome } from '../home.ts';
import { serviceCheck, standingService } from '../service.ts';
import type { Parsed } from './args.ts';
import { EXIT } from './errors.ts';

export async function run(args: Parsed): Promise<number> {
  const home = findHome(args.get('dir'));
  const key = knownFingerprint(home);
  const hook = key === undefined ? undefined : hookCommand(home, 'claude-code', key);
  const agent = await doctorClaudeCode({
    roots: { home: homedir(), etc: ETC },
    path: process.env['PATH'] ?? '/usr/bin:/bin',
    argv: hook?.argv,
    native: hook?.kind === 'native',
    digest: hook?.digest,
    ...tokenOf(home),
    probe: async () => {
      const told = await askWatcher(home, 'status');
      return 'json' in told ? { ok: true, text: 'the watcher answers' } : { ok: false, text: told.why };
    },
    probeHttp: async (port) => {
      const held = await heldPort(home);
      if ('why' in held) return { ok: false, text: held.why };
      return held.port === port
        ? { ok: true, text: `port ${port} is held by the system's service manager and served by the watcher` }
        : { ok: false, text: `the hooks go to port ${port}, the watcher serves ${held.port}` };
    },
  });
  const checks = [...agent, serviceCheck(await standingService(home, homedir()))];
  if (args.has('json')) process.stdout.write(`${JSON.stringify(checks)}\n`);
  else
    for (const check of checks)
      process.stdout.write(
        `${check.state.padEnd(4)}  ${check.name.padEnd(8)} ${check.text}${check.todo === '' ? '' : `\n      do this: ${check.todo}`}\n`,
      );
  return checks.some((check) => check.state === 'fail') ? EXIT.some : EXIT.ok;
}
