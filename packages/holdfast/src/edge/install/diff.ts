// A unified diff of two small texts, for a human who is asked before a file is changed.

/** Lines of unchanged text around a change. */
const CONTEXT = 3;
/** Past this many lines the middle is shown as one block; settings files are far smaller. */
const LINES = 3_000;

type Line = { readonly mark: ' ' | '-' | '+'; readonly text: string };

/** Empty when nothing changes. `before` undefined: the file does not exist. */
export function unifiedDiff(file: string, before: string | undefined, after: string | undefined): string {
  if (before === after) return '';
  const old = before === undefined ? [] : split(before);
  const fresh = after === undefined ? [] : split(after);
  const lines = compare(old, fresh);
  const out = [`--- ${before === undefined ? '/dev/null' : file}`, `+++ ${after === undefined ? '/dev/null' : file}`];
  const shown = lines.map((_, i) =>
    lines.slice(Math.max(0, i - CONTEXT), i + CONTEXT + 1).some((line) => line.mark !== ' '),
  );
  let oldLine = 1;
  let newLine = 1;
  let hunk: Line[] = [];
  let start: readonly [number, number] = [1, 1];
  const flush = (): void => {
    if (hunk.length === 0) return;
    const count = (mark: '-' | '+'): number => hunk.filter((line) => line.mark === mark || line.mark === ' ').length;
    const [a, b] = [count('-'), count('+')];
    out.push(`@@ -${a === 0 ? start[0] - 1 : start[0]},${a} +${b === 0 ? start[1] - 1 : start[1]},${b} @@`);
    for (const line of hunk) out.push(`${line.mark}${line.text}`);
    hunk = [];
  };
  lines.forEach((line, i) => {
    if (shown[i] === true) {
      if (hunk.length === 0) start = [oldLine, newLine];
      hunk.push(line);
    } else flush();
    if (line.mark !== '+') oldLine++;
    if (line.mark !== '-') newLine++;
  });
  flush();
  return `${out.join('\n')}\n`;
}

/** Lines without their ends; a last line without one says so, as diff does. */
function split(text: string): readonly string[] {
  if (text === '') return [];
  const lines = text.split('\n');
  const last = lines.pop() ?? '';
  return last === '' ? lines : [...lines, `${last}\n\\ No newline at end of file`];
}

/** Longest common subsequence of lines between a common start and end. */
function compare(old: readonly string[], fresh: readonly string[]): readonly Line[] {
  let head = 0;
  while (head < old.length && head < fresh.length && old[head] === fresh[head]) head++;
  let tail = 0;
  while (tail < old.length - head && tail < fresh.length - head && old.at(-1 - tail) === fresh.at(-1 - tail)) tail++;
  const a = old.slice(head, old.length - tail);
  const b = fresh.slice(head, fresh.length - tail);
  const same = (texts: readonly string[]): Line[] => texts.map((text) => ({ mark: ' ', text }));
  return [...same(old.slice(0, head)), ...middle(a, b), ...same(old.slice(old.length - tail))];
}

function middle(a: readonly string[], b: readonly string[]): readonly Line[] {
  const minus = (text: string): Line => ({ mark: '-', text });
  const plus = (text: string): Line => ({ mark: '+', text });
  if (a.length * b.length > LINES * LINES) return [...a.map(minus), ...b.map(plus)];
  const width = b.length + 1;
  const table = new Uint32Array((a.length + 1) * width);
  const cell = (i: number, j: number): number => table[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      table[i * width + j] = a[i] === b[j] ? cell(i + 1, j + 1) + 1 : Math.max(cell(i + 1, j), cell(i, j + 1));
    }
  }
  const out: Line[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    const [left, right] = [a[i], b[j]];
    if (left !== undefined && right !== undefined && left === right) {
      out.push({ mark: ' ', text: left });
      i++;
      j++;
    } else if (left !== undefined && (right === undefined || cell(i + 1, j) >= cell(i, j + 1))) {
      out.push(minus(left));
      i++;
    } else if (right !== undefined) {
      out.push(plus(right));
      j++;
    }
  }
  return out;
}
