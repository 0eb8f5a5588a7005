// Text for terminals: control characters taken out, marks for styles, cut to width. Pure; who writes it decides about colours.

const STYLES = { deny: 31, ask: 33, modify: 36, allow: 32, pass: 90, bad: 31, warn: 33, good: 32, dim: 90, bold: 1 };
export type Style = keyof typeof STYLES;

/** Marks of a style inside a text, from the private use area; whatever else holds them can at most colour itself. */
const FIRST = 0xf8e0;
const NAMES = Object.keys(STYLES) as Style[];
const END = String.fromCharCode(FIRST + NAMES.length);
const MARKS = new RegExp(`[${String.fromCharCode(FIRST)}-${END}]`, 'g');

/** `text` in a style, where the output shows styles. */
export function paint(style: Style, text: string): string {
  return `${String.fromCharCode(FIRST + NAMES.indexOf(style))}${text}${END}`;
}

/** A verdict's level as a word of seven characters in its colour. */
export function levelWord(level: string, width = 7): string {
  const padded = level.padEnd(width);
  return NAMES.includes(level as Style) ? paint(level as Style, padded) : padded;
}

/** Styles as escape codes, or left out. */
export function styled(text: string, colours: boolean): string {
  return text.replaceAll(MARKS, (mark) => {
    if (!colours) return '';
    const style = NAMES[mark.charCodeAt(0) - FIRST];
    return style === undefined ? '\x1b[0m' : `\x1b[${STYLES[style]}m`;
  });
}

/** Control characters and those that turn or hide text must not reach a terminal; line ends stay. */
export function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are exactly what is taken out
  return text.replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069]/g, '·');
}

/** One line of it: line ends are white space too. */
export function oneLine(text: string): string {
  return printable(text.replaceAll(/\s+/g, ' ').trim());
}

/** At most `width` characters; a cut shows as an ellipsis. Never cuts between the halves of one character. */
export function fit(text: string, width: number): string {
  if (text.length <= width) return text;
  const cut = text.slice(0, Math.max(width - 1, 0));
  return `${/[\ud800-\udbff]$/.test(cut) ? cut.slice(0, -1) : cut}…`;
}

/** A diff with its lines in colour. */
export function painted(diff: string): string {
  return diff
    .trimEnd()
    .split('\n')
    .map((line) => (line.startsWith('+') ? paint('good', line) : line.startsWith('-') ? paint('bad', line) : line))
    .join('\n');
}
