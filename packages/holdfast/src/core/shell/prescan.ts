// The look at shell text before any parser sees it: size, nesting and characters that break it, in one pass and linear time.
import { limits } from '../model/index.ts';

/** `limit`: too long or too deep. `syntax`: text that bash and a reader do not see alike. */
export type Refusal = { readonly why: string; readonly as: 'limit' | 'syntax'; readonly at: number };

/**
 * Why the text may not be parsed, or undefined. Total, linear, without allocation. Nesting is counted by opening brackets without
 * regard to quotes, so the count is an upper estimate of what a parser would have to nest. Characters that merely hide something
 * from a reader are findings (core/names), not refusals.
 */
export function prescan(text: string): Refusal | undefined {
  if (text.length > limits.SHELL_TEXT) {
    return { why: `shell text longer than ${limits.SHELL_TEXT} characters`, as: 'limit', at: limits.SHELL_TEXT };
  }
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0x28 && code < 0x5b && code !== 0x29) continue;
    if (code === 0x28 || code === 0x7b || code === 0x5b) {
      if (++depth > limits.SHELL_DEPTH)
        return { why: `shell text nested deeper than ${limits.SHELL_DEPTH}`, as: 'limit', at: i };
    } else if (code === 0x29 || code === 0x7d || code === 0x5d) {
      if (depth > 0) depth--;
    } else if (code === 0) return { why: 'shell text with a NUL character', as: 'syntax', at: i };
    // A terminal that draws the text lets what follows overwrite what stands before.
    else if (code === 0x0d && text.charCodeAt(i + 1) !== 0x0a)
      return { why: 'a carriage return inside a line', as: 'syntax', at: i };
  }
  return undefined;
}
