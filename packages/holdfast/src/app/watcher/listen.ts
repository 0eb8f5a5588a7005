// Where the watcher listens: the gate socket always, the http seam only on a port that a service manager holds. Both ask the same gate.
import type { Host, Json } from '../../core/model/index.ts';
import type { GateRequest } from '../../gate/parts.ts';
import { httpToken, serveHttp, serveSocket, type HttpServer, type Inherited } from '../../edge/transports/index.ts';
import type { Home } from '../home.ts';

export type Reply = { readonly stdout?: string; readonly stderr?: string; readonly exit: number };
export type Listening = {
  /** Who holds the sockets, and what came over http so far; for `status`. */
  readonly seams: () => Json;
  readonly close: () => Promise<void>;
};
export type ListenOptions = {
  readonly home: Home;
  readonly hosts: ReadonlyMap<string, Host>;
  readonly inherited: Inherited;
  /** Names this Holdfast home in the address of hooks by http. */
  readonly place: string;
  /** Users whose agents may call over http. */
  readonly uids: ReadonlySet<number>;
  /** Events that must not go on without an answer. */
  readonly closed: ReadonlySet<string>;
  /** Told, once, what is less than it could be. */
  readonly say: (text: string) => void;
  readonly hook: (request: GateRequest) => Promise<Reply>;
  readonly control: (method: string) => Json;
};

/** Listens. Throws TransportError with what is wrong; nothing listens then. */
export async function listen(options: ListenOptions): Promise<Listening> {
  const { home, inherited } = options;
  const socket = await serveSocket({
    path: home.socket,
    ...(inherited.unix === undefined ? {} : { inherited: inherited.unix }),
    handle: async ({ host, event, payload, peer, pid }) => {
      const request = { host, payload, pid: peer?.pid ?? pid, ...(event === undefined ? {} : { event }) };
      const reply = await options.hook(request);
      return { stdout: reply.stdout ?? '', stderr: reply.stderr ?? '', exit: reply.exit };
    },
    control: (request) => Promise.resolve(options.control(request.method)),
  });
  if (socket.noPeer !== undefined)
    options.say(`the kernel is not asked which process a hook speaks for, its own word is taken: ${socket.noPeer}`);
  if (inherited.notice !== undefined) options.say(inherited.notice);
  let http: HttpServer | undefined;
  try {
    http = inherited.http === undefined ? undefined : await listenHttp(options, inherited.http.fd);
  } catch (error) {
    await socket.close();
    throw error;
  }
  return {
    seams: () => ({
      socket: inherited.unix === undefined ? 'own' : 'service-manager',
      http:
        http === undefined || inherited.http === undefined
          ? null
          : { port: http.port, holder: inherited.http.uid, ...http.stats() },
    }),
    close: async () => {
      await http?.close();
      await socket.close();
    },
  };
}

function listenHttp(options: ListenOptions, fd: number): Promise<HttpServer> {
  const { home, hosts } = options;
  const forms = new Map([...hosts].flatMap(([name, host]) => (host.http === undefined ? [] : [[name, host.http]])));
  return serveHttp({
    at: { fd },
    id: options.place,
    token: httpToken(home.httpKey),
    events: new Map([...forms].map(([name, http]) => [name, new Set(http.events)])),
    uids: options.uids,
    handle: async ({ host, event, payload }) => {
      const reply = await options.hook({ host, event, payload, pid: undefined });
      const form = forms.get(host);
      if (form === undefined) throw new Error(`host ${host} knows no http`);
      return form.form(event, reply);
    },
    refusal: ({ host, event }, code, why) => {
      const text = `holdfast: ${why}; the action was stopped; find out with \`holdfast doctor\` [${code}]`;
      const [form, hardest] = [forms.get(host), hosts.get(host)?.hardest(text)];
      // To an event that only reports, an error text would be news for the model; a failed status is none.
      if (form === undefined || hardest === undefined || !options.closed.has(event))
        return { status: 503, body: JSON.stringify({ error: text }) };
      return form.form(event, hardest);
    },
  });
}
