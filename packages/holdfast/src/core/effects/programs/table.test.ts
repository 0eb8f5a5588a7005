// Tables: what the format refuses, and how words become flags and operands.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { known, unknown, type Value } from '../../shell/value.ts';
import type { TableFile } from './format.ts';
import { has, parseArgs, valueOf, type Parsed } from './parse-args.ts';
import { compileTables, plainName } from './table.ts';
import { TABLE_FILES } from './list.ts';

const SPAN = { at: '/command', from: 0, to: 0 };
const word = (text: string): Value =>
  text === '$X'
    ? unknown('$X is not known', SPAN)
    : text.endsWith('$X')
      ? unknown('$X is not known', SPAN, text.slice(0, -2))
      : known(text, SPAN);
const none = new Set<string>();
const TOOL: TableFile = {
  program: 'tool',
  about: 'a program for tests',
  examples: [],
  flags: {
    '-r --recursive': { adds: ['recursive'] },
    '-o --output': { value: 'required', does: 'write' },
    '-c --color': { value: 'optional' },
    '--compress': {},
    '--compress-program': { value: 'required', does: 'run' },
    '--version': { harmless: true },
    '-n --dry-run': { harmless: true },
  },
  operands: [{ at: 'each', does: 'read' }],
  verbs: { 'add a': { flags: { '-f --force': { adds: ['force'] } } } },
};
const table = compileTables([TOOL], none).find('tool')!;
const parse = (line: string, spec = table): Parsed => parseArgs(spec, ['tool', ...line.split(' ')].map(word), 1);
const operands = (parsed: Parsed): readonly string[] =>
  parsed.operands.map((value) => (value.kind === 'unknown' ? '?' : value.text));

describe('arguments', () => {
  it('takes values attached, after `=`, or as the next word', () => {
    for (const line of [
      '-o out x',
      '-oout x',
      '--output out x',
      '--output=out x',
      '--outp=out x',
      '-ro out x',
      'x -o out',
    ]) {
      const parsed = parse(line);
      assert.equal(valueOf(parsed, '-o')?.text, 'out', line);
      assert.deepEqual(operands(parsed), ['x'], line);
    }
  });

  it('takes an optional value only when it is attached', () => {
    assert.deepEqual(operands(parse('--color x')), ['x']);
    assert.equal(valueOf(parse('--color=x'), '-c')?.text, 'x');
  });

  it('ends flags at `--`', () => assert.deepEqual(operands(parse('-- -r x')), ['-r', 'x']));

  it('expands abbreviations, exact names first, and never hides what executes', () => {
    assert.ok(has(parse('--recur'), '-r'));
    assert.ok(has(parse('--compress'), '--compress') && !has(parse('--compress'), '--compress-program'));
    assert.ok(has(parse('--compress-p=sh'), '--compress-program'));
    assert.ok(has(parse('--comp=sh'), '--compress-program'), 'an ambiguous one counts as the one that runs something');
  });

  it('knows a flag by the known edge of an unknown word', () => {
    assert.equal(valueOf(parse('--output=$X'), '-o')?.kind, 'unknown');
    assert.equal(valueOf(parse('-o$X'), '-o')?.kind, 'unknown');
    assert.deepEqual(operands(parse('$X')), ['?']);
  });

  it('finds verbs and their flags, and keeps the flags before them', () => {
    const parsed = parse('-r a -f x');
    assert.deepEqual(parsed.verbs, ['a']);
    assert.deepEqual(parsed.adds, ['recursive', 'force']);
    assert.deepEqual(operands(parsed), ['x']);
  });

  it('is harmless with help alone, and with a dry run always', () => {
    assert.ok(parse('--version').harmless);
    assert.ok(!parse('x --version').harmless);
    assert.ok(parse('x -n').harmless);
  });

  it('stops at the first operand where the program does', () => {
    const wrapper = compileTables([{ ...TOOL, permute: false, verbs: {} }], none).find('tool')!;
    assert.deepEqual(operands(parse('-r x -o out', wrapper)), ['x', '-o', 'out']);
  });
});

describe('the format', () => {
  const refused = (change: object, message: RegExp): void =>
    assert.throws(() => compileTables([{ ...TOOL, ...change } as TableFile], none), message);

  it('refuses words it does not know, and says where', () => {
    refused({ extra: 1 }, /`tool`, table: `extra` is not known/);
    refused(
      { flags: { '-x': { does: 'explode', value: 'required' } } },
      /flag `-x`: `explode` is nothing that a value can do/,
    );
    refused({ flags: { '-x': { does: 'read' } } }, /takes none/);
    refused({ flags: { '-x': { adds: ['loud'] } } }, /`loud` is no attribute/);
    refused({ operands: [{ at: 'middle', does: 'read' }] }, /`middle` is no position/);
    refused({ effects: [{ kind: 'file.eat', target: 'cwd' }] }, /`file.eat` is no kind of effect/);
    refused({ operands: [{ at: 'each', does: 'read', when: ['-q'] }] }, /`-q` stands in a condition but not in flags/);
    refused({ special: 'nobody' }, /there is no function `nobody`/);
    refused({ verbs: { x: { special: 'nobody' } } }, /verb `x`: there is no function/);
    refused({ examples: [{ command: 'x', effects: ['file.eat y'] }] }, /`file.eat` is no kind/);
  });

  it('refuses one name in two tables', () =>
    assert.throws(
      () => compileTables([TOOL, { ...TOOL, program: 'b', names: ['tool'] }], none),
      /stands in two tables/,
    ));

  it('finds a program by version, suffix and case', () => {
    const tables = compileTables([TOOL], none);
    for (const name of ['tool', 'tool3', 'tool3.12', 'tool-3', 'tool.exe', 'TOOL'])
      assert.equal(tables.find(name)?.program, 'tool', name);
    for (const name of ['tools', 'xtool', '', '3']) assert.equal(tables.find(name), undefined, name);
    assert.equal(plainName('3.12'), '3');
  });

  it('holds every table with at least three examples', () => {
    for (const file of TABLE_FILES) assert.ok(file.examples.length >= 3, file.program);
  });
});
