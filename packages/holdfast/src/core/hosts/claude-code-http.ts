// Claude Code's hooks by http: which events we let come that way, and our replies as it reads them in a response.
// Tried on 2.1.330 (docs/adr/0010-http-hook.md): a status that is no success, or a body that is no JSON or of no known form, blocks where the
// entry says `onFailure: block`; a success with an empty body or an object without a decision lets the call run.
import type { Host, Reply } from '../model/index.ts';

/** Reasons are read out to the model; without one it would learn nothing. */
const NO_TEXT = 'holdfast: denied: no reason was given.';

export const overHttp: NonNullable<Host['http']> = {
  // Prompts, sessions and changes of configuration stay with the command hook: only it shows which process speaks.
  events: ['PreToolUse', 'PostToolUse', 'PostToolUseFailure'],
  form,
};

function form(event: string, reply: Reply): { readonly status: number; readonly body: string } {
  if (reply.exit === 0)
    return { status: 200, body: reply.stdout === undefined || reply.stdout === '' ? '{}' : reply.stdout };
  const reason = reply.stderr === undefined || reply.stderr === '' ? NO_TEXT : reply.stderr;
  const said =
    event === 'PreToolUse'
      ? { hookSpecificOutput: { hookEventName: event, permissionDecision: 'deny', permissionDecisionReason: reason } }
      : { decision: 'block', reason };
  return { status: 200, body: JSON.stringify(said) };
}
