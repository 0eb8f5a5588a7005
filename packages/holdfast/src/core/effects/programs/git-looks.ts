// Which runs of git only look at a repository. Every other changes what lies in its folder.
import { wordsOf } from '../../names/index.ts';
import { has } from './parse-args.ts';
import type { ProgramRun } from './program-run.ts';

const set = (words: string): ReadonlySet<string> => new Set(wordsOf(words));

const LOOKS =
  set(`status describe rev-parse rev-list ls-files ls-tree cat-file for-each-ref name-rev count-objects help version var
  merge-base range-diff show-ref show-branch verify-commit verify-tag check-ignore check-attr interpret-trailers stripspace column
  request-pull diff-tree diff-index diff-files annotate diff log show whatchanged blame shortlog grep archive ls-remote cherry
  hash-object credential daemon difftool send-email format-patch push`);
/** Verbs whose own first word says it; without one they list. */
const BY_WORD: { readonly [verb: string]: ReadonlySet<string> } = {
  stash: set('list show'),
  reflog: set('show exists'),
  remote: set('show get-url'),
  worktree: set('list'),
  submodule: set('status summary'),
  notes: set('list show'),
  bisect: set('log view terms'),
  bundle: set('verify list-heads create'),
  'sparse-checkout': set('list'),
  lfs: set('ls-files status env version'),
};

/** True where nothing in the repository changes by this run. */
export function onlyLooks(run: ProgramRun): boolean {
  const { parsed } = run;
  const [verb, inner] = parsed.verbs;
  if (verb === undefined || LOOKS.has(verb)) return true;
  // What `git config` writes is told by its keys (git-config.ts), and a clone writes a folder of its own.
  if (verb === 'config' || verb === 'clone') return true;
  const words = Object.hasOwn(BY_WORD, verb) ? BY_WORD[verb] : undefined;
  if (words !== undefined) {
    const word = inner ?? parsed.operands[0]?.text;
    return word === undefined ? verb !== 'stash' : words.has(word);
  }
  if (verb === 'branch' || verb === 'tag') {
    if (has(parsed, '-D', '-d', '-m', '-M', '-c', '-u', '-F', '--message', '-s', '--track')) return false;
    return (
      parsed.operands.length === 0 || has(parsed, '-l', '--contains', '--merged', '--no-merged', '--points-at', '-n')
    );
  }
  return verb === 'symbolic-ref' && parsed.operands.length < 2;
}
