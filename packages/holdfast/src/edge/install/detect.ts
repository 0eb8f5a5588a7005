// Which agents are on this machine, in which version, and how far each is protected.
import { execFile } from 'node:child_process';
import { access, constants, readdir, readFile, realpath, stat } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import {
  dropIns,
  FAILS_CLOSED_SINCE,
  holes,
  settingsFile,
  type Hole,
  type InstallLevel,
  type Roots,
} from './claude-code.ts';
import { codeOf } from '../../core/model/index.ts';
import { httpPortIn, ourGroups } from './entries.ts';
import { InstallError } from './errors.ts';
import { readSettings } from './files.ts';
import { hooksOffAt, isInstalled, textOf } from './install.ts';

export type DetectRequest = {
  readonly roots: Roots;
  /** The PATH to look programs up on. */
  readonly path: string;
  /** Program and arguments of the hook client as they would be installed; undefined while there is none. */
  readonly argv: readonly string[] | undefined;
  /** The hook client is the native one. */
  readonly native: boolean;
  /** The token that hooks by http carry; undefined while there is none. */
  readonly token?: string;
};

/** One settings file: `stale` holds entries of ours that are not as they should be, `off` switches all hooks off, `invalid` cannot be read. */
export type SettingsState = {
  readonly level: InstallLevel;
  readonly file: string;
  readonly state: 'absent' | 'present' | 'installed' | 'stale' | 'off' | 'invalid';
  readonly why?: string;
  /** Port of our hooks by http in it. */
  readonly httpPort?: number;
};

export type Detected = {
  readonly host: 'claude-code';
  readonly title: 'Claude Code';
  /** Absolute path of the program, links followed; undefined when only its settings are there. */
  readonly binary: string | undefined;
  readonly version: string | undefined;
  /** False: a hook that crashes lets the call through (version too old); undefined: version unknown. */
  readonly failsClosed: boolean | undefined;
  readonly settings: readonly SettingsState[];
  /** Port that tool calls are asked about by http, at that level; undefined where programs are called. */
  readonly httpPort: number | undefined;
  /** The strongest level at which the hooks stand as they should. */
  readonly protection: InstallLevel | 'none';
  /** What can switch the gate off at that level. */
  readonly holes: readonly Hole[];
};

/** Places where installers put the program, beside PATH. Relative ones lie in the home. */
const PLACES = [
  '.local/bin',
  '.claude/local',
  '.claude/local/node_modules/.bin',
  '.npm-global/bin',
  '/usr/local/bin',
  '/usr/bin',
  '/opt/homebrew/bin',
];
const VERSION_MS = 5_000;

/** Claude Code on this machine, or undefined when neither its program nor any settings of it are there. */
export async function detectClaudeCode(request: DetectRequest): Promise<Detected | undefined> {
  const binary = await findProgram('claude', request);
  const [managed, user, beside] = await Promise.all([
    stateOf('managed', request),
    stateOf('user', request),
    dropInState(request.roots),
  ]);
  const settings = [beside ?? managed, user];
  if (binary === undefined && settings.every((one) => one.state === 'absent')) return undefined;
  const version = binary === undefined ? undefined : await versionOf(binary);
  // Managed settings that switch hooks off do so for every level.
  const off = settings[0]?.state === 'off';
  const installed = off ? undefined : settings.find((one) => one.state === 'installed');
  const protection = installed?.level ?? 'none';
  return {
    host: 'claude-code',
    title: 'Claude Code',
    binary,
    version,
    failsClosed: version === undefined ? undefined : !isOlder(version, FAILS_CLOSED_SINCE),
    settings,
    protection,
    httpPort: installed?.httpPort,
    holes: protection === 'none' ? [] : holes(protection, request.native, installed?.httpPort !== undefined),
  };
}

async function stateOf(level: InstallLevel, request: DetectRequest): Promise<SettingsState> {
  const file = settingsFile(level, request.roots);
  try {
    const text = textOf(file, await readSettings(file));
    if (text === undefined) return { level, file, state: 'absent' };
    if (text.trim() === '') return { level, file, state: 'present' };
    const line = hooksOffAt(file, text);
    if (line !== undefined)
      return { level, file, state: 'off', why: `${file}:${line} switches all hooks off (disableAllHooks)` };
    const { argv, roots, token = '' } = request;
    if (argv === undefined) return { level, file, state: 'present' };
    const port = httpPortIn(file, text, argv);
    const http = port === undefined ? {} : { http: { port, token } };
    if (await isInstalled({ level, roots, argv, backups: '', ...http }))
      return { level, file, state: 'installed', ...(port === undefined ? {} : { httpPort: port }) };
    return { level, file, state: ourGroups(file, text, argv).length > 0 ? 'stale' : 'present' };
  } catch (error) {
    if (error instanceof InstallError) return { level, file, state: 'invalid', why: error.message };
    throw error;
  }
}

/** A file beside the managed settings that switches hooks off, or that cannot be read and so may. */
async function dropInState(roots: Roots): Promise<SettingsState | undefined> {
  const folder = dropIns(roots);
  const names = await readdir(folder).catch((error: unknown) => {
    if (['ENOENT', 'ENOTDIR'].includes(codeOf(error) ?? '')) return [];
    throw error;
  });
  for (const name of names.filter((one) => one.endsWith('.json')).sort()) {
    const file = join(folder, name);
    try {
      const text = textOf(file, await readSettings(file));
      const line = text === undefined || text.trim() === '' ? undefined : hooksOffAt(file, text);
      if (line !== undefined)
        return {
          level: 'managed',
          file,
          state: 'off',
          why: `${file}:${line} switches all hooks off (disableAllHooks)`,
        };
    } catch (error) {
      if (!(error instanceof InstallError)) throw error;
      return { level: 'managed', file, state: 'invalid', why: error.message };
    }
  }
  return undefined;
}

async function findProgram(name: string, request: DetectRequest): Promise<string | undefined> {
  const places = PLACES.map((place) => (place.startsWith('/') ? place : join(request.roots.home, place)));
  for (const folder of [...request.path.split(delimiter).filter((one) => one.startsWith('/')), ...places]) {
    const file = join(folder, name);
    const info = await stat(file).catch(() => undefined);
    if (info?.isFile() !== true) continue;
    const may = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (may) return realpath(file);
  }
  return undefined;
}

/** From the files around the program where they tell; else the program is asked, unless that would run another user's program as root. */
async function versionOf(binary: string): Promise<string | undefined> {
  const named = /\/versions\/(\d+\.\d+\.\d+)(?:\/|$)/.exec(binary)?.[1];
  if (named !== undefined) return named;
  for (const folder of [dirname(binary), dirname(dirname(binary))]) {
    const manifest = await readFile(join(folder, 'package.json'), 'utf8').catch(() => undefined);
    const found = manifest === undefined ? undefined : packageVersion(manifest);
    if (found !== undefined) return found;
  }
  if (process.getuid?.() === 0 && (await stat(binary)).uid !== 0) return undefined;
  return new Promise((resolve) => {
    execFile(
      binary,
      ['--version'],
      { timeout: VERSION_MS, env: { PATH: '/usr/bin:/bin' }, maxBuffer: 4096 },
      (error, stdout) => {
        resolve(error === null ? /\b(\d+\.\d+\.\d+)\b/.exec(stdout)?.[1] : undefined);
      },
    );
  });
}

function packageVersion(text: string): string | undefined {
  try {
    const manifest = JSON.parse(text) as { name?: unknown; version?: unknown };
    const ours = typeof manifest.name === 'string' && manifest.name.startsWith('@anthropic-ai/claude-code');
    return ours && typeof manifest.version === 'string' ? manifest.version : undefined;
  } catch (error) {
    // A package.json that does not parse tells no version; the program itself is asked then.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** `a` before `b`, both `1.2.3`. */
export function isOlder(a: string, b: string): boolean {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number));
  for (let i = 0; i < 3; i++) {
    const difference = (left?.[i] ?? 0) - (right?.[i] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}
