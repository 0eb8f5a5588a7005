// The watcher: one long-lived process that holds the gate's state, answers hooks, follows transcripts and keeps the ledger.
import type { Json } from '../../core/model/index.ts';
import { stateDigest } from '../../core/engine/index.ts';
import { Gate } from '../../gate/gate.ts';
import type { FeedEntry } from '../../gate/parts.ts';
import type { Inherited } from '../../edge/transports/index.ts';
import { openEdges, type Edges } from '../compose.ts';
import { makeHome, type Home } from '../home.ts';
import { ProjectRules } from '../project-rules.ts';
import { bounded, RulesNews } from './rules-news.ts';
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
  readonly #projects: ProjectRules;
  readonly #news: RulesNews;
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
    this.#projects = new ProjectRules({
      facts: edges.facts,
      base: () => edges.rules.base,
      own: options.home.root,
      changed: (change) => this.#news.project(change),
    });
    this.gate = new Gate(
      {
        ledger: edges.ledger,
        blobs: edges.blobs,
        facts: edges.facts,
        clock: edges.clock,
        lineage: edges.lineage,
        hosts: edges.hosts,
        rules: () => edges.rules.current,
        rulesOf: (workspace) => this.#projects.at(workspace),
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
    this.#news = new RulesNews({
      keeper: this.gate.keeper,
      redact: edges.redact,
      notify: options.notify,
      defect: (where, error) => this.#defect(where, error),
    });
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
    this.#closers.push(
      this.#edges.rules.watch((change) => this.#news.changed(change)),
      this.#projects.watch(),
    );
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
      notices: [...bounded(this.#edges.rules.notices)],
      problems: [...bounded(this.#edges.rules.problems)],
      projects: this.#projects.standing.map(({ workspace, rules, problems, notices }) => ({
        workspace,
        rules: rules.digest,
        profile: rules.settings.profile,
        problems: [...bounded(problems)],
        notices: [...bounded(notices)],
      })),
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
