// Addresses as programs take them: `scheme://…`, `user@host:path`, or neither. Read by their characters, never guessed.
import { DIGITS, endOf, hasOf, LETTERS, SPACE } from '../names/index.ts';

const SCHEME = `${LETTERS}${DIGITS}+.-`;

/** The scheme of `scheme://…` in lower case, or undefined. */
export function schemeOf(text: string): string | undefined {
  if (!LETTERS.includes(text[0] ?? ' ')) return undefined;
  const end = endOf(text, SCHEME);
  return text.startsWith('://', end) ? text.slice(0, end).toLowerCase() : undefined;
}

/** The host of `[user@]host:path` as ssh, scp, rsync and git take it; undefined for a path, a URL, or `C:\…`. */
export function hostOfRemote(text: string): string | undefined {
  const bracket = text.indexOf('[');
  const at = text.indexOf('@');
  const from = at >= 0 && !hasOf(text.slice(0, at), `:/${SPACE}`) ? at + 1 : 0;
  if (bracket === from) {
    const end = text.indexOf(']:', from);
    return end < 0 ? undefined : text.slice(from, end + 1);
  }
  const colon = text.indexOf(':', from);
  if (colon <= from || text[colon + 1] === '\\') return undefined;
  const host = text.slice(from, colon);
  if (hasOf(host, `/@${SPACE}`) || text.startsWith('//', colon + 1)) return undefined;
  return host;
}
