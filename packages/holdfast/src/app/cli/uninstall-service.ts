// The part of `holdfast uninstall` that ends the service and takes its files out again.
import {
  afterOrders,
  findManager,
  give,
  planServiceRemoval,
  removeService,
  stopOrders,
  type Ordered,
  type ServiceScope,
} from '../../edge/install/index.ts';
import type { Home } from '../home.ts';
import { serviceRequest } from '../service.ts';
import { canAsk, confirm, tell } from '../terminal.ts';
import { said } from './init-service.ts';
import { painted } from '../text.ts';

const SAID = {
  restored: 'is as it was before, byte for byte',
  removed: 'did not exist before and is gone',
  changed: 'was changed meanwhile and stays: look at it and remove it yourself',
} as const;

export type Unserve = {
  readonly home: Home;
  readonly userHome: string;
  readonly scope: ServiceScope;
  readonly how: 'ask' | 'make';
  readonly json: boolean;
};

/** `undefined`: nothing of ours is there. Throws InstallError; what was removed before it is gone. */
export async function unserve({
  home,
  userHome,
  scope,
  how,
  json,
}: Unserve): Promise<{ readonly row: object; readonly unasked: boolean } | 'interrupted' | undefined> {
  const say = (text: string): void => (json || text === '' ? undefined : tell(text));
  const request = serviceRequest(home, userHome, scope);
  const plan = await planServiceRemoval(request);
  if (plan.files.length === 0) return undefined;
  const files = plan.files.map(({ file, how: outcome }) => ({ file, how: outcome }));
  say(painted(plan.diff));
  let make = how === 'make';
  let unasked = false;
  if (how === 'ask') {
    const answer = canAsk() ? await confirm('end the service and make this change?') : undefined;
    if (answer === 'interrupted') return answer;
    unasked = answer === undefined;
    make = answer === 'yes';
  }
  if (!make) {
    say('nothing was changed');
    return { row: { service: scope, files, made: false }, unasked };
  }
  const manager = findManager(scope, request.platform);
  const before = await give(manager, stopOrders(scope, request.platform));
  await removeService(plan);
  const after = await give(manager, afterOrders(scope, request.platform));
  for (const one of files) say(`${one.file} ${SAID[one.how]}`);
  const ordered: Ordered = {
    ran: [...before.ran, ...after.ran],
    todo: [...before.todo, ...after.todo],
    why: before.why === '' ? after.why : before.why,
  };
  say(said(ordered));
  return { row: { service: scope, files, made: true, ...ordered }, unasked };
}
