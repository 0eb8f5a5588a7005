// The part of `holdfast init` that makes the watcher a service: units shown first, written after a yes, then brought into force or said how.
import {
  applyService,
  findManager,
  give,
  planService,
  startOrders,
  type Ordered,
  type ServiceScope,
} from '../../edge/install/index.ts';
import { hookFor } from '../agents.ts';
import { askWatcher } from '../ask-watcher.ts';
import { makeHome, type Home } from '../home.ts';
import { assertServable, serviceRequest } from '../service.ts';
import { canAsk, confirm, tell } from '../terminal.ts';
import { painted } from '../text.ts';
import { usage } from './errors.ts';

/** Port that is held for hooks by http: outside the range from which systems give ports away. */
export const HTTP_PORT = 21_947;

export type ServiceRow = {
  readonly scope: ServiceScope;
  readonly files: readonly string[];
  readonly changes: boolean;
  readonly made: boolean;
  readonly diff: string;
  readonly ran: readonly string[];
  /** Commands that a person has yet to run, and why they were not run. */
  readonly todo: readonly string[];
  readonly why: string;
};

export type Serve = {
  readonly home: Home;
  readonly userHome: string;
  readonly scope: ServiceScope;
  readonly httpPort: number | undefined;
  readonly how: 'ask' | 'make' | 'show';
  readonly json: boolean;
};

/** Throws InstallError, UserError. `undefined`: interrupted at the question. */
export async function serve({
  home,
  userHome,
  scope,
  httpPort,
  how,
  json,
}: Serve): Promise<{ readonly row: ServiceRow; readonly unasked: boolean } | undefined> {
  const say = (text: string): void => (json ? undefined : tell(text));
  makeHome(home);
  assertServable(home, scope);
  hookFor(home, 'claude-code');
  const request = serviceRequest(home, userHome, scope, httpPort);
  const plan = await planService(request);
  const changes = plan.changes.length > 0;
  const row = { scope, files: plan.changes.map((one) => one.file), changes, diff: plan.diff };
  const none: Ordered = { ran: [], todo: [], why: '' };
  say(
    changes
      ? `service, ${scope} scope: this is the change\n${painted(plan.diff)}`
      : `service, ${scope} scope: already in place, nothing to change`,
  );
  let make = changes && how === 'make';
  let unasked = false;
  if (changes && how === 'ask') {
    const answer = canAsk() ? await confirm(`write ${row.files.join(' and ')}?`) : undefined;
    if (answer === 'interrupted') return undefined;
    unasked = answer === undefined;
    make = answer === 'yes';
  }
  const orders = startOrders(scope, row.files, request.platform);
  if (!make) {
    if (changes) say('nothing was changed');
    const idle = !changes && how !== 'show' && 'why' in (await askWatcher(home, 'status'));
    if (!idle) return { row: { ...row, made: false, ...none }, unasked };
    // The files are there, but nothing runs by them.
    const ordered =
      how === 'make'
        ? await give(findManager(scope, request.platform), orders)
        : { ran: [], todo: orders.map((words) => words.join(' ')), why: 'no watcher answers' };
    say(said(ordered));
    return { row: { ...row, made: false, ...ordered }, unasked };
  }
  await applyService(request, plan);
  say(`done: ${row.files.join(' and ')}; \`holdfast uninstall\` puts them back byte for byte`);
  const ordered = await give(findManager(scope, request.platform), orders);
  say(said(ordered));
  return { row: { ...row, made: true, ...ordered }, unasked };
}

/** What was run, and what is left to do. */
export function said({ ran, todo, why }: Ordered): string {
  const rows = ran.map((command) => `  ran: ${command}`);
  if (todo.length > 0) rows.push(`  still to be run, since ${why}:`, ...todo.map((command) => `    ${command}`));
  return rows.join('\n');
}

/** The port asked for, else the one that is held already. Throws `usage`. */
export function portFrom(given: string | undefined, standing: number | undefined): number {
  if (given === undefined) return standing ?? HTTP_PORT;
  if (!/^[1-9]\d{0,4}$/.test(given) || Number(given) < 1024 || Number(given) > 65_535)
    throw usage(`--port is a number from 1024 to 65535, not \`${given.slice(0, 40)}\``);
  return Number(given);
}
