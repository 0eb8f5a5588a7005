// Texts that make a service manager keep the watcher running, outside every agent's process tree, and hold its sockets.
import { join } from 'node:path';

export type ServiceScope = 'user' | 'system';

export type ServiceRequest = {
  readonly scope: ServiceScope;
  readonly platform: 'linux' | 'darwin';
  /** Absolute path of the Node that runs the watcher, and of the holdfast program. */
  readonly node: string;
  readonly program: string;
  /** Holdfast's own directory, and the gate socket in it. */
  readonly home: string;
  readonly socket: string;
  /** System scope: the user (by number) that the watcher runs as; undefined: root. */
  readonly uid?: number;
  /** Home directory of the gated user, where it is not that of the watcher's user. */
  readonly userHome?: string;
  /** Also hold this port on 127.0.0.1, for hooks by http. */
  readonly httpPort?: number;
};

/** Where units lie; tests give throw-away folders. */
export type ServiceRoots = { readonly home: string; readonly etc: string; readonly library: string };

export type ServiceFile = { readonly name: string; readonly file: string; readonly text: string };

export const UNITS = ['holdfast.socket', 'holdfast.service'] as const;
/** Name of the job on macOS. */
export const LABEL = 'dev.holdfast.watcher';

/** The files of a service, with their places. Throws RangeError for a path that they cannot hold. */
export function serviceFiles(request: ServiceRequest, roots: ServiceRoots): readonly ServiceFile[] {
  if (request.platform === 'darwin') {
    const folder =
      request.scope === 'user' ? join(roots.home, 'Library', 'LaunchAgents') : join(roots.library, 'LaunchDaemons');
    const name = `${LABEL}.plist`;
    return [{ name, file: join(folder, name), text: launchAgent(request) }];
  }
  const folder =
    request.scope === 'user' ? join(roots.home, '.config', 'systemd', 'user') : join(roots.etc, 'systemd', 'system');
  return [
    { name: UNITS[0], file: join(folder, UNITS[0]), text: socketUnit(request) },
    { name: UNITS[1], file: join(folder, UNITS[1]), text: serviceUnit(request) },
  ];
}

/** Port that a socket unit of ours holds; undefined when it holds none. */
export function portOf(text: string): number | undefined {
  const found = /^ListenStream=127\.0\.0\.1:(\d{1,5})$/m.exec(text)?.[1];
  return found === undefined ? undefined : Number(found);
}

export function socketUnit({ scope, socket, uid, httpPort }: ServiceRequest): string {
  return [
    '[Unit]',
    'Description=Holdfast: where agents ask the watcher',
    '',
    '[Socket]',
    `ListenStream=${plain(socket)}`,
    ...(httpPort === undefined ? [] : [`ListenStream=127.0.0.1:${httpPort}`]),
    'FileDescriptorName=holdfast',
    'SocketMode=0600',
    ...(scope === 'system' && uid !== undefined ? [`SocketUser=${uid}`] : []),
    'DirectoryMode=0700',
    'RemoveOnStop=yes',
    // However often the watcher fails, its sockets stay held: a port that is let go could be taken by somebody else.
    'TriggerLimitIntervalSec=0',
    '',
    '[Install]',
    'WantedBy=sockets.target',
    '',
  ].join('\n');
}

export function serviceUnit(request: ServiceRequest): string {
  const { scope, home, uid } = request;
  return [
    '[Unit]',
    'Description=Holdfast watcher: decides what AI agents on this machine may do',
    'Requires=holdfast.socket',
    'After=holdfast.socket',
    // The watcher is needed as long as agents are; a limit on restarts would leave them all refused.
    'StartLimitIntervalSec=0',
    '',
    '[Service]',
    'Type=exec',
    `ExecStart=${commandOf(request).map(quote).join(' ')}`,
    'Restart=always',
    'RestartSec=1',
    'UMask=0077',
    'NoNewPrivileges=yes',
    ...(scope === 'system' && uid !== undefined ? [`User=${uid}`] : []),
    // It reads the agents' files to know what an action means, and writes only its own.
    ...(scope === 'system'
      ? [
          'ProtectSystem=strict',
          `ReadWritePaths=${quote(home)}`,
          'ProtectKernelTunables=yes',
          'ProtectControlGroups=yes',
        ]
      : []),
    '',
    '[Install]',
    'Also=holdfast.socket',
    `WantedBy=${scope === 'user' ? 'default.target' : 'multi-user.target'}`,
    '',
  ].join('\n');
}

/**
 * A launchd job. It is started at login (or boot) and kept alive; it holds no sockets, because taking them from launchd needs
 * `launch_activate_socket`, for which there is no native code here. So there are no hooks by http on macOS.
 */
export function launchAgent(request: ServiceRequest): string {
  const words = commandOf(request).map((word) => `    <string>${xml(word)}</string>`);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">',
    '<plist version="1.0">',
    '<dict>',
    '  <key>Label</key>',
    `  <string>${LABEL}</string>`,
    '  <key>ProgramArguments</key>',
    '  <array>',
    ...words,
    '  </array>',
    '  <key>RunAtLoad</key>',
    '  <true/>',
    '  <key>KeepAlive</key>',
    '  <true/>',
    '  <key>Umask</key>',
    `  <integer>${0o077}</integer>`,
    '</dict>',
    '</plist>',
    '',
  ].join('\n');
}

/**
 * How the Node of a service keeps its memory: young objects in 4 MB halves, since a decision leaves a few dozen KB behind,
 * all dead at once, and larger halves only make each pause longer; old ones within 512 MB, many times what the bounded
 * state takes, so that V8 does not let hundreds of MB of garbage lie.
 */
export const MEMORY_FLAGS: readonly string[] = Object.freeze(['--max-semi-space-size=4', '--max-old-space-size=512']);

function commandOf({ node, program, home, userHome }: ServiceRequest): readonly string[] {
  const gated = userHome === undefined ? [] : ['--home', userHome];
  return [node, ...MEMORY_FLAGS, program, 'start', '--foreground', '--dir', home, ...gated];
}

/** One word of a unit file: quotes and backslashes escaped, `%` and `$` doubled, since both would be replaced. */
function quote(word: string): string {
  const text = plain(word).replaceAll('$', '$$$$');
  return /^[\w@%+=:,./$-]+$/.test(text) ? text : `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}

/** The rest of a line of a unit file, taken as it stands but for `%`. */
function plain(word: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are exactly what no unit file can hold
  if (/[\u0000-\u001f\u007f]/.test(word) || word.trim() !== word)
    throw new RangeError(`a unit file cannot hold ${JSON.stringify(word)}`);
  return word.replaceAll('%', '%%');
}

function xml(text: string): string {
  // oxlint-disable-next-line no-control-regex -- XML cannot hold them at all
  if (/[\u0000-\u001f\u007f]/.test(text)) throw new RangeError(`a property list cannot hold ${JSON.stringify(text)}`);
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
