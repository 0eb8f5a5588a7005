// A closed little world for one agent: an empty network namespace with only loopback up, a model server inside it, a throw-away home,
// and, where wanted, an /etc of its own. Processes are put into it by pid; nothing outside is touched.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Script, Seen } from './model-server.ts';

export type World = {
  /** Throw-away folder of this world; `home`, `work` and (with an own /etc) `etc` lie inside it. */
  readonly dir: string;
  readonly home: string;
  readonly work: string;
  /** Backing folder of the private /etc; undefined when /etc is the machine's own (and must not be written). */
  readonly etc: string | undefined;
  /** Port of the model server, reachable from inside only. */
  readonly port: number;
  /** Replaces the scripts of the model server. */
  readonly play: (scripts: readonly Script[]) => Promise<void>;
  /** Requests the model server has seen so far. */
  readonly seen: () => Promise<readonly Seen[]>;
  /** Starts a program inside; its pid is that program's own. Ended with the world. */
  readonly spawn: (program: string, args: readonly string[], options?: SpawnIn) => ChildProcess;
  readonly close: () => Promise<void>;
};
export type SpawnIn = {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly stdio?: 'pipe' | 'ignore';
  readonly detached?: boolean;
};

const root = process.getuid?.() === 0;
/** With root, plain namespaces; without, a user namespace in which we are root. */
const UNSHARE = root ? ['-n', '-m'] : ['-r', '-n', '-m'];
const NSENTER = root ? ['-n', '-m'] : ['-U', '--preserve-credentials', '-n', '-m'];

/** Why no world can be opened here, or undefined. Tests skip with this sentence. */
export function whyNoWorld(): string | undefined {
  if (process.platform !== 'linux') return 'needs Linux network namespaces';
  const probe = spawnSync('unshare', [...UNSHARE, 'sh', '-c', 'ip link set lo up && command -v nsenter'], {
    encoding: 'utf8',
  });
  if (probe.status === 0) return undefined;
  return `no network namespace can be made here (${(probe.stderr || String(probe.error ?? '')).trim().slice(0, 200)})`;
}

/** Opens a world. `ownEtc`: /etc inside is a copy, so that managed settings can be installed. */
export async function openWorld(options: { readonly ownEtc?: boolean } = {}): Promise<World> {
  const dir = await mkdtemp(join(tmpdir(), 'holdfast-world-'));
  const home = join(dir, 'home');
  const work = join(dir, 'work');
  const scripts = join(dir, 'scripts.json');
  const log = join(dir, 'model.jsonl');
  await Promise.all([mkdir(home), mkdir(work), writeFile(scripts, '[]'), writeFile(log, '')]);
  let etc: string | undefined;
  if (options.ownEtc === true) {
    etc = join(dir, 'etc');
    await cp('/etc', etc, {
      recursive: true,
      verbatimSymlinks: true,
      filter: (path) => !UNREADABLE.some((part) => path.startsWith(part)),
    });
  }
  const server = fileURLToPath(new URL('./model-server.ts', import.meta.url));
  // The mount is made private first, so that the bind never shows outside.
  const bind = etc === undefined ? '' : 'mount --make-rprivate / && mount --bind "$1" /etc && ';
  const holder = spawn(
    'unshare',
    [
      ...UNSHARE,
      'sh',
      '-c',
      `ip link set lo up && ${bind}exec "$2" "$3" --scripts "$4" --log "$5"`,
      'sh',
      etc ?? '',
      process.execPath,
      server,
      scripts,
      log,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const inside = new Set<ChildProcess>();
  const close = async (): Promise<void> => {
    await Promise.all([...inside, holder].map((child) => end(child)));
    await rm(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  };
  let port: number;
  try {
    port = await firstLine(holder);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    dir,
    home,
    work,
    etc,
    port,
    play: (next) => writeFile(scripts, JSON.stringify(next)),
    seen: async () =>
      (await readFile(log, 'utf8'))
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Seen),
    spawn: (program, args, how = {}) => {
      const child = spawn(
        'nsenter',
        [
          '-t',
          String(holder.pid),
          ...NSENTER,
          ...(how.cwd === undefined ? [] : [`--wd=${how.cwd}`]),
          '--',
          program,
          ...args,
        ],
        {
          env: how.env ?? process.env,
          stdio: how.stdio === 'ignore' ? 'ignore' : ['ignore', 'pipe', 'pipe'],
          detached: how.detached ?? false,
        },
      );
      inside.add(child);
      child.once('close', () => inside.delete(child));
      return child;
    },
    close,
  };
}

/** Private key folders: not needed inside, and not ours to copy. */
const UNREADABLE = ['/etc/ssl/private', '/etc/ssh', '/etc/shadow', '/etc/gshadow', '/etc/sudoers'];

async function firstLine(holder: ChildProcess): Promise<number> {
  if (holder.stdout === null) throw new Error('the model server has no output');
  for await (const line of createInterface({ input: holder.stdout }))
    return (JSON.parse(line) as { port: number }).port;
  throw new Error('the model server ended before it was ready');
}

/** Ends one process that we started and waits until it is gone. */
export function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('close', () => resolve());
    child.kill('SIGKILL');
  });
}
