// SQL text ▶ tokens: words, strings, quoted names, punctuation, and lines that the client takes itself. Linear and total.
import { behind, BLANK, DIGITS, endOf, LETTERS, trimStartOf, WORD } from '../names/index.ts';

/** Whose client reads the text: what a backslash, a dot at the start of a line, or a bare `system` means there. */
export type Dialect = 'postgres' | 'mysql' | 'sqlite' | 'other';

/** `meta`: a line for the client, without its mark; `end`: a statement's end. Words are upper case. */
export type SqlToken = {
  readonly type: 'word' | 'string' | 'name' | 'punctuation' | 'meta' | 'end';
  readonly text: string;
};

/** Bare words with which a line begins that mysql takes itself. */
const MYSQL_WORDS: ReadonlySet<string> = new Set(['SYSTEM', 'SOURCE', 'PAGER', 'TEE', 'EDIT']);
const OTHER_SPACE = '\n\r\f\v';

export function tokensOf(text: string, dialect: Dialect): readonly SqlToken[] {
  const tokens: SqlToken[] = [];
  const push = (type: SqlToken['type'], token: string): void => {
    tokens.push({ type, text: token });
  };
  let at = 0;
  /** From `at` to the end of the line, which is then behind. */
  const line = (): string => {
    const end = text.indexOf('\n', at);
    const rest = text.slice(at, end < 0 ? text.length : end);
    at = end < 0 ? text.length : end + 1;
    return rest;
  };
  /** Behind the closing `quote`; doubled it stands for itself, and in MySQL a backslash takes the next character along. */
  const quoted = (quote: string, escapes: boolean): string => {
    let inner = '';
    at++;
    while (at < text.length) {
      const char = text[at]!;
      if (char === '\\' && escapes && at + 1 < text.length) inner += text[at + 1]!;
      else if (char !== quote) {
        inner += char;
        at++;
        continue;
      } else if (text[at + 1] === quote) inner += quote;
      else break;
      at += 2;
    }
    at++;
    return inner;
  };
  const fresh = (): boolean => tokens.length === 0 || ['end', 'meta'].includes(tokens[tokens.length - 1]!.type);
  while (at < text.length) {
    const char = text[at]!;
    if (BLANK.includes(char) || OTHER_SPACE.includes(char)) at++;
    else if (char === '-' && text[at + 1] === '-') line();
    else if (char === '#' && dialect === 'mysql') line();
    else if (char === '/' && text[at + 1] === '*') {
      // MySQL runs what stands in `/*! … */`: only the marks are skipped.
      if (text[at + 2] === '!') at = endOf(text, DIGITS, at + 3);
      else at = comment(text, at, dialect === 'postgres');
    } else if (char === '*' && text[at + 1] === '/') at += 2;
    else if (char === "'") push('string', quoted("'", dialect === 'mysql' || escapeString(text, at)));
    else if (char === '"') push(dialect === 'mysql' ? 'string' : 'name', quoted('"', dialect === 'mysql'));
    else if (char === '`') push('name', quoted('`', false));
    else if (char === '$' && dollarEnd(text, at) > at) {
      const tag = text.slice(at, dollarEnd(text, at));
      const end = text.indexOf(tag, at + tag.length);
      push('string', text.slice(at + tag.length, end < 0 ? text.length : end));
      at = end < 0 ? text.length : end + tag.length;
    } else if (char === ';') {
      push('end', ';');
      at++;
    } else if (char === '\\' && dialect !== 'sqlite') {
      at++;
      push('meta', line());
    } else if (char === '.' && dialect === 'sqlite' && fresh() && startsLine(text, at)) {
      at++;
      push('meta', line());
    } else if (LETTERS.includes(char) || char === '_' || char > '\x7f') {
      const from = at;
      while (at < text.length && (WORD.includes(text[at]!) || text[at] === '$' || text[at]! > '\x7f')) at++;
      const word = text.slice(from, at).toUpperCase();
      if (dialect === 'mysql' && MYSQL_WORDS.has(word) && fresh()) {
        at = from;
        push('meta', trimStartOf(line(), BLANK));
      } else push('word', word);
    } else {
      push('punctuation', char);
      at++;
    }
  }
  return tokens;
}

/** Behind the comment; PostgreSQL nests them, others end at the first mark. */
function comment(text: string, from: number, nests: boolean): number {
  let depth = 0;
  let at = from;
  while (at < text.length) {
    if (text.startsWith('/*', at) && (nests || depth === 0)) {
      depth++;
      at += 2;
    } else if (text.startsWith('*/', at)) {
      depth--;
      at += 2;
      if (depth === 0) return at;
    } else at++;
  }
  return at;
}

/** `E'…'`: a string with backslash escapes. */
function escapeString(text: string, quote: number): boolean {
  const before = text[quote - 1];
  return (before === 'E' || before === 'e') && !WORD.includes(text[quote - 2] ?? ' ');
}

/** End of the opening `$tag$` at `from`; `from` when there is none. */
function dollarEnd(text: string, from: number): number {
  const end = endOf(text, WORD, from + 1);
  return text[end] === '$' && !WORD.includes(text[from - 1] ?? ' ') ? end + 1 : from;
}

function startsLine(text: string, at: number): boolean {
  let before = at - 1;
  while (before >= 0 && BLANK.includes(text[before]!)) before--;
  return before < 0 || text[before] === '\n';
}

/** A client's line as its first word (or sign) and the rest. */
export function metaParts(line: string): { readonly name: string; readonly rest: string } {
  const sign = line[0] !== undefined && '!.'.includes(line[0]) ? 1 : endOf(line, WORD);
  const end = sign === 0 ? Math.min(1, line.length) : sign;
  return { name: line.slice(0, end), rest: (behind(line.slice(end), ' ') ?? line.slice(end)).trim() };
}
