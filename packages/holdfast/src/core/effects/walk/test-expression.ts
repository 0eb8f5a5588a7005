// Conditions of `[[ … ]]`.
import { expandOne } from '../../shell/expand.ts';
import type { TestExpr } from '../../shell/tree.ts';
import type { Walker } from './walker.ts';

/** `[[ … ]]`: its words, and what numeric comparisons and `-v` evaluate inside them. */
export function walkTest(w: Walker, test: TestExpr): void {
  if (test.type === 'all') test.items.forEach((item) => walkTest(w, item));
  else if (test.type === 'unary') {
    const value = expandOne(w, test.word);
    if (test.op === '-v' || test.op === '-R') w.evaluate(value);
  } else {
    for (const word of [test.left, test.right]) {
      const value = expandOne(w, word);
      if (['-eq', '-ne', '-lt', '-le', '-gt', '-ge'].includes(test.op)) w.evaluate(value);
    }
  }
}
