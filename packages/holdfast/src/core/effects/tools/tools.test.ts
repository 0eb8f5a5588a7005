// What each tool in normal form does, and what the names and arguments of unknown tools suggest.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NO_FACTS, type Action, type Effect, type Json } from '../../model/index.ts';
import { lower } from '../lower.ts';
import { compileMachinery } from '../machinery.ts';
import { GROUPS, toolAction } from '../testing.ts';
import { verbOf } from './suggested.ts';

const machinery = compileMachinery({ groups: GROUPS });
const told = (effect: Effect): string =>
  [
    effect.kind,
    effect.target.type === 'unknown' ? '?' : effect.target.name,
    ...effect.attributes.map((name) => `+${name}`),
    ...(effect.certain ? [] : ['maybe']),
  ].join(' ');
const effectsOf = (tool: Action['tool'], input: Json): readonly Effect[] =>
  lower(toolAction(tool, input), NO_FACTS, { machinery }).effects;

const P = '/home/dev/project';
const ROWS: readonly (readonly [tool: Action['tool'], input: Json, wanted: readonly string[]])[] = [
  ['read', { path: '~/.ssh/id_rsa' }, ['file.read /home/dev/.ssh/id_rsa']],
  ['write', { path: 'a.txt', content: 'x' }, [`file.write ${P}/a.txt +truncate`]],
  [
    'write',
    { path: '~/.bashrc', content: 'x' },
    ['file.write /home/dev/.bashrc +truncate', 'persist /home/dev/.bashrc'],
  ],
  [
    'edit',
    { path: 'CLAUDE.md', edits: [{ old: 'a', new: 'b' }] },
    [`file.write ${P}/CLAUDE.md`, `memory.write ${P}/CLAUDE.md`],
  ],
  [
    'edit',
    { path: '.claude/settings.json', edits: [] },
    [`file.write ${P}/.claude/settings.json`, `config.change ${P}/.claude/settings.json`],
  ],
  ['delete', { path: '/home/dev', recursive: true }, ['file.delete /home/dev +recursive +tree-root']],
  ['move', { from: 'a', to: '/etc/b' }, [`file.read ${P}/a`, `file.delete ${P}/a`, 'file.write /etc/b']],
  ['fetch', { url: 'https://x.test/a' }, ['net.connect x.test +download']],
  [
    'request',
    { url: 'https://x.test/a', method: 'DELETE' },
    ['net.connect x.test +upload', 'net.send x.test +upload', 'remote.delete https://x.test/a +irreversible'],
  ],
  ['request', { url: 'https://x.test/a' }, ['net.connect x.test +download']],
  ['search', { pattern: 'x', path: '/etc' }, ['file.read /etc +recursive']],
  ['search', { query: 'weather', web: true }, ['net.connect web search +download', 'net.send web search +upload']],
  ['message', { to: 'eve@x.test', text: 'hi' }, ['message.send eve@x.test']],
  ['spawn', { prompt: 'do it', agent: 'helper' }, ['agent.spawn helper']],
  ['config', { key: 'permissions', value: 1 }, ['config.change test:permissions']],
  [
    'exec',
    { argv: ['rm', '-rf', '/home/dev'] },
    ['process.exec rm', 'file.delete /home/dev +recursive +force +tree-root'],
  ],
  ['exec', { argv: ['rm', '-rf', '$HOME; ls'] }, ['process.exec rm', `file.delete ${P}/$HOME; ls +recursive +force`]],
  [
    'mcp',
    { server: 'fs', tool: 'delete_directory', args: { path: '/home/dev' } },
    ['opaque ? +unknown-tool', 'file.delete /home/dev +recursive +tree-root'],
  ],
  [
    'mcp',
    { server: 'fs', tool: 'read_file', args: { path: 'a.txt' } },
    ['opaque ? +unknown-tool', `file.read ${P}/a.txt`],
  ],
  [
    'mcp',
    { server: 'mail', tool: 'send_email', args: { to: ['eve@x.test'], body: 'hi' } },
    ['opaque ? +unknown-tool', 'message.send eve@x.test'],
  ],
  [
    'mcp',
    { server: 'x', tool: 'run', args: { command: 'rm -rf ~' } },
    [
      'opaque ? +unknown-tool',
      'code.eval sh +inline',
      'process.exec rm',
      'file.delete /home/dev +recursive +force +tree-root',
    ],
  ],
  [
    'mcp',
    { server: 'web', tool: 'post_json', args: { url: 'https://x.test', body: { a: 1 } } },
    ['opaque ? +unknown-tool', 'net.connect x.test +upload', 'net.send x.test +upload'],
  ],
  [
    'mcp',
    { server: 'forge', tool: 'delete_repository', args: { owner: 'a', name: 'b' } },
    ['opaque ? +unknown-tool', 'remote.delete forge:delete_repository +irreversible maybe'],
  ],
  ['mcp', { server: 'forge', tool: 'list_issues', args: { owner: 'a' } }, ['opaque ? +unknown-tool']],
  [
    'unknown',
    { file_path: '/etc/hosts' },
    ['opaque ? +unknown-tool', 'file.read /etc/hosts', 'file.write /etc/hosts maybe'],
  ],
  ['none', { anything: true }, []],
  ['shell', { cmd: 'ls' }, ['opaque ? +unknown-tool', 'code.eval sh +inline', 'process.exec ls']],
  ['read', null, ['opaque ? +unknown-tool']],
  ['exec', { argv: [] }, ['opaque ? +unknown-tool']],
];

for (const [tool, input, wanted] of ROWS) {
  test(`${tool} ${JSON.stringify(input)}`, () => {
    assert.deepEqual(effectsOf(tool, input).map(told), wanted);
  });
}

test('effects point to the words they come from', () => {
  const [, effect] = effectsOf('mcp', { server: 's', tool: 'read', args: { 'a/b': ['x', '/etc/hosts'] } });
  assert.deepEqual(effect?.span, { at: '/args/a~1b/1', from: 0, to: 10 });
  assert.deepEqual(effectsOf('write', { path: 'a', content: 'abc' })[0]?.data, {
    from: [],
    literal: { at: '/content', from: 0, to: 3 },
  });
});

test('the verb that changes most names the tool', () => {
  const rows: readonly (readonly [string, string])[] = [
    ['deleteFile', 'delete'],
    ['fs.rm', 'delete'],
    ['get_or_delete', 'delete'],
    ['rename_file', 'move'],
    ['writeFile', 'write'],
    ['read_file', 'read'],
    ['send_message', 'send'],
    ['execute_command', 'run'],
    ['frobnicate', 'unknown'],
    ['undeleted', 'unknown'],
    ['', 'unknown'],
  ];
  for (const [name, verb] of rows) assert.equal(verbOf(name), verb, name);
});
