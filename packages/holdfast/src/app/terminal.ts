// Writing for people: colours only where they show, commands named as they can be typed, questions that only a yes answers with yes.
import { existsSync, realpathSync } from 'node:fs';
import { delimiter, dirname, isAbsolute, join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { printable, styled } from './text.ts';

/** Whether colours are wanted: a terminal that has them, and nobody said no (no-color.org). */
export function hasColours(stream: NodeJS.WriteStream = process.stdout): boolean {
  const { NO_COLOR, TERM } = process.env;
  return stream.isTTY === true && (NO_COLOR === undefined || NO_COLOR === '') && TERM !== 'dumb';
}

/** Columns of the terminal; elsewhere lines are not cut to any width. */
export function columns(): number {
  return process.stdout.isTTY && process.stdout.columns > 0 ? process.stdout.columns : Infinity;
}

/** Writes lines for people to standard output. */
export function tell(text: string): void {
  process.stdout.write(`${finish(text, process.stdout)}\n`);
}

/** Writes what is beside the answer to standard error, so that output stays what was asked for. */
export function note(text: string): void {
  process.stderr.write(`${finish(text, process.stderr)}\n`);
}

function finish(text: string, stream: NodeJS.WriteStream): string {
  return styled(printable(typeable(text)), hasColours(stream));
}

/** Commands stand in backquotes and begin with `holdfast`; here they get the name by which this program can be called. */
export function typeable(text: string): string {
  const name = programName();
  return name === 'holdfast' ? text : text.replaceAll(/`holdfast(?=[ `])/g, () => `\`${name}`);
}

let name: string | undefined;

/** How this very program is called from here: by its bare name where PATH leads to it, else by its path. */
export function programName(): string {
  name ??= findName(process.env['PATH'] ?? '', process.cwd());
  return name;
}

function findName(path: string, cwd: string): string {
  const here = dirname(fileURLToPath(import.meta.url));
  const clone = import.meta.url.endsWith('.ts');
  const own = clone ? join(here, '../../../../bin/holdfast') : join(here, '../../bin/holdfast.cjs');
  const real = realOf(own);
  const found = path
    .split(delimiter)
    .filter((folder) => isAbsolute(folder))
    .map((folder) => join(folder, 'holdfast'))
    .find((file) => existsSync(file));
  if (found !== undefined && realOf(found) === real) return 'holdfast';
  const near = relative(cwd, own);
  if (clone && !near.startsWith('..')) return near;
  // Installed below the folder one stands in: npm's own runner finds it.
  if (near.startsWith(`node_modules${near[12] ?? ''}`)) return 'npx holdfast';
  return own;
}

function realOf(file: string): string {
  return existsSync(file) ? realpathSync(file) : file;
}

/** True where a question can be asked and the answer be seen. */
export function canAsk(): boolean {
  return process.stdin.isTTY === true && process.stdout.isTTY === true;
}

/** Asks for yes or no; anything but a yes is a no. `interrupted` after Ctrl-C; the end of input is a no. */
export function confirm(question: string): Promise<'yes' | 'no' | 'interrupted'> {
  const ask = createInterface({ input: process.stdin, output: process.stdout });
  return new Promise((resolve) => {
    let answered = false;
    const end = (answer: 'yes' | 'no' | 'interrupted'): void => {
      answered = true;
      resolve(answer);
      ask.close();
    };
    ask.once('SIGINT', () => {
      process.stdout.write('\n');
      end('interrupted');
    });
    ask.once('close', () => {
      if (!answered) process.stdout.write('\n');
      resolve('no');
    });
    ask.question(finish(`${question} [y/N] `, process.stdout), (answer) =>
      end(['y', 'yes'].includes(answer.trim().toLowerCase()) ? 'yes' : 'no'),
    );
  });
}
