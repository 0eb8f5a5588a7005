// `holdfast hook HOST`: hands over to the installed hook client, which reads standard input and answers in the host's form.
import { spawnSync } from 'node:child_process';
import { findHome } from '../home.ts';
import { installHook, ownHook } from '../hook-command.ts';
import { knownFingerprint } from '../hook-key.ts';
import type { Parsed } from './args.ts';
import { EXIT } from './errors.ts';

/** Every failure on the way is exit 2 with a sentence: the one denial all command-hook agents honour. */
export async function run(args: Parsed, argv: readonly string[]): Promise<number> {
  try {
    // An installed hook carries its socket: then HOLDFAST_* are not even looked at.
    if (args.get('socket') !== undefined) return handOver([...ownHook(), ...argv]);
    const [host = ''] = args.operands;
    const home = findHome(undefined);
    const print = knownFingerprint(home);
    if (print === undefined) {
      process.stderr.write(
        `holdfast: the watcher is not running, it never ran in ${home.root}; the action was stopped; start it with \`holdfast start\`\n`,
      );
      return 2;
    }
    return handOver([...installHook(home, host, print).argv, ...args.operands.slice(1)]);
  } catch (error) {
    process.stderr.write(
      `holdfast: denied: the hook client could not run: ${error instanceof Error ? error.message : String(error)}; run \`holdfast doctor\` [hook-failed]\n`,
    );
    return 2;
  }
}

function handOver([program = '', ...rest]: readonly string[]): number {
  const done = spawnSync(program, rest, { stdio: 'inherit', env: {} });
  if (done.error !== undefined) throw done.error;
  return done.status ?? EXIT.usage;
}
