// Tests of arithmetic: the same expressions evaluated by a real bash, and what is written, read and hidden.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { arithmetic, assignedNames, type ArithWorld } from './arithmetic.ts';

function world(set: { [name: string]: string }): ArithWorld & { readonly hiddenTexts: string[] } {
  const hiddenTexts: string[] = [];
  return {
    hiddenTexts,
    read: (name) => (Object.hasOwn(set, name) ? set[name] : undefined),
    write: (name, value) => {
      if (value === undefined) delete set[name];
      else set[name] = String(value);
    },
    hidden: (text) => void hiddenTexts.push(text),
    spend: () => true,
  };
}

describe('arithmetic', () => {
  it('agrees with bash', () => {
    const atom = fc.constantFrom(
      '1',
      '2',
      '7',
      '0x1f',
      '010',
      '2#101',
      'n',
      'm',
      '(3)',
      '-4',
      '!n',
      '~m',
      'n++',
      '--m',
      '(n=5)',
      '(m+=2)',
    );
    const op = fc.constantFrom(
      '+',
      '-',
      '*',
      '/',
      '%',
      '**',
      '<<',
      '>>',
      '<',
      '<=',
      '==',
      '!=',
      '&',
      '|',
      '^',
      '&&',
      '||',
      ',',
      '?1:',
    );
    const expression = fc
      .tuple(atom, fc.array(fc.tuple(op, atom), { maxLength: 4 }))
      .map(([first, rest]) => first + rest.map(([o, a]) => ` ${o} ${a}`).join(''));
    const cases = fc.sample(expression, { numRuns: 250, seed: 11 });
    const program = cases
      .map((text) => `n=3; m=4; (r=$(( ${text} )) && echo "$r" || echo error) 2>/dev/null || echo error`)
      .join('\n');
    const real = execFileSync('bash', ['--norc', '-c', program], { env: {}, encoding: 'utf8' }).trim().split('\n');
    let known = 0;
    cases.forEach((text, index) => {
      // Short-circuit keeps bash from side effects that are written here all the same: leave those out.
      if (/&&|\|\||\?/.test(text) && /\+\+|--|=/.test(text)) return;
      const value = arithmetic(text, world({ n: '3', m: '4' }));
      if (value === undefined) return;
      known++;
      assert.equal(String(value), real[index], text);
    });
    assert.ok(known > 100, `${known} known`);
  });

  it('evaluates the text of variables, and their subscripts', () => {
    assert.equal(arithmetic('x', world({ x: 'y+1', y: '2' })), 3);
    const shell = world({ x: 'a[$(f)]' });
    assert.equal(arithmetic('x+1', shell), undefined);
    assert.deepEqual(shell.hiddenTexts, ['$(f)']);
  });

  it('does not know what it cannot know', () => {
    for (const text of ['u', '1/0', '2**-1', '99999999999999999999', '1 2', '(1', '1+', '08', 'a[1]'])
      assert.equal(arithmetic(text, world({})), undefined, text);
  });

  it('ends for variables that name each other', () =>
    assert.equal(arithmetic('x', world({ x: 'y', y: 'x' })), undefined));

  it('names what an expression assigns', () =>
    assert.deepEqual(assignedNames('a=1, b+=c, d++, --e, f==g'), ['a', 'b', 'd', 'e']));
});
