// `holdfast doctor`: checks every part of Holdfast and of each agent, and says for each what to do.
import { homedir } from 'node:os';
import { doctorClaudeCode } from '../../edge/install/index.ts';
import { ETC } from '../agents.ts';
import { knownFingerprint } from '../hook-key.ts';
import { hookCommand } from '../hook-command.ts';
import { askWatcher } from '../ask-watcher.ts';
import { heldPort, tokenOf } from '../held-port.ts';
import { findHome } from '../home.ts';
import { serviceCheck, standingService } from '../service.ts';
import { partChecks, type PartCheck } from '../part-checks.ts';
import { tell } from '../terminal.ts';
import { paint } from '../text.ts';
import type { Parsed } from './args.ts';
import { EXIT } from './errors.ts';

const STYLE = { ok: 'good', warn: 'warn', fail: 'bad' } as const;

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
    probeHttp: async (port) => {
      const held = await heldPort(home);
      if ('why' in held) return { ok: false, text: held.why };
      return held.port === port
        ? { ok: true, text: `port ${port} is held by the system's service manager and served by the watcher` }
        : { ok: false, text: `the hooks go to port ${port}, the watcher serves ${held.port}` };
    },
  });
  const parts = await partChecks(home, await askWatcher(home, 'status'));
  const checks: readonly PartCheck[] = [...parts, ...agent, serviceCheck(await standingService(home, homedir()))];
  if (args.has('json')) process.stdout.write(`${JSON.stringify(checks)}\n`);
  else
    for (const { state, name, text, todo } of checks) {
      tell(`${paint(STYLE[state], state.padEnd(4))}  ${name.padEnd(8)} ${text}`);
      if (todo !== '') tell(`${' '.repeat(15)}${paint('bold', 'do this:')} ${todo}`);
    }
  return checks.some((check) => check.state === 'fail') ? EXIT.some : EXIT.ok;
}
