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
  /** The fact for `want`, or undefined when nobody has asked for it yet. `key`: its wantKey, where the caller has it. */
  get(want: Want, key?: string): Fact | undefined;
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
  const byKey = new Map<string, Fact>();
  const add = (more: readonly Fact[]): void => {
    for (const fact of more) {
      const key = wantKey(fact.want);
      if (!byKey.has(key)) byKey.set(key, fact);
    }
  };
  add(list);
  return {
    get: (want, key = wantKey(want)) => {
      const held = byKey.get(key);
      if (held !== undefined || known === undefined) return held;
      const fact = known(want);
      if (fact !== undefined) byKey.set(key, fact);
      return fact;
    },
    get all() {
      return [...byKey.values()];
    },
    add,
  };
}

export const NO_FACTS: Facts = { get: () => undefined };
