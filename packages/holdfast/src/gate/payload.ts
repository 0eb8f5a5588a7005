// Reading a hook's payload: bounded JSON or a reason why not.
import { limits, type Json } from '../core/model/index.ts';

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
