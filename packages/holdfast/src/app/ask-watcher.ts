// One question to the running watcher through its socket; that there is none is an answer too.
import type { Json } from '../core/model/index.ts';
import { openSocket, TransportError } from '../edge/transports/index.ts';
import type { Home } from './home.ts';

/** Asks the running watcher; why not, when there is none or it is not to be trusted. */
export async function askWatcher(
  home: Home,
  method: string,
): Promise<{ readonly json: Json } | { readonly why: string }> {
  try {
    const client = await openSocket(home.socket, 2_000);
    try {
      return { json: await client.control(method) };
    } finally {
      client.close();
    }
  } catch (error) {
    if (error instanceof TransportError) return { why: `${error.message}; ${error.todo}` };
    if (error instanceof Error && error.name === 'ControlError') return { why: error.message };
    throw error;
  }
}
