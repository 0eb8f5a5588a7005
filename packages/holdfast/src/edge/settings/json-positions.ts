// JSON with positions: a strict reader that knows on which line every value stands and where a text stops being JSON.

export type Position = { readonly line: number; readonly column: number };

/** `where` answers the place of the value at a key path; of a path that does not exist, of what holds it. */
export type Located = { readonly value: unknown; readonly where: (path: readonly (string | number)[]) => Position };
export type Unreadable = { readonly position: Position; readonly text: string };

/** Deepest nesting that is read. */
const DEPTH = 64;

/**
 * Reads JSON text (RFC 8259; a byte order mark is passed over). Stricter than `JSON.parse` in one point: a key that stands
 * twice in one object is an error, since readers differ in which one counts.
 */
export function readJson(text: string): Located | Unreadable {
  const reader = new Reader(text);
  try {
    return { value: reader.whole(), where: (path) => positionAt(text, reader.offset(path)) };
  } catch (error) {
    if (error instanceof Stop) return { position: positionAt(text, error.at), text: error.message };
    throw error;
  }
}

/** Line and column, from 1, of an offset in UTF-16 units. */
export function positionAt(text: string, offset: number): Position {
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  return { line, column: offset - before.lastIndexOf('\n') };
}

class Stop extends Error {
  readonly at: number;
  constructor(at: number, text: string) {
    super(text);
    this.at = at;
  }
}

type Node = { readonly at: number; readonly members: Map<string | number, Node> | undefined };

const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
// eslint-disable-next-line no-control-regex -- a JSON string may hold no control character
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const WORDS: readonly (readonly [string, unknown])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
];

class Reader {
  readonly #text: string;
  #at = 0;
  #root: Node = { at: 0, members: undefined };

  constructor(text: string) {
    this.#text = text;
  }

  whole(): unknown {
    if (this.#text.charCodeAt(0) === 0xfeff) this.#at = 1;
    this.#blank();
    const [value, node] = this.#value(0);
    this.#root = node;
    this.#blank();
    if (this.#at < this.#text.length) throw this.#unexpected('the end of the file');
    return value;
  }

  offset(path: readonly (string | number)[]): number {
    let node = this.#root;
    for (const key of path) {
      const next = node.members?.get(key);
      if (next === undefined) break;
      node = next;
    }
    return node.at;
  }

  #value(depth: number): [unknown, Node] {
    if (depth > DEPTH) throw new Stop(this.#at, `nested deeper than ${DEPTH} levels`);
    const at = this.#at;
    const c = this.#text[at];
    if (c === '{') return this.#object(at, depth);
    if (c === '[') return this.#array(at, depth);
    if (c === '"') return [this.#string('a string'), leaf(at)];
    for (const [word, value] of WORDS) {
      if (this.#text.startsWith(word, at)) {
        this.#at += word.length;
        return [value, leaf(at)];
      }
    }
    NUMBER.lastIndex = at;
    const number = NUMBER.exec(this.#text)?.[0];
    if (number === undefined) throw this.#unexpected('a value');
    this.#at += number.length;
    return [Number(number), leaf(at)];
  }

  #object(at: number, depth: number): [unknown, Node] {
    const members = new Map<string | number, Node>();
    const entries: [string, unknown][] = [];
    this.#at++;
    this.#blank();
    while (this.#text[this.#at] !== '}') {
      const keyAt = this.#at;
      const key = this.#string('a key in double quotes');
      if (members.has(key)) throw new Stop(keyAt, `the key \`${key.slice(0, 60)}\` stands twice`);
      this.#expect(':');
      const [value, node] = this.#value(depth + 1);
      entries.push([key, value]);
      // A member is pointed at by its key: that is what a human looks for.
      members.set(key, { at: keyAt, members: node.members });
      this.#next('}');
    }
    this.#at++;
    return [Object.fromEntries(entries), { at, members }];
  }

  #array(at: number, depth: number): [unknown, Node] {
    const members = new Map<string | number, Node>();
    const values: unknown[] = [];
    this.#at++;
    this.#blank();
    while (this.#text[this.#at] !== ']') {
      const [value, node] = this.#value(depth + 1);
      members.set(values.length, node);
      values.push(value);
      this.#next(']');
    }
    this.#at++;
    return [values, { at, members }];
  }

  /** After a member: a comma and another member, or the end. */
  #next(close: string): void {
    this.#blank();
    if (this.#text[this.#at] === close) return;
    if (this.#text[this.#at] !== ',') throw this.#unexpected(`\`,\` or \`${close}\``);
    this.#at++;
    this.#blank();
    if (this.#text[this.#at] === close) throw new Stop(this.#at, `a comma before \`${close}\``);
  }

  #expect(c: string): void {
    this.#blank();
    if (this.#text[this.#at] !== c) throw this.#unexpected(`\`${c}\``);
    this.#at++;
    this.#blank();
  }

  #string(what: string): string {
    if (this.#text[this.#at] !== '"') throw this.#unexpected(what);
    STRING.lastIndex = this.#at;
    const found = STRING.exec(this.#text)?.[0];
    if (found === undefined)
      throw new Stop(this.#at, 'a string that does not end, or holds a control character or an unknown escape');
    this.#at += found.length;
    return JSON.parse(found) as string;
  }

  #blank(): void {
    for (;;) {
      const c = this.#text.charCodeAt(this.#at);
      if (c !== 0x20 && c !== 0x09 && c !== 0x0a && c !== 0x0d) return;
      this.#at++;
    }
  }

  #unexpected(wanted: string): Stop {
    const c = this.#text.codePointAt(this.#at);
    if (c === undefined) return new Stop(this.#at, `the file ends where ${wanted} is wanted`);
    if (c === 0x2f || c === 0x23) return new Stop(this.#at, `${wanted} is wanted here; comments are not allowed`);
    return new Stop(this.#at, `${wanted} is wanted here, not \`${String.fromCodePoint(c)}\``);
  }
}

function leaf(at: number): Node {
  return { at, members: undefined };
}
