// Where Holdfast keeps its things: one directory, 0700, named by HOLDFAST_HOME or the platform's state directory.
import { mkdirSync, statSync } from 'node:fs';
import { homedir, platform } from 'node:os';
import { join, resolve } from 'node:path';
import { UserError } from './cli/errors.ts';

export type Home = {
  readonly root: string;
  readonly ledger: string;
  readonly socket: string;
  readonly hookKey: string;
  readonly httpKey: string;
  readonly secretKey: string;
  readonly settings: string;
  readonly policies: string;
  readonly backups: string;
};

/** The layout below `root`; nothing is created. */
export function homeAt(root: string): Home {
  return {
    root,
    ledger: join(root, 'ledger'),
    socket: join(root, 'run', 'gate.sock'),
    hookKey: join(root, 'run', 'hook.key'),
    httpKey: join(root, 'run', 'http.key'),
    secretKey: join(root, 'watcher.key'),
    settings: join(root, 'settings.json'),
    policies: join(root, 'policies'),
    backups: join(root, 'backups'),
  };
}

/** `--home` of a verb wins over HOLDFAST_HOME, that over the platform's default. */
export function findHome(given: string | undefined): Home {
  return homeAt(resolve(given ?? process.env['HOLDFAST_HOME'] ?? defaultRoot()));
}

/** Creates the directories, private to the user. A directory that others may write to is refused. */
export function makeHome(home: Home): void {
  for (const dir of [home.root, home.ledger, join(home.root, 'run'), home.backups]) {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    const mode = statSync(dir).mode & 0o077;
    if (mode !== 0) {
      throw new UserError(
        'home-open',
        `${dir} is open to other users (mode ${(statSync(dir).mode & 0o777).toString(8)})`,
        `run \`chmod 700 ${dir}\` and start again`,
      );
    }
  }
}

function defaultRoot(): string {
  const user = homedir();
  if (platform() === 'darwin') return join(user, 'Library', 'Application Support', 'holdfast');
  return join(process.env['XDG_STATE_HOME'] ?? join(user, '.local', 'state'), 'holdfast');
}
