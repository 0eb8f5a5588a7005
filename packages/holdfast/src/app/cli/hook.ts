// `holdfast hook HOST`: hands over to the installed hook client, which reads standard input and answers in the host's form.
import { spawnSync } from 'node:child_process';
import { findHome } from '../home.ts';
import { installHook } from '../hook-command.ts';
import { knownFingerprint } from '../compose.ts';
import type { Parsed } from './args.ts';
import { EXIT } from './errors.ts';

/** Every failure on the way is exit 2 with a sentence: the one denial all command-hook agents honour. */
export async function run(args: Parsed, argv: readonly string[]): Promise<number> {
  try {
    const [host = ''] = args.operands;
    const home = findHome(undefined);
    const given = args.get('socket') !== undefined;
    const print = given ? '' : knownFingerprint(home);
    if (print === undefined) {
      process.stderr.write(
        `holdfast: the watcher is not running, it never ran in ${home.root}; the action was stopped; start it with \`holdfast start\`\n`,
      );
      return 2;
    }
    const { argv: installed } = installHook(home, host, print);
    const [program = '', ...rest] = installed;
    const fixed = given ? [...rest.slice(0, rest.indexOf(host)), ...argv] : [...rest, ...args.operands.slice(1)];
    const done = spawnSync(program, fixed, { stdio: 'inherit', env: {} });
    if (done.error !== undefined) throw done.error;
    return done.status ?? EXIT.usage;
  } catch (error) {
    process.stderr.write(
      `holdfast: denied: the hook client could not run: ${error instanceof Error ? error.message : String(error)}; run \`holdfast doctor\` [hook-failed]\n`,
    );
    return 2;
  }
}
