// The data of verdict records: what was asked, what it would do, what was decided – redacted and bounded.
import type { Action, Decision, Effect, Fact, Host, Json } from '../core/model/index.ts';
import { isObject } from '../core/model/index.ts';

/** Full data of a verdict record; what exceeds a record goes to a blob and shortVerdict stands in. */
export function verdictData(
  action: Action,
  decision: Decision,
  facts: readonly Fact[],
  redacted: { readonly json: Json; readonly count: number },
  text: string,
  host: Host,
): Json {
  return {
    action: { ...head(action), input: redacted.json },
    verdict: decision.verdict as unknown as Json,
    effects: decision.effects as unknown as Json,
    findings: decision.findings as unknown as Json,
    labels: decision.labels,
    facts: facts.map((fact) => ({
      want: fact.want as Json,
      ...('none' in fact ? { none: fact.none } : { digest: fact.digest ?? null, got: bounded(fact) }),
    })),
    text,
    host: host.name,
    level: 'cooperative',
    seams: [action.seam],
    // Exact full replay needs every input as it was: nothing redacted, no fact shortened.
    complete: redacted.count === 0 && facts.every((fact) => 'none' in fact || bounded(fact) !== null),
  };
}

/** What stays in the record when the full data is in a blob. */
export function shortVerdict(action: Action, decision: Decision, text: string): Json {
  const { verdict } = decision;
  return {
    action: head(action),
    verdict: { level: verdict.level, risk: verdict.risk, reasons: verdict.reasons.slice(0, 20) as unknown as Json },
    effects: decision.effects.slice(0, 8).map((effect) => short(effect)),
    counts: { effects: decision.effects.length, findings: decision.findings.length },
    labels: decision.labels.slice(0, 8),
    text: text.slice(0, 1000),
    level: 'cooperative',
    seams: [action.seam],
    complete: false,
    whole: 'blob',
  };
}

/** One line for feed and log: tool and the telling part of its input, at most 160 characters. */
export function summary(action: Action, input: Json): string {
  const told = isObject(input)
    ? (input['command'] ??
      input['path'] ??
      input['url'] ??
      input['query'] ??
      input['pattern'] ??
      input['tool'] ??
      input['key'])
    : input;
  const text = typeof told === 'string' ? told : told === undefined ? '' : JSON.stringify(told);
  const line = `${action.hostTool} ${text.slice(0, 400).replaceAll(/\s+/g, ' ')}`.trim();
  return line.length > 160 ? `${line.slice(0, 159)}…` : line;
}

function head(action: Action): { readonly [key: string]: Json } {
  const { input: _input, callId, parent, ...rest } = action;
  return {
    ...rest,
    callId: callId ?? null,
    parent: parent ?? null,
    hostTool: action.hostTool.slice(0, 200),
    cwd: action.cwd.slice(0, 1000),
  };
}

function short(effect: Effect): Json {
  return {
    kind: effect.kind,
    target: effect.target.name.slice(0, 200),
    certain: effect.certain,
    attributes: effect.attributes,
  };
}

/** Small answers are kept with the record; file texts are kept by digest only. */
function bounded(fact: Fact): Json {
  if ('none' in fact || fact.want.ask === 'text') return null;
  const text = JSON.stringify(fact.got);
  return text.length <= 512 ? fact.got : null;
}
