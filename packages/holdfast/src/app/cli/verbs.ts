// The verbs of the command line as data: what each does, its flags, and where it lives. Frozen in test/pins.
import type { Flag, Parsed, Shape } from './args.ts';

export type Verb = Shape & {
  readonly operands: string;
  readonly text: string;
  /** What a person would type; shown by `holdfast help VERB`. */
  readonly examples: readonly string[];
  /** What else there is to know: how it ends, what it touches. */
  readonly more?: string;
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
    most: 0,
    examples: ['holdfast start', 'holdfast start --foreground --json'],
    more: 'ctrl-c ends it. While no watcher runs, protected agents run nothing',
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
    most: 0,
    examples: ['holdfast init', 'holdfast init --dry-run', 'holdfast init --yes --level user'],
    more: 'changes nothing without a yes; without a terminal that is --yes. `holdfast uninstall` takes it back',
    flags: [
      HOME,
      { name: 'agent', value: 'NAME', text: 'which agent (default: all found)', many: true },
      { name: 'level', value: 'LEVEL', text: 'managed or user (default: managed as root)' },
      { name: 'service', text: 'also have the service manager keep the watcher running and hold its sockets' },
      {
        name: 'hook',
        value: 'KIND',
        text: 'command or http: how tool calls are asked about (default: as it is, else command)',
      },
      { name: 'port', value: 'N', text: 'port that the service holds for --hook http (default 21947)' },
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
    most: 0,
    examples: ['holdfast status', 'holdfast status --json'],
    more: 'exit 1 when no watcher answers',
    flags: [HOME, JSON_OUT],
    load: () => import('./status.ts'),
  },
  {
    name: 'doctor',
    operands: '',
    text: 'check every part and say how to repair it',
    most: 0,
    examples: ['holdfast doctor'],
    more: 'exit 1 when something is broken',
    flags: [HOME, JSON_OUT],
    load: () => import('./doctor.ts'),
  },
  {
    name: 'uninstall',
    operands: '',
    text: 'take the hooks out again, byte for byte',
    most: 0,
    examples: ['holdfast uninstall', 'holdfast uninstall --yes'],
    more: 'the ledger stays',
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
    most: Infinity,
    examples: ["holdfast check 'rm -rf ~'", 'holdfast check --jsonl < actions.jsonl'],
    more: 'runs nothing and records nothing. exit 0 whatever the verdict, 1 when a line had an error',
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
    most: 1,
    examples: ['holdfast replay sessions.jsonl', 'holdfast replay --against ./my-rules sessions.jsonl'],
    more: 'runs nothing. one line of JSON per session; for people when it is a terminal. exit 1 when a line had an error',
    flags: [
      { name: 'jsonl', text: 'sessions on standard input' },
      PROFILE,
      POLICY,
      {
        name: 'against',
        value: 'DIR',
        text: 'also decide under these rules instead of --policy and print the differences',
      },
      { name: 'halt', text: 'end a session at its first stop' },
      { name: 'cwd', value: 'DIR', text: 'working directory' },
      { name: 'home', value: 'DIR', text: 'home directory of the user' },
      { name: 'agent', value: 'NAME', text: 'whose tool names are meant' },
      { name: 'prompts', value: 'on|off', text: 'whether the host still prompts (default off)' },
      ...OBSERVE,
      JSON_OUT,
    ],
    load: () => import('./replay.ts'),
  },
  {
    name: 'log',
    operands: '',
    text: 'list records',
    most: 0,
    examples: ['holdfast log --level deny', 'holdfast log --follow', "holdfast log --text 'git push' --since 3d"],
    more: 'the newest comes last; signatures of the ledger are left out, except with --json or --type checkpoint',
    flags: [
      HOME,
      { name: 'follow', text: 'go on as records come' },
      { name: 'last', value: 'N', text: 'how many (default 20)' },
      { name: 'session', value: 'ID', text: 'only this session; the beginning of its id will do' },
      { name: 'level', value: 'LEVEL', text: 'only verdicts of this level: deny, ask, modify, allow, pass' },
      { name: 'rule', value: 'ID', text: 'only decisions that this rule had a part in' },
      { name: 'text', value: 'WORDS', text: 'only records that hold all these words; the last may be begun only' },
      {
        name: 'type',
        value: 'TYPE',
        text: 'only records of this type (verdict, outcome, finding, config, checkpoint, …)',
      },
      { name: 'agent', value: 'NAME', text: 'only this agent' },
      { name: 'since', value: 'WHEN', text: 'not before: 15m, 3d, 14:30, 2026-11-25 or a full time' },
      { name: 'until', value: 'WHEN', text: 'not after' },
      JSON_OUT,
    ],
    load: () => import('./log.ts'),
  },
  {
    name: 'why',
    operands: '[SEQ]',
    text: 'tell the story of one decision (default: the last stop)',
    most: 1,
    examples: ['holdfast why', 'holdfast why 12'],
    flags: [HOME, JSON_OUT],
    load: () => import('./why.ts'),
  },
  {
    name: 'policy',
    operands: 'list|show ID|lint [DIR]|test [DIR]',
    text: 'look at and test rules',
    most: 2,
    examples: ['holdfast policy list', 'holdfast policy show fs/delete-tree-root', 'holdfast policy test ./my-rules'],
    flags: [HOME, POLICY, PROFILE, JSON_OUT],
    load: () => import('./policy.ts'),
  },
  {
    name: 'audit',
    operands: 'verify|anchor',
    text: 'verify the ledger, export an anchor',
    most: 2,
    examples: ['holdfast audit verify --anchor anchor.txt', 'holdfast audit anchor anchor.txt'],
    more: 'verify ends with 0 intact, 3 damaged, 4 not verifiable',
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
    most: 0,
    examples: ['holdfast demo'],
    more: 'touches nothing but a folder of its own',
    flags: [JSON_OUT],
    load: () => import('./demo.ts'),
  },
  {
    name: 'hook',
    operands: 'HOST [EVENT]',
    text: "answer one payload of a host's own hook mechanism on standard input",
    most: 2,
    examples: ['holdfast hook claude-code < payload.json'],
    more: 'exit 2 is a denial. An installed hook carries --socket and --key and reads no environment',
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
