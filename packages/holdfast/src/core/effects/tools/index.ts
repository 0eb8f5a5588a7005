// Tools in normal form ▶ effects: one entry per tool, the shell first of all.
import { text, type Action, type Json, type Span } from '../../model/index.ts';
import { known, type Value } from '../../shell/value.ts';
import { opaque } from '../code.ts';
import type { Context, Place } from '../context.ts';
import { lowerShell } from '../walk/index.ts';

export type Tool = { readonly ctx: Context; readonly action: Action; readonly place: Place };

/** Lowers an action's tool call. Input that does not have the shape its tool needs is `opaque`, never nothing. */
export function lowerTool(ctx: Context, action: Action): void {
  const command = text(action.input, 'command');
  const place = placeOf(action, '/command', command?.length ?? 0);
  if (action.tool === 'shell' && command !== undefined) {
    lowerShell(ctx, place, known(command, place.span), []);
    return;
  }
  opaque(ctx, place, `the input of the tool ${action.hostTool} is not understood`, ['unknown-tool']);
}

function placeOf(action: Action, at: string, length: number): Place {
  const span: Span = { at, from: 0, to: length };
  return { cwd: known(action.cwd, span), span, via: [], certain: true, depth: 0 };
}

export type { Json, Value };
