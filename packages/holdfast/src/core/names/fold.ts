// Comparison keys: what two spellings of a name have in common for a file system that ignores case, width or invisible marks.

// Only ASCII without upper case: the key is the text itself. Tested before any allocation, since most names are like that.
const PLAIN = /^[\x20-\x40\x5b-\x7e]*$/;
// Code points that a reader does not see and that HFS+ and some tools skip when they compare names.
const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\u2800]/gu;
const ASCII = /^[\x20-\x7e]*$/;

/**
 * Key of one path segment. Two segments with one key may name the same file on some file system (case-insensitive,
 * normalising, ignoring zero-width marks, dropping trailing dots and spaces), so protecting groups compare keys.
 * Trusting lists never use it: there a looser comparison would loosen.
 */
export function foldSegment(segment: string): string {
  let key = segment;
  if (!PLAIN.test(segment)) {
    if (!ASCII.test(segment)) {
      // Case mapping may leave composed forms that a second normalisation still changes (U+1E9E, U+0130).
      key = segment.replace(INVISIBLE, '').normalize('NFKC').toLowerCase().normalize('NFKC').replace(INVISIBLE, '');
    } else {
      key = segment.toLowerCase();
    }
  }
  // A name of dots alone is itself.
  let end = key.length;
  while (end > 0 && isTrailing(key.charCodeAt(end - 1))) end--;
  return end === 0 || end === key.length ? key : key.slice(0, end);
}

function isTrailing(c: number): boolean {
  return c === 0x2e || c === 0x20;
}

/** The segments of an absolute path in normal form as keys: `foldSegment` of each, in place. */
export function foldSegments(path: string, parts: string[]): void {
  // Plain text changes only where a segment ends in dots or blanks: one test for the whole path instead of one for each.
  const plain = PLAIN.test(path);
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i] ?? '';
    if (!plain || isTrailing(part.charCodeAt(part.length - 1))) parts[i] = foldSegment(part);
  }
}

/** Key of a whole path: `foldSegment` of each segment. A look-alike of `/` inside a segment never becomes a separator. */
export function foldCase(path: string): string {
  if (PLAIN.test(path) && !path.includes('. ') && !/[. ](?:\/|$)/.test(path)) return path;
  return path
    .split('/')
    .map((segment) => (segment === '' ? '' : foldSegment(segment).replaceAll('/', '\uff0f')))
    .join('/');
}
