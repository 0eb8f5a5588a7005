// The form of a settings file: its zod schema, the JSON Schema made from it, and problems in words.
import * as z from 'zod';
import { isTrusting, PROFILES } from '../model/index.ts';
import { NEVER } from './defaults.ts';

/** One file, read and in one form; what a file leaves out is absent. */
export type SettingsFile = {
  readonly profile?: (typeof PROFILES)[number];
  readonly unmatched?: 'pass' | 'ask' | 'deny';
  readonly prompts?: 'on' | 'off';
  readonly askAt?: number;
  readonly denyAt?: number;
  readonly groups?: { readonly [group: string]: GroupChange };
};
export type GroupChange = { readonly add: readonly string[]; readonly remove: readonly string[] };

/** What is wrong, where: `path` is a key path into the file. One lower-case sentence without a stop. */
export type SettingsProblem = { readonly path: readonly (string | number)[]; readonly text: string };

const MOST_ENTRIES = 2_000;
const MOST_GROUPS = 200;

const entry = z
  .string({ error: 'an entry must be text' })
  .min(1, 'an entry must not be empty')
  .max(1_024, 'an entry must not be longer than 1024 characters')
  .refine(
    (text) => text.trim() === text && !text.includes('\0'),
    'an entry must not start or end with white space or hold a NUL',
  )
  .describe(
    'A path (`/etc/x`, `~/.ssh/**`, `./x`, `**/.env`), host (`*.example.org`, `host:port`), program or party; `path:`, `host:`, `program:` or `party:` in front says which; `!` in front takes members out again.',
  );

const entries = z
  .array(entry, { error: 'must be a list of entries' })
  .max(MOST_ENTRIES, `must not have more than ${MOST_ENTRIES} entries`);

const change = z.strictObject(
  {
    add: entries.optional().describe('Entries put into the group.'),
    remove: entries
      .optional()
      .describe('Entries of a weaker or the same scope taken away, written exactly as they stand there.'),
  },
  {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? 'unknown settings'
        : 'must be a list of entries, or { "add": […], "remove": […] }',
  },
);

const threshold = (what: string) =>
  z
    .int({ error: `must be a whole number from 0 to ${NEVER}` })
    .min(0, `must be a whole number from 0 to ${NEVER}`)
    .max(NEVER, `must be a whole number from 0 to ${NEVER}`)
    .describe(`${what} ${NEVER} means never.`);

const oneOf = <const T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values, { error: (issue) => `must be ${list(values)}, not ${shown(issue.input)}` });

const groupName = z.string().regex(/^[a-z][a-z0-9-]{0,63}$/, 'a group name is lower-case letters, digits and hyphens');

const KEYS = ['$schema', 'profile', 'unmatched', 'prompts', 'askAt', 'denyAt', 'groups'];

const file = z
  .strictObject(
    {
      $schema: z
        .string({ error: 'must be text' })
        .optional()
        .describe('Where this schema lies; for editors, not read.'),
      profile: oneOf(PROFILES)
        .optional()
        .describe(
          'observe: record only. balanced: disasters are stopped, work goes on. strict: ask for what no rule knows. locked: deny it.',
        ),
      unmatched: oneOf(['pass', 'ask', 'deny']).optional().describe('What happens where no rule matches.'),
      prompts: oneOf(['on', 'off']).optional().describe('Whether the agent asks its own questions as well.'),
      askAt: threshold('Risk from which an action is asked about.').optional(),
      denyAt: threshold('Risk from which an action is denied.').optional(),
      groups: z
        .record(
          groupName,
          z.union([entries, change], { error: 'must be a list of entries, or { "add": […], "remove": […] }' }),
          {
            error: 'must be an object of groups',
          },
        )
        .refine((groups) => Object.keys(groups).length <= MOST_GROUPS, `must not have more than ${MOST_GROUPS} groups`)
        .optional()
        .describe('Named lists that rules refer to. Groups named trusted-… lift protections, all others protect.'),
    },
    { error: (issue) => (issue.code === 'unrecognized_keys' ? 'unknown settings' : 'must be an object') },
  )
  .meta({
    title: 'Holdfast settings',
    description: 'Settings of one scope: fleet, machine, user or project. A project may only tighten.',
  });

/** The JSON Schema of a settings file, as published in docs/settings.schema.json. */
export function settingsJsonSchema(): object {
  return z.toJSONSchema(file, { io: 'input', target: 'draft-2020-12' });
}

/** Reads the JSON of one settings file; on any problem nothing of it counts. */
export function parseSettings(
  json: unknown,
): { readonly values: SettingsFile } | { readonly problems: readonly SettingsProblem[] } {
  const read = file.safeParse(json);
  if (!read.success) {
    return { problems: read.error.issues.flatMap((issue) => flat(issue, [])) };
  }
  const { $schema: _schema, groups, ...values } = read.data;
  const changes: { [group: string]: GroupChange } = {};
  const problems: SettingsProblem[] = [];
  for (const [name, given] of Object.entries(groups ?? {})) {
    const both: GroupChange = Array.isArray(given)
      ? { add: given, remove: [] }
      : { add: given.add ?? [], remove: given.remove ?? [] };
    both.add.forEach((text, i) => {
      if (isTrusting(name) && isTooBroad(text)) {
        const path = Array.isArray(given) ? ['groups', name, i] : ['groups', name, 'add', i];
        problems.push({ path, text: `\`${text}\` would trust everything; name what is trusted` });
      }
    });
    changes[name] = both;
  }
  if (problems.length > 0) return { problems };
  return { values: defined(groups === undefined ? values : { ...values, groups: changes }) };
}

/** Drops members that are undefined: what a file leaves out must not hide what another one says. */
function defined(values: { readonly [key: string]: unknown }): SettingsFile {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

/** A trusting entry that leaves no one out: everything, every path, or a whole top-level domain. */
function isTooBroad(text: string): boolean {
  if (text.startsWith('!')) return false;
  const bare = text.replace(/^(?:path|host|program|party):/, '');
  return (
    /^[*?/.@~]*$/.test(bare) ||
    /^\*\.[^.]+(?::\d+)?$/.test(bare.replace(/^\*\.localhost$/, 'localhost')) ||
    /^\*@\*?(?:\.?[^.]*)$/.test(bare)
  );
}

type Issue = z.core.$ZodIssue;

function flat(issue: Issue, before: readonly PropertyKey[]): SettingsProblem[] {
  const path = [...before, ...issue.path];
  if (issue.code === 'invalid_key') return issue.issues.flatMap((inner) => flat({ ...inner, path: [] }, path));
  // Each unknown key stands for itself, so that each can be pointed at.
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ path: [...path.map(plain), key], text: unknownKey(key, path.length > 0) }));
  // Of a list or a change the branch that got further says what is wrong.
  if (issue.code === 'invalid_union') {
    const deepest = issue.errors.toSorted((a, b) => depth(b) - depth(a))[0];
    if (deepest !== undefined && depth(deepest) > 0) return deepest.flatMap((inner) => flat(inner, path));
  }
  return [{ path: path.map(plain), text: issue.message }];
}

function plain(part: PropertyKey): string | number {
  return typeof part === 'symbol' ? String(part) : part;
}

function depth(issues: readonly Issue[]): number {
  return Math.max(0, ...issues.map((issue) => issue.path.length + (issue.code === 'unrecognized_keys' ? 1 : 0)));
}

function unknownKey(key: string, inGroup: boolean): string {
  const near = (inGroup ? ['add', 'remove'] : KEYS).find(
    (name) => distance(name.toLowerCase(), key.toLowerCase()) <= 2,
  );
  return `unknown setting \`${key}\`${near === undefined ? '' : ` (did you mean \`${near}\`?)`}`;
}

/** Edit distance, for near misses of short names only. */
function distance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2 || b.length > 64) return 3;
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + cost));
    }
    row = next;
  }
  return row[b.length] ?? 3;
}

function list(values: readonly string[]): string {
  return values.length < 2 ? values.join('') : `${values.slice(0, -1).join(', ')} or ${values.at(-1)}`;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
