// The gate: one inbound of a host ▶ record ▶ reply. Every path, also every error, ends in a verdict and a sentence.
import {
  codeOf,
  type Action,
  type Decision,
  type Finding,
  type Host,
  type Inbound,
  type Json,
  type Level,
  type Reply,
  type SessionState,
  type State,
} from '../core/model/index.ts';
import {
  decide,
  decisive,
  emptyState,
  joinKey,
  learnOutcome,
  learnPrompt,
  lowerRounds,
  pendingOf,
  ruleInfo,
  sentence,
  type EngineRules,
} from '../core/engine/index.ts';
import { Coverage } from './coverage.ts';
import { Keeper } from './keeper.ts';
import type { GateParts, GateRequest } from './parts.ts';
import { oddInbound, readPayload } from './payload.ts';
import { clip, summary, verdictRecord } from './record-data.ts';
import { redaction } from './redaction.ts';
import { Sessions } from './sessions.ts';

/** Ways to switch the gate off that are told per folder, and how long each is told. */
const HOLES = 8;
const HOLE_BYTES = 600;

/** Said when no host is known or nothing else can be said: exit 2 with a sentence stops every command-hook agent (agents.md §0.3). */
function bluntRefusal(text: string): Reply {
  return { stderr: text, exit: 2 };
}

/** A request on its way, with the rules that stand for it once its workspace is known. */
type Asked = GateRequest & { rules?: EngineRules };

export class Gate {
  readonly keeper: Keeper;
  readonly coverage: Coverage;
  readonly #parts: GateParts;
  readonly #sessions: Sessions;
  readonly #base: string;
  #ids = 0;

  constructor(parts: GateParts, state: State = emptyState()) {
    this.#parts = parts;
    this.#base = parts.ledger.head().size.toString(36);
    this.keeper = new Keeper(parts, state);
    this.#sessions = new Sessions(parts, this.keeper);
    this.coverage = new Coverage(parts, this.keeper);
  }

  get state(): State {
    return this.keeper.state;
  }

  /** Answers one hook request. Never throws: what fails inside is recorded and refused. */
  async handle(request: GateRequest): Promise<Reply> {
    const host = this.#parts.hosts.get(request.host);
    const asked: Asked = { ...request };
    try {
      if (host === undefined)
        return this.#refuse(
          undefined,
          'gate/unknown-host',
          `no adapter for ${JSON.stringify(request.host.slice(0, 40))}`,
        );
      const read = readPayload(request.payload);
      if ('why' in read) return this.#refuse(host, 'gate/malformed', read.why);
      const inbound = host.parse(read.json, request.event);
      if (inbound.kind === 'malformed') return this.#refuse(host, 'gate/malformed', inbound.why);
      const odd = oddInbound(inbound);
      if (odd !== undefined) return this.#refuse(host, 'gate/malformed', odd);
      switch (inbound.kind) {
        case 'action':
          return await this.#action(host, inbound, asked);
        case 'config':
          return await this.#config(host, inbound, asked);
        case 'outcome':
          return await this.#outcome(host, inbound, asked);
        case 'prompt':
          return await this.#prompt(host, inbound, asked);
        case 'session':
          return await this.#session(host, inbound, asked);
        case 'other':
          return host.reply(inbound, { level: 'pass' }, '');
      }
    } catch (error) {
      return this.#failed(host, error, asked.rules);
    }
  }

  async #action(host: Host, inbound: Extract<Inbound, { kind: 'action' }>, asked: Asked): Promise<Reply> {
    const given = inbound.action;
    const session = this.#sessions.open(given.session, given.agent, given.cwd, asked, given.parent);
    await this.#folder(session.id, given.cwd);
    return this.#decided(host, inbound, asked, session, {
      ...given,
      id: this.#id(),
      workspace: session.workspace,
      home: this.#parts.home,
      time: this.#parts.clock.now(),
    });
  }

  /** A change of the agent's own configuration while it runs is an action like any other: a `config` call. */
  async #config(host: Host, inbound: Extract<Inbound, { kind: 'config' }>, asked: Asked): Promise<Reply> {
    const session = this.#sessions.open(inbound.session, host.name, inbound.cwd, asked, inbound.parent);
    return this.#decided(host, inbound, asked, session, {
      id: this.#id(),
      seam: 'hook',
      agent: host.name,
      session: session.id,
      tool: 'config',
      hostTool: 'ConfigChange',
      input: { key: inbound.source, ...(inbound.file === undefined ? {} : { file: inbound.file }) },
      cwd: inbound.cwd,
      workspace: session.workspace,
      home: this.#parts.home,
      time: this.#parts.clock.now(),
    });
  }

  async #decided(host: Host, inbound: Inbound, asked: Asked, session: SessionState, given: Action): Promise<Reply> {
    // One rules object for the whole decision, also when a reload swaps it meanwhile: those of the session's workspace.
    const rules = await this.#rules(asked, session);
    const { facts: source, observeMs } = this.#parts;
    // What local files answer is answered while the action is lowered, once; a round is only for what has to be waited for.
    const rounds = lowerRounds(given, rules, source.look(observeMs));
    let turn = rounds.next();
    while (!turn.done) turn = rounds.next(await source.observe(turn.value, observeMs));
    const { lowered, facts } = turn.value;
    // From here to the record nothing is awaited (architecture §2).
    const view = this.keeper.view(this.keeper.session(session.id) ?? session);
    const { action, findings } = this.#joined(given, view.session);
    const seen = findings.length === 0 ? lowered : { ...lowered, findings: [...lowered.findings, ...findings] };
    const decision = decide(view, action, seen, facts, rules);
    const { verdict } = decision;
    const text = sentence(verdict, decision.effects, rules);
    const redact = redaction(this.#parts, view.session, rules);
    const { data, short, input } = verdictRecord(action, decision, facts.all, redact, text, host);
    const seq = this.keeper.record('verdict', session.id, data, decision.events, {
      short,
      original: JSON.stringify(action.input),
      rules: rules.digest,
    });
    this.#remember(action, decision);
    if (this.#parts.strict) await this.#parts.ledger.flushed(seq);
    const rule = decisive(verdict, rules)[0]?.reason.rule;
    this.#parts.notify({
      seq,
      time: action.time,
      type: 'verdict',
      session: session.id,
      agent: action.agent,
      level: verdict.level,
      text: summary(action, input),
      ...(rule === undefined ? {} : { rule }),
    });
    return host.reply(inbound, verdict, text === '' ? '' : `${text} (record #${seq})`);
  }

  /** Rules of the session's workspace, remembered for whatever fails after this. */
  async #rules(asked: Asked, session: SessionState): Promise<EngineRules> {
    return (asked.rules = await this.#parts.rulesOf(session.workspace));
  }

  /**
   * The same input under the same call id, while nothing has come of it, is the same action seen again and keeps its id;
   * another input under that id is another action, and a finding (architecture §2).
   */
  #joined(action: Action, session: SessionState): { readonly action: Action; readonly findings: readonly Finding[] } {
    const before = this.coverage.known(session.id, action.callId);
    if (before === undefined) return { action, findings: [] };
    if (before.join !== joinKey(action)) {
      const evidence = [`decided before as ${before.action}`];
      return { action, findings: [{ code: 'call-id-reused', severity: 'medium', by: 'seam', evidence }] };
    }
    return { action: session.pending.has(before.action) ? { ...action, id: before.action } : action, findings: [] };
  }

  #remember({ session, callId, id }: Action, { events, verdict }: Decision): void {
    const decided = events.find((event) => event.type === 'action.decided');
    if (callId !== undefined && decided !== undefined)
      this.coverage.decided({ session, callId, action: id, level: verdict.level, join: decided.join });
  }

  async #outcome(host: Host, inbound: Extract<Inbound, { kind: 'outcome' }>, asked: Asked): Promise<Reply> {
    const { hostTool = '', tool, input, parent, cwd, ...given } = inbound.outcome;
    const session = this.#sessions.open(given.session, host.name, cwd, asked, parent);
    const join =
      tool === undefined || input === undefined
        ? undefined
        : joinKey({ session: given.session, tool, hostTool, input });
    const rules = await this.#rules(asked, session);
    const outcome = { ...given, ...(join === undefined ? {} : { join }), time: this.#parts.clock.now() };
    const view = this.keeper.view(this.keeper.session(session.id) ?? session);
    const call = pendingOf(view, outcome);
    const events = learnOutcome(view, outcome, rules);
    const data: Json = {
      action: call?.action ?? null,
      callId: outcome.callId ?? null,
      ran: outcome.ran,
      exit: outcome.exit ?? null,
      bytes: outcome.result?.length ?? 0,
      decided: call !== undefined,
    };
    this.keeper.record('outcome', session.id, data, events, {
      rules: rules.digest,
      ...(outcome.result === undefined ? {} : { original: outcome.result }),
    });
    const { callId, ran } = outcome;
    this.coverage.ended({ session: session.id, callId, tool: hostTool.slice(0, 200), ran, join, call });
    return host.reply(inbound, { level: 'pass' }, '');
  }

  async #prompt(host: Host, inbound: Extract<Inbound, { kind: 'prompt' }>, asked: Asked): Promise<Reply> {
    const session = this.#sessions.open(inbound.session, host.name, inbound.cwd, asked, inbound.parent);
    await this.#folder(session.id, inbound.cwd);
    const rules = await this.#rules(asked, session);
    const { proven, why } =
      inbound.machine === true
        ? { proven: false, why: 'the agent wrote it itself' }
        : this.#sessions.proven(session, asked);
    const prompt = { session: session.id, text: inbound.text, proven, time: this.#parts.clock.now() };
    const events = learnPrompt(this.keeper.view(session), prompt, rules);
    const label = proven ? 'user' : 'unproven';
    const redact = redaction(this.#parts, session, rules);
    const seq = this.keeper.record(
      'prompt',
      session.id,
      { label, why, bytes: inbound.text.length, text: redact(inbound.text.slice(0, 2000)).json },
      events,
      { original: inbound.text, short: () => ({ label, why, bytes: inbound.text.length }), rules: rules.digest },
    );
    this.#parts.notify({
      seq,
      time: prompt.time,
      type: 'prompt',
      session: session.id,
      agent: host.name,
      text: `prompt (${label}${proven ? '' : `: ${why}`})`,
    });
    return host.reply(inbound, { level: 'pass' }, '');
  }

  async #session(host: Host, inbound: Extract<Inbound, { kind: 'session' }>, request: GateRequest): Promise<Reply> {
    const session = this.#sessions.open(inbound.session, host.name, inbound.cwd, request);
    await this.#folder(session.id, inbound.cwd);
    const time = this.#parts.clock.now();
    if (inbound.what === 'spawn' && inbound.child !== undefined)
      this.#sessions.open(inbound.child, host.name, inbound.cwd, request, session.id);
    const ended = inbound.what === 'end' ? session.id : inbound.what === 'spawn-end' ? inbound.child : undefined;
    if (ended !== undefined && this.keeper.session(ended) !== undefined) {
      this.keeper.record('session', ended, { what: 'closed', agent: host.name }, [
        { type: 'session.closed', session: ended, time },
      ]);
      this.#sessions.forget(ended);
    }
    return host.reply(inbound, { level: 'pass' }, '');
  }

  /** Reports, once per folder, what in it can switch the gate off. */
  async #folder(session: string, folder: string): Promise<void> {
    await this.seeFolder(folder, session);
  }

  /** As above; also called by the transcript watch for folders no hook has spoken of. */
  async seeFolder(folder: string, session?: string): Promise<void> {
    if (this.state.machine.folders.has(folder)) return;
    // A record is bounded; the folder's own name may be a quarter of it.
    const holes = (await this.#parts.folderHoles(folder)).slice(0, HOLES).map((hole) => clip(hole, HOLE_BYTES));
    if (this.state.machine.folders.has(folder)) return;
    const time = this.#parts.clock.now();
    const seq = this.keeper.finding('folder-seen', session, { folder, holes }, [
      { type: 'folder.seen', folder, holes, time },
    ]);
    for (const hole of holes)
      this.#parts.notify({ seq, time, type: 'finding', text: `gate-can-be-switched-off: ${hole}` });
  }

  /** Refuses what cannot be decided: recorded, with a sentence; profile `observe` records and lets the host go on. */
  #refuse(host: Host | undefined, rule: string, detail: string, rules = this.#parts.rules()): Reply {
    const info = ruleInfo(rules, rule);
    const text = `holdfast: denied: ${info?.reason ?? rule}: ${detail}. Do this: ${info?.fix ?? 'run `holdfast doctor`'}. [${rule}]`;
    const level: Level = rules.settings.profile === 'observe' ? 'pass' : 'deny';
    const seq = this.keeper.record(
      'verdict',
      undefined,
      {
        host: host?.name ?? null,
        verdict: { level, risk: 50, reasons: [{ rule, effect: 'call', level: 'deny' }] },
        text,
        detail,
      },
      [],
    );
    this.#parts.notify({
      seq,
      time: this.#parts.clock.now(),
      type: 'verdict',
      level,
      text: detail,
      rule,
      ...(host === undefined ? {} : { agent: host.name }),
    });
    if (level === 'pass') return { exit: 0 };
    return host === undefined ? bluntRefusal(text) : host.hardest(text);
  }

  /** The last line: something inside threw. The record is tried too; when even that fails the sentence says so. */
  #failed(host: Host | undefined, error: unknown, rules: EngineRules | undefined): Reply {
    const detail = error instanceof Error ? error.message : 'unknown error';
    try {
      // On a full disk this one record may use the ledger's reserve.
      return this.#refuse(host, codeOf(error) === 'ledger-full' ? 'gate/ledger-full' : 'gate/failed', detail, rules);
    } catch (second) {
      const why = second instanceof Error ? second.message : 'unknown error';
      const text = `holdfast: denied: the record could not be written: ${why}. Do this: free disk space or run \`holdfast doctor\`. [gate/ledger-full]`;
      this.#parts.notify({
        seq: -1,
        time: this.#parts.clock.now(),
        type: 'verdict',
        level: 'deny',
        text: why,
        rule: 'gate/ledger-full',
      });
      return host === undefined ? bluntRefusal(text) : host.hardest(text);
    }
  }

  /** Unique within the ledger: the position that this gate began to write at and a count. */
  #id(): string {
    this.#ids += 1;
    return `${this.#base}-${this.#ids.toString(36)}`;
  }
}
