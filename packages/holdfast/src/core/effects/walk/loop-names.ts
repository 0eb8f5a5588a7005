// Names that a loop's body may change: before the body is walked once for all rounds, they are known no more.
import { findOf } from '../../names/index.ts';
import { assignedNames } from '../../shell/arithmetic.ts';
import type { Arith, Node, Part, Statement, TestExpr, Word } from '../../shell/tree.ts';
import type { Scope } from '../../shell/scope.ts';

export type Changes = {
  readonly names: Set<string>;
  /** The working directory or the positional parameters may change. */
  moves: boolean;
  shifts: boolean;
  /** Anything may change: text that is evaluated or sourced, an indirect declaration. */
  all: boolean;
};

const SETTERS: ReadonlySet<string> = new Set([
  'read',
  'mapfile',
  'readarray',
  'printf',
  'declare',
  'typeset',
  'local',
  'export',
  'readonly',
  'unset',
  'getopts',
]);
const MOST_CALLS = 64;

/** What running `body` may change in `scope`. Functions it calls are looked into. */
export function changesOf(body: readonly Statement[], scope: Scope): Changes {
  const changes: Changes = { names: new Set(), moves: false, shifts: false, all: false };
  const look = new Look(changes, scope);
  for (const item of body) look.node(item.node);
  return changes;
}

class Look {
  readonly #changes: Changes;
  readonly #scope: Scope;
  readonly #called = new Set<string>();

  constructor(changes: Changes, scope: Scope) {
    this.#changes = changes;
    this.#scope = scope;
  }

  #body(list: readonly Statement[]): void {
    for (const item of list) this.node(item.node);
  }

  node(node: Node): void {
    const { names } = this.#changes;
    switch (node.type) {
      case 'command':
        for (const assign of node.assigns) {
          names.add(assign.name);
          if (assign.value !== undefined) this.#word(assign.value);
        }
        this.#command(node.words.map((word) => (word.type === 'assign' ? undefined : word)));
        for (const word of node.words) if (word.type === 'assign') names.add(word.name);
        for (const redirect of node.redirects) if (typeof redirect.fd === 'string') names.add(redirect.fd);
        return;
      case 'pipeline':
        // Sides of a pipe run in subshells; a single command does not.
        if (node.items.length === 1) for (const item of node.items) this.node(item);
        return;
      case 'and-or':
        for (const item of node.items) this.node(item);
        return;
      case 'group':
        this.#body(node.body);
        return;
      case 'subshell':
      case 'coproc':
        return;
      case 'if':
        for (const arm of node.arms) {
          this.#body(arm.test);
          this.#body(arm.body);
        }
        if (node.otherwise !== undefined) this.#body(node.otherwise);
        return;
      case 'for':
        names.add(node.name);
        this.#body(node.body);
        return;
      case 'arith-for':
        for (const part of node.parts) this.#arith(part);
        this.#body(node.body);
        return;
      case 'while':
        this.#body(node.test);
        this.#body(node.body);
        return;
      case 'case':
        this.#word(node.word);
        for (const item of node.items) this.#body(item.body);
        return;
      case 'arith-command':
        this.#arith(node.arith);
        return;
      case 'test':
        this.#test(node.test);
        return;
      case 'function':
        return;
    }
  }

  #command(words: readonly (Word | undefined)[]): void {
    const changes = this.#changes;
    const first = words[0];
    for (const word of words) if (word !== undefined) this.#word(word);
    if (first === undefined) return;
    // A name that is not plain may be any builtin.
    let at = 0;
    while (words[at]?.plain === 'command' || words[at]?.plain === 'builtin') at++;
    const name = words[at]?.plain;
    if (name === undefined) return;
    if (name === 'cd' || name === 'pushd' || name === 'popd') changes.moves = true;
    else if (name === 'shift' || name === 'set') changes.shifts = true;
    else if (name === 'eval' || name === 'source' || name === '.') {
      changes.all = true;
      changes.moves ||= name === 'eval';
    }

    if (name === 'let')
      for (const word of words.slice(at + 1)) for (const one of assignedNames(rawText(word))) changes.names.add(one);
    if (SETTERS.has(name) && (name !== 'printf' || words[at + 1]?.plain === '-v')) {
      for (const word of words.slice(at + 1)) {
        if (word === undefined) continue;
        if (word.plain !== undefined) changes.names.add(word.plain.slice(0, findOf(word.plain, '[+=')));
        // A name that is itself computed; a quoted word is a prompt or a value.
        else if (word.parts[0]?.type === 'param' || word.parts[0]?.type === 'command') changes.all = true;
      }
      if (name === 'read') changes.names.add('REPLY');
      if (name === 'getopts') changes.names.add('OPTARG');
    }
    const body = this.#scope.function(name)?.body;
    if (body !== undefined && !this.#called.has(name) && this.#called.size < MOST_CALLS) {
      this.#called.add(name);
      this.node(body);
    }
  }

  #word(word: Word): void {
    for (const part of word.parts) this.#part(part);
  }

  #part(part: Part): void {
    if (part.type === 'double') for (const inner of part.parts) this.#part(inner);
    else if (part.type === 'arith') this.#arith(part.arith);
    else if (part.type === 'param' && part.op?.type === 'default' && part.op.op.endsWith('='))
      this.#changes.names.add(part.name);
  }

  #arith(arith: Arith): void {
    for (const part of arith.parts) {
      if (part.type === 'literal') for (const name of assignedNames(part.raw)) this.#changes.names.add(name);
      else this.#part(part);
    }
  }

  #test(test: TestExpr): void {
    if (test.type === 'all') for (const item of test.items) this.#test(item);
    else if (test.type === 'unary') this.#word(test.word);
    else {
      this.#word(test.left);
      this.#word(test.right);
    }
  }
}

function rawText(word: Word | undefined): string {
  if (word === undefined) return '';
  return (
    word.plain ??
    word.parts.map((part) => (part.type === 'literal' || part.type === 'single' ? part.text : ' ')).join('')
  );
}
