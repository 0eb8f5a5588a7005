// Text that reads differently from what it does: bidi controls, invisible characters, tag block, variation selectors.
import type { Finding, FindingCode, Severity, Span } from '../model/index.ts';

// Printable ASCII and the usual white space; everything else is looked at.
const PLAIN = /^[\t\n\r\x20-\x7e]*$/;
/** Most findings one text yields; the rest would say the same. */
const MOST = 32;

const RTL = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;
const PICTURE = /\p{Extended_Pictographic}|\p{Emoji_Modifier}|\p{Regional_Indicator}/u;
// Scripts whose spelling needs joiners: Arabic and relatives, the scripts of India and its neighbours, Mongolian.
const JOINING = /[\u0600-\u08ff\u0900-\u0dff\u0f00-\u109f\u1780-\u18af\ua840-\ua8ff\ufb50-\ufdff\ufe70-\ufefc]/u;
const HAN = /\p{Unified_Ideograph}/u;

type Odd = {
  readonly code: FindingCode;
  readonly severity: Severity;
  readonly from: number;
  to: number;
  count: number;
};

/**
 * Findings about characters of a command or name that hide or reorder what a reader sees, with spans into the text at
 * `at` (JSON pointer). Emoji joined by ZWJ, flags, keycaps, joiners inside the scripts that need them, direction marks and
 * balanced isolates in text with right-to-left letters, and ideograph variants are ordinary and yield nothing.
 * Evidence is the code points, never the text.
 */
export function unicodeFindings(text: string, at: string, offset = 0): readonly Finding[] {
  if (PLAIN.test(text)) return [];
  const found: Odd[] = [];
  const direction: Direction = { text };
  for (let i = 0; i < text.length;) {
    const c = text.codePointAt(i) ?? 0;
    const width = c > 0xffff ? 2 : 1;
    if (c > 0x7e || c < 0x20) {
      const odd = judge(text, i, c, direction);
      if (odd !== undefined) note(found, odd[0], odd[1], i, width);
    }
    i += width;
  }
  return found.slice(0, MOST).map((odd) => ({
    code: odd.code,
    severity: odd.severity,
    by: 'lower',
    span: { at, from: offset + odd.from, to: offset + odd.to } satisfies Span,
    evidence: [`${odd.count} × U+${(text.codePointAt(odd.from) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`],
  }));
}

function note(found: Odd[], code: FindingCode, severity: Severity, from: number, width: number): void {
  const last = found.at(-1);
  if (last !== undefined && last.code === code && last.to === from) {
    last.to += width;
    last.count++;
  } else if (found.length <= MOST) {
    found.push({ code, severity, from, to: from + width, count: 1 });
  }
}

type Judged = readonly [code: FindingCode, severity: Severity] | undefined;

// What is asked of the whole text, answered once however many marks it holds.
type Direction = { readonly text: string; rtl?: boolean; balanced?: boolean };

function rightToLeft(direction: Direction): boolean {
  return (direction.rtl ??= RTL.test(direction.text));
}

function balanced(direction: Direction): boolean {
  return (direction.balanced ??= isBalanced(direction.text));
}

function judge(text: string, i: number, c: number, direction: Direction): Judged {
  if (c < 0x20) return c === 9 || c === 10 || c === 13 ? undefined : ['text.control', 'high'];
  if (c === 0x7f || (c >= 0x80 && c <= 0x9f)) return ['text.control', 'high'];
  // Overrides reorder letters whatever their script; honest text has no use for them in a command.
  if (c === 0x202d || c === 0x202e) return ['text.bidi-control', 'high'];
  if (c === 0x202a || c === 0x202b || c === 0x202c || (c >= 0x2066 && c <= 0x2069)) {
    return rightToLeft(direction) && balanced(direction) ? undefined : ['text.bidi-control', 'high'];
  }
  if (c === 0x200e || c === 0x200f || c === 0x061c)
    return rightToLeft(direction) ? undefined : ['text.bidi-control', 'medium'];
  if (c >= 0xe0000 && c <= 0xe007f) return inFlag(text, i) ? undefined : ['text.tag-block', 'high'];
  if ((c >= 0xfe00 && c <= 0xfe0f) || (c >= 0xe0100 && c <= 0xe01ef))
    return selectorFits(text, i, c) ? undefined : ['text.variation-selector', 'medium'];
  if (c === 0x200d || c === 0x200c) return joinerFits(text, i, c) ? undefined : ['text.zero-width', 'high'];
  return isInvisible(c) ? ['text.zero-width', 'high'] : undefined;
}

// Default-ignorable and blank-looking code points that no spelling needs in a command.
function isInvisible(c: number): boolean {
  return (
    c === 0x200b ||
    (c >= 0x2060 && c <= 0x2065) ||
    c === 0xfeff ||
    c === 0xad ||
    c === 0x34f ||
    c === 0x180e ||
    c === 0x115f ||
    c === 0x1160 ||
    c === 0x3164 ||
    c === 0xffa0 ||
    c === 0x2800 ||
    (c >= 0x206a && c <= 0x206f) ||
    c === 0x17b4 ||
    c === 0x17b5 ||
    (c >= 0xfff9 && c <= 0xfffb) ||
    (c >= 0x1d173 && c <= 0x1d17a)
  );
}

function before(text: string, i: number): string {
  if (i <= 0) return '';
  const low = text.charCodeAt(i - 1);
  return low >= 0xdc00 && low <= 0xdfff && i > 1 ? text.slice(i - 2, i) : text.charAt(i - 1);
}

function after(text: string, i: number): string {
  return i < text.length ? String.fromCodePoint(text.codePointAt(i) ?? 0) : '';
}

function joinerFits(text: string, i: number, c: number): boolean {
  let left = before(text, i);
  const right = after(text, i + 1);
  if (JOINING.test(left) && (right === '' || JOINING.test(right) || /\s/.test(right))) return true;
  if (c !== 0x200d) return false;
  if (left === '\ufe0f') left = before(text, i - 1);
  return PICTURE.test(left) && (PICTURE.test(right) || /[\u2640\u2642\u2695-\u27bf]/.test(right));
}

function selectorFits(text: string, i: number, c: number): boolean {
  const left = before(text, i);
  if (c >= 0xe0100) return HAN.test(left);
  if (c === 0xfe0f || c === 0xfe0e)
    return PICTURE.test(left) || /^[0-9#*]$/.test(left) || /\p{So}|\p{Sm}|\p{Po}/u.test(left);
  return HAN.test(left) || /[\u1800-\u18af\u1000-\u109f]|\p{Sm}/u.test(left);
}

// A flag of a region: the black flag, up to six tag letters or digits, the cancel tag.
const FLAG = /\u{1f3f4}[\u{e0030}-\u{e0039}\u{e0061}-\u{e007a}]{3,6}\u{e007f}/gu;

function inFlag(text: string, i: number): boolean {
  const start = Math.max(0, i - 16);
  const near = text.slice(start, i + 16);
  for (const match of near.matchAll(FLAG)) {
    const from = start + match.index;
    if (i > from && i < from + match[0].length) return true;
  }
  return false;
}

function isBalanced(text: string): boolean {
  let embeddings = 0;
  let isolates = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === 0x0a && (embeddings !== 0 || isolates !== 0)) return false;
    if (c === 0x202a || c === 0x202b) embeddings++;
    if (c === 0x202c && --embeddings < 0) return false;
    if (c >= 0x2066 && c <= 0x2068) isolates++;
    if (c === 0x2069 && --isolates < 0) return false;
  }
  return embeddings === 0 && isolates === 0;
}
