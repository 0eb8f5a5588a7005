// What could be wrong with Holdfast itself, checked part by part, each with what to do; looks only, changes nothing.
import { existsSync, statfsSync, statSync } from 'node:fs';
import { isObject } from '../core/model/index.ts';
import type { Asked } from './ask-watcher.ts';
import { findRecords, newestProblems } from './compose.ts';
import type { Home } from './home.ts';
import { loadRules } from './load-rules.ts';

export type PartCheck = {
  readonly name: string;
  readonly state: 'ok' | 'warn' | 'fail';
  readonly text: string;
  /** What to do; empty when all is well. */
  readonly todo: string;
};

/** Below this the disk counts as nearly full: denials need room to be recorded. */
const FREE_BYTES = 100 * 1024 * 1024;

const ok = (name: string, text: string): PartCheck => ({ name, state: 'ok', text, todo: '' });
const wrong = (name: string, state: 'warn' | 'fail', text: string, todo: string): PartCheck => ({
  name,
  state,
  text,
  todo,
});

/** Checks of the Node that runs, the folder, the rules, the ledger, and of what the watcher has to say. */
export async function partChecks(home: Home, watcher: Asked): Promise<readonly PartCheck[]> {
  return [
    ok('node', `Node ${process.versions.node} at ${process.execPath}`),
    folderCheck(home),
    await rulesCheck(home),
    await ledgerCheck(home),
    ...watcherChecks(watcher),
  ];
}

function watcherChecks(told: Asked): readonly PartCheck[] {
  if (!('json' in told)) return [wrong('watcher', 'fail', told.what, told.todo)];
  const notices = isObject(told.json) && Array.isArray(told.json['notices']) ? told.json['notices'] : [];
  return [
    ok('watcher', 'the watcher answers'),
    ...notices.map((notice) => wrong('settings', 'warn', String(notice), 'correct it; the setting is not in force')),
  ];
}

function folderCheck(home: Home): PartCheck {
  if (!existsSync(home.root)) return ok('folder', `${home.root} is not there yet, the first start makes it`);
  const info = statSync(home.root);
  if ((info.mode & 0o077) !== 0)
    return wrong(
      'folder',
      'fail',
      `${home.root} is open to other users (mode ${(info.mode & 0o777).toString(8)})`,
      `run \`chmod 700 ${home.root}\``,
    );
  const uid = process.getuid?.();
  if (uid !== undefined && info.uid !== uid)
    return wrong('folder', 'warn', `${home.root} belongs to another user (${info.uid})`, 'run this as that user');
  const { bavail, bsize } = statfsSync(home.root);
  const free = bavail * bsize;
  if (free < FREE_BYTES)
    return wrong(
      'folder',
      'warn',
      `the disk of ${home.root} has only ${Math.floor(free / 1024 / 1024)} MB left`,
      'free some space; on a full disk every call is denied',
    );
  return ok('folder', `${home.root} is private`);
}

async function rulesCheck(home: Home): Promise<PartCheck> {
  const own = existsSync(home.policies);
  try {
    const { policy } = await loadRules({ policies: own ? [home.policies] : [] });
    return ok('rules', `${policy.rules.size} rules${own ? `, those of ${home.policies} among them` : ''}`);
  } catch (error) {
    const todo = own
      ? `\`holdfast policy lint ${home.policies}\` lists all; a running watcher keeps its old rules`
      : 'install holdfast again';
    return wrong('rules', 'fail', error instanceof Error ? error.message : String(error), todo);
  }
}

async function ledgerCheck(home: Home): Promise<PartCheck> {
  if (!existsSync(home.ledger)) return ok('ledger', 'nothing has been recorded yet');
  try {
    const found = await findRecords(home.ledger, { limit: 1 });
    const newest = found.records[0]?.seq;
    if (newest === undefined && found.damage.length === 0) return ok('ledger', 'nothing has been recorded yet');
    const { status, records, problem } = await newestProblems(home.ledger, newest ?? 0);
    if (status === 'intact')
      return ok('ledger', `${(newest ?? 0) + 1} records, the newest ${records} looked at and intact`);
    return wrong('ledger', 'fail', problem, 'look at it with `holdfast audit verify`');
  } catch (error) {
    return wrong(
      'ledger',
      'fail',
      error instanceof Error ? error.message : String(error),
      'look at it with `holdfast audit verify`',
    );
  }
}
