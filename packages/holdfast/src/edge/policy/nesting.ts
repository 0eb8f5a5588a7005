// How deep a policy nests, told before and after Cedar parses it: in too deep a text its engine runs out of stack and never works again.

/** Open brackets that are read; Cedar's engine traps between 100 and 200. */
const BRACKETS = 64;
/** Conditions inside one policy that are read; it traps between 500 and 1,000. */
const CONDITIONS = 128;
/** Levels of the JSON form; chains of `&&` or `.` make it deep without any bracket, and validation traps between 1,000 and 3,000. */
const LEVELS = 400;

/** Offset of the place where `text` nests too deeply to be parsed, in one pass over its characters; undefined where it does not. */
export function scanNesting(text: string): number | undefined {
  let open = 0;
  let conditions = 0;
  for (let at = 0; at < text.length; at += 1) {
    switch (text[at]) {
      case '"':
        at = stringEnd(text, at);
        break;
      case '/':
        if (text[at + 1] === '/') at = lineEnd(text, at);
        break;
      case '(':
      case '[':
      case '{':
        open += 1;
        if (open > BRACKETS) return at;
        break;
      case ')':
      case ']':
      case '}':
        open = Math.max(0, open - 1);
        break;
      case ';':
        conditions = 0;
        break;
      case 'i':
        if (isWordIf(text, at)) conditions += 1;
        if (conditions > CONDITIONS) return at;
        break;
    }
  }
  return undefined;
}

/** True when a value that was parsed is deeper than anything a rule needs. */
export function isDeep(value: unknown): boolean {
  let level: readonly unknown[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > LEVELS) return true;
    level = level.flatMap((one) => (typeof one === 'object' && one !== null ? Object.values(one) : []));
  }
  return false;
}

/** Offset of the quote that ends the string which begins at `from`; the end of the text where none does. */
function stringEnd(text: string, from: number): number {
  for (let at = from + 1; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === '"') return at;
  }
  return text.length;
}

function lineEnd(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end < 0 ? text.length : end;
}

function isWordIf(text: string, at: number): boolean {
  return text[at + 1] === 'f' && !isWordCharacter(text[at - 1]) && !isWordCharacter(text[at + 2]);
}

function isWordCharacter(c: string | undefined): boolean {
  return c !== undefined && /[A-Za-z0-9_]/.test(c);
}
