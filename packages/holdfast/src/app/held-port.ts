// Whether hooks by http may be relied on here: the watcher serves the port, a service manager gave it, and the kernel says that root's process holds it.
import { isObject, type Json } from '../core/model/index.ts';
import { listenerUid, LOOPBACK, readHookKey, TransportError } from '../edge/transports/index.ts';
import { askWatcher } from './ask-watcher.ts';
import type { Home } from './home.ts';

export type Held = { readonly port: number; readonly token: string };

/** The port and its token, or why hooks by http are not to be relied on. Asks a watcher that starts for up to `patienceMs`. */
export async function heldPort(home: Home, patienceMs = 0): Promise<Held | { readonly why: string }> {
  const until = Date.now() + patienceMs;
  let told = await askWatcher(home, 'status');
  while ('why' in told && Date.now() < until) {
    await new Promise((done) => setTimeout(done, 100));
    told = await askWatcher(home, 'status');
  }
  if ('why' in told) return { why: told.why };
  const port = servedPort(told.json);
  const why = whyNotHeld(port, port === undefined ? undefined : listenerUid(LOOPBACK, port));
  if (port === undefined || why !== undefined) return { why: why ?? 'there is no port' };
  const { token } = tokenOf(home);
  return token === undefined ? { why: `the token in ${home.httpKey} cannot be read` } : { port, token };
}

/** What speaks against a port: `holder` is the user whose socket listens there, in the kernel's word. Undefined: nothing. */
export function whyNotHeld(port: number | undefined, holder: number | undefined): string | undefined {
  if (port === undefined) return 'no service manager gave the watcher a port for http';
  if (holder === undefined) return `nobody is seen to listen on port ${port}`;
  if (holder !== 0)
    return `port ${port} is held by user ${holder}, not by the system's service manager; the agent's user could take it`;
  return undefined;
}

/** Port on which the watcher says that it serves http. */
export function servedPort(status: Json): number | undefined {
  const listens = isObject(status) ? status['listens'] : undefined;
  const http = isObject(listens) ? listens['http'] : undefined;
  const port = isObject(http) ? http['port'] : undefined;
  return typeof port === 'number' ? port : undefined;
}

/** The token as it lies there, where there is one that could be used. Makes nothing. */
export function tokenOf(home: Pick<Home, 'httpKey'>): { readonly token?: string } {
  try {
    return { token: readHookKey(home.httpKey).toString('hex') };
  } catch (error) {
    if (error instanceof TransportError) return {};
    throw error;
  }
}
