// Strings of a tool's input as values with their place in it.
import { text, type Action, type Span } from '../../model/index.ts';
import { known, type Value } from '../../shell/value.ts';
import type { Place } from '../context.ts';

/** The string under `key` of the input; undefined when there is none. An empty string is no answer to a question either. */
export function value(action: Action, key: string): Value | undefined {
  const found = text(action.input, key);
  return found === undefined || found === '' ? undefined : known(found, { at: `/${key}`, from: 0, to: found.length });
}

/** Where a tool call happens; `span` is what its effects point to. */
export function at(action: Action, span: Span): Place {
  return { cwd: known(action.cwd, span), span, via: NO_VIA, certain: true, depth: 0 };
}

export function place(action: Action, pointer: string): Place {
  return at(action, { at: pointer, from: 0, to: 0 });
}

const NO_VIA: readonly string[] = [];
