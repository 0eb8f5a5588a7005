// Records without secrets: what a detector sees in them, and what the session is known to have seen.
import { carriedSecrets, type EngineRules } from '../core/engine/index.ts';
import type { Json, SessionState } from '../core/model/index.ts';
import type { GateParts } from './parts.ts';

/** Stands for what is too long to be searched for everything that its session has seen. */
const NOT_SEARCHED = '\u2039redacted:not-searched\u203a';

/** A copy of one part of a record without secrets, and how many there were. */
export type Redact = (value: Json) => { readonly json: Json; readonly count: number };

/**
 * How what a session is about is recorded. Values of secrets that it has seen are taken out in every form; a value that is
 * too long to be searched for them is not kept.
 */
export function redaction(parts: Pick<GateParts, 'redact'>, session: SessionState, rules: EngineRules): Redact {
  if (session.secrets.size === 0) return (value) => parts.redact(value);
  return (value) => {
    const carried = carriedSecrets(session, value, rules.settings.key, rules.find);
    return carried.whole ? parts.redact(value, carried.values) : { json: NOT_SEARCHED, count: 1 };
  };
}
