// The verbs of the command line as data: what each does, its flags, and where it lives. Frozen in test/pins.
import type { Flag, Parsed } from './args.ts';

export type Verb = {
  readonly name: string;
  readonly operands: string;
  readonly text: string;
  readonly flags: readonly Flag[];
  readonly load: () => Promise<{ readonly run: (args: Parsed, argv: readonly string[]) => Promise<number> }>;
};

const HOME: Flag = { name: 'dir', value: 'DIR', text: "Holdfast's own directory (default: $HOLDFAST_HOME)" };
const JSON_OUT: Flag = { name: 'json', text: 'answer as JSON' };
const PROFILE: Flag = { name: 'profile', value: 'NAME', text: 'observe, balanced, strict or locked' };
const POLICY: Flag = { name: 'policy', value: 'DIR', text: 'further rules, as a user scope', many: true };
const OBSERVE: readonly Flag[] = [
  { name: 'observe', text: 'answer facts from the real disk, read-only' },
  { name: 'no-observe', text: 'answer no facts from the real disk' },
];

export const VERBS: readonly Verb[] = [
  {
    name: 'start',
    operands: '',
    text: 'start the watcher and show decisions as they happen',
    flags: [
      HOME,
      { name: 'foreground', text: 'no offer to protect agents; for services and tests' },
      { name: 'home', value: 'DIR', text: 'home directory of the gated user' },
      { name: 'strict', text: 'reply only when the record is on stable storage' },
      JSON_OUT,
    ],
    load: () => import('./start.ts'),
  },
  {
    name: 'init',
    operands: '',
    text: 'protect an agent: shows the exact change, then makes it',
    flags: [
      HOME,
      { name: 'agent', value: 'NAME', text: 'which agent (default: all found)', many: true },
      { name: 'level', value: 'LEVEL', text: 'managed or user (default: managed as root)' },
      { name: 'yes', text: 'make the change without asking' },
      { name: 'dry-run', text: 'show the change only' },
      JSON_OUT,
    ],
    load: () => import('./init.ts'),
  },
  {
    name: 'status',
    operands: '',
    text: 'what is protected, how far, and what is not',
    flags: [HOME, JSON_OUT],
    load: () => import('./status.ts'),
  },
  {
    name: 'doctor',
    operands: '',
    text: 'check every part and say how to repair it',
    flags: [HOME, JSON_OUT],
    load: () => import('./doctor.ts'),
  },
  {
    name: 'uninstall',
    operands: '',
    text: 'take the hooks out again, byte for byte',
    flags: [
      HOME,
      { name: 'agent', value: 'NAME', text: 'which agent (default: all)', many: true },
      { name: 'yes', text: 'without asking' },
      JSON_OUT,
    ],
    load: () => import('./uninstall.ts'),
  },
  {
    name: 'check',
    operands: '[COMMAND]',
    text: 'decide without executing',
    flags: [
      { name: 'jsonl', text: 'one action per line on standard input' },
      PROFILE,
      POLICY,
      { name: 'cwd', value: 'DIR', text: 'working directory' },
      { name: 'home', value: 'DIR', text: 'home directory of the user' },
      { name: 'agent', value: 'NAME', text: 'whose tool names are meant' },
      { name: 'prompts', value: 'on|off', text: 'whether the host still prompts (default off)' },
      ...OBSERVE,
      JSON_OUT,
    ],
    load: () => import('./check.ts'),
  },
  {
    name: 'replay',
    operands: '[FILE]',
    text: 'decide recorded sessions again; never executes',
    flags: [
      { name: 'jsonl', text: 'sessions on standard input' },
      PROFILE,
      POLICY,
      { name: 'against', value: 'DIR', text: 'also decide under this policy and print differences' },
      { name: 'halt', text: 'end a session at its first stop' },
      { name: 'cwd', value: 'DIR', text: 'working directory' },
      { name: 'home', value: 'DIR', text: 'home directory of the user' },
      { name: 'agent', value: 'NAME', text: 'whose tool names are meant' },
      ...OBSERVE,
      JSON_OUT,
    ],
    load: () => import('./replay.ts'),
  },
  {
    name: 'log',
    operands: '',
    text: 'list records',
    flags: [
      HOME,
      { name: 'follow', text: 'go on as records come' },
      { name: 'last', value: 'N', text: 'how many (default 20)' },
      { name: 'session', value: 'ID', text: 'only this session' },
      { name: 'level', value: 'LEVEL', text: 'only verdicts of this level' },
      JSON_OUT,
    ],
    load: () => import('./log.ts'),
  },
  {
    name: 'why',
    operands: '[SEQ]',
    text: 'tell the story of one decision (default: the last stop)',
    flags: [HOME, JSON_OUT],
    load: () => import('./why.ts'),
  },
  {
    name: 'policy',
    operands: 'list|show ID|lint [DIR]|test [DIR]',
    text: 'look at and test rules',
    flags: [HOME, POLICY, PROFILE, JSON_OUT],
    load: () => import('./policy.ts'),
  },
  {
    name: 'audit',
    operands: 'verify|anchor',
    text: 'verify the ledger, export an anchor',
    flags: [
      HOME,
      { name: 'from', value: 'N', text: 'first record' },
      { name: 'to', value: 'M', text: 'last record' },
      { name: 'key', value: 'FILE', text: 'public key to verify with' },
      { name: 'anchor', value: 'FILE', text: 'a checkpoint kept elsewhere' },
      { name: 'state', text: 'also rebuild state and compare it' },
      JSON_OUT,
    ],
    load: () => import('./audit.ts'),
  },
  {
    name: 'demo',
    operands: '',
    text: 'a recorded attack on a throw-away workspace through the real gate',
    flags: [JSON_OUT],
    load: () => import('./demo.ts'),
  },
  {
    name: 'hook',
    operands: 'HOST [EVENT]',
    text: "answer one payload of a host's own hook mechanism on standard input",
    flags: [
      { name: 'socket', value: 'PATH', text: 'absolute socket path' },
      { name: 'key', value: 'FINGERPRINT', text: "fingerprint of the watcher's key" },
      { name: 'deadline', value: 'MS', text: 'give up and deny after' },
      { name: 'uid', value: 'UID', text: "the watcher's user" },
      { name: 'on-failure', value: 'deny|pass', text: 'pass only under profile observe' },
    ],
    load: () => import('./hook.ts'),
  },
];
