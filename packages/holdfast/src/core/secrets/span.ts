// What the detectors answer: spans of secrets, and how overlapping ones become one.

export type SecretSpan = {
  /** UTF-16 offsets into the text. */
  readonly from: number;
  readonly to: number;
  /** The text of the span. */
  readonly value: string;
  /** Kebab-case: `github-token`, `private-key`, `password` … */
  readonly class: string;
  /**
   * True: it is one by structure, checksum, declaration or the place it came from, and drives sink rules.
   * False: it looks like one; it is redacted and noted, and decides nothing.
   */
  readonly known: boolean;
  /** Of a declared value: the form it was found in (`plain`, `base64`, `hex`, `url`, `reversed`), where that is not itself. */
  readonly form?: string;
  /** Of a declared value found in another form: the value itself, so that one secret has one fingerprint. */
  readonly original?: string;
};

/** A span before its text is cut out. */
export type Hit = Omit<SecretSpan, 'value'>;

/** Sorted spans without overlap. Where hits overlap they become one span over both, named after the known or the longer one. */
export function joinHits(text: string, hits: readonly Hit[]): readonly SecretSpan[] {
  if (hits.length === 0) return NONE;
  const sorted = hits.length === 1 ? hits : hits.toSorted((a, b) => a.from - b.from || b.to - a.to);
  const spans: SecretSpan[] = [];
  let best: Hit | undefined;
  let end = 0;
  let start = 0;
  const flush = (): void => {
    if (best !== undefined) spans.push({ ...best, from: start, to: end, value: text.slice(start, end) });
  };
  for (const hit of sorted) {
    if (best !== undefined && hit.from < end) {
      end = Math.max(end, hit.to);
      if (rank(hit) > rank(best)) best = hit;
    } else {
      flush();
      best = hit;
      start = hit.from;
      end = hit.to;
    }
  }
  flush();
  return spans;
}

const NONE: readonly SecretSpan[] = Object.freeze([]);

function rank(hit: Hit): number {
  return (hit.known ? 1_000_000 : 0) + Math.min(999_999, hit.to - hit.from);
}
