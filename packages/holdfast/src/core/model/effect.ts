// Effects: what an action would do to the world. Closed vocabularies; policy and record format stand on them (pinned in test/pins).

export const EFFECT_KINDS = [
  'process.exec',
  'process.signal',
  'process.privilege',
  'file.read',
  'file.write',
  'file.delete',
  'file.permission',
  'net.connect',
  'net.send',
  'net.listen',
  'code.eval',
  'package.install',
  'extension.install',
  'persist',
  'config.change',
  'memory.write',
  'secret.use',
  'vcs.push',
  'vcs.rewrite',
  'remote.change',
  'remote.delete',
  'message.send',
  'agent.spawn',
  'opaque',
] as const;
export type EffectKind = (typeof EFFECT_KINDS)[number];

/**
 * recursive: a whole tree · force: overrides a safety stop · irreversible: cannot be undone with what is at hand ·
 * truncate/append/create: how a file is written · tree-root: the target is `/`, a home, a workspace or a mount itself ·
 * glob: target stands for several · device: a raw device · setuid, world-writable, owner: permission changes ·
 * inline: code came as text in the command · decoded: that text was decoded from another form · fetched: came from the network ·
 * stdin: came over a pipe · script: came from a file that was read and lowered · unread: a file that could not be read ·
 * interactive: a shell or REPL that takes further commands unseen · background: outlives the call ·
 * remote-shell: input and output of a shell over a connection · upload/download · all-history, delete-ref: version control ·
 * unpinned: package without a pinned version or lock · scripts: install scripts run · bypass: starts an agent without its own guards ·
 * loosens: weakens a protection · limit: a limit of limits.ts was reached · syntax: text that does not parse ·
 * unknown-program: no table knows it · unknown-tool · env: set through an environment variable ·
 * workspace-build: code that is not followed, of a build or test that a project file inside the workspace describes
 */
export const ATTRIBUTES = [
  'recursive',
  'force',
  'irreversible',
  'truncate',
  'append',
  'create',
  'tree-root',
  'glob',
  'device',
  'setuid',
  'world-writable',
  'owner',
  'inline',
  'decoded',
  'fetched',
  'stdin',
  'script',
  'unread',
  'interactive',
  'background',
  'remote-shell',
  'upload',
  'download',
  'all-history',
  'delete-ref',
  'unpinned',
  'scripts',
  'bypass',
  'loosens',
  'limit',
  'syntax',
  'unknown-program',
  'unknown-tool',
  'env',
  'workspace-build',
] as const;
export type Attribute = (typeof ATTRIBUTES)[number];

/** Of paths: workspace, temp, home, system, device. Of hosts: loopback, local-net, metadata, internet. */
export const SCOPES = [
  'workspace',
  'temp',
  'home',
  'system',
  'device',
  'loopback',
  'local-net',
  'metadata',
  'internet',
  'remote',
] as const;
export type Scope = (typeof SCOPES)[number];

export type TargetType = 'path' | 'host' | 'program' | 'party' | 'remote' | 'secret' | 'tool' | 'unknown';

/** JSON pointer into the action's input, and UTF-16 offsets into the string it points to. */
export type Span = { readonly at: string; readonly from: number; readonly to: number };

export type Target = {
  readonly type: TargetType;
  /** Resolved: absolute path, host name or host:port, program name, address … For `unknown`: why it is unknown. */
  readonly name: string;
  readonly scope?: Scope;
  /** Named lists of settings this target is a member of, resolved by core/names before policy. */
  readonly groups: readonly string[];
  /** Of a path: whether an observation saw it. Absent: not observed. */
  readonly exists?: boolean;
};

export type Effect = {
  readonly kind: EffectKind;
  readonly target: Target;
  /** False: it may happen (a branch not surely taken, a word not surely resolved). */
  readonly certain: boolean;
  readonly attributes: readonly Attribute[];
  /** Wrappers and interpreters it came through, outermost first (`sudo`, `bash`, `find`). */
  readonly via: readonly string[];
  readonly span: Span;
  /** What origins are computed for: named pieces of input that shape the effect. */
  readonly args: readonly { readonly name: string; readonly span: Span }[];
  /** Flow inside the action: indexes of effects whose data goes into this one; `literal` marks text written in the action itself. */
  readonly data?: { readonly from: readonly number[]; readonly literal?: Span };
};
