// Facts: the only way the world comes into a decision. One key, one answer, for the life of that decision.
import type { Hash } from './digest.ts';
import type { Json } from './json.ts';

export type Want =
  /** Link chain, real path, device and inode, kind, owner ▶ PathFact */
  | { readonly ask: 'path'; readonly path: string }
  /** Bounded bytes of a regular file, decoded as UTF-8 ▶ string, with digest */
  | { readonly ask: 'text'; readonly path: string; readonly max: number }
  /** Names in a directory, sorted ▶ string[] */
  | { readonly ask: 'list'; readonly dir: string; readonly max: number }
  /** Where a program name leads on a PATH ▶ { path } */
  | { readonly ask: 'program'; readonly name: string; readonly path: string }
  /** Version control around a directory ▶ { root, branch?, remotes? } */
  | { readonly ask: 'vcs'; readonly dir: string }
  | { readonly ask: 'resolve'; readonly host: string }
  /** Label that the watcher holds for a file ▶ { integrity?, confidentiality? } */
  | { readonly ask: 'file-label'; readonly path: string };

/** Answer to `path`. `real` is the path after all links; of a missing file: of its nearest existing ancestor plus the rest. */
export type PathFact = {
  readonly real: string;
  readonly exists: boolean;
  readonly kind?: 'file' | 'dir' | 'link' | 'fifo' | 'socket' | 'block' | 'char' | 'other';
  readonly dev?: number;
  readonly ino?: number;
  readonly uid?: number;
  readonly links?: readonly string[];
};

/** Why there is no answer: not there · not permitted or wrong kind · larger than asked · not in time · not observed at all. */
export type NoAnswer = 'absent' | 'refused' | 'too-big' | 'late' | 'unknown';

export type Fact =
  | { readonly want: Want; readonly got: Json; readonly digest?: Hash }
  | { readonly want: Want; readonly none: NoAnswer };

export interface Facts {
  /** The fact for `want`, or undefined when nobody has asked for it yet. */
  get(want: Want): Fact | undefined;
}

/** Key of a want; equal wants have equal keys. */
export function wantKey(want: Want): string {
  switch (want.ask) {
    case 'path':
    case 'file-label':
      return `${want.ask}\0${want.path}`;
    case 'text':
      return `text\0${want.path}\0${want.max}`;
    case 'list':
      return `list\0${want.dir}\0${want.max}`;
    case 'program':
      return `program\0${want.name}\0${want.path}`;
    case 'vcs':
      return `vcs\0${want.dir}`;
    case 'resolve':
      return `resolve\0${want.host}`;
  }
}

/**
 * A Facts over a plain list; later facts of one key are ignored (one key, one answer). `known` is asked for what the list does
 * not hold; an answer stands for good.
 */
export function factSet(
  list: readonly Fact[],
  known?: (want: Want) => Fact | undefined,
): Facts & { readonly all: readonly Fact[]; add(more: readonly Fact[]): void } {
  const held = new FactMap();
  const all: Fact[] = [];
  const add = (more: readonly Fact[]): void => {
    for (const fact of more) {
      if (held.get(fact.want) !== undefined) continue;
      held.set(fact.want, fact);
      all.push(fact);
    }
  };
  add(list);
  return {
    get: (want) => {
      const found = held.get(want);
      if (found !== undefined || known === undefined) return found;
      const fact = known(want);
      if (fact !== undefined) {
        held.set(want, fact);
        all.push(fact);
      }
      return fact;
    },
    all,
    add,
  };
}

/** Answers by want. Most wants are paths: those need no key made. */
export class FactMap {
  readonly #paths = new Map<string, Fact | undefined>();
  #others: Map<string, Fact | undefined> | undefined;

  get size(): number {
    return this.#paths.size + (this.#others?.size ?? 0);
  }

  has(want: Want): boolean {
    return want.ask === 'path' ? this.#paths.has(want.path) : (this.#others?.has(wantKey(want)) ?? false);
  }

  get(want: Want): Fact | undefined {
    return want.ask === 'path' ? this.#paths.get(want.path) : this.#others?.get(wantKey(want));
  }

  set(want: Want, fact: Fact | undefined): void {
    if (want.ask === 'path') this.#paths.set(want.path, fact);
    else (this.#others ??= new Map()).set(wantKey(want), fact);
  }
}

export const NO_FACTS: Facts = { get: () => undefined };
