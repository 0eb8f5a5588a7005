// The data of verdict records: what was asked, what it would do, what was decided – redacted and bounded.
import type { Action, Decision, Effect, Fact, Host, Json, JsonObject, Reason } from '../core/model/index.ts';
import { isObject } from '../core/model/index.ts';
import type { Redact } from './redaction.ts';

export type VerdictRecord = {
  /** Full data; what exceeds a record goes to a blob and `short` stands in. */
  readonly data: Json;
  /** What stays in the record then: at most 10 KB, whatever the action says. */
  readonly short: () => Json;
  /** The action's input as it may be shown. */
  readonly input: Json;
};

type Told = Pick<Decision, 'effects' | 'findings'> & { readonly facts: Json; readonly text: string };

/** One decision as it is recorded. Nothing of it holds a secret that `redact` knows of. */
export function verdictRecord(
  action: Action,
  decision: Decision,
  facts: readonly Fact[],
  redact: Redact,
  text: string,
  host: Host,
): VerdictRecord {
  const { verdict, labels } = decision;
  const input = redact(action.input);
  const { effects, findings } = decision;
  const toldFacts = facts.map(toldFact);
  const told = withoutSecrets({ effects, findings, facts: toldFacts, text }, redact);
  const tail = { host: host.name, level: 'cooperative', seams: [action.seam] };
  return {
    data: {
      action: { ...head(action), input: input.json },
      verdict: verdict as unknown as Json,
      effects: told.effects as unknown as Json,
      findings: told.findings as unknown as Json,
      labels,
      facts: told.facts,
      text: told.text,
      ...tail,
      // Exact full replay needs every input as it was: nothing redacted, no fact shortened.
      complete:
        input.count === 0 && told.count === 0 && toldFacts.every((fact) => 'none' in fact || fact['got'] !== null),
    },
    short: () => ({
      action: { ...head(action), workspace: clip(action.workspace, 600), home: clip(action.home, 300) },
      verdict: { level: verdict.level, risk: verdict.risk, reasons: verdict.reasons.slice(0, 12).map(shortReason) },
      effects: told.effects.slice(0, 6).map(shortEffect),
      counts: { effects: effects.length, findings: findings.length, reasons: verdict.reasons.length },
      labels: labels.slice(0, 8),
      text: clip(told.text, 1000),
      ...tail,
      complete: false,
      whole: 'blob',
    }),
    input: input.json,
  };
}

/** Effects, findings and facts name paths, hosts and texts that may come from files: they hold secrets as the input may. */
function withoutSecrets(told: Told, redact: Redact): Told & { readonly count: number } {
  const names = told.effects.map((effect) => effect.target.name);
  for (const finding of told.findings) names.push(...finding.evidence);
  strings(told.facts, names);
  // Nearly always there is none, and a copy of everything is spared.
  if (redact(names.join('\n')).count === 0) return { ...told, count: 0 };
  const { json, count } = redact(told as unknown as Json);
  return isObject(json)
    ? { ...(json as unknown as Told), count }
    : { effects: [], findings: [], facts: [], text: '', count };
}

function strings(value: Json, into: string[]): void {
  if (typeof value === 'string') into.push(value);
  else if (Array.isArray(value)) for (const one of value as readonly Json[]) strings(one, into);
  else if (isObject(value)) for (const one of Object.values(value)) strings(one, into);
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

/** The beginning of a text that takes at most `bytes` as JSON. */
export function clip(text: string, bytes: number): string {
  // One unit takes six bytes at most (`\u0000`).
  if (text.length * 6 <= bytes) return text;
  for (let to = text.length; ; to = Math.floor(Math.min(to, bytes) * 0.8)) {
    const cut = to === text.length ? text : text.slice(0, to);
    if (cut.length <= bytes && Buffer.byteLength(JSON.stringify(cut)) <= bytes) return cut;
  }
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

function shortReason(reason: Reason): Json {
  const { waivedBy } = reason;
  return {
    ...reason,
    rule: clip(reason.rule, 100),
    ...(waivedBy === undefined ? {} : { waivedBy: clip(waivedBy, 100) }),
  };
}

function shortEffect(effect: Effect): Json {
  return {
    kind: effect.kind,
    target: clip(effect.target.name, 240),
    certain: effect.certain,
    attributes: effect.attributes.slice(0, 6),
  };
}

function toldFact(fact: Fact): JsonObject {
  return {
    want: fact.want as Json,
    ...('none' in fact ? { none: fact.none } : { digest: fact.digest ?? null, got: bounded(fact) }),
  };
}

/** Small answers are kept with the record; file texts are kept by digest only. */
function bounded(fact: Fact): Json {
  if ('none' in fact || fact.want.ask === 'text') return null;
  const { got } = fact;
  // What lies at a path that is no link has a few numbers beside its name.
  const real = fact.want.ask === 'path' && isObject(got) && !('links' in got) ? got['real'] : undefined;
  if (typeof real === 'string' && real.length <= 50) return got;
  return JSON.stringify(got).length <= 512 ? got : null;
}
