// Shell patterns on known text: `*`, `?` and bracket sets, matched without backtracking blow-up.

/** True when `text` has an unescaped glob character. */
export function hasGlob(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (c === '\\') i++;
    else if (c === '*' || c === '?' || c === '[') return true;
  }
  return false;
}

/** Whether `pattern` matches all of `text`; a pattern this matcher does not know (a bracket set) answers undefined. */
export function matches(pattern: string, text: string): boolean | undefined {
  if (pattern.includes('[')) return undefined;
  let p = 0;
  let t = 0;
  let star = -1;
  let mark = 0;
  while (t < text.length) {
    const c = pattern[p];
    if (c === '*') {
      star = p++;
      mark = t;
    } else if (c === '\\' && pattern[p + 1] === text[t]) {
      p += 2;
      t++;
    } else if (c === '?' || (c !== undefined && c !== '\\' && c === text[t])) {
      p++;
      t++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++mark;
    } else return false;
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}
