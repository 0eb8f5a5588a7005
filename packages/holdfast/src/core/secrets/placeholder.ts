// The placeholder that stands where a secret stood, and how it is known again.
import type { Hash } from '../model/index.ts';

/** First character of every placeholder; hardly any other text holds it. */
export const OPEN = 0x2039;
/** What stands where a JSON value was nested deeper than any tool call may be. */
export const TOO_DEEP = '\u2039redacted:too-deep\u203a';

// A class of letters and a short hex print leave no room to hide a secret in.
const FORM = /\u2039redacted:[a-z-]{1,24}(?::[0-9a-f]{6})?\u203a/y;

/** `‹redacted:<class>:<first 6 of the fingerprint>›`: one secret reads the same wherever it stood. Safe inside a JSON string. */
export function placeholder(redaction: { readonly class: string; readonly print: Hash }): string {
  const kind =
    redaction.class
      .toLowerCase()
      .replace(/[^a-z-]/g, '-')
      .slice(0, 24) || 'secret';
  return `\u2039redacted:${kind}:${redaction.print.slice(0, 6)}\u203a`;
}

/** End of the placeholder that begins at `at`, or `at` when none does. */
export function placeholderEnd(text: string, at: number): number {
  FORM.lastIndex = at;
  return FORM.test(text) ? FORM.lastIndex : at;
}

export function hasPlaceholder(text: string): boolean {
  for (let at = text.indexOf('\u2039'); at >= 0; at = text.indexOf('\u2039', at + 1))
    if (placeholderEnd(text, at) > at) return true;
  return false;
}
