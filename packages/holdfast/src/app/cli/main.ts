// Entry of the command line: finds the verb, reads its flags, turns every error into one line and an exit code.
import { readArgs } from './args.ts';
import { EXIT, errorLine, usage, type UserError } from './errors.ts';
import { VERBS } from './verbs.ts';
import { VERSION } from './version.ts';

/** Runs one command line (without node and script); answers the exit code. Never throws. */
export async function main(argv: readonly string[]): Promise<number> {
  try {
    const [name, ...rest] = argv;
    if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
      if (rest[0] !== undefined && VERBS.every((each) => each.name !== rest[0])) throw noVerb(rest[0]);
      process.stdout.write(helpText(rest[0]));
      return EXIT.ok;
    }
    if (name === '--version' || name === 'version') {
      process.stdout.write(`holdfast ${VERSION}\n`);
      return EXIT.ok;
    }
    const verb = VERBS.find((candidate) => candidate.name === name);
    if (verb === undefined) throw noVerb(name);
    if (asksForHelp(rest)) {
      process.stdout.write(helpText(name));
      return EXIT.ok;
    }
    const args = readArgs(rest, verb);
    return await (await verb.load()).run(args, rest);
  } catch (error) {
    const { line, exit } = errorLine(error);
    // Loaded only now: a verb that works needs nothing of it before it knows what it wants to say.
    const { note } = await import('../terminal.ts');
    note(line);
    // To an agent's hook mechanism every other code than 2 means: go on (agents that run command hooks agree only on this one).
    return argv[0] === 'hook' ? 2 : exit;
  }
}

function noVerb(name: string): UserError {
  return usage(`there is no verb \`${name.slice(0, 40)}\``);
}

/** `--help` anywhere before the end of flags: what stands after `--` is not ours. */
function asksForHelp(rest: readonly string[]): boolean {
  const own = rest.includes('--') ? rest.slice(0, rest.indexOf('--')) : rest;
  return own.includes('--help') || own[0] === '-h';
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
  const parts = [
    `usage: holdfast ${verb.name}${verb.operands === '' ? '' : ` ${verb.operands}`} [FLAGS]`,
    verb.text + (verb.more === undefined ? '' : `\n${verb.more}`),
    rows.join('\n'),
    verb.examples.map((example) => `  ${example}`).join('\n'),
  ];
  return `${parts.join('\n\n')}\n`;
}
