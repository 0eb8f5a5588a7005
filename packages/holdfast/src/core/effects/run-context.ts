// One lowering run: collects effects, findings and wanted facts, counts steps, and turns words into targets.
import {
  FactMap,
  isTrusting,
  limits,
  type Action,
  type Attribute,
  type Effect,
  type Fact,
  type Facts,
  type Finding,
  type Lowered,
  type NoAnswer,
  type PathFact,
  type Span,
  type Target,
  type Want,
} from '../model/index.ts';
import {
  entryFact,
  findOf,
  groupsOfProgram,
  hostFindings,
  hostTarget,
  isTreeRoot,
  isTreeRootGlob,
  parentPath,
  partyTarget,
  pathTarget,
  pathToObserve,
  resolvePath,
  whyUnknown,
} from '../names/index.ts';
import { globMatch, withoutBrackets } from '../names/glob.ts';
import type { ShellParser } from '../shell/tree.ts';
import { known, NO_STREAM, type Stream, type Value } from '../shell/value.ts';
import type { CodePlace, Context, Draft, Invocation, Language, Place } from './context.ts';
import { lowerCode, lowerScriptFile, lowerText } from './code.ts';
import { derivedKinds } from './derive.ts';
import { isStandardDevice } from './devices.ts';
import { knownHost } from './known-host.ts';
import { FOREIGN } from './opaque.ts';
import { earlier, unique } from './sources.ts';
import { unresolved } from './target.ts';
import type { Machinery } from './machinery.ts';
import { runProgram } from './programs/run.ts';

type Mutable = { -readonly [key in keyof Effect]: Effect[key] };

const NONE: readonly never[] = [];

export class LoweringRun implements Context {
  readonly action: Action;
  readonly parse: ShellParser;
  readonly machinery: Machinery;
  readonly #facts: Facts;
  readonly #effects: Mutable[] = [];
  readonly #findings: Finding[] = [];
  readonly #wants: Want[] = [];
  readonly #asked = new FactMap();
  readonly #written = new Map<string, Stream>();
  /** Unresolved targets that somebody looked at in vain ▶ what their spelling says, and the effects on the one ▶ those on the other. */
  #spelled: Map<Target, Target> | undefined;
  #twins: Map<number, number> | undefined;
  #fuel: number = limits.FUEL;
  #full = false;
  #building = false;

  constructor(action: Action, facts: Facts, machinery: Machinery) {
    this.action = action;
    this.parse = machinery.parse;
    this.machinery = machinery;
    this.#facts = facts;
  }

  result(): Lowered {
    return { effects: this.#effects, findings: this.#findings, wants: this.#wants, fuelLeft: Math.max(0, this.#fuel) };
  }

  emit(place: Place, draft: Draft): number {
    const spelled = this.#spelled?.get(draft.target);
    if (spelled !== undefined) return this.#emitBoth(place, draft, spelled);
    return this.#emitOne(place, draft);
  }

  /** What could not be looked at may be what it is called, or anything: both are said, so that neither hides from a rule. */
  #emitBoth(place: Place, draft: Draft, spelled: Target): number {
    const twin = this.#emitOne(place, { ...draft, target: spelled });
    const index = this.#emitOne(place, { ...draft, from: [...(draft.from ?? NONE), twin] });
    (this.#twins ??= new Map()).set(index, twin);
    return index;
  }

  #emitOne(place: Place, draft: Draft): number {
    const index = this.#effects.length;
    if (this.#full) return index - 1;
    if (index >= limits.EFFECTS - 1) {
      this.#full = true;
      this.#push(place, {
        kind: 'opaque',
        target: unresolved('more effects than one action may have'),
        attributes: ['limit'],
      });
      return index;
    }
    this.#push(place, draft);
    if (draft.kind === 'file.write' && draft.target.groups.length > 0) this.#derive(place, draft, index);
    return index;
  }

  #push(place: Place, draft: Draft): void {
    const { target } = draft;
    let attributes = draft.attributes ?? NONE;
    if (draft.kind === 'file.delete' && target.type === 'path' && !attributes.includes('tree-root')) {
      const root = attributes.includes('glob')
        ? isTreeRootGlob(target.name, this.action)
        : isTreeRoot(target.name, this.action);
      if (root) attributes = [...attributes, 'tree-root'];
    }
    if (this.#building && draft.kind === 'opaque' && !attributes.some((name) => FOREIGN.has(name)))
      attributes = [...attributes, 'workspace-build'];
    if (target.scope === 'device' && draft.kind !== 'file.read' && !attributes.includes('device'))
      attributes = [...attributes, 'device'];
    const effect: Mutable = {
      kind: draft.kind,
      target,
      certain: place.certain && (draft.certain ?? true),
      attributes: unique(attributes),
      via: place.via,
      span: draft.span ?? place.span,
      args: draft.args ?? NONE,
    };
    const from = draft.from === undefined ? NONE : earlier(draft.from, this.#effects.length);
    if (from.length > 0 || draft.literal !== undefined)
      effect.data = draft.literal === undefined ? { from } : { from, literal: draft.literal };
    this.#effects.push(effect);
  }

  /** What a write means beyond the file: start-up files persist, an agent's settings are configuration, memory is memory. */
  #derive(place: Place, draft: Draft, index: number): void {
    for (const kind of derivedKinds(draft.target)) {
      if (this.#effects.length >= limits.EFFECTS - 1) return;
      this.#push(place, { ...draft, kind, attributes: NONE, from: [index] });
    }
  }

  spend(steps: number): boolean {
    // With no room for another effect nothing more can be said: the run is over.
    if (this.#fuel <= 0 || this.#full) return false;
    this.#fuel -= steps;
    if (this.#fuel > 0) return true;
    if (this.#full) return false;
    this.#push(START, {
      kind: 'opaque',
      target: unresolved('the action is too large to be followed to its end'),
      attributes: ['limit'],
    });
    this.#full = true;
    return false;
  }

  fact(want: Want): Fact | undefined {
    const held = this.#asked.get(want);
    if (held !== undefined || this.#asked.has(want)) return held;
    if (this.#asked.size >= limits.WANTS) return { want, none: 'unknown' };
    const fact = this.#facts.get(want);
    this.#asked.set(want, fact);
    if (fact === undefined) this.#wants.push(want);
    return fact;
  }

  finding(finding: Finding): void {
    this.#findings.push(finding);
  }

  /** One host is looked at for several effects; how it was written is one finding. */
  #findOnce(finding: Finding): void {
    const { code, span } = finding;
    const same = (other: Finding): boolean =>
      other.code === code && other.span?.at === span?.at && other.span?.from === span?.from;
    if (!this.#findings.some(same)) this.#findings.push(finding);
  }

  building<Answer>(on: boolean, lower: () => Answer): Answer {
    const before = this.#building;
    this.#building = on;
    try {
      return lower();
    } finally {
      this.#building = before;
    }
  }

  path(place: Place, name: Value): Target {
    if (this.#full) return NO_ROOM;
    if (name.kind === 'unknown') return unresolved(name.why === '' ? 'a file name that cannot be resolved' : name.why);
    const cwd = place.cwd.kind === 'known' ? place.cwd.text : '';
    const { home } = this.action;
    if (name.kind === 'known') {
      const asked = pathToObserve(cwd, name.text, home);
      const answer = whyUnknown(asked) === undefined ? this.fact({ ask: 'path', path: asked }) : undefined;
      const absolute = resolvePath(cwd, name.text, home);
      return this.#seen(pathTarget(this.machinery.groups, this.action, absolute, pathFact(answer)), answer);
    }
    return this.#pattern(cwd, name.text);
  }

  entry(place: Place, name: Value): Target {
    if (this.#full) return NO_ROOM;
    if (name.kind !== 'known' || name.text.endsWith('/')) return this.path(place, name);
    const cwd = place.cwd.kind === 'known' ? place.cwd.text : '';
    const { home } = this.action;
    const absolute = resolvePath(cwd, name.text, home);
    const parent = whyUnknown(absolute) === undefined ? parentPath(absolute) : undefined;
    // Where `..` follows a name only the observer knows the parent; the name then counts as what it leads to.
    if (parent === undefined || pathToObserve(cwd, name.text, home) !== absolute) return this.path(place, name);
    const answer = this.fact({ ask: 'path', path: parent });
    const fact = pathFact(answer);
    const parentFact = fact === undefined ? undefined : entryFact(fact, absolute);
    return this.#seen(pathTarget(this.machinery.groups, this.action, absolute, parentFact), answer);
  }

  /** The target, or an unresolved one where somebody looked in vain: where the name leads is not known, and its spelling must not stand in for it. */
  #seen(target: Target, answer: Fact | undefined): Target {
    const why = answer !== undefined && 'none' in answer ? IN_VAIN[answer.none] : undefined;
    if (why === undefined || target.type !== 'path') return target;
    const unseen = unresolved(why);
    (this.#spelled ??= new Map()).set(unseen, target);
    return unseen;
  }

  /** A pattern's scope is that of its directory: `~/link/*` reaches where `~/link` leads. */
  #pattern(cwd: string, text: string): Target {
    const { home } = this.action;
    const slash = text.lastIndexOf('/', findOf(text, '*?['));
    const directory = slash < 0 ? '.' : text.slice(0, slash) || '/';
    const asked = pathToObserve(cwd, directory, home);
    const answer = whyUnknown(asked) === undefined ? this.fact({ ask: 'path', path: asked }) : undefined;
    const base = pathFact(answer)?.real ?? resolvePath(cwd, directory, home);
    if (whyUnknown(base) !== undefined) return pathTarget(this.machinery.groups, this.action, base);
    const rest = text.slice(slash + 1);
    const target = pathTarget(
      this.machinery.groups,
      this.action,
      resolvePath(base, base === '/' ? `/${rest}` : `${base}/${rest}`, home),
    );
    return rest.includes('/') || target.type !== 'path'
      ? this.#seen(target, answer)
      : this.#seen(this.#groupsOfMatches(target, base, rest), answer);
  }

  /** A pattern is in every group that one of the names it stands for is in, where the directory was listed. */
  #groupsOfMatches(target: Target, directory: string, pattern: string): Target {
    const fact = this.fact({ ask: 'list', dir: directory, max: limits.LIST_ENTRIES });
    if (fact === undefined || !('got' in fact) || !Array.isArray(fact.got)) return target;
    // A bracket expression may stand for any one character: reading it so is the stricter answer.
    const wild = withoutBrackets(pattern);
    const groups = new Set(target.groups);
    for (const name of fact.got as readonly string[]) {
      if ((name.startsWith('.') && !wild.startsWith('.')) || !globMatch(wild, name) || !this.spend(1)) continue;
      const one = pathTarget(
        this.machinery.groups,
        this.action,
        directory === '/' ? `/${name}` : `${directory}/${name}`,
      );
      for (const group of one.groups) if (!isTrusting(group)) groups.add(group);
    }
    return groups.size === target.groups.length ? target : { ...target, groups: [...groups] };
  }

  host(name: Value): Target {
    if (this.#full) return NO_ROOM;
    if (name.kind === 'known') {
      for (const finding of hostFindings(name.text, name.span)) this.#findOnce(finding);
      return hostTarget(this.machinery.groups, name.text);
    }
    return (
      knownHost(this.machinery.groups, name) ??
      unresolved(name.why === '' ? 'a host that cannot be resolved' : name.why)
    );
  }

  party(name: Value): Target {
    if (name.kind !== 'known') return unresolved(name.why === '' ? 'a recipient that cannot be resolved' : name.why);
    return partyTarget(this.machinery.groups, name.text);
  }

  program(name: Value, whole = false): Target {
    if (name.kind !== 'known' || name.text === '')
      return unresolved(name.why === '' ? 'a program that cannot be resolved' : name.why);
    const base = whole ? name.text : name.text.slice(name.text.lastIndexOf('/') + 1) || name.text;
    return { type: 'program', name: base, groups: groupsOfProgram(this.machinery.groups, base) };
  }

  effect(index: number): Effect | undefined {
    return this.#effects[index];
  }

  mark(index: number, attribute: Attribute): void {
    const twin = this.#twins?.get(index);
    if (twin !== undefined) this.mark(twin, attribute);
    const effect = this.#effects[index];
    if (effect !== undefined && !effect.attributes.includes(attribute))
      effect.attributes = [...effect.attributes, attribute];
  }

  readFile(place: Place, name: Value, attributes: readonly Attribute[] = NONE): Stream {
    if (name.pipe !== undefined) return name.pipe;
    const target = this.path(place, name);
    const named = this.spelled(target);
    if (named.type === 'path' && isStandardDevice(named.name)) return named.name === '/dev/null' ? EMPTY : NO_STREAM;
    const index = this.emit(place, {
      kind: 'file.read',
      target,
      attributes: globbed(name, attributes),
      args: [{ name: 'path', span: name.span }],
    });
    const written = this.writtenTo(target);
    if (written === undefined) return { from: [index], decoded: false, fetched: false };
    return { ...written, from: [index, ...written.from] };
  }

  writeFile(
    place: Place,
    name: Value,
    data: Stream | undefined,
    attributes: readonly Attribute[] = NONE,
    literal?: Span,
  ): number {
    const target = this.path(place, name);
    const named = this.spelled(target);
    if (named.type === 'path' && isStandardDevice(named.name)) return -1;
    const stream = data ?? NO_STREAM;
    const index = this.emit(place, {
      kind: 'file.write',
      target,
      attributes: globbed(name, attributes),
      from: stream.from,
      args: [{ name: 'path', span: name.span }],
      ...(literal === undefined ? {} : { literal }),
    });
    if (named.type === 'path') {
      const before = attributes.includes('append') ? this.#written.get(named.name) : undefined;
      this.#written.set(named.name, before === undefined ? stream : joined(before, stream));
    }
    return index;
  }

  spelled(target: Target): Target {
    return this.#spelled?.get(target) ?? target;
  }

  writtenTo(target: Target): Stream | undefined {
    const { type, name } = this.spelled(target);
    return type === 'path' ? this.#written.get(name) : undefined;
  }

  run(invocation: Invocation): Stream {
    return runProgram(this, this.machinery, invocation);
  }

  script(place: CodePlace, text: Value, how: readonly Attribute[]): Stream {
    return lowerText(this, place, text, how);
  }

  code(place: CodePlace, language: Language, text: Value, how: readonly Attribute[]): Stream {
    return lowerCode(this, place, language, text, how);
  }

  scriptFile(place: CodePlace, file: Value, language: Language): Stream {
    return lowerScriptFile(this, place, file, language);
  }
}

/** Of what nothing more is said: looking where a name leads would be in vain. */
const NO_ROOM: Target = unresolved('more effects than one action may have');
const EMPTY: Stream = { from: NONE, text: '', decoded: false, fetched: false };
const NOWHERE: Span = { at: '', from: 0, to: 0 };
const START: Place = { cwd: known('', NOWHERE), span: NOWHERE, via: NONE, certain: true, depth: 0 };

function pathFact(fact: Fact | undefined): PathFact | undefined {
  return fact !== undefined && 'got' in fact ? (fact.got as unknown as PathFact) : undefined;
}

function globbed(name: Value, attributes: readonly Attribute[]): readonly Attribute[] {
  return name.kind === 'pattern' ? [...attributes, 'glob'] : attributes;
}

function joined(a: Stream, b: Stream): Stream {
  const both = { from: [...a.from, ...b.from], decoded: a.decoded || b.decoded, fetched: a.fetched || b.fetched };
  return a.text === undefined || b.text === undefined ? both : { ...both, text: a.text + b.text };
}

/** Answers to a question about a path that say: it was looked at, and nobody can tell where it leads. */
const IN_VAIN: { readonly [why in NoAnswer]?: string } = {
  late: 'a path that could not be looked at in time',
  refused: 'a path that could not be looked at: not permitted, or links without end',
};
