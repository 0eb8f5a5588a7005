// One question to the running watcher through its socket; that there is none is an answer too.
import type { Json } from '../core/model/index.ts';
import { openSocket, TransportError } from '../edge/transports/index.ts';
import type { Home } from './home.ts';

export type Asked =
  | { readonly json: Json }
  /** `why` is the whole sentence, `what` and `todo` its halves. */
  | { readonly why: string; readonly what: string; readonly todo: string };

/** Asks the running watcher; why not, when there is none or it is not to be trusted. */
export async function askWatcher(home: Home, method: string): Promise<Asked> {
  try {
    const client = await openSocket(home.socket, 2_000);
    try {
      return { json: await client.control(method) };
    } finally {
      client.close();
    }
  } catch (error) {
    if (error instanceof TransportError) return refused(error.message, error.todo);
    if (error instanceof Error && error.name === 'ControlError')
      return refused(error.message, 'restart the watcher with `holdfast start`');
    throw error;
  }
}

function refused(what: string, todo: string): Asked {
  return { why: `${what}; ${todo}`, what, todo };
}
