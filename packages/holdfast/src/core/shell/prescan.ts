// The look at shell text before any parser sees it: size, nesting and characters, in one pass and linear time.
import { limits } from '../model/index.ts';

export type Odd = {
  /** bidi: reorders what a reader sees · invisible: draws nothing · control: a terminal acts on it · space: looks like a blank, is none. */
  readonly kind: 'bidi' | 'invisible' | 'control' | 'space';
  /** Offset of the first one of its kind. */
  readonly at: number;
  readonly code: number;
};

export type Prescan = {
  /** Undefined: the text may be parsed. `limit`: too long or too deep. `syntax`: no text that bash and a reader see alike. */
  readonly refused: { readonly why: string; readonly as: 'limit' | 'syntax'; readonly at: number } | undefined;
  /** Characters that hide something from a reader; the first of each kind. */
  readonly odd: readonly Odd[];
};

const CLEAN: Prescan = { refused: undefined, odd: [] };

/**
 * Total, linear, allocation-free for ordinary text. Nesting is counted by opening brackets, `$(`-like and backticks without regard to
 * quotes, so the count is an upper estimate of what a parser would have to nest, never a lower one; closing brackets lower it.
 */
export function prescan(text: string): Prescan {
  if (text.length > limits.SHELL_TEXT) {
    return refuse(`longer than ${limits.SHELL_TEXT} characters`, 'limit', limits.SHELL_TEXT);
  }
  let depth = 0;
  let odd: Odd[] | undefined;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 0x61 && code <= 0x7a) continue;
    if (code >= 0x7f) {
      const kind = kindOf(text, i, code);
      if (kind !== undefined) odd = note(odd, kind, i, code);
    } else if (code < 0x20) {
      if (code === 0x0a || code === 0x09) continue;
      if (code === 0) return refuse('NUL character', 'syntax', i);
      if (code === 0x0d) {
        if (text.charCodeAt(i + 1) !== 0x0a) return refuse('carriage return inside a line', 'syntax', i);
        continue;
      }
      odd = note(odd, 'control', i, code);
    } else if (code === 0x28 || code === 0x7b || code === 0x5b) {
      if (++depth > limits.SHELL_DEPTH) return refuse(`nested deeper than ${limits.SHELL_DEPTH}`, 'limit', i);
    } else if ((code === 0x29 || code === 0x7d || code === 0x5d) && depth > 0) depth--;
  }
  return odd === undefined ? CLEAN : { refused: undefined, odd };
}

function refuse(why: string, as: 'limit' | 'syntax', at: number): Prescan {
  return { refused: { why, as, at }, odd: [] };
}

function note(list: Odd[] | undefined, kind: Odd['kind'], at: number, code: number): Odd[] {
  const odd = list ?? [];
  if (!odd.some((item) => item.kind === kind)) odd.push({ kind, at, code });
  return odd;
}

/** Joiners inside emoji or other non-ASCII text are ordinary writing, not hiding. */
function kindOf(text: string, at: number, code: number): Odd['kind'] | undefined {
  if (code < 0xa0) return 'control';
  if (code === 0xa0 || code === 0x1680 || (code >= 0x2000 && code <= 0x200a)) return 'space';
  if (code === 0x202f || code === 0x205f || code === 0x3000) return 'space';
  if (code === 0x200d || code === 0x200c) {
    const joins = text.charCodeAt(at - 1) > 0x7f && text.charCodeAt(at + 1) > 0x7f;
    return joins ? undefined : 'invisible';
  }
  if (code === 0xad || code === 0x200b || code === 0xfeff || code === 0x180e) return 'invisible';
  if (code === 0x115f || code === 0x1160 || code === 0x3164 || code === 0xffa0) return 'invisible';
  if (code >= 0x2060 && code <= 0x2064) return 'invisible';
  // Left-to-right and right-to-left marks stand in ordinary right-to-left text; embeddings, overrides and isolates reorder.
  if ((code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069)) return 'bidi';
  if (code === 0x200e || code === 0x200f || code === 0x061c) {
    return text.charCodeAt(at - 1) > 0x58f || text.charCodeAt(at + 1) > 0x58f ? undefined : 'bidi';
  }
  // Tag characters U+E0000–E007F, as surrogate pairs. Flag emoji use them behind U+1F3F4 only.
  if (code === 0xdb40) {
    const low = text.charCodeAt(at + 1);
    if (low >= 0xdc00 && low <= 0xdc7f)
      return text.slice(Math.max(0, at - 14), at).includes('\u{1F3F4}') ? undefined : 'invisible';
  }
  return undefined;
}
