// International host names: punycode back to text (RFC 3492), and whether a label is made to look like another one.
import type { FindingCode } from '../model/index.ts';

/** Decodes the part of a label after `xn--`; undefined when it is no valid punycode. */
export function decodePunycode(text: string): string | undefined {
  const split = text.lastIndexOf('-');
  const points = [...(split > 0 ? text.slice(0, split) : '')].map((c) => c.codePointAt(0) ?? 0);
  let n = 128;
  let i = 0;
  let bias = 72;
  let at = split > 0 ? split + 1 : 0;
  while (at < text.length) {
    const before = i;
    let weight = 1;
    for (let k = 36; ; k += 36) {
      const digit = digitOf(text.charCodeAt(at++));
      if (digit < 0 || i > 0x7fffffff) return undefined;
      i += digit * weight;
      const threshold = k <= bias ? 1 : k >= bias + 26 ? 26 : k - bias;
      if (digit < threshold) break;
      weight *= 36 - threshold;
    }
    const count = points.length + 1;
    bias = adapt(i - before, count, before === 0);
    n += Math.floor(i / count);
    i %= count;
    if (n > 0x10ffff) return undefined;
    points.splice(i++, 0, n);
  }
  return String.fromCodePoint(...points);
}

function digitOf(c: number): number {
  if (c >= 0x30 && c <= 0x39) return c - 22;
  if (c >= 0x61 && c <= 0x7a) return c - 97;
  return c >= 0x41 && c <= 0x5a ? c - 65 : -1;
}

function adapt(delta: number, count: number, first: boolean): number {
  let d = first ? Math.floor(delta / 700) : delta >> 1;
  d += Math.floor(d / count);
  let k = 0;
  while (d > 455) {
    d = Math.floor(d / 35);
    k += 36;
  }
  return k + Math.floor((36 * d) / (d + 38));
}

// Japanese mixes its scripts with Han and Latin, Korean and Bopomofo with Han: one writing system each.
const SCRIPTS: readonly [string, RegExp][] = [
  ['latin', /\p{Script=Latin}/u],
  ['cyrillic', /\p{Script=Cyrillic}/u],
  ['greek', /\p{Script=Greek}/u],
  ['armenian', /\p{Script=Armenian}/u],
  ['cherokee', /\p{Script=Cherokee}/u],
  ['coptic', /\p{Script=Coptic}/u],
  ['lisu', /\p{Script=Lisu}/u],
  ['georgian', /\p{Script=Georgian}/u],
];
// Letters of Cyrillic, Greek and Armenian whose usual shape is that of a Latin letter.
const LATIN_SHAPES = /^[-0-9аВсԁеһіјкӏмпорԛѕтуѵԝхуаеоαβγικνοορτυχωհոսօցզԁյ]+$/u;

/**
 * Why a label (punycode or text) may pass for another one: letters of several alphabets (`host.mixed-script`), or a
 * whole word in look-alikes of Latin letters (`host.confusable`). Undefined for an ordinary international name.
 */
export function confusableLabel(label: string): FindingCode | undefined {
  const text = label.startsWith('xn--') ? decodePunycode(label.slice(4)) : label;
  if (text === undefined) return 'host.mixed-script';
  const found = SCRIPTS.filter(([, script]) => script.test(text));
  if (found.length > 1) return 'host.mixed-script';
  if (found.length === 1 && found[0]?.[0] !== 'latin' && LATIN_SHAPES.test(text)) return 'host.confusable';
  return undefined;
}
