// JSON text with positions: settings of others are changed by inserting and cutting text, never by writing the whole file anew, so that
// their layout, their number formats and their order stay as they were.

export type Node = {
  readonly kind: 'object' | 'array' | 'string' | 'other';
  /** UTF-16 offsets of the value in the text. */
  readonly from: number;
  readonly to: number;
  readonly members: readonly Member[];
  readonly items: readonly Node[];
};
export type Member = { readonly key: string; readonly from: number; readonly value: Node };

/** Where a text is no JSON: line and column from 1, and what was expected there. */
export type Flaw = { readonly line: number; readonly column: number; readonly why: string };

/** Deepest nesting that is read; settings of agents are a handful deep. */
const DEPTH = 200;

class Stop {
  readonly at: number;
  readonly why: string;
  constructor(at: number, why: string) {
    this.at = at;
    this.why = why;
  }
}

/** Reads JSON as RFC 8259 has it: no comments, no trailing commas, nothing after the value. A byte order mark before it is passed over. */
export function scan(text: string): { readonly root: Node } | { readonly flaw: Flaw } {
  const scanner = new Scanner(text);
  try {
    const root = scanner.value(0);
    scanner.end();
    return { root };
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    const before = text.slice(0, error.at);
    const line = before.split('\n').length;
    return { flaw: { line, column: error.at - before.lastIndexOf('\n'), why: error.why } };
  }
}

class Scanner {
  readonly #text: string;
  #at: number;

  constructor(text: string) {
    this.#text = text;
    this.#at = text.startsWith('\uFEFF') ? 1 : 0;
  }

  value(depth: number): Node {
    if (depth > DEPTH) throw new Stop(this.#at, `nesting deeper than ${DEPTH}`);
    this.#space();
    const from = this.#at;
    const next = this.#text[from];
    if (next === '{') return this.#object(depth, from);
    if (next === '[') return this.#array(depth, from);
    if (next === '"') {
      this.#string();
      return { kind: 'string', from, to: this.#at, members: [], items: [] };
    }
    const word = /^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.])/.exec(
      this.#text.slice(from, from + 64),
    );
    if (word === null)
      throw new Stop(from, next === undefined ? 'the text ends where a value should be' : 'no value here');
    this.#at += word[0].length;
    return { kind: 'other', from, to: this.#at, members: [], items: [] };
  }

  end(): void {
    this.#space();
    if (this.#at < this.#text.length) throw new Stop(this.#at, 'something follows the value');
  }

  #object(depth: number, from: number): Node {
    const members: Member[] = [];
    this.#at++;
    this.#list('}', () => {
      const start = this.#at;
      if (this.#text[start] !== '"') throw new Stop(start, 'a quoted name should be here');
      const key = this.#string();
      this.#space();
      if (this.#text[this.#at] !== ':') throw new Stop(this.#at, 'a colon should be here');
      this.#at++;
      members.push({ key, from: start, value: this.value(depth + 1) });
    });
    return { kind: 'object', from, to: this.#at, members, items: [] };
  }

  #array(depth: number, from: number): Node {
    const items: Node[] = [];
    this.#at++;
    this.#list(']', () => items.push(this.value(depth + 1)));
    return { kind: 'array', from, to: this.#at, members: [], items };
  }

  #list(close: string, one: () => void): void {
    this.#space();
    if (this.#text[this.#at] === close) {
      this.#at++;
      return;
    }
    for (;;) {
      this.#space();
      one();
      this.#space();
      const next = this.#text[this.#at];
      if (next !== ',' && next !== close) throw new Stop(this.#at, `a comma or ${close} should be here`);
      this.#at++;
      if (next === close) return;
    }
  }

  /** The string at the current place, decoded by the language itself, which also checks its escapes. */
  #string(): string {
    const from = this.#at;
    for (let i = from + 1; i < this.#text.length; i++) {
      const unit = this.#text[i];
      if (unit === '\\') i++;
      else if (unit === '"') {
        this.#at = i + 1;
        try {
          return JSON.parse(this.#text.slice(from, i + 1)) as string;
        } catch (error) {
          if (error instanceof SyntaxError) throw new Stop(from, 'a string with a bad escape or a control character');
          throw error;
        }
      }
    }
    throw new Stop(from, 'a string that does not end');
  }

  #space(): void {
    while (this.#at < this.#text.length && ' \t\n\r'.includes(this.#text[this.#at] ?? 'x')) this.#at++;
  }
}

/** The last member of that name: where a name stands twice, readers take the last. */
export function member(node: Node, key: string): Member | undefined {
  return node.members.findLast((one) => one.key === key);
}

/** The unit of indentation that the text uses; two spaces where it shows none. */
export function indentOf(text: string): string {
  return /\n([ \t]+)\S/.exec(text)?.[1] ?? '  ';
}

/** Text with `inserted` (`"key": value`, or a value) as last part of an object or array. `depth`: of the node, the root being 0. */
export function append(text: string, node: Node, inserted: string, depth: number): string {
  const unit = indentOf(text);
  const inner = unit.repeat(depth + 1);
  const end = text.includes('\r\n') ? '\r\n' : '\n';
  const body = inserted.replaceAll('\n', `${end}${inner}`);
  const last = node.kind === 'object' ? node.members.at(-1)?.value : node.items.at(-1);
  if (last !== undefined) return `${text.slice(0, last.to)},${end}${inner}${body}${text.slice(last.to)}`;
  return `${text.slice(0, node.from + 1)}${end}${inner}${body}${end}${unit.repeat(depth)}${text.slice(node.to - 1)}`;
}

/** Text without the parts of one object or array whose index is in `cut`, and without the commas they leave behind. */
export function cutParts(text: string, node: Node, cut: ReadonlySet<number>): string {
  const parts = node.kind === 'object' ? node.members.map((one) => ({ from: one.from, to: one.value.to })) : node.items;
  if (cut.size >= parts.length) return `${text.slice(0, node.from + 1)}${text.slice(node.to - 1)}`;
  let out = text;
  for (let i = parts.length - 1; i >= 0; i--) {
    const part = parts[i];
    if (!cut.has(i) || part === undefined) continue;
    // Up to the next part that stays; the last ones go together with the comma before them.
    const after = parts.slice(i + 1).some((_, k) => !cut.has(i + 1 + k));
    const before = parts[i - 1];
    const from = after ? part.from : (before?.to ?? part.from);
    const to = after ? (parts[i + 1]?.from ?? part.to) : part.to;
    out = out.slice(0, from) + out.slice(to);
  }
  return out;
}
