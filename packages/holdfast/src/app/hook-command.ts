// The hook client as it is installed: which program, with which arguments. The native one where it could be built, else Node's.
import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nativePart } from '../edge/transports/index.ts';
import type { Home } from './home.ts';

export type HookCommand = {
  readonly argv: readonly string[];
  readonly kind: 'native' | 'node';
  readonly digest: string;
};

const HERE = dirname(fileURLToPath(import.meta.url));

function client(): { readonly built: string | undefined; readonly source: string } {
  const built = nativePart('holdfast-hook');
  return { built, source: built ?? resolve(HERE, 'hook.mjs') };
}

/** Node reads NODE_OPTIONS and the loader LD_PRELOAD: without an environment there is nothing to make it answer yes. */
function programOf(built: string | undefined, file: string): readonly string[] {
  return built === undefined ? ['/usr/bin/env', '-i', process.execPath, file] : [file];
}

/** The client where it was built, run from there: nothing of the environment, and no directory, has a say in it. */
export function ownHook(): readonly string[] {
  const { built, source } = client();
  return programOf(built, source);
}

/** The command line for one host as it would be installed; writes nothing. */
export function hookCommand(
  home: Home,
  host: string,
  fingerprint: string,
): HookCommand & { readonly source: string; readonly target: string } {
  const { built, source } = client();
  const digest = createHash('sha256').update(readFileSync(source)).digest('hex');
  const target = join(home.root, 'bin', built === undefined ? 'holdfast-hook.mjs' : 'holdfast-hook');
  return {
    argv: [...programOf(built, target), host, '--socket', home.socket, '--key', fingerprint],
    kind: built === undefined ? 'node' : 'native',
    digest,
    source,
    target,
  };
}

/**
 * Copies the hook client into Holdfast's own directory (so that a moved clone does not open the gate) and answers the
 * command line for one host. Idempotent: the same bytes are not written twice.
 */
export function installHook(home: Home, host: string, fingerprint: string): HookCommand & { readonly target: string } {
  const command = hookCommand(home, host, fingerprint);
  const { source, target } = command;
  if (!existsSync(target) || !readFileSync(target).equals(readFileSync(source))) {
    mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
    const fresh = `${target}.new`;
    copyFileSync(source, fresh);
    chmodSync(fresh, 0o700);
    renameSync(fresh, target);
  }
  return command;
}

/** What the process of a hook then looks like: `env -i` has gone and what it started stands in its place. */
export function seenAs(argv: readonly string[]): readonly string[] {
  return argv[0] === '/usr/bin/env' ? argv.slice(2) : argv;
}

/** The command as one line for `sh -c`, every word quoted. */
export function shellLine(argv: readonly string[]): string {
  return argv.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)).join(' ');
}
