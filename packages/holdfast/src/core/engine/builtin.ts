// Rules that are no policy: what the gate itself answers when nothing could be decided. Ids start with `gate/`.
import type { RuleInfo } from '../model/index.ts';

function builtin(id: string, reason: string, fix: string): RuleInfo {
  return {
    id,
    layer: 'deny',
    severity: 'high',
    reason,
    fix,
    refs: [],
    waivable: false,
    waives: undefined,
    rewrite: undefined,
    scope: 'shipped',
  };
}

export const BUILTIN: ReadonlyMap<string, RuleInfo> = new Map(
  [
    builtin('gate/stopped', 'this session was stopped by a human', 'wait until a human runs `holdfast resume`'),
    builtin('gate/malformed', 'the tool call could not be read', 'send the call again in the form the tool declares'),
    builtin('gate/failed', 'the decision failed inside holdfast', 'run `holdfast doctor`; the record names the error'),
    builtin('gate/ledger-full', 'the record could not be written', 'free disk space, then run `holdfast doctor`'),
    builtin('gate/unknown-host', 'no adapter knows this agent', 'run `holdfast init` for the agent again'),
    builtin(
      'gate/config-locked',
      'agent configuration may not change during a session',
      'make the change outside the session, as a human',
    ),
  ].map((rule) => [rule.id, rule]),
);
