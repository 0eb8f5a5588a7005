// Reading a hook's payload: bounded JSON or a reason why not.
import { limits, type Inbound, type Json } from '../core/model/index.ts';

/** Parses `raw`; a payload that is too large, too deep or no JSON object gives a reason instead. */
export function readPayload(raw: string | undefined): { readonly json: Json } | { readonly why: string } {
  if (raw === undefined) return { why: 'the payload is not valid UTF-8' };
  if (raw.length > limits.PAYLOAD_BYTES) return { why: `the payload is larger than ${limits.PAYLOAD_BYTES} bytes` };
  if (deeperThan(raw, limits.JSON_DEPTH)) return { why: `the payload is nested deeper than ${limits.JSON_DEPTH}` };
  try {
    return { json: JSON.parse(raw) as Json };
  } catch (error) {
    // JSON.parse quotes the input in its message; only the kind of error is kept.
    return { why: `the payload is no JSON (${error instanceof Error ? error.name : 'error'})` };
  }
}

/**
 * Why an inbound cannot be what an agent sends, or undefined: ids too long for a record or with control characters, a
 * working directory that no system opens. What a host leaves out is not looked for.
 */
export function oddInbound(inbound: Inbound): string | undefined {
  switch (inbound.kind) {
    case 'action': {
      const { session, parent, agent, callId, cwd } = inbound.action;
      return (
        oddId('session', session) ??
        oddId('parent session', parent) ??
        oddId('agent', agent) ??
        oddId('call', callId) ??
        oddCwd(cwd)
      );
    }
    case 'outcome':
      return (
        oddId('session', inbound.outcome.session) ??
        oddId('parent session', inbound.outcome.parent) ??
        oddId('call', inbound.outcome.callId) ??
        oddCwd(inbound.outcome.cwd)
      );
    case 'session':
      return oddId('session', inbound.session) ?? oddId('child session', inbound.child) ?? oddCwd(inbound.cwd);
    case 'prompt':
    case 'config':
    case 'other':
      return oddId('session', inbound.session) ?? oddCwd(inbound.cwd);
  }
}

function oddId(what: string, id: string | undefined): string | undefined {
  if (id === undefined) return undefined;
  if (id.length > limits.ID_CHARS) return `the ${what} id is longer than ${limits.ID_CHARS} characters`;
  for (let i = 0; i < id.length; i++)
    if (id.charCodeAt(i) < 0x20) return `the ${what} id has a control character in it`;
  return undefined;
}

function oddCwd(cwd: string): string | undefined {
  if (cwd.length < limits.CWD_BYTES / 6 || Buffer.byteLength(JSON.stringify(cwd)) <= limits.CWD_BYTES) return undefined;
  return `the working directory is longer than ${limits.CWD_BYTES} bytes`;
}

/** Linear scan for nesting, so that no parser recurses on hostile depth. Brackets inside strings are not counted. */
function deeperThan(raw: string, max: number): boolean {
  let depth = 0;
  let quoted = false;
  for (let i = 0; i < raw.length; i++) {
    const c = raw.charCodeAt(i);
    if (quoted) {
      if (c === 0x5c) i++;
      else if (c === 0x22) quoted = false;
    } else if (c === 0x22) quoted = true;
    else if (c === 0x7b || c === 0x5b) {
      if (++depth > max) return true;
    } else if (c === 0x7d || c === 0x5d) depth--;
  }
  return false;
}
