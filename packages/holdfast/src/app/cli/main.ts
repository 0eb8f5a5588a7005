// Entry of the command line: finds the verb, reads its flags, turns every error into one line and an exit code.
import { readArgs } from './args.ts';
import { EXIT, errorLine, usage } from './errors.ts';
import { VERBS } from './verbs.ts';
import { VERSION } from './version.ts';

/** Runs one command line (without node and script); answers the exit code. Never throws. */
export async function main(argv: readonly string[]): Promise<number> {
  try {
    const [name, ...rest] = argv;
    if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
      process.stdout.write(helpText(rest[0]));
      return EXIT.ok;
    }
    if (name === '--version' || name === 'version') {
      process.stdout.write(`holdfast ${VERSION}\n`);
      return EXIT.ok;
    }
    const verb = VERBS.find((candidate) => candidate.name === name);
    if (verb === undefined) throw usage(`there is no verb \`${name.slice(0, 40)}\``);
    if (rest.includes('--help')) {
      process.stdout.write(helpText(name));
      return EXIT.ok;
    }
    const args = readArgs(rest, verb.flags);
    return await (await verb.load()).run(args, rest);
  } catch (error) {
    const { line, exit } = errorLine(error);
    process.stderr.write(`${line}\n`);
    // To an agent's hook mechanism every other code than 2 means: go on (agents that run command hooks agree only on this one).
    return argv[0] === 'hook' ? 2 : exit;
  }
}

/** Help for one verb, or the list of all. */
export function helpText(name?: string): string {
  const verb = VERBS.find((candidate) => candidate.name === name);
  if (verb === undefined) {
    const rows = VERBS.map((each) => `  ${each.name.padEnd(10)} ${each.text}`);
    return `holdfast ${VERSION} – decides every action of an agent before it happens\n\nusage: holdfast VERB [FLAGS]\n\n${rows.join('\n')}\n\n\`holdfast help VERB\` shows the flags of a verb.\n`;
  }
  const rows = verb.flags.map(
    (flag) => `  ${`--${flag.name}${flag.value === undefined ? '' : ` ${flag.value}`}`.padEnd(24)} ${flag.text}`,
  );
  return `usage: holdfast ${verb.name}${verb.operands === '' ? '' : ` ${verb.operands}`} [FLAGS]\n\n${verb.text}\n\n${rows.join('\n')}\n`;
}
