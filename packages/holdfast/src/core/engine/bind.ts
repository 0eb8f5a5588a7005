// What an approval is bound to, and what joins one action seen at several seams.
import { digest, type Action, type Effect, type Fact, type Hash, type Json } from '../model/index.ts';

/** Join key: the same call seen at two seams has the same one; another input under the same call id has another. */
export function joinKey(action: Pick<Action, 'session' | 'tool' | 'hostTool' | 'input'>): Hash {
  return digest({ session: action.session, tool: action.tool, hostTool: action.hostTool, input: action.input });
}

/**
 * Hash of exactly what a human approves: the action, its effects and the digests of all facts it was decided on.
 * A changed command, script, link target or working directory gives another hash, so the approval does not carry over.
 */
export function bindHash(action: Action, effects: readonly Effect[], facts: readonly Fact[]): Hash {
  const seen = facts
    .map((fact) => ({ want: fact.want as Json, got: 'none' in fact ? fact.none : (fact.digest ?? digest(fact.got)) }))
    .sort((a, b) => (JSON.stringify(a.want) < JSON.stringify(b.want) ? -1 : 1));
  return digest({
    agent: action.agent,
    session: action.session,
    tool: action.tool,
    hostTool: action.hostTool,
    input: action.input,
    cwd: action.cwd,
    seam: action.seam,
    effects: effects as unknown as Json,
    facts: seen as unknown as Json,
  });
}
