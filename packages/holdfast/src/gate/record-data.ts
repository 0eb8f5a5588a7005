// The data of verdict records: what was asked, what it would do, what was decided – redacted and bounded.
import type { Action, Decision, Effect, Fact, Host, Json, Reason } from '../core/model/index.ts';
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

/** What stays in the record when the full data is in a blob: at most 10 KB, whatever the action says. */
export function shortVerdict(action: Action, decision: Decision, text: string): Json {
  const { verdict } = decision;
  return {
    action: { ...head(action), workspace: clip(action.workspace, 600), home: clip(action.home, 300) },
    verdict: { level: verdict.level, risk: verdict.risk, reasons: verdict.reasons.slice(0, 12).map(shortReason) },
    effects: decision.effects.slice(0, 6).map((effect) => short(effect)),
    counts: {
      effects: decision.effects.length,
      findings: decision.findings.length,
      reasons: verdict.reasons.length,
    },
    labels: decision.labels.slice(0, 8),
    text: clip(text, 1000),
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
    hostTool: clip(action.hostTool, 300),
    cwd: clip(action.cwd, 600),
  };
}

/** The beginning of a text that takes at most `bytes` as JSON. */
export function clip(text: string, bytes: number): string {
  // One unit takes six bytes at most (`\u0000`).
  if (text.length * 6 <= bytes) return text;
  if (text.length <= bytes && Buffer.byteLength(JSON.stringify(text)) <= bytes) return text;
  for (let to = Math.min(text.length, bytes - 2); ; to = Math.floor(to * 0.8)) {
    const cut = text.slice(0, to);
    if (Buffer.byteLength(JSON.stringify(cut)) <= bytes) return cut;
  }
}

function shortReason(reason: Reason): Json {
  return {
    ...reason,
    rule: clip(reason.rule, 100),
    ...(reason.waivedBy === undefined ? {} : { waivedBy: clip(reason.waivedBy, 100) }),
  };
}

function short(effect: Effect): Json {
  return {
    kind: effect.kind,
    target: clip(effect.target.name, 240),
    certain: effect.certain,
    attributes: effect.attributes.slice(0, 6),
  };
}

/** Small answers are kept with the record; file texts are kept by digest only. */
function bounded(fact: Fact): Json {
  if ('none' in fact || fact.want.ask === 'text') return null;
  const text = JSON.stringify(fact.got);
  return text.length <= 512 ? fact.got : null;
}
