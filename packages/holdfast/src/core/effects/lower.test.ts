// Laws of lowering: total, bounded, deterministic, with valid indexes and targets that the policy schema knows; rounds with facts.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { limits, NO_FACTS, TOOLS, type Effect, type Lowered, type TargetType } from '../model/index.ts';
import { lower } from './lower.ts';
import { compileMachinery } from './machinery.ts';
import { TABLE_FILES } from './programs/list.ts';
import { factsFor, GROUPS, lowerFully, shellAction, toolAction } from './testing.ts';

const machinery = compileMachinery({ groups: GROUPS });
const lowerShell = (command: string): Lowered => lower(shellAction(command), NO_FACTS, { machinery });
const COMMANDS = TABLE_FILES.flatMap((table) => table.examples.map((example) => example.command));

/** What each kind of effect may be about, besides `unknown`; frozen here as the Cedar schema has it. */
const ABOUT: { readonly [kind: string]: readonly TargetType[] } = {
  'process.exec': ['program', 'path'],
  'process.signal': ['program', 'path'],
  'process.privilege': ['program', 'path'],
  'file.read': ['path'],
  'file.write': ['path'],
  'file.delete': ['path'],
  'file.permission': ['path'],
  'net.connect': ['host'],
  'net.send': ['host'],
  'net.listen': ['host'],
  'code.eval': ['program', 'path'],
  'package.install': ['program', 'path'],
  'agent.spawn': ['program', 'path'],
  'extension.install': ['path', 'party'],
  persist: ['path', 'party'],
  'config.change': ['path', 'party'],
  'memory.write': ['path', 'party'],
  'secret.use': ['secret'],
  'vcs.push': ['party'],
  'message.send': ['party'],
  'vcs.rewrite': ['remote', 'party'],
  'remote.change': ['remote', 'party'],
  'remote.delete': ['remote', 'party'],
  opaque: [],
};

function wellFormed(effects: readonly Effect[], what: string): void {
  effects.forEach((effect, index) => {
    if (effect.target.type !== 'unknown')
      assert.ok(ABOUT[effect.kind]?.includes(effect.target.type), `${what}: ${effect.kind} on a ${effect.target.type}`);
    assert.notEqual(effect.target.name, '', `${what}: ${effect.kind} without a name`);
    for (const source of effect.data?.from ?? [])
      assert.ok(
        Number.isInteger(source) && source >= 0 && source < index,
        `${what}: effect ${index} has data from ${source}`,
      );
    assert.ok(effect.span.from <= effect.span.to, `${what}: a span that ends before it starts`);
    assert.equal(new Set(effect.attributes).size, effect.attributes.length, `${what}: an attribute twice`);
  });
}

/** Bits of shell that mean something, strung together without sense. */
const BITS = [
  'rm',
  '-rf',
  '/',
  '~',
  '*',
  '$X',
  '$(',
  ')',
  '`',
  '"',
  "'",
  '|',
  '&&',
  ';',
  '>',
  '<(',
  '{',
  '}',
  'sh',
  '-c',
  'find',
  '-exec',
  ';',
  '\\',
  '\n',
  '<<E',
  'sed',
  's/a/b/e',
  'awk',
  '{system($1)}',
  'git',
  '-c',
  'x=!y',
  'curl',
  '@f',
  'env',
  'A=1',
  'xargs',
  '-I{}',
  '{}',
  'sudo',
  'python',
  'cd',
  '..',
  '[',
  ']',
  '\uf8ff',
  '\0',
  '=',
  '--',
  '%s',
  '&',
  'tar',
  'xf',
  'npm',
  'run',
  '${',
  '!',
  '#',
  '((',
  '))',
];

describe('laws of lowering', () => {
  it('never throws, is deterministic and well formed, whatever the text', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.constantFrom(...BITS), fc.constantFrom(...COMMANDS), fc.string({ maxLength: 12 })), {
          maxLength: 24,
        }),
        (bits) => {
          const text = bits.join(' ');
          const once = lowerShell(text);
          wellFormed(once.effects, text);
          assert.ok(!once.findings.some((finding) => finding.code === 'lower.gave-up'), `gave up on: ${text}`);
          assert.deepEqual(lowerShell(text), once);
        },
      ),
      { numRuns: 1500 },
    );
  });

  it('is well formed for every example of every table', () => {
    for (const command of COMMANDS) wellFormed(lowerShell(command).effects, command);
  });

  it('never throws for any tool and any input', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...TOOLS),
        fc.jsonValue({ maxDepth: 4 }),
        fc.string({ maxLength: 20 }),
        (tool, input, name) => {
          const lowered = lower(toolAction(tool, input as never, '/home/dev/project', name), NO_FACTS, { machinery });
          wellFormed(lowered.effects, `${tool} ${JSON.stringify(input)}`);
          assert.ok(
            !lowered.findings.some((finding) => finding.code === 'lower.gave-up'),
            `gave up on ${JSON.stringify(input)}`,
          );
          if (tool !== 'none') assert.ok(lowered.effects.length > 0 || tool === 'shell', 'an action without effects');
        },
      ),
      { numRuns: 800 },
    );
  });

  it('is bounded by fuel and by the number of effects, and says so', () => {
    const many = lowerShell('rm a;'.repeat(5_000));
    assert.ok(many.effects.length <= limits.EFFECTS);
    assert.ok(many.effects.some((effect) => effect.kind === 'opaque' && effect.attributes.includes('limit')));
    const loops = lowerShell(
      `for a in {1..900}; do for b in {1..900}; do for c in {1..900}; do rm $a$b$c; done; done; done`,
    );
    assert.ok(loops.effects.length <= limits.EFFECTS);
    const long = lowerShell(`echo ${'x'.repeat(limits.SHELL_TEXT)}`);
    assert.deepEqual(
      long.effects.map((effect) => effect.kind),
      ['opaque'],
    );
  });

  it('stops at the depth of wrappers', () => {
    let command = 'id';
    for (let level = 0; level < 40; level++) command = `env ${command}`;
    assert.ok(
      lowerShell(command).effects.some((effect) => effect.kind === 'opaque' && effect.attributes.includes('limit')),
    );
    assert.ok(!lowerShell('env nice nohup timeout 5 id').effects.some((effect) => effect.kind === 'opaque'));
  });
});

describe('facts', () => {
  const run = (command: string, files: { readonly [path: string]: string }): readonly Effect[] =>
    lowerFully((facts) => lower(shellAction(command), facts, { machinery }), factsFor(files)).effects;

  it('wants nothing twice and ends after the facts came', () => {
    const first = lowerShell('sh a.sh; sh a.sh; cat a.sh');
    assert.equal(new Set(first.wants.map((want) => JSON.stringify(want))).size, first.wants.length);
    const last = lowerFully((facts) => lower(shellAction('sh a.sh'), facts, { machinery }), factsFor({}));
    assert.deepEqual(last.wants, []);
  });

  it('follows links: the real path decides', () => {
    const read = run('cat notes', { '/home/dev/project/notes': '-> /home/dev/.ssh/id_rsa' }).find(
      (effect) => effect.kind === 'file.read',
    );
    assert.equal(read?.target.name, '/home/dev/.ssh/id_rsa');
    assert.equal(read?.target.scope, 'home');
    assert.ok(read?.target.groups.includes('credentials'));
  });

  it('takes a pattern for every file it stands for, where the directory was listed', () => {
    const groups = (files: { readonly [path: string]: string }): readonly string[] =>
      run('cat .e*', files).find((effect) => effect.kind === 'file.read')?.target.groups ?? [];
    assert.deepEqual(groups({ '/home/dev/project/.env': 'A=1' }), ['credentials']);
    assert.deepEqual(groups({ '/home/dev/project/.eslintrc': '{}' }), []);
  });

  it('deletes the link and not what it leads to', () => {
    const gone = run('rm notes', { '/home/dev/project/notes': '-> /etc/passwd' }).find(
      (effect) => effect.kind === 'file.delete',
    );
    assert.equal(gone?.target.name, '/home/dev/project/notes');
  });

  it('knows a file that the same action wrote', () => {
    const effects = run("echo 'rm -rf ~' > go.sh && sh go.sh", {});
    assert.ok(effects.some((effect) => effect.kind === 'file.delete' && effect.attributes.includes('tree-root')));
    assert.ok(!effects.some((effect) => effect.attributes.includes('unread')));
  });

  it('says that a script which is no file was not read', () => {
    for (const none of ['absent', 'refused', 'too-big', 'late', 'unknown'] as const) {
      const { effects } = lowerFully(
        (facts) => lower(shellAction('sh x'), facts, { machinery }),
        (want) => ({ want, none }),
      );
      assert.ok(
        effects.some((effect) => effect.kind === 'opaque' && effect.attributes.includes('unread')),
        none,
      );
    }
  });

  it('lets a link in the workspace be the program it leads to', () => {
    const effects = run('./ls -rf ~', { '/home/dev/project/ls': '-> /bin/rm' });
    assert.ok(effects.some((effect) => effect.kind === 'file.delete' && effect.target.name === '/home/dev'));
  });

  it('copies into a directory that was seen, and tells both names when nobody looked', () => {
    const writes = (files: { readonly [path: string]: string }): readonly string[] =>
      run('cp a.txt out', files)
        .filter((effect) => effect.kind === 'file.write')
        .map((effect) => `${effect.target.name}${effect.certain ? '' : '?'}`);
    assert.deepEqual(writes({ '/home/dev/project/out': 'dir' }), ['/home/dev/project/out/a.txt']);
    assert.deepEqual(writes({ '/home/dev/project/out': 'x' }), ['/home/dev/project/out']);
    assert.deepEqual(writes({}), ['/home/dev/project/out', '/home/dev/project/out/a.txt?']);
  });
});
