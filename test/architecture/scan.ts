// A light scanner of TypeScript: blanks comments, strings and regular expressions, and finds imports. No parser needed.

export type Source = { readonly path: string; readonly text: string };

export type Import = {
  readonly specifier: string;
  /** `import type` and `export type … from`: gone at run time, but a direction all the same. */
  readonly typeOnly: boolean;
  /** `import('…')`. */
  readonly dynamic: boolean;
};

export type Scanned = Source & {
  /** The text with the inside of comments, strings and regular expressions replaced by spaces; same length. */
  readonly code: string;
  readonly imports: readonly Import[];
  /** Where regular expression literals begin and end. */
  readonly patterns: readonly { readonly from: number; readonly to: number }[];
};

/** After one of these words or characters a slash begins a regular expression; after anything else it divides. */
const BEFORE_REGEX =
  /(?:^|[(,=:[!&|?{};+\-*%<>~^]|\b(?:return|typeof|case|in|of|void|delete|do|else|throw|await|yield))\s*$/;

export function scan(source: Source): Scanned {
  const { text } = source;
  const out = text.split('');
  const strings: { from: number; to: number }[] = [];
  const patterns: { from: number; to: number }[] = [];
  const blank = (from: number, to: number): void => {
    for (let i = from; i < to; i++) if (out[i] !== '\n') out[i] = ' ';
  };
  /** Depth of braces at which each open template literal's `${` began. */
  const templates: number[] = [];
  let depth = 0;
  let i = 0;

  /** Blanks template text from `start` to the closing backtick or the next `${`; answers where code goes on. */
  const template = (start: number): number => {
    let at = start;
    while (at < text.length && text[at] !== '`' && !(text[at] === '$' && text[at + 1] === '{'))
      at += text[at] === '\\' ? 2 : 1;
    blank(start, at);
    if (text[at] !== '$') return at + 1;
    templates.push(depth);
    depth++;
    return at + 2;
  };

  while (i < text.length) {
    const char = text[i] as string;
    const two = text.slice(i, i + 2);
    if (two === '//' || (i === 0 && two === '#!')) {
      const end = text.indexOf('\n', i);
      const to = end === -1 ? text.length : end;
      blank(i, to);
      i = to;
    } else if (two === '/*') {
      const end = text.indexOf('*/', i + 2);
      const to = end === -1 ? text.length : end + 2;
      blank(i, to);
      i = to;
    } else if (char === '"' || char === "'") {
      let at = i + 1;
      while (at < text.length && text[at] !== char && text[at] !== '\n') at += text[at] === '\\' ? 2 : 1;
      strings.push({ from: i + 1, to: at });
      blank(i + 1, at);
      i = at + 1;
    } else if (char === '`') {
      i = template(i + 1);
    } else if (char === '/' && BEFORE_REGEX.test(out.slice(Math.max(0, i - 40), i).join(''))) {
      let at = i + 1;
      let set = false;
      while (at < text.length && text[at] !== '\n' && (set || text[at] !== '/')) {
        if (text[at] === '[') set = true;
        else if (text[at] === ']') set = false;
        at += text[at] === '\\' ? 2 : 1;
      }
      blank(i + 1, at);
      patterns.push({ from: i, to: at + 1 });
      i = at + 1;
    } else {
      if (char === '{') depth++;
      if (char === '}') depth--;
      i++;
      if (char === '}' && templates.at(-1) === depth) {
        templates.pop();
        i = template(i);
      }
    }
  }

  const code = out.join('');
  const imports = strings.flatMap(({ from, to }): Import[] => {
    const before = code.slice(Math.max(0, from - 4000), from - 1);
    const specifier = text.slice(from, to);
    if (/\bimport\s*\(\s*$/.test(before)) return [{ specifier, typeOnly: false, dynamic: true }];
    if (/\bimport\s*$/.test(before)) return [{ specifier, typeOnly: false, dynamic: false }];
    if (!/\bfrom\s*$/.test(before)) return [];
    const head = /\b(?:import|export)\b(?:(?!\b(?:import|export)\b)[^;])*$/.exec(before);
    return head === null ? [] : [{ specifier, typeOnly: /^\w+\s+type\b(?!\s*,)/.test(head[0]), dynamic: false }];
  });
  return { ...source, code, imports, patterns };
}
