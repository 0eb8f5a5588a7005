// Assignments: what a variable holds afterwards, and what is evaluated on the way.
import { expandOne, expandWord } from '../../shell/expand.ts';
import type { Assign } from '../../shell/tree.ts';
import { known, unknown, type Value } from '../../shell/value.ts';
import type { Walker } from './walker.ts';

/** `NAME=value`, `NAME[i]=value`, `NAME=(…)` as a statement or in a declaration. */
export function assign(w: Walker, given: Assign, exported: boolean | undefined): void {
  if (given.index !== undefined) {
    const index = expandOne(w, given.index);
    w.evaluate(index);
  }
  if (given.items !== undefined) {
    const items = given.items.flatMap((word) => expandWord(w, word));
    const old = given.append ? (w.scope.vars.get(given.name)?.items ?? []) : [];
    const all = [...old, ...items];
    w.scope.vars.set(given.name, {
      value: all[0] ?? known('', w.span(given.pos, given.end)),
      items: all,
      exported: exported ?? false,
    });
    return;
  }
  const value = assignValue(w, given);
  if (given.index !== undefined)
    w.scope.vars.set(given.name, {
      value: unknown(`an element of ${given.name}`, value.span, '', '', value.from),
      items: [],
      exported: false,
    });
  else w.scope.set(given.name, value, exported ?? w.scope.vars.get(given.name)?.exported ?? false);
}

/** The value of an assignment, `+=` included. */
export function assignValue(w: Walker, given: Assign): Value {
  const fresh = given.value === undefined ? known('', w.span(given.pos, given.end)) : expandOne(w, given.value);
  if (!given.append) return fresh.kind === 'pattern' ? { ...fresh, kind: 'known' } : fresh;
  const old = w.scope.vars.get(given.name)?.value;
  if (old?.kind === 'known' && fresh.kind === 'known')
    return { ...fresh, text: old.text + fresh.text, before: '', from: [...old.from, ...fresh.from] };
  return unknown(`$${given.name} is not known`, fresh.span, '', '', [...(old?.from ?? []), ...fresh.from]);
}
