// The watcher: one long-lived process that holds the gate's state, answers hooks, follows transcripts and keeps the ledger.
import type { Event, Json } from '../../core/model/index.ts';
import { stateDigest } from '../../core/engine/index.ts';
import { Gate } from '../../gate/gate.ts';
import type { FeedEntry } from '../../gate/parts.ts';
import type { Inherited } from '../../edge/transports/index.ts';
import { openEdges, type Edges } from '../compose.ts';
import { makeHome, type Home } from '../home.ts';
import type { RulesChange } from '../rules-store.ts';
import { VERSION } from '../cli/version.ts';

export type WatcherOptions = {
  readonly home: Home;
  /** Home directory of the user whose agents are gated. */
  readonly userHome: string;
  /** Where managed settings lie; `/etc` except in tests. */
  readonly etc: string;
  readonly strict: boolean;
  /** Follow the agents' transcripts for calls that no seam saw. */
  readonly transcripts: boolean;
  /** Sockets that a service manager passed to this process. */
  readonly inherited?: Inherited;
  readonly notify: (entry: FeedEntry) => void;
};

const SETTLE_MS = 500;
/** Records between two snapshots of state; a start reads at most this many after one. */
const SNAPSHOT_EVERY = 5_000;

export class Watcher {
  readonly gate: Gate;
  readonly started: number;
  readonly #edges: Edges;
  readonly #options: WatcherOptions;
  readonly #closers: (() => void | Promise<void>)[] = [];
  #timer: NodeJS.Timeout | undefined;
  #snapshotAt = 0;
  #seams: () => Json = () => null;
  #stopped = false;

  private constructor(options: WatcherOptions, edges: Edges) {
    this.#options = options;
    this.#edges = edges;
    this.started = Date.now();
    this.gate = new Gate(
      {
        ledger: edges.ledger,
        blobs: edges.blobs,
        facts: edges.facts,
        clock: edges.clock,
        lineage: edges.lineage,
        hosts: edges.hosts,
        rules: () => edges.rules.current,
        rulesOf: (workspace) => edges.rules.of(workspace),
        redact: edges.redact,
        commit: edges.commit,
        home: options.userHome,
        installed: edges.installed,
        folderHoles: edges.folderHoles,
        strict: options.strict,
        observeMs: 250,
        notify: options.notify,
      },
      edges.state,
    );
  }

  /** Opens everything and listens. Throws UserError with what is wrong; nothing is left running then. */
  static async start(options: WatcherOptions): Promise<Watcher> {
    makeHome(options.home);
    const edges = await openEdges(options);
    const watcher = new Watcher(options, edges);
    try {
      await watcher.#run();
      return watcher;
    } catch (error) {
      await watcher.stop();
      throw error;
    }
  }

  async #run(): Promise<void> {
    const { gate } = this;
    const digest = this.#edges.rules.current.digest;
    gate.keeper.record(
      'start',
      undefined,
      {
        version: VERSION,
        pid: process.pid,
        level: 'cooperative',
        strict: this.#options.strict,
        notices: [...this.#edges.rules.notices],
      },
      [{ type: 'rules.changed', digest }],
    );
    const listening = await this.#edges.listen({
      hook: (request) => gate.handle(request),
      control: (method) => this.#control(method),
    });
    this.#seams = listening.seams;
    this.#closers.push(listening.close);
    this.#closers.push(this.#edges.rules.watch((change) => this.#rulesChanged(change)));
    if (this.#options.transcripts) {
      this.#closers.push(
        await this.#edges.transcripts(this.#options.userHome, {
          call: (call) => gate.coverage.seen(call),
          folder: (folder) => void gate.seeFolder(folder).catch((error: unknown) => this.#defect('folder', error)),
        }),
      );
    }
    this.#edges.keepIndex();
    this.#timer = setInterval(() => this.#tick(), SETTLE_MS);
    this.#timer.unref();
  }

  #tick(): void {
    try {
      this.gate.coverage.settle();
      const { size } = this.#edges.ledger.head();
      if (size - this.#snapshotAt >= SNAPSHOT_EVERY) this.#snapshot();
    } catch (error) {
      this.#defect('settle', error);
    }
  }

  #snapshot(): void {
    this.#snapshotAt = this.#edges.ledger.head().size;
    this.#edges.saveSnapshot(this.gate.state);
  }

  /** New rules are in force only after their record; an erring file leaves the old ones and says where it errs. */
  #rulesChanged(change: RulesChange): void {
    const time = Date.now();
    const workspace = 'workspace' in change ? change.workspace : undefined;
    const project = workspace === undefined ? {} : { project: workspace };
    if ('problems' in change) {
      const data = { what: 'rules-refused', ...project, problems: change.problems.slice(0, 20) };
      let seq = -1;
      try {
        seq = this.gate.keeper.record('config', undefined, data, []);
      } catch (error) {
        this.#defect('rules', error);
      }
      for (const problem of change.problems)
        this.#options.notify({ seq, time, type: 'config', text: `the old rules stay in force: ${problem}` });
      return;
    }
    const { digest } = change;
    const notices = 'notices' in change ? { notices: change.notices.slice(0, 20) } : {};
    // A project's rules hold in its folder only; state knows those that hold everywhere.
    const events: readonly Event[] = workspace === undefined ? [{ type: 'rules.changed', digest }] : [];
    const data = { what: 'rules-changed', ...project, digest, ...notices };
    const seq = this.gate.keeper.record('config', undefined, data, events);
    const where = workspace === undefined ? '' : ` in ${workspace}`;
    this.#options.notify({ seq, time, type: 'config', text: `rules ${digest.slice(0, 12)} are in force${where}` });
    for (const notice of 'notices' in change ? change.notices : [])
      this.#options.notify({ seq, time, type: 'config', text: `a project may not do this: ${notice}` });
  }

  #control(method: string): Json {
    switch (method) {
      case 'status':
        return this.status();
      case 'state-digest':
        return { seq: this.#edges.ledger.head().size, digest: stateDigest(this.gate.state) };
      default:
        return { error: { code: 'no-method', message: `there is no control method ${method.slice(0, 40)}` } };
    }
  }

  status(): Json {
    const { state } = this.gate;
    const open = [...state.sessions.values()].filter((session) => !session.closed);
    return {
      version: VERSION,
      pid: process.pid,
      started: this.started,
      level: 'cooperative',
      seams: ['hook'],
      listens: this.#seams(),
      rules: this.#edges.rules.current.digest,
      profile: this.#edges.rules.current.settings.profile,
      notices: [...this.#edges.rules.notices],
      records: this.#edges.ledger.head().size,
      sessions: open.length,
      gaps: state.machine.gaps,
      standing: state.machine.standing,
      folders: [...state.machine.folders]
        .filter(([, holes]) => holes.length > 0)
        .map(([folder, holes]) => ({ folder, holes })),
    };
  }

  /** Ends in order: no new requests, a last record, a snapshot, the ledger. Safe to call twice. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    for (const close of this.#closers.splice(0).reverse()) await close();
    if (this.#stopped) return;
    this.#stopped = true;
    try {
      this.gate.keeper.record('stop', undefined, { pid: process.pid }, []);
      this.#snapshot();
    } catch (error) {
      this.#defect('stop', error);
    }
    await this.#edges.close();
  }

  #defect(where: string, error: unknown): void {
    const text = `internal error in ${where}: ${error instanceof Error ? error.message : String(error)}`;
    this.#options.notify({ seq: -1, time: Date.now(), type: 'defect', text });
  }
}
