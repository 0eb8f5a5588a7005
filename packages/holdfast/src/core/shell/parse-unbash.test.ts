// Tests of the parser wrapper: what counts as an error, what is never taken for text, and that it is total.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseBash } from './parse-unbash.ts';
import type { Script } from './tree.ts';

const ok = (text: string): boolean => 'script' in parseBash(text);

function script(text: string): Script {
  const parsed = parseBash(text);
  assert.ok('script' in parsed, `${text} does not parse`);
  return parsed.script;
}

/** Every object in the tree. */
function* walk(node: unknown): Generator<{ readonly [key: string]: unknown }> {
  if (typeof node !== 'object' || node === null) return;
  if (!Array.isArray(node)) yield node as { readonly [key: string]: unknown };
  for (const value of Object.values(node)) yield* walk(value);
}

describe('parser', () => {
  for (const text of [
    'a | | b',
    'a;;',
    '&& a',
    'a )',
    'echo $(foo | | bar)',
    'echo "$(a "`b`")',
    'echo `a "b`',
    'x=$(a |)',
    'cat <<E\n$(a | | b)\nE',
    'if a; then b',
    'a "b',
    "a 'b",
    'f() a',
    'case x in',
    '${a[$(b | | c)]}',
    '(( $(a | | b) ))',
    '[[ a',
    'for i in; do',
    'a > ',
    'echo $\\\nx',
    'a\0b',
    'echo a=b c=(d)',
    '<(a | | b)',
    '{ a; ',
    'echo {a,$(b | | c)}',
  ])
    it(`refuses ${JSON.stringify(text)}`, () => assert.equal(ok(text), false));

  for (const text of [
    '',
    '# a',
    'a',
    'a; b',
    'a <<E\nb\nE',
    'f() { a; }',
    '[[ a =~ ^b$ ]]',
    "grep 'a$\\|b' c",
    'grep "a$\\|b" c',
    'echo $ a$ "$"',
    'a \\',
    '((a))',
    'case x in (a) ;; esac',
    'echo ${a@Q}',
  ])
    it(`accepts ${JSON.stringify(text)}`, () => assert.equal(ok(text), true));

  it('finds every command in every corner', () => {
    const text =
      'a $(b `c` "$(d)" ${e:-$(f)} $((g + $(h))) <(i) {j,$(k)} [$(l)]* @(m|$(n))) > $(o) <<E\n$(p)\nE\nq[$(r)]=$(s) t=([$(u)]=$(v)) w';
    const names = [...walk(script(text))]
      .filter((node) => node['type'] === 'command' && 'words' in node)
      .map((node) => (node['words'] as readonly { readonly plain?: string }[])[0]?.plain);
    assert.deepEqual(names.toSorted(), [
      'a',
      'b',
      'c',
      'd',
      'f',
      'h',
      'i',
      'k',
      'l',
      'n',
      'o',
      'p',
      'r',
      's',
      'u',
      'v',
      'w',
    ]);
  });

  it('keeps offsets inside the text, except in decoded backticks, which say so', () => {
    const text = 'a "$(b c)" `d \\`e\\`` | f';
    for (const node of walk(script(text))) {
      if (typeof node['pos'] !== 'number' || typeof node['end'] !== 'number') continue;
      assert.ok(node['pos'] <= node['end'] && node['end'] <= text.length);
    }
    assert.equal([...walk(script(text))].filter((node) => node['moved'] === true).length, 1);
  });

  it('is total and agrees with bash on what is no syntax', () => {
    const bit = fc.constantFrom(
      'a',
      ' ',
      ';',
      '|',
      '&',
      '(',
      ')',
      '{',
      '}',
      '$(',
      '`',
      '"',
      "'",
      '\n',
      '<',
      '>',
      '$',
      '\\',
      'if ',
      'then ',
      'fi',
      'for ',
      'do ',
      'done',
      '<<E\n',
      '[[',
      ']]',
      '((',
      '))',
      '#',
      '=',
      '*',
    );
    const texts: string[] = [];
    fc.assert(
      fc.property(fc.array(bit, { maxLength: 14 }), (bits) => {
        const text = bits.join('');
        parseBash(text);
        if (texts.length < 150) texts.push(text);
      }),
      { numRuns: 3000, seed: 7 },
    );
    // `bash -n` reads without running. Neither difference hides anything: what bash refuses it does not run, and what is refused
    // here (here-document bodies, which `-n` skips) is opaque. Many of them would mean another grammar.
    let differ = 0;
    for (const text of texts) {
      let refused = false;
      try {
        execFileSync('bash', ['--norc', '-n', '-c', text], { env: {}, stdio: 'ignore' });
      } catch {
        refused = true;
      }
      if (ok(text) === refused) differ++;
    }
    assert.ok(differ <= texts.length / 20, `${differ} of ${texts.length} differ`);
  });
});
