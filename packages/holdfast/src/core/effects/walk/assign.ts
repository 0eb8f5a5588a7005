// Assignments: plain, appended, to elements, to arrays; and the variables whose mere value is executed.
import { limits } from '../../model/index.ts';
import { isDigits, isName } from '../../names/index.ts';
import { evaluateArith, expandOne, expandWord } from '../../shell/expand.ts';
import { Assoc, type Var } from '../../shell/scope.ts';
import type { Assign, Word } from '../../shell/tree.ts';
import { known, unknown, type Value } from '../../shell/value.ts';
import type { Walker } from './walker.ts';

export type Attributes = {
  readonly exported?: boolean | undefined;
  readonly local?: boolean;
  readonly integer?: boolean;
  readonly ref?: boolean;
  readonly assoc?: boolean;
};

/** Makes one assignment in the current scope. */
export function assign(walker: Walker, node: Assign, given: Attributes = {}): void {
  const { scope } = walker;
  if (node.items !== undefined) {
    assignItems(walker, node, given);
    return;
  }
  if (node.index !== undefined) {
    const key = expandOne(walker, node.index);
    const value = valueOf(walker, node, scope.get(node.name));
    assignElement(walker, node.name, key, value, given);
    return;
  }
  setVariable(walker, node.name, valueOf(walker, node, scope.get(node.name)), given);
}

/** The value of an assignment, expanded; with `+=` joined to what was there. */
export function valueOf(walker: Walker, node: Assign, old: Var | undefined): Value {
  const span = walker.span(node.pos, node.end);
  const fresh = node.value === undefined ? known('', span) : expandOne(walker, node.value);
  if (!node.append) return fresh;
  const before =
    old?.value ?? (walker.scope.knows(node.name) ? known('', span) : unknown(`$${node.name} is not known`, span));
  const from = [...before.from, ...fresh.from];
  const marks = { from, decoded: before.decoded || fresh.decoded, fetched: before.fetched || fresh.fetched };
  const short = before.text.length + fresh.text.length <= limits.SHELL_TEXT;
  if (before.kind === 'known' && fresh.kind === 'known' && short)
    return { ...known(before.text + fresh.text, span), ...marks };
  const head = before.kind === 'known' && short ? before.text + fresh.before : before.before.slice(0, 256);
  const tail = fresh.kind === 'known' && short ? before.after + fresh.text : fresh.after.slice(0, 256);
  return { ...unknown(fresh.why || before.why || `$${node.name} is not known`, span, head, tail), ...marks };
}

/** Sets a variable from text that is already expanded (`read`, `printf -v`, `export NAME=…`), with what setting it means. */
export function setVariable(walker: Walker, name: string, given: Value, attributes: Attributes = {}): void {
  const { scope } = walker;
  if (!isName(name)) {
    const open = name.indexOf('[');
    const key = { ...given, kind: 'known' as const, text: name, before: name };
    // An element's subscript is evaluated where it is set; anything else that is no name is an error, evaluated or not.
    if (open <= 0 || walker.scope.get(name.slice(0, open))?.items instanceof Assoc) walker.evaluate(key, 'name');
    if (open > 0 && isName(name.slice(0, open))) {
      assignElement(walker, name.slice(0, open), known(name.slice(open + 1, -1), given.span), given, attributes);
    }
    return;
  }
  const old = scope.get(name);
  const integer = attributes.integer ?? old?.integer ?? false;
  const value = integer ? evaluateArith(walker, given) : given;
  if (attributes.ref === true && value.kind === 'known') {
    scope.put(name, { value, items: undefined, exported: false, integer, ref: value.text }, attributes.local ?? false);
    return;
  }
  const fallen = old?.ref !== undefined && attributes.local !== true ? old.ref : name;
  const before = fallen === name ? old : scope.get(fallen);
  const exported = attributes.exported ?? before?.exported ?? false;
  if (before?.items !== undefined && attributes.local !== true) {
    const items = copied(before, before.items instanceof Assoc);
    items.set('0', value);
    scope.put(fallen, { ...before, value, items, exported });
  } else scope.put(fallen, { value, items: undefined, exported, integer, ref: undefined }, attributes.local ?? false);
  executed(walker, fallen, value);
}

function assignElement(walker: Walker, name: string, key: Value, value: Value, attributes: Attributes): void {
  const { scope } = walker;
  const old = scope.get(name);
  const assoc = attributes.assoc === true || old?.items instanceof Assoc;
  const index = assoc && key.kind === 'known' ? key : evaluateArith(walker, key);
  const items = copied(old, assoc);
  const exported = attributes.exported ?? old?.exported ?? false;
  if (index.kind !== 'known') {
    // Any element may have changed now.
    const data = [...value.from, ...[...items.values()].flatMap((one) => one.from)];
    scope.put(name, {
      value: unknown(`an element of ${name}`, value.span, '', '', data),
      items: undefined,
      exported,
      integer: false,
      ref: undefined,
    });
    return;
  }
  items.set(index.text, value);
  scope.put(
    name,
    { value: items.get('0') ?? known('', value.span), items, exported, integer: old?.integer ?? false, ref: undefined },
    attributes.local ?? false,
  );
}

function assignItems(walker: Walker, node: Assign, attributes: Attributes): void {
  const { scope } = walker;
  const old = node.append ? scope.get(node.name) : undefined;
  const items = copied(old, attributes.assoc === true || scope.get(node.name)?.items instanceof Assoc);
  let next = items.size;
  /** An unquoted expansion that is not known may be any number of elements. */
  let many: Value | undefined;
  for (const word of node.items ?? []) {
    const keyed = keyOf(word);
    if (keyed) {
      // `[key]=value`: the whole is expanded, substitutions in the key included, and taken apart.
      const value = expandOne(walker, word);
      const close = value.kind === 'known' ? value.text.indexOf(']=') : -1;
      const key = close < 0 ? undefined : (value.text.slice(1, close) as string);
      if (key === undefined)
        items.set(String(next++), unknown('an element that is not known', value.span, '', '', value.from));
      else {
        walker.evaluate({ ...value, text: key, before: key }, 'arithmetic');
        items.set(key, { ...value, text: value.text.slice(close + 2), before: value.text.slice(close + 2) });
        next = isDigits(key) ? Number(key) + 1 : next;
      }
      continue;
    }
    const loose = word.parts.some((part) => part.type === 'param' || part.type === 'command');
    for (const value of expandWord(walker, word)) {
      if (loose && value.kind === 'unknown') many ??= value;
      items.set(String(next++), value);
    }
  }
  const span = walker.span(node.pos, node.end);
  if (many !== undefined) {
    const all = [...items.values()];
    const marks = {
      from: [...new Set(all.flatMap((one) => one.from))],
      decoded: all.some((one) => one.decoded),
      fetched: all.some((one) => one.fetched),
    };
    const value = { ...unknown(many.why, span), ...marks };
    const exported = attributes.exported ?? false;
    scope.put(
      node.name,
      { value, items: undefined, exported, integer: false, ref: undefined },
      attributes.local ?? false,
    );
    return;
  }
  scope.put(
    node.name,
    {
      value: items.get('0') ?? known('', span),
      items,
      exported: attributes.exported ?? false,
      integer: false,
      ref: undefined,
    },
    attributes.local ?? false,
  );
}

function copied(old: Var | undefined, assoc: boolean): Map<string, Value> {
  const entries = old?.items ?? (old === undefined ? [] : [['0', old.value] as const]);
  return assoc ? new Assoc(entries) : new Map(entries);
}

function keyOf(word: Word): boolean {
  const first =
    word.plain ?? (word.parts[0]?.type === 'literal' || word.parts[0]?.type === 'glob' ? word.parts[0].text : '');
  return first.startsWith('[') && (word.plain === undefined || word.plain.includes(']='));
}

/** Prompts that a traced or interactive shell expands: their substitutions run. */
function executed(walker: Walker, name: string, value: Value): void {
  if (name === 'PS4' || name === 'PS1' || name === 'PS0' || name === 'PS2') {
    if (value.kind === 'known') walker.unsure(() => walker.evaluate(value, 'prompt'));
  } else if (name === 'PROMPT_COMMAND' && value.kind === 'known' && value.text !== '') {
    walker.unsure(() => walker.evalText(value, ['inline']));
  }
}
