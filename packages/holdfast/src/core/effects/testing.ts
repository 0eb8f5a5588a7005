// Help for tests of lowering: actions, an observation over a few named files, and the rounds.
import { limits, type Action, type Fact, type Facts, type Lowered, type Want, factSet } from '../model/index.ts';

/** Groups as a user would have them, small. */
export const GROUPS: { readonly [group: string]: readonly string[] } = {
  credentials: ['~/.ssh/**', '~/.aws/**', '**/.env', '/etc/shadow'],
  'agent-config': ['~/.claude/**', '**/.claude/settings*.json', '~/.codex/**'],
  autostart: ['~/.bashrc', '~/.zshrc', '~/.profile', '~/.ssh/authorized_keys', '**/.git/hooks/**', '/etc/cron.d/**'],
  memory: ['**/CLAUDE.md', '**/MEMORY.md'],
  holdfast: ['~/.config/holdfast/**', 'program:holdfast'],
  'vcs-internal': ['**/.git/**'],
  'build-files': ['**/Makefile', '**/*.mk', '**/pom.xml'],
};

export function shellAction(command: string, cwd = '/home/dev/project'): Action {
  return toolAction('shell', { command }, cwd);
}

export function toolAction(
  tool: Action['tool'],
  input: Action['input'],
  cwd = '/home/dev/project',
  hostTool: string = tool,
): Action {
  return {
    id: 'a1',
    seam: 'check',
    agent: 'test',
    session: 's1',
    tool,
    hostTool,
    input,
    cwd,
    workspace: '/home/dev/project',
    home: '/home/dev',
    time: 0,
  };
}

/** Answers wants from named files: text, `dir`, `-> target`, `absent`; a path that is not named was not observed. */
export function factsFor(files: { readonly [path: string]: string }): (want: Want) => Fact {
  const named = (path: string): string | undefined => (Object.hasOwn(files, path) ? files[path] : undefined);
  return (want) => {
    if (want.ask === 'list') {
      const names = Object.keys(files)
        .filter((path) => path.startsWith(`${want.dir}/`))
        .map((path) => path.slice(want.dir.length + 1).split('/')[0]!);
      return names.length === 0 ? { want, none: 'unknown' } : { want, got: [...new Set(names)].toSorted() };
    }
    const entry = 'path' in want ? named(want.path) : undefined;
    if (entry === undefined) return { want, none: 'unknown' };
    if (want.ask === 'path') {
      if (entry.startsWith('-> ')) return { want, got: { real: entry.slice(3), exists: true, kind: 'file' } };
      if (entry === 'absent') return { want, got: { real: want.path, exists: false } };
      return { want, got: { real: want.path, exists: true, kind: entry === 'dir' ? 'dir' : 'file' } };
    }
    return want.ask === 'text' && entry !== 'dir' && entry !== 'absent'
      ? { want, got: entry }
      : { want, none: 'refused' };
  };
}

/** The rounds of lower ▶ observe, as the gate runs them. */
export function lowerFully(lowerOnce: (facts: Facts) => Lowered, answer: (want: Want) => Fact): Lowered {
  const facts = factSet([]);
  for (let round = 0; round < limits.ROUNDS; round++) {
    const lowered = lowerOnce(facts);
    if (lowered.wants.length === 0) return lowered;
    facts.add(lowered.wants.map(answer));
  }
  const rest = lowerOnce(facts);
  facts.add(rest.wants.map((want) => ({ want, none: 'unknown' })));
  return lowerOnce(facts);
}
