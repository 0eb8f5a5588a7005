// Splits argv into flags and operands the way the program itself would: bundling, abbreviations, `--`, verbs.
import type { Attribute } from '../../model/index.ts';
import type { Value } from '../../shell/value.ts';
import { longFlag, type Flag, type Spec } from './table.ts';

export type Given = { readonly flag: Flag; readonly value: Value | undefined };

export type Parsed = {
  /** The usage that counts in the end: the table's, or that of its verb. */
  readonly spec: Spec;
  /** Verbs passed, outermost first. */
  readonly verbs: readonly string[];
  readonly given: readonly Given[];
  readonly operands: readonly Value[];
  /** Index in argv of each operand. */
  readonly at: readonly number[];
  readonly adds: readonly Attribute[];
  readonly harmless: boolean;
};

/** What has been found so far; lists are made when something goes into them, since most runs have few flags and no verb. */
class Found {
  spec: Spec;
  verbs: string[] | undefined;
  given: Given[] | undefined;
  adds: Attribute[] | undefined;
  harmless = false;
  help = false;

  constructor(spec: Spec) {
    this.spec = spec;
  }

  add(flag: Flag, value: Value | undefined): void {
    (this.given ??= []).push({ flag, value });
    if (flag.adds.length > 0) (this.adds ??= []).push(...flag.adds);
    if (flag.harmless && flag.help) this.help = true;
    else if (flag.harmless) this.harmless = true;
  }
}

/** Parses argv from `start`. Words that are not known count as operands; of a partly known one the known edge decides. */
export function parseArgs(table: Spec, argv: readonly Value[], start: number): Parsed {
  const found = new Found(table);
  const operands: Value[] = [];
  const at: number[] = [];
  let flagsOver = table.style === 'none';
  for (let index = start; index < argv.length; index++) {
    const word = argv[index]!;
    const head = word.kind === 'unknown' ? word.before : word.text;
    const { spec } = found;
    if (!flagsOver && head.length > 1 && head.charCodeAt(0) === DASH) {
      if (head === '--' && word.kind !== 'unknown') flagsOver = true;
      else index = spec.style === 'single' ? single(found, argv, index, head) : gnu(found, argv, index, head);
      continue;
    }
    if (!flagsOver && spec.style === 'keys') {
      const equals = head.indexOf('=');
      const flag = equals > 0 ? spec.long.get(head.slice(0, equals + 1)) : undefined;
      if (flag !== undefined) {
        found.add(flag, cut(word, equals + 1));
        continue;
      }
    }
    if (operands.length === 0 && spec.verbs !== undefined && !flagsOver) {
      const next = word.kind === 'known' ? (spec.verbs.get(word.text) ?? spec.otherVerb) : spec.otherVerb;
      if (next !== undefined) {
        (found.verbs ??= []).push(word.kind === 'known' ? word.text : '');
        const other = next === spec.otherVerb;
        found.spec = next;
        if (!other || word.kind === 'known') continue;
      }
    }
    operands.push(word);
    at.push(index);
    if (!found.spec.permute) flagsOver = true;
  }
  const { spec, verbs, given, adds } = found;
  // What a flag runs runs, whatever another one says about the rest.
  const harmless =
    (found.harmless || (found.help && operands.length === 0)) && !given?.some((one) => runs(one.flag.does));
  return { spec, verbs: verbs ?? NONE, given: given ?? NONE, operands, at, adds: adds ?? NONE, harmless };
}

function runs(does: Flag['does']): boolean {
  return (
    does !== undefined && (does === 'run' || does === 'shell' || does.startsWith('code:') || does.startsWith('script:'))
  );
}

const DASH = 45;
const NONE: readonly never[] = [];

/** Answers the index of the last word it used. */
function gnu(found: Found, argv: readonly Value[], index: number, head: string): number {
  const { spec } = found;
  const word = argv[index]!;
  if (head.charCodeAt(1) === DASH) {
    const equals = head.indexOf('=');
    const flag = longFlag(spec, head.slice(2, equals < 0 ? undefined : equals));
    if (flag === undefined) return index;
    if (equals >= 0) found.add(flag, cut(word, equals + 1));
    else if (flag.value === 'required') {
      found.add(flag, argv[index + 1]);
      return index + 1;
    } else found.add(flag, undefined);
    return index;
  }
  for (let place = 1; place < head.length; place++) {
    const flag = spec.short.get(head[place]!);
    if (flag === undefined) continue;
    if (flag.value === 'none') {
      found.add(flag, undefined);
      continue;
    }
    const attached = place + 1 < head.length || word.kind === 'unknown';
    if (attached) found.add(flag, cut(word, place + 1));
    else if (flag.value === 'required') {
      found.add(flag, argv[index + 1]);
      return index + 1;
    } else found.add(flag, undefined);
    return index;
  }
  return index;
}

function single(found: Found, argv: readonly Value[], index: number, head: string): number {
  const { spec } = found;
  const equals = head.indexOf('=');
  const written = equals < 0 ? head : head.slice(0, equals);
  const flag = spec.long.get(written) ?? spec.long.get(written.startsWith('--') ? written.slice(1) : `-${written}`);
  if (flag === undefined) {
    // `-javaagent:x.jar`: the colon belongs to the name, as its table writes it.
    const colon = head.indexOf(':') + 1;
    const named = colon > 0 ? spec.long.get(head.slice(0, colon)) : undefined;
    if (named !== undefined) found.add(named, cut(argv[index]!, colon));
    return index;
  }
  if (equals >= 0) found.add(flag, cut(argv[index]!, equals + 1));
  else if (flag.value === 'required') {
    found.add(flag, argv[index + 1]);
    return index + 1;
  } else found.add(flag, undefined);
  return index;
}

/** The value without its first `length` characters, which are known to be there. */
export function cut(value: Value, length: number): Value {
  return value.kind === 'unknown'
    ? { ...value, before: value.before.slice(length) }
    : { ...value, text: value.text.slice(length), before: value.before.slice(length) };
}

/** The last value given for a flag in any of its spellings, or undefined. */
export function valueOf(parsed: Parsed, ...names: readonly string[]): Value | undefined {
  for (let index = parsed.given.length - 1; index >= 0; index--) {
    const one = parsed.given[index]!;
    if (names.some((name) => one.flag.spellings.includes(name))) return one.value;
  }
  return undefined;
}

export function has(parsed: Parsed, ...names: readonly string[]): boolean {
  for (const one of parsed.given) if (names.some((name) => one.flag.spellings.includes(name))) return true;
  return false;
}
