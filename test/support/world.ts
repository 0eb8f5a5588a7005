// A closed little world for one agent: an empty network namespace with only loopback up, a model server inside it, a throw-away home
// mounted over an unused folder, and, where wanted, an /etc of its own. Nothing outside is touched.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Script, Seen } from './model-server.ts';

export type World = {
  /** Throw-away folder on the outside. */
  readonly dir: string;
  /** Where that folder is inside: no temporary place, so that what lies there counts as a user's own. */
  readonly at: string;
  /** Paths inside: the agent's home, and the project it works in. */
  readonly home: string;
  readonly work: string;
  /** The same file's path on the outside. */
  readonly outside: (inside: string) => string;
  /** /etc inside is a copy of its own, so that managed settings may be written. */
  readonly ownEtc: boolean;
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
/** `open`: standard input is a pipe that the caller writes to. */
export type SpawnIn = {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly input?: string;
  readonly open?: true;
};

const root = process.getuid?.() === 0;
/** With root, plain namespaces; without, a user namespace in which we are root. */
const UNSHARE = root ? ['-n', '-m'] : ['-r', '-n', '-m'];
const NSENTER = root ? ['-n', '-m'] : ['-U', '--preserve-credentials', '-n', '-m'];

/** A folder that is on every Linux and that nothing we run lies in; the world is mounted over it, privately. */
function place(): string | undefined {
  const ours = [process.execPath, fileURLToPath(import.meta.url), tmpdir()];
  return ['/srv', '/mnt', '/media', '/opt'].find(
    (at) => existsSync(at) && ours.every((path) => !path.startsWith(`${at}/`)),
  );
}

/** Why no world can be opened here, or undefined. Tests skip with this sentence. */
export function whyNoWorld(): string | undefined {
  if (process.platform !== 'linux') return 'needs Linux namespaces';
  const at = place();
  if (at === undefined) return 'there is no folder that a world could be mounted over';
  const try_ = `ip link set lo up && mount --make-rprivate / && mount --bind "$1" "$1" && command -v nsenter`;
  const probe = spawnSync('unshare', [...UNSHARE, 'sh', '-c', try_, 'sh', at], { encoding: 'utf8' });
  if (probe.status === 0) return undefined;
  return `no namespaces can be made here (${(probe.stderr || String(probe.error ?? '')).trim().slice(0, 200)})`;
}

/** Opens a world. `ownEtc`: /etc inside is a copy. */
export async function openWorld(options: { readonly ownEtc?: boolean } = {}): Promise<World> {
  const at = place();
  if (at === undefined) throw new Error(whyNoWorld());
  const dir = await mkdtemp(join(tmpdir(), 'holdfast-world-'));
  const inner = join(dir, 'inside');
  const [home, work] = [join(at, 'dev'), join(at, 'dev/project')];
  const scripts = join(dir, 'scripts.json');
  const log = join(dir, 'model.jsonl');
  await mkdir(join(inner, 'dev/project'), { recursive: true });
  await Promise.all([mkdir(join(inner, 'tmp')), writeFile(scripts, '[]'), writeFile(log, '')]);
  const etc = options.ownEtc === true ? join(dir, 'etc') : '';
  if (etc !== '')
    await cp('/etc', etc, {
      recursive: true,
      verbatimSymlinks: true,
      filter: (path) => !UNREADABLE.some((part) => path.startsWith(part)),
    });
  const server = fileURLToPath(new URL('./model-server.ts', import.meta.url));
  // Made private first, so that no mount ever shows outside.
  const setUp = [
    'ip link set lo up && mount --make-rprivate / && mount --bind "$2" "$3"',
    ...(etc === '' ? [] : ['mount --bind "$1" /etc']),
    // The service manager of the machine is not to be reached from inside.
    '{ [ ! -d /run/systemd ] || mount -t tmpfs none /run/systemd; }',
    'exec "$4" "$5" --scripts "$6" --log "$7"',
  ];
  const holder = spawn(
    'unshare',
    [...UNSHARE, 'sh', '-c', setUp.join(' && '), 'sh', etc, inner, at, process.execPath, server, scripts, log],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
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
    at,
    home,
    work,
    outside: (path) =>
      path.startsWith('/etc/') && etc !== ''
        ? join(etc, path.slice('/etc/'.length))
        : join(inner, path.slice(at.length)),
    ownEtc: etc !== '',
    port,
    play: (next) => writeFile(scripts, JSON.stringify(next)),
    seen: async () =>
      (await readFile(log, 'utf8'))
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Seen),
    spawn: (program, args, how = {}) => {
      // nsenter becomes sh, and sh the program: its pid is the one that is ended.
      const child = spawn(
        'nsenter',
        [
          '-t',
          String(holder.pid),
          ...NSENTER,
          '--',
          'sh',
          '-c',
          'cd "$0" && exec "$@"',
          how.cwd ?? at,
          program,
          ...args,
        ],
        {
          env: how.env ?? process.env,
          stdio: [how.input === undefined && how.open === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
        },
      );
      if (how.input !== undefined) {
        // A program that answers before it has read everything closes its end; what it then answers is what counts.
        child.stdin?.on('error', () => child.stdin?.destroy());
        child.stdin?.end(how.input);
      }
      inside.add(child);
      child.once('close', () => inside.delete(child));
      return child;
    },
    close,
  };
}

/** Private keys: not needed inside, and not ours to copy. */
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
