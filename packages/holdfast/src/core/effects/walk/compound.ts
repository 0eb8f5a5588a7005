// Compound commands: pipelines, lists, groups, branches, loops, tests. What may not happen is walked as possible.
import { evaluateArith, expandArith, expandOne, expandPattern } from '../../shell/expand.ts';
import { matches } from '../../shell/pattern.ts';
import type { Scope } from '../../shell/scope.ts';
import type { AndOr, Case, Command, If, Node, Pipeline, Statement, TestExpr, Coproc } from '../../shell/tree.ts';
import { known, NO_STREAM, unknown, type Stream } from '../../shell/value.ts';
import { allOf } from '../sources.ts';
import { arithFor, forEach, whileLoop } from './loops.ts';
import { blurred, concat, SILENT } from './stream.ts';
import type { Frame, Walker } from './walker.ts';

/** Redirections of the node itself are open already. */
export function walkCompound(walker: Walker, node: Exclude<Node, Command>, frame: Frame): Stream {
  const { state } = walker.scope;
  switch (node.type) {
    case 'pipeline':
      return pipeline(walker, node, frame);
    case 'and-or':
      return andOr(walker, node, frame);
    case 'group':
      return walker.body(node.body, frame);
    case 'subshell':
      return walker.inFork(() => walker.body(node.body, frame));
    case 'if':
      return ifElse(walker, node, frame);
    case 'for':
      return forEach(walker, node, frame);
    case 'arith-for':
      return arithFor(walker, node, frame);
    case 'while':
      return whileLoop(walker, node, frame);
    case 'case':
      return caseOf(walker, node, frame);
    case 'function': {
      const body: Node =
        node.redirects.length === 0
          ? node.body
          : {
              type: 'group',
              body: [{ node: node.body, background: false, pos: node.pos, end: node.end }],
              redirects: node.redirects,
              pos: node.pos,
              end: node.end,
            };
      walker.scope.define(node.name, { body, text: walker.source() });
      state.status = 0;
      return SILENT;
    }
    case 'test':
      test(walker, node.test);
      state.status = undefined;
      return SILENT;
    case 'arith-command': {
      const value = expandArith(walker, node.arith);
      state.status = value.kind === 'known' ? (value.text === '0' ? 1 : 0) : undefined;
      return SILENT;
    }
    case 'coproc':
      return coproc(walker, node, frame);
  }
}

function pipeline(walker: Walker, node: Pipeline, frame: Frame): Stream {
  const last = node.items.length - 1;
  if (last < 0) return SILENT;
  if (last === 0) {
    const out = walker.node(node.items[0] as Node, frame);
    const { state } = walker.scope;
    if (node.negated && state.status !== undefined) state.status = state.status === 0 ? 1 : 0;
    return out;
  }
  let stream = frame.stdin;
  node.items.forEach((item, index) => {
    const own: Frame = { stdin: stream, stdout: index === last ? frame.stdout : undefined, certain: frame.certain };
    stream = walker.inFork(() => {
      const { state } = walker.scope;
      if (state.descriptors.size > 0) {
        const held = new Map(state.descriptors);
        if (index > 0) held.delete('0');
        if (index < last) held.delete('1');
        state.descriptors = held;
      }
      return walker.node(item, own);
    });
  });
  walker.scope.state.status = undefined;
  return stream ?? NO_STREAM;
}

/**
 * `a && b`: b is taken to run (commands mostly succeed); `a || b`: b may run. Where the status of the left side is known, what
 * is not reached is still walked, as possible, and changes nothing.
 */
function andOr(walker: Walker, node: AndOr, frame: Frame): Stream {
  let out = SILENT;
  let previous: Node | undefined;
  let cwdBefore = walker.scope.state.cwd;
  for (let i = 0; i < node.items.length; i++) {
    const item = node.items[i] as Node;
    const op = node.ops[i - 1];
    const { state } = walker.scope;
    const { status } = state;
    const cwdNow = state.cwd;
    const inner = state.ended ? { ...frame, certain: false } : frame;
    if (op === undefined) out = walker.node(item, inner);
    else if (status !== undefined && (status === 0) !== (op === '&&')) {
      // Not reached.
      walker.unsure(() => walker.node(item, { ...frame, certain: false }));
      state.status = status;
    } else if (op === '&&' || status !== undefined) {
      const own = walker.node(item, inner);
      out = status === undefined ? joinedText(out, own) : concat(out, own);
    } else {
      const right = walker.scope.fork();
      if (cwdNow !== cwdBefore)
        right.state.cwd =
          previous?.type === 'command'
            ? cwdBefore
            : unknown('whether a directory was changed is not known', cwdNow.span);
      const own = inScope(walker, right, () => walker.node(item, { ...frame, certain: false }));
      walker.scope.join([right], true);
      out = joinedText(out, own);
    }
    previous = item;
    cwdBefore = cwdNow;
  }
  return out;
}

/** Output of a side that may not have run: the text of both is known only when one of them says nothing. */
function joinedText(a: Stream, b: Stream): Stream {
  const both = concat(a, b);
  return both === a || both === b
    ? both === b && b.text !== undefined && b.text !== ''
      ? blurred(b)
      : both
    : blurred(both);
}

function inScope<T>(walker: Walker, scope: Scope, what: () => T): T {
  const outer = walker.scope;
  walker.scope = scope;
  const out = what();
  walker.scope = outer;
  return out;
}

/** A list of statements in a branch of its own. */
function branch(walker: Walker, body: readonly Statement[], frame: Frame, branches: Scope[], certain = false): Stream {
  const scope = walker.scope.fork();
  branches.push(scope);
  return blurred(inScope(walker, scope, () => walker.body(body, { ...frame, certain: certain && frame.certain })));
}

function ifElse(walker: Walker, node: If, frame: Frame): Stream {
  let out = SILENT;
  const branches: Scope[] = [];
  let reached = true;
  for (const arm of node.arms) {
    out = concat(out, walker.body(arm.test, reached ? frame : { ...frame, certain: false }));
    const { status } = walker.scope.state;
    if (status === 0 && branches.length === 0) {
      // Surely taken: the rest of the arms is walked as possible and leaves nothing behind.
      const own = walker.body(arm.body, frame);
      walkUnreached(walker, node, node.arms.indexOf(arm) + 1, frame);
      return concat(out, own);
    }
    if (status !== undefined && status !== 0) walker.unsure(() => walker.body(arm.body, { ...frame, certain: false }));
    else {
      reached = false;
      out = concat(out, branch(walker, arm.body, frame, branches));
    }
  }
  if (node.otherwise !== undefined) {
    if (branches.length === 0) return concat(out, walker.body(node.otherwise, frame));
    out = concat(out, branch(walker, node.otherwise, frame, branches));
  }
  if (branches.length > 0) walker.scope.join(branches, node.otherwise === undefined);
  return out;
}

function walkUnreached(walker: Walker, node: If, from: number, frame: Frame): void {
  const unreached: Frame = { ...frame, certain: false };
  walker.unsure(() => {
    for (const arm of node.arms.slice(from)) {
      walker.body(arm.test, unreached);
      walker.body(arm.body, unreached);
    }
    if (node.otherwise !== undefined) walker.body(node.otherwise, unreached);
  });
}

function caseOf(walker: Walker, node: Case, frame: Frame): Stream {
  const word = expandOne(walker, node.word);
  let out = SILENT;
  const branches: Scope[] = [];
  let open = true;
  for (let i = 0; i < node.items.length; i++) {
    const item = node.items[i] as Case['items'][number];
    let hit: boolean | undefined = false;
    for (const pattern of item.patterns) {
      const value = expandPattern(walker, pattern);
      const one =
        value.kind === 'known' && value.text === '*'
          ? true
          : word.kind === 'known' && value.kind === 'known'
            ? matches(value.text, word.text)
            : undefined;
      if (one === true) hit = true;
      else if (one === undefined && hit === false) hit = undefined;
    }
    if (!open || hit === false) {
      // A branch that falls through may still lead into the next one.
      const fallen = i > 0 && node.items[i - 1]?.falls === true;
      if (fallen) out = concat(out, branch(walker, item.body, frame, branches));
      else walker.unsure(() => walker.body(item.body, { ...frame, certain: false }));
      continue;
    }
    if (hit === true && branches.length === 0 && !item.falls) {
      out = concat(out, walker.body(item.body, frame));
      open = false;
      continue;
    }
    out = concat(out, branch(walker, item.body, frame, branches));
    if (hit === true && !item.falls) open = false;
  }
  if (branches.length > 0) walker.scope.join(branches, open);
  return out;
}

const COMPARES: ReadonlySet<string> = new Set(['-eq', '-ne', '-lt', '-le', '-gt', '-ge']);

/** `[[ … ]]`: words are expanded; numbers compared are arithmetic, `-v` and `-R` take names. */
function test(walker: Walker, expr: TestExpr): void {
  if (expr.type === 'all') {
    for (const item of expr.items) test(walker, item);
    return;
  }
  if (expr.type === 'unary') {
    const value = expandOne(walker, expr.word);
    if (expr.op === '-v' || expr.op === '-R') walker.evaluate(value, 'name');
    return;
  }
  const left = expandOne(walker, expr.left);
  const right = COMPARES.has(expr.op) ? expandOne(walker, expr.right) : expandPattern(walker, expr.right);
  if (!COMPARES.has(expr.op)) return;
  evaluateArith(walker, left);
  evaluateArith(walker, right);
}

/** A coprocess reads from and writes to this shell through two descriptors that its array names. */
function coproc(walker: Walker, node: Coproc, frame: Frame): Stream {
  const out = walker.inFork(() =>
    walker.node(node.body, { stdin: NO_STREAM, stdout: undefined, certain: frame.certain }),
  );
  const { scope } = walker;
  const span = walker.span(node.pos, node.end);
  const connections = allOf(walker.ctx, out.from).filter((index) => walker.ctx.effect(index)?.kind === 'net.connect');
  const name = node.name ?? 'COPROC';
  const [reads, writes] = ['63', '60'];
  scope.state.descriptors = new Map([
    ...scope.state.descriptors,
    [reads, { read: out, write: [], file: undefined }],
    [writes, { read: undefined, write: connections, file: undefined }],
  ]);
  const items = new Map([
    ['0', known(reads, span)],
    ['1', known(writes, span)],
  ]);
  scope.put(name, { value: known(reads, span), items, exported: false, integer: false, ref: undefined });
  scope.state.status = 0;
  return SILENT;
}
