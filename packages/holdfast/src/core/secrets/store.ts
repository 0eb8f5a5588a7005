// Secrets of credential files that need no `=`: netrc (`password x`), pgpass (`host:port:db:user:password`), htpasswd.
import type { Hit } from './span.ts';

const LINE = 2_048;

/** Hits of the line formats that only credential files have. All known: such a file holds nothing else. */
export function storeLines(text: string): readonly Hit[] {
  const hits: Hit[] = [];
  for (let line = 0; line < text.length;) {
    const newline = text.indexOf('\n', line);
    const end = newline < 0 ? text.length : newline;
    const content = text.slice(line, Math.min(end, line + LINE));
    for (const match of content.matchAll(/(?:^|\s)(?:password|passwd)\s+(\S{3,})/g)) {
      const to = line + match.index + match[0].length;
      hits.push({ from: to - (match[1]?.length ?? 0), to, class: 'password', known: true });
    }
    const last =
      /^[^:#\s]+:(?:\d+|\*):[^:\s]+:[^:\s]+:(\S+)\s*$/.exec(content)?.[1] ??
      /^[^:#\s]+:(\$(?:apr1|2[aby]|5|6)\$\S+)\s*$/.exec(content)?.[1];
    if (last !== undefined) {
      const from = line + content.lastIndexOf(last);
      hits.push({ from, to: from + last.length, class: 'password', known: true });
    }
    line = end + 1;
  }
  return hits;
}
