// Tests of expansion: a table of words, and the same words given to a real bash.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { expandWord, type World } from './expand.ts';
import { parseBash } from './parse-unbash.ts';
import { Scope } from './scope.ts';
import { known, unknown, type Value } from './value.ts';

const SPAN = { at: '', from: 0, to: 0 };
const SET: { readonly [name: string]: string } = {
  x: 'hello world',
  e: '',
  n: '3',
  p: 'a.tar.gz',
  c: 'a:b::c',
  s: '  lead trail ',
  q: '*',
};

/** A shell that records what it is asked to evaluate, and whose substitutions all print the same. */
function world(evaluated: string[], ran: string[], text: string): World {
  const args = [known('sh', SPAN), known('one', SPAN), known('two words', SPAN)];
  const scope = Scope.start('/home/dev', known('/w', SPAN), args, undefined);
  for (const [name, value] of Object.entries(SET)) scope.set(name, known(value, SPAN));
  return {
    scope,
    substitute: (script) => {
      ran.push(text.slice(script.pos, script.end));
      return { from: [7], decoded: false, fetched: false, text: 'sub stituted\n\n' };
    },
    pipe: (script) => {
      ran.push(text.slice(script.pos, script.end));
      return unknown('a pipe', SPAN);
    },
    evaluate: (value) => void evaluated.push(value.text),
    spend: () => true,
    span: (from, to) => ({ at: '', from, to }),
  };
}

function expand(words: string, evaluated: string[] = [], ran: string[] = []): readonly Value[] {
  const text = `cmd ${words}`;
  const parsed = parseBash(text);
  assert.ok('script' in parsed, `${words} does not parse`);
  const node = parsed.script.items[0]?.node;
  assert.equal(node?.type, 'command');
  const shell = world(evaluated, ran, text);
  return node.words.slice(1).flatMap((word) => (word.type === 'word' ? expandWord(shell, word) : []));
}

const told = (value: Value): string =>
  value.kind === 'unknown'
    ? `?${value.before}…${value.after}`
    : value.kind === 'pattern'
      ? `*${value.text}`
      : value.text;

describe('expansion', () => {
  const table: readonly (readonly [string, readonly string[]])[] = [
    ['a{b,c}d', ['abd', 'acd']],
    ['{a,{b,c}}x', ['ax', 'bx', 'cx']],
    ['{1..5..2}', ['1', '3', '5']],
    ['{08..10}', ['08', '09', '10']],
    ['{c..a}', ['c', 'b', 'a']],
    ['{a', ['{a']],
    ['{a}', ['{a}']],
    ['{a,b', ['{a,b']],
    ['"{a,b}"', ['{a,b}']],
    ['{a,b}{1,2}', ['a1', 'a2', 'b1', 'b2']],
    ['$x', ['hello', 'world']],
    ['"$x"', ['hello world']],
    ['pre$x', ['prehello', 'world']],
    ['$e', []],
    ['"$e"', ['']],
    ["''", ['']],
    ['${x#h}', ['ello', 'world']],
    ['"${p%%.*}"', ['a']],
    ['"${p%.*}"', ['a.tar']],
    ['"${p##*.}"', ['gz']],
    ['"${x/o/0}"', ['hell0 world']],
    ['"${x//o/0}"', ['hell0 w0rld']],
    ['${#n}', ['1']],
    ['${e:-def}', ['def']],
    ['${e-def}', []],
    ['${x:+yes}', ['yes']],
    ['"${x:6}"', ['world']],
    ['"${x:0:4}"', ['hell']],
    ['"${x^^}"', ['HELLO WORLD']],
    ['$@', ['one', 'two', 'words']],
    ['"$@"', ['one', 'two words']],
    ['"a$1b"', ['aoneb']],
    ['~', ['/home/dev']],
    ['~/x', ['/home/dev/x']],
    ['a~', ['a~']],
    ['"~"', ['~']],
    ['$HOME/x', ['/home/dev/x']],
    ['$PWD', ['/w']],
    ["$'\\x74ouch'", ['touch']],
    ['t""ou\'\'ch', ['touch']],
    ['\\touch', ['touch']],
    ['*.ts', ['**.ts']],
    ['"*"', ['*']],
    ['\\*', ['*']],
    ['$(f)', ['sub', 'stituted']],
    ['"$(f)"', ['sub stituted']],
    ['`f`', ['sub', 'stituted']],
    ['$((3))', ['3']],
    ['/tmp/$UNSET.log', ['?/tmp/….log']],
    ['$UNSET', ['?…']],
    ['${UNSET:-/x}', ['?…']],
    ['a$(f)b', ['asub', 'stitutedb']],
    ['{a},b}', ['a}', 'b']],
    ['{x},/}', ['x}', '/']],
    ['{}', ['{}']],
    ['$n{1,2}', ['?…', '?…']],
    ['{,a}', ['a']],
    ['{~,b}/x', ['/home/dev/x', 'b/x']],
    ['A=~/b:~', ['A=/home/dev/b:/home/dev']],
    ['--a=~', ['--a=~']],
    ['~root/x', ['/root/x']],
    ['~nobody', ['?…']],
    ['"${e:-$n}"', ['3']],
    ['${e:-a b "c d"}', ['a', 'b', 'c d']],
    ['"${e:-\'q\'}"', ["'q'"]],
    ['${unset=v}', ['?…']],
    ['${e:=v}$e', ['vv']],
    ['$((n*2+1))', ['7']],
    ['$((n<<2 | 1)) $((2**10)) $((0x1f)) $((n>2?8:9))', ['13', '1024', '31', '8']],
    ['$((NOT_SET+1))', ['?…']],
    ['${x@Q}', ["'hello", "world'"]],
    ['"${x@U}"', ['HELLO WORLD']],
    ['$s', ['lead', 'trail']],
    ['$q', ['**']],
    ['"$q"', ['*']],
    ['"$q"x*', ['*\\*x*']],
    ['${@:2}', ['two', 'words']],
    ['"${*}"', ['one two words']],
    ['${#}', ['2']],
    ['"${!n}"', ['']],
    ['$"loc $n"', ['loc 3']],
    ['${c//:/,}', ['a,b,,c']],
    ['/???/t[o]uch', ['*/???/t[o]uch']],
  ];
  for (const [words, want] of table)
    it(`${words} ▶ ${JSON.stringify(want)}`, () => assert.deepEqual(expand(words).map(told), want));

  it('walks every substitution, wherever it stands', () => {
    const places = [
      '$(f)',
      '"$(f)"',
      '`f`',
      '$((a[$(f)]))',
      '"${a[$(f)]}"',
      '${e:-$(f)}',
      '${x#$(f)}',
      '${x/a/$(f)}',
      '${x:$(f)}',
      '{a,$(f)}',
      '<(f)',
      '>(f)',
      '[$(f)]*',
      '@(a|$(f))',
      '$((1+`f`))',
      '${x^$(f)}',
      '$[ $(f) ]',
      '${NOT_SET+$(f)}',
      '"${e:+a}${e-$(f)}"z"${e:=$(f)}"',
      '$"$(f)"',
    ];
    for (const place of places) {
      const ran: string[] = [];
      expand(place, [], ran);
      assert.ok(ran.includes('f'), place);
    }
  });

  it('evaluates what came as data: subscripts in variables, prompts, indirection', () => {
    const rows: readonly (readonly [string, string])[] = [
      ["$(('a[$(f)]'))", 'a[$(f)]'],
      ["${e:='a[$(f)]'}$((e))", '$(f)'],
      ["${e:='$(f)'}${e@P}", '$(f)'],
      ["${e:='a[$(f)]'}${!e}", 'a[$(f)]'],
      ["${e:='a[$(f)]'}${x:e:1}", '$(f)'],
    ];
    for (const [words, want] of rows) {
      const evaluated: string[] = [];
      expand(words, evaluated);
      assert.ok(evaluated.includes(want), `${words}: ${evaluated.join(' | ')}`);
    }
  });

  it('keeps the data of a substitution with the word', () => assert.deepEqual(expand('$(f)')[0]?.from, [7]));

  it('says so instead of making a million words', () => {
    const [value] = expand('{a,b}'.repeat(30));
    assert.equal(value?.kind, 'unknown');
  });

  it('splits as bash does: the same words from a real bash', () => {
    const piece = fc.constantFrom(
      'a',
      'b c',
      '{x,y}',
      '{1..3}',
      '${x}',
      '"$x"',
      '${e}',
      '"$e"',
      "'q q'",
      '${x#h}',
      '"${p%.*}"',
      '${x//o/0}',
      '"$@"',
      '${1}',
      "$'\\t'",
      '\\ ',
      '{',
      '}',
      ',',
      '"a{b,c}"',
      '${#x}',
      '${x:1:3}',
      '"${x^}"',
      'z',
      '${c}',
      '${s}',
      '=~/',
      '{-1..1}',
      '{01..03}',
      '{a},b}',
      '${q}',
      '"${e:-$n}"',
      '${e:-a b}',
      '${c%%:*}',
      '${c/:/}',
      '${p@Q}',
      '${x,,}',
      '$((n*n-1))',
      '$((010))',
      "$'\\u0041\\101'",
      '"${s# }"',
    );
    const word = fc.array(piece, { minLength: 1, maxLength: 4 }).map((parts) => parts.join(''));
    const dir = mkdtempSync(join(tmpdir(), 'holdfast-words-'));
    try {
      fc.assert(
        fc.property(fc.array(word, { minLength: 1, maxLength: 25 }), (words) => {
          const text = words.join(' ');
          if ('error' in parseBash(`cmd ${text}`)) return;
          const values = expand(text);
          const set = Object.entries(SET)
            .map(([name, value]) => `${name}='${value}'`)
            .join('; ');
          const out = execFileSync(
            'bash',
            ['--norc', '-c', `set -f; ${set}; set -- one 'two words'; printf '%s\\0' ${text} END`],
            {
              cwd: dir,
              env: { HOME: '/home/dev', PATH: '/usr/bin:/bin' },
              encoding: 'utf8',
            },
          );
          const real = out.split('\0').slice(0, -2);
          assert.deepEqual(
            values.map((value) => value.text),
            real,
            text,
          );
        }),
        { numRuns: 60 },
      );
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});
