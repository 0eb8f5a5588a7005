// Text of a systemd unit that keeps the watcher running, outside every agent's process tree. Written to disk only when asked for.

export type ServiceRequest = {
  readonly scope: 'user' | 'system';
  /** Absolute path of the Node that runs the watcher, and of the holdfast program. */
  readonly node: string;
  readonly program: string;
  /** Holdfast's own directory. */
  readonly home: string;
  /** System scope: the user whose agents are gated. */
  readonly user?: string;
};

/** File name of the unit; it lies in ~/.config/systemd/user or /etc/systemd/system. */
export const UNIT_NAME = 'holdfast.service';

/** Throws RangeError for a path that no unit file can hold (line breaks). */
export function serviceUnit(request: ServiceRequest): string {
  const { scope, node, program, home, user } = request;
  const lines = [
    '[Unit]',
    'Description=Holdfast watcher: decides what AI agents on this machine may do',
    // The watcher is needed as long as agents are; a limit on restarts would leave them all refused.
    'StartLimitIntervalSec=0',
    '',
    '[Service]',
    'Type=exec',
    `ExecStart=${[node, program, 'start', '--foreground', '--dir', home].map(quote).join(' ')}`,
    'Restart=always',
    'RestartSec=1',
    'UMask=0077',
    'NoNewPrivileges=yes',
    ...(scope === 'system' && user !== undefined ? [`User=${quote(user)}`] : []),
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
    `WantedBy=${scope === 'user' ? 'default.target' : 'multi-user.target'}`,
    '',
  ];
  return lines.join('\n');
}

/** One word of a unit file: quotes and backslashes escaped, `%` and `$` doubled, since both would be replaced. */
function quote(word: string): string {
  if (/[\n\r\0]/.test(word)) throw new RangeError(`a unit file cannot hold ${JSON.stringify(word)}`);
  const plain = word.replaceAll('%', '%%').replaceAll('$', '$$$$');
  return /^[\w@%+=:,./$-]+$/.test(plain) ? plain : `"${plain.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}
