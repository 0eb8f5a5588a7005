// A session outside any watcher: decides its steps in order through the real engine. check, replay, demo and benchmarks use it.
import {
  type Action,
  type Decision,
  type Fact,
  type Json,
  type Seam,
  type State,
  type Tool,
  type Want,
} from '../model/index.ts';
import { apply, emptyState } from './apply.ts';
import { decide } from './decide.ts';
import { sentence } from './explain.ts';
import { learnOutcome, learnPrompt } from './learn.ts';
import { Overlay } from './overlay.ts';
import { lowerRounds, type Rounds } from './rounds.ts';
import type { EngineRules } from './rules.ts';

export type RunOptions = {
  readonly id: string;
  readonly agent: string;
  readonly home: string;
  readonly cwd: string;
  readonly workspace?: string;
  readonly seam?: Seam;
  /** What the user asked; counts as proven here, since the caller is the user. */
  readonly task?: string;
};

export type Step = {
  readonly tool: Tool;
  readonly hostTool: string;
  readonly input: Json;
  readonly cwd?: string;
  readonly callId?: string;
};
export type Stepped = { readonly action: Action; readonly decision: Decision; readonly text: string };

export class SessionRun {
  readonly state: State = emptyState();
  readonly #rules: EngineRules;
  readonly #options: RunOptions;
  readonly #overlay = new Overlay();
  #count = 0;

  constructor(rules: EngineRules, options: RunOptions) {
    this.#rules = rules;
    this.#options = options;
    apply(this.state, {
      type: 'session.opened',
      session: options.id,
      agent: options.agent,
      depth: 0,
      workspace: options.workspace ?? options.cwd,
      time: 0,
    });
    if (options.task !== undefined) this.prompt(options.task, true);
  }

  /** Decides one step; yields the facts that the overlay does not know (the real disk, when asked for). */
  *steps(step: Step): Generator<readonly Want[], Stepped, readonly Fact[]> {
    const action = this.#action(step);
    return this.#decide(action, yield* lowerRounds(action, this.#rules, (want) => this.#overlay.answer(want)));
  }

  /** Decides one step with the overlay alone; what it does not know is `unknown`. */
  step(step: Step): Stepped {
    const action = this.#action(step);
    const all = (want: Want): Fact => this.#overlay.answer(want) ?? { want, none: 'unknown' };
    const turn = lowerRounds(action, this.#rules, all).next();
    if (!turn.done) throw new Error('a fact that is answered at once is not asked for');
    return this.#decide(action, turn.value);
  }

  #decide(action: Action, { lowered, facts }: Rounds): Stepped {
    const session = this.state.sessions.get(this.#options.id);
    if (session === undefined) throw new Error('a session run always has its session');
    const decision = decide({ session, machine: this.state.machine }, action, lowered, facts, this.#rules);
    for (const event of decision.events) apply(this.state, event);
    return { action, decision, text: sentence(decision.verdict, decision.effects, this.#rules) };
  }

  /** The step ran (or is taken to have run, as the data's rules demand) with this result. */
  ran(stepped: Stepped, result: string | undefined): void {
    this.#overlay.learn(stepped.action, result);
    const session = this.state.sessions.get(this.#options.id);
    if (session === undefined) return;
    const outcome = {
      session: session.id,
      action: stepped.action.id,
      ran: 'yes' as const,
      time: this.#count,
      ...(result === undefined ? {} : { result }),
    };
    for (const event of learnOutcome({ session, machine: this.state.machine }, outcome, this.#rules))
      apply(this.state, event);
  }

  prompt(text: string, proven: boolean): void {
    const session = this.state.sessions.get(this.#options.id);
    if (session === undefined) return;
    const prompt = { session: session.id, text, proven, time: this.#count };
    for (const event of learnPrompt({ session, machine: this.state.machine }, prompt, this.#rules))
      apply(this.state, event);
  }

  #action(step: Step): Action {
    this.#count += 1;
    const { id, agent, home, cwd, workspace, seam } = this.#options;
    return {
      id: `${id}-${this.#count}`,
      ...(step.callId === undefined ? {} : { callId: step.callId }),
      seam: seam ?? 'check',
      agent,
      session: id,
      tool: step.tool,
      hostTool: step.hostTool,
      input: step.input,
      cwd: step.cwd ?? cwd,
      workspace: workspace ?? cwd,
      home,
      time: this.#count,
    };
  }
}
