// Laws of the walker: total on any text, bounded by steps, never silent about a program that a simple wrapper hides.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { limits, NO_FACTS } from '../../model/index.ts';
import { lower } from '../lower.ts';
import { compileMachinery } from '../machinery.ts';
import { shellAction } from '../testing.ts';
import { Recorder } from './recorder.ts';

const machinery = compileMachinery({ groups: {} });

const FORMS = [
  'x=1; a $x "${y:-$(b)}"',
  'for i in a {1..9} *; do c $i; done',
  'f() { local z=$1; f2 "$@"; }; f 1 2',
  'cat <<E | sh\n$x `b`\nE',
  'if a; then b; else c; fi > o 2>&1',
  'a[$(b)]=$((c++)); echo ${a[@]:1:2} ${#a}',
  'case $x in a|b*) c;; *) d;; esac',
  'while read -r l; do e "$l"; done < <(g)',
  'trap "a" EXIT; eval "$x b"',
  'exec 3<>/dev/tcp/h/1; a >&3',
  '[[ -v a[$(b)] && $c -eq d ]] || (cd /x; e)',
  'coproc N { a; }; b <&${N[0]}',
  "printf -v 'x[$(y)]' z; declare -n r=x; echo ${!r} ${x@P}",
  'set -- a b; shift; echo $# $* "$@"',
];

describe('laws of the walker', () => {
  it('is total on mutated text and bounded by fuel', () => {
    const mutated = fc
      .tuple(
        fc.constantFrom(...FORMS),
        fc.constantFrom(...FORMS),
        fc.array(
          fc.tuple(
            fc.nat(80),
            fc.constantFrom('', '$', '(', ')', '"', "'", '`', '\\', '\n', ';', '{', '}', '[', '|', ' ', '\uf8ff'),
          ),
          { maxLength: 4 },
        ),
      )
      .map(([a, b, edits]) =>
        edits.reduce(
          (text, [at, piece]) =>
            text.slice(0, at % text.length) + piece + text.slice((at % text.length) + (piece === '' ? 1 : 0)),
          `${a}; ${b}`,
        ),
      );
    fc.assert(
      fc.property(mutated, (text) => {
        const lowered = lower(shellAction(text), NO_FACTS, { machinery });
        assert.ok(!lowered.findings.some((finding) => finding.code === 'lower.gave-up'), text);
        assert.ok(lowered.fuelLeft <= limits.FUEL && lowered.effects.length <= limits.EFFECTS);
        for (const effect of lowered.effects) assert.ok(effect.span.to <= text.length && effect.span.from >= 0, text);
      }),
      { numRuns: 1500 },
    );
  });

  it('stops with one opaque effect when the steps are used up', () => {
    for (const text of [
      'for i in {1..1000}; do for j in {1..1000}; do a $i $j; done; done',
      'x=a; while true; do eval "x=\\$x\\$x"; done; '.repeat(900),
      'f() { :; }; '.repeat(4000) + 'f; '.repeat(4000),
    ]) {
      const lowered = lower(shellAction(text), NO_FACTS, { machinery });
      assert.ok(lowered.effects.length <= limits.EFFECTS);
      assert.ok(!lowered.findings.some((finding) => finding.code === 'lower.gave-up'), text.slice(0, 40));
    }
    const many = lower(shellAction('for i in {1..1000}; do for j in {1..1000}; do a $i $j; done; done'), NO_FACTS, {
      machinery,
    });
    assert.equal(many.effects.filter((effect) => effect.kind === 'opaque').length, 1);
  });

  it('bounds what doubles', () => {
    for (const text of [
      `x=aaaaaaaa; ${'x=$x$x; '.repeat(60)}a $x`,
      `${'{a,b}'.repeat(40)}`,
      `${'{1..1}'.repeat(3000)}`,
      `x=1; ${'x+=$x; '.repeat(60)}a`,
      `f() { f; f; f; }; f`,
      `alias a='a a'; a`,
    ]) {
      const run = new Recorder(text).result();
      assert.ok(!run.findings.some((finding) => finding.code === 'lower.gave-up'), text.slice(0, 40));
      assert.ok(run.fuelLeft > limits.FUEL / 2, `${text.slice(0, 40)}: ${run.fuelLeft}`);
    }
  });

  it('sees a command through every wrapper', () => {
    const wrap: readonly ((inner: string) => string)[] = [
      (c) => `( ${c} )`,
      (c) => `{ ${c}; }`,
      (c) => `true && { ${c}; }`,
      (c) => `if true; then ${c}; fi`,
      (c) => `f() { ${c}; }; f`,
      (c) => `eval '${c.replaceAll("'", `'\\''`)}'`,
      (c) => `bash -c '${c.replaceAll("'", `'\\''`)}'`,
      (c) => `echo $( ${c} )`,
      (c) => `x=\`${c.replaceAll(/[\\`$]/g, '\\$&')}\``,
      (c) => `for i in 1; do ${c}; done`,
      (c) => `while true; do ${c}; done`,
      (c) => `cat <( ${c} )`,
      (c) => `! { ${c}; }`,
      (c) => `[[ $( ${c} ) ]]`,
      (c) => `case x in x) ${c};; esac`,
      (c) => `coproc { ${c}; }`,
      (c) => `trap '${c.replaceAll("'", `'\\''`)}' EXIT`,
      (c) => `{ cat <<X${c.length}\n$( ${c} )\nX${c.length}\n}`,
      (c) => `: \${x:=$( ${c} )} $(( 1 + $( ${c} ) ))`,
      (c) => `{ ${c}; } 2>&1 | cat`,
      (c) => `( ${c} & wait )`,
    ];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...wrap), { maxLength: 4 }), (wraps) => {
        const text = wraps.reduce((inner, one) => one(inner), 'rm -rf /x');
        const deleted = new Recorder(text).effects.some((effect) => effect.includes('file.delete /x +recursive'));
        assert.ok(deleted, text);
      }),
      { numRuns: 600 },
    );
  });
});
