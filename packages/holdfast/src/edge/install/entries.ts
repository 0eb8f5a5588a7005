// Our entries in a settings file of command hooks: putting them in, recognising them, taking out exactly them.
import { dirname, join } from 'node:path';
import { InstallError } from './errors.ts';
import { digestOf } from './files.ts';
import { holds, rootOf, shape, withFixed, type Fixed } from './fixed-values.ts';
import { append, cutParts, indentOf, member, type Node } from './json-text.ts';

/** One event that a host tells its hooks of. */
export type HookEvent = {
  readonly name: string;
  /** Tools it is for, in the host's pattern language; absent where the event has none. */
  readonly matcher?: string;
  /** True: nothing may go on unless the hook says so. False: it only reports, and a missing watcher must not get in the way. */
  readonly closed: boolean;
};

/** What is to stand in a settings file. */
export type Wanted = {
  readonly events: readonly HookEvent[];
  /** Program and arguments of the hook client, without event. One word is the client's absolute path. */
  readonly argv: readonly string[];
  /** Seconds the host waits for the hook. */
  readonly timeout: number;
  /** Values beside the hooks, `allowManagedHooksOnly` and the like. */
  readonly fixed: readonly Fixed[];
  /** Set: events that may come by http are hooks by http. */
  readonly http?: HttpSeam;
};

/** Where hooks by http go: a URL to which the event is added, and the bearer token. */
export type HttpSeam = { readonly url: string; readonly token: string; readonly events: readonly string[] };

type Hook =
  | { type: 'command'; command: string; args: readonly string[]; timeout: number; onFailure?: 'block' }
  | { type: 'http'; url: string; headers: { Authorization: string }; timeout: number; onFailure?: 'block' };
type Group = { matcher?: string; hooks: readonly Hook[] };

/** Base name of every hook client, native or not. */
const CLIENT = 'holdfast-hook';
/** How long an event that only reports may wait for a watcher that hangs, milliseconds. */
const REPORT_MS = 2_000;

/** Absolute path of the hook client among the words of a command. */
export function clientIn(argv: readonly string[]): string {
  const found = argv.find((word) => word.startsWith('/') && (word.split('/').at(-1) ?? '').startsWith(CLIENT));
  if (found === undefined)
    throw new InstallError(
      'no-hook',
      `no hook client in the command ${argv.join(' ')}`,
      'build it with `npm start` and run again',
    );
  return found;
}

/**
 * The entry of one event. The exec form (`args`) starts the client without a shell: with one, a shell prefix or a start-up file
 * named in the environment could answer in its place (docs/adr/0006-claude-code-install.md).
 */
export function groupFor(event: HookEvent, wanted: Wanted): Group {
  const [command = '', ...rest] = wanted.argv;
  const patience = rest.includes('--deadline') ? [] : ['--deadline', String(REPORT_MS)];
  const args = [...rest, event.name, ...(event.closed ? [] : ['--on-failure', 'pass', ...patience])];
  const block = event.closed ? { onFailure: 'block' as const } : {};
  const { http } = wanted;
  const hook: Hook =
    http?.events.includes(event.name) === true
      ? {
          type: 'http',
          url: `${http.url}/${event.name}`,
          headers: { Authorization: `Bearer ${http.token}` },
          timeout: event.closed ? wanted.timeout : REPORT_MS / 1000,
          ...block,
        }
      : { type: 'command', command, args, timeout: wanted.timeout, ...block };
  return { ...(event.matcher === undefined ? {} : { matcher: event.matcher }), hooks: [hook] };
}

/** The text with exactly the wanted entries of ours in it, and nothing of others changed. The same text when they are all there. */
export function withEntries(file: string, before: string | undefined, wanted: Wanted): string {
  if (before === undefined || before.trim() === '') {
    const hooks = Object.fromEntries(wanted.events.map((event) => [event.name, [groupFor(event, wanted)]]));
    const fresh = `${JSON.stringify({ hooks }, null, 2)}\n`;
    return wanted.fixed.reduce((text, fixed) => withFixed(file, text, fixed), fresh);
  }
  if (inPlace(file, before, wanted)) return before;
  let text = withoutEntries(file, before, wanted.argv);
  for (const fixed of wanted.fixed) text = withFixed(file, text, fixed);
  if (member(rootOf(file, text), 'hooks') === undefined) text = append(text, rootOf(file, text), '"hooks": {}', 0);
  for (const event of wanted.events) {
    const hooks = hooksOf(file, text);
    if (hooks === undefined) throw new Error('the hooks member that was just written is gone');
    const groups = member(hooks, event.name)?.value;
    const entry = JSON.stringify(groupFor(event, wanted), null, indentOf(text));
    if (groups === undefined)
      text = append(
        text,
        hooks,
        `${JSON.stringify(event.name)}: [\n${indentOf(text)}${entry.replaceAll('\n', `\n${indentOf(text)}`)}\n]`,
        1,
      );
    else if (groups.kind !== 'array') throw shape(file, text, groups, `has hooks of ${event.name} that are no list`);
    else text = append(text, groups, entry, 2);
  }
  return text;
}

/** True when every wanted entry stands there exactly, once, and no other of ours. */
export function inPlace(file: string, text: string, wanted: Wanted): boolean {
  if (!wanted.fixed.every((fixed) => holds(file, text, fixed))) return false;
  const ours = ourGroups(file, text, wanted.argv);
  if (ours.length !== wanted.events.length) return false;
  return wanted.events.every((event) => {
    const found = ours.find((one) => one.event === event.name);
    if (found === undefined) return false;
    return (
      JSON.stringify(JSON.parse(text.slice(found.node.from, found.node.to))) === JSON.stringify(groupFor(event, wanted))
    );
  });
}

/** The text without our entries; lists and objects that only held ours go too. */
export function withoutEntries(file: string, before: string, argv: readonly string[]): string {
  let text = before;
  // One entry at a time, from the text as it then is: positions never go stale.
  for (;;) {
    const found = ourGroups(file, text, argv)[0];
    if (found === undefined) return text;
    const hooks = hooksOf(file, text);
    const root = rootOf(file, text);
    const groups = hooks === undefined ? undefined : member(hooks, found.event);
    if (hooks === undefined || groups === undefined) throw new Error('an entry that was just found is gone');
    const inner = member(found.node, 'hooks')?.value;
    const foreign = inner === undefined ? [] : inner.items.filter((item) => !isOurs(text, item, argv));
    if (inner !== undefined && foreign.length > 0)
      text = cutParts(text, inner, new Set(inner.items.flatMap((item, i) => (isOurs(text, item, argv) ? [i] : []))));
    else if (groups.value.items.length > 1) text = cutParts(text, groups.value, new Set([found.index]));
    else if (hooks.members.length > 1) text = cutParts(text, hooks, new Set([hooks.members.indexOf(groups)]));
    else
      text = cutParts(
        text,
        root,
        new Set([root.members.findIndex((one) => one.value === member(root, 'hooks')?.value)]),
      );
  }
}

/** Groups that hold a hook of ours, with the event they are under. */
export function ourGroups(
  file: string,
  text: string,
  argv: readonly string[],
): readonly { readonly event: string; readonly index: number; readonly node: Node }[] {
  const hooks = hooksOf(file, text);
  if (hooks === undefined) return [];
  return hooks.members.flatMap((event) =>
    event.value.items.flatMap((node, index) => {
      const inner = member(node, 'hooks')?.value.items ?? [];
      return inner.some((item) => isOurs(text, item, argv)) ? [{ event: event.key, index, node }] : [];
    }),
  );
}

/**
 * Port that our hooks by http go to; undefined when none of ours is one. Throws InstallError as `rootOf` does.
 */
export function httpPortIn(file: string, text: string, argv: readonly string[]): number | undefined {
  for (const { node } of ourGroups(file, text, argv)) {
    for (const item of member(node, 'hooks')?.value.items ?? []) {
      const port = ourPort((JSON.parse(text.slice(item.from, item.to)) as { url?: unknown }).url, argv);
      if (port !== undefined) return port;
    }
  }
  return undefined;
}

/** Line of the first hook by http that is not ours, or undefined. */
export function foreignHttpAt(file: string, text: string, argv: readonly string[]): number | undefined {
  for (const event of hooksOf(file, text)?.members ?? []) {
    for (const group of event.value.items) {
      for (const item of member(group, 'hooks')?.value.items ?? []) {
        const type = member(item, 'type')?.value;
        if (type !== undefined && text.slice(type.from, type.to) === '"http"' && !isOurs(text, item, argv))
          return text.slice(0, item.from).split('\n').length;
      }
    }
  }
  return undefined;
}

/**
 * A hook is ours when it starts a hook client out of the same folder as `argv` does, or goes to the address that belongs to that folder;
 * another home's hook is not ours.
 */
function isOurs(text: string, item: Node | undefined, argv: readonly string[]): boolean {
  if (item === undefined || item.kind !== 'object') return false;
  const client = join(dirname(clientIn(argv)), CLIENT);
  const hook = JSON.parse(text.slice(item.from, item.to)) as { command?: unknown; args?: unknown; url?: unknown };
  if (ourPort(hook.url, argv) !== undefined) return true;
  const words = [hook.command, ...(Array.isArray(hook.args) ? (hook.args as unknown[]) : [])];
  return words.some((word) => typeof word === 'string' && word.includes(client));
}

function ourPort(url: unknown, argv: readonly string[]): number | undefined {
  const found = typeof url === 'string' ? /^http:\/\/127\.0\.0\.1:(\d{1,5})\/([^/]+)\//.exec(url) : null;
  return found?.[2] === placeId(argv) ? Number(found[1]) : undefined;
}

/** Names the Holdfast home that a client lies in, in the address of hooks by http. */
export function placeId(argv: readonly string[]): string {
  return digestOf(Buffer.from(dirname(dirname(clientIn(argv))))).slice(0, 32);
}

function hooksOf(file: string, text: string): Node | undefined {
  const found = member(rootOf(file, text), 'hooks')?.value;
  if (found !== undefined && found.kind !== 'object') throw shape(file, text, found, 'has `hooks` that are no object');
  return found;
}
