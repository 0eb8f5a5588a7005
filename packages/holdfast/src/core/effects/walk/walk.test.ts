// Tests of the walker: which programs a text runs, with which words, where and with what; families named after the threat catalogue.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { limits } from '../../model/index.ts';
import { Recorder } from './recorder.ts';

type Row = readonly [text: string, argvs: readonly string[]];

function table(name: string, rows: readonly Row[]): void {
  describe(name, () => {
    for (const [text, want] of rows) {
      it(JSON.stringify(text), () => assert.deepEqual(new Recorder(text).argvs, want));
    }
  });
}

table('lists and pipes', [
  ['a; b & c', ['a', 'b', 'c']],
  ['a && b || c', ['a', 'b', '~c']],
  ['true && a', ['a']],
  ['false && a', ['~a']],
  ['true || a', ['~a']],
  ['false || a', ['a']],
  ['! a && b', ['a', 'b']],
  ['! true || a', ['a']],
  ['a | b |& c', ['a', 'b', 'c']],
  ['time -p a', ['a']],
  ['(a; b) > o', ['a', 'b']],
  ['{ a; b; }', ['a', 'b']],
  ['a\nb # c\n# d', ['a', 'b']],
  ['exit 0; a', ['~a']],
  ['coproc a x', ['a x']],
  ['coproc N { a; b; }', ['a', 'b']],
  ['', []],
]);

table('variables', [
  ['x=1 y=2; a $x$y', ['a 12']],
  ['x=a; x+=b; c $x', ['c ab']],
  ['x="a b"; c $x "$x"', ['c a b a b']],
  ['a $NOT_SET/b', ['a ?…/b']],
  ['export A=1; b $A', ['b 1']],
  ['declare -r A=1; b $A', ['b 1']],
  ['readonly A=~/x; b $A', ['b /home/dev/x']],
  ['declare -i n=2+3; b $n', ['b 5']],
  ['unset HOME; a "$HOME"', ['a ']],
  ['x=1; unset x; a "${x:-2}"', ['a 2']],
  ['a=(p "q r" s); b "${a[@]}" ${#a[@]} ${a[1]}', ['b p q r s 3 q r']],
  ['a=(p); a+=(q); b "${a[*]}"', ['b p q']],
  ['declare -A m; m[k]=v; b ${m[k]} "${!m[@]}"', ['b v k']],
  ['a[2]=x; b ${a[1+1]}', ['b x']],
  ['n=1; ((n++)); b $n $((n*2))', ['b 2 4']],
  ['let n=4+1; b $n', ['b 5']],
  ['read x y <<< "1 2 3"; b $x "$y"', ['b 1 2 3']],
  ['echo hi | read x; b $x', ['echo hi', 'b ?…']],
  ['mapfile -t l <<< $\'p\\nq\'; b "${l[@]}"', ['b p q']],
  ['printf -v x %s-%s a b; c $x', ['printf %s-%s a b', 'c a-b']],
  ['declare -n r=x; x=1; b $r', ['b 1']],
  ['x=y; y=1; b ${!x}', ['b 1']],
  ['set -- a b c; d $2 $# "$@"', ['d b 3 a b c']],
  ['set -- a b c; shift; d $1', ['d b']],
  ['x=$(echo hi); a $x', ['echo hi', 'a hi']],
  ['x=$(cat f); a "$x"', ['cat f', 'a ?…']],
  ['x=1; (x=2; a $x); b $x', ['a 2', 'b 1']],
  ['x=1; x=2 | a; b $x', ['a', 'b 1']],
  ['IFS=:; x=a:b; c $x', ['c a b']],
  ['IFS=:; x=:a::b:; c $x', ['c  a  b']],
  ['x=1; . ./lib.sh; a $x', ['a ?…']],
  ['cat <<< $PWD', ['cat']],
]);

table('directories are threaded', [
  ['cd /tmp && a $PWD', ['a /tmp']],
  ['cd sub; a $PWD', ['a /home/dev/project/sub']],
  ['cd; a $PWD', ['a /home/dev']],
  ['cd /x; cd -; a $PWD', ['a /home/dev/project']],
  ['(cd /x); a $PWD', ['a /home/dev/project']],
  ['pushd /x; pushd /y; popd; a $PWD', ['a /x']],
  ['cd $NOT_SET; a "$PWD"', ['a ?/home/dev/project/…']],
  ['cd /x || exit 1; a $PWD', ['a /x']],
  ['cd /x || a $PWD', ['~a /home/dev/project']],
  ['cd /x || cd /y; a "$PWD"', ['a ?…']],
  ['if t; then cd /x; fi; a "$PWD"', ['t', 'a ?…']],
  ['cd /x; a $OLDPWD ~+ ~-', ['a /home/dev/project /x /home/dev/project']],
]);

table('functions and aliases', [
  ['f() { a "$1" $#; }; f x y', ['a x 2']],
  ['function f { a "$@"; }; f "x y" z', ['a x y z']],
  ['ls() { a; }; ls -l', ['a']],
  ['ls() { a; }; command ls -l', ['ls -l']],
  ['f() { local x=1; y=2; }; x=0; f; a $x $y', ['a 0 2']],
  ['f() { cd /x; }; f; a $PWD', ['a /x']],
  ['f() { return; }; f; a', ['a']],
  ['set -- p; f() { :; }; f q; a $1', ['a p']],
  ['f() { g; }; g() { a; }; f', ['a']],
  ['f() (a $1); f x', ['a x']],
  ['f() { a; } > o; f', ['a']],
  ['alias l="a -x"; l y', ['~a -x y', 'l y']],
  ['shopt -s expand_aliases; alias l="a -x"; l y', ['a -x y']],
  ['unset -f f; f() { a; }; unset -f f; f', ['f']],
  ['hash -p /tmp/evil ls; ls -l', ['/tmp/evil -l']],
]);

table('branches and loops', [
  ['if a; then b; elif c; then d; else e; fi', ['a', '~b', '~c', '~d', '~e']],
  ['if true; then a; else b; fi', ['a', '~b']],
  ['if false; then a; else b; fi', ['~a', 'b']],
  ['if [ -f x ]; then y=1; else y=1; fi; a $y', ['a 1']],
  ['if [ -f x ]; then y=1; else y=2; fi; a $y', ['a ?…']],
  ['if [ -f x ]; then exit; else y=2; fi; a $y', ['a 2']],
  ['y=1; [ -f x ] && y=2; a $y', ['a 2']],
  ['y=1; [ -f x ] || y=2; a $y', ['a ?…']],
  ['for i in a b; do c $i; done', ['c a', 'c b']],
  ['for i in {1..3}; do c; done', ['c']],
  ['for i in $(ls); do c "$i"; done', ['ls', '~c ?…']],
  ['for f in *.txt; do c "$f"; done', ['c **.txt']],
  ['set -- p q; for i; do c $i; done', ['c p', 'c q']],
  ['for i in a b; do x=$i; done; c $x', ['c b']],
  ['while read l; do c "$l"; done < f', ['~c ?…']],
  ['while true; do c; done', ['c']],
  ["while read -r a b; do c $b; done <<< $'1 x\\n2 y'", ['c x', 'c y']],
  ['printf "p\\nq\\n" | while IFS= read l; do c "$l"; done', ['printf p\\nq\\n', 'c p', 'c q']],
  ['x=/tmp; while a; do b $x; x=/; done', ['a', '~b ?…']],
  ['x=1; until a; do x=2; done; b $x', ['a', 'b ?…']],
  ['for ((i=0; i<3; i++)); do c $i; done', ['~c ?…']],
  ['case a in a) b;; *) c;; esac', ['b', '~c']],
  ['case $NOT_SET in a) b;; *) c;; esac', ['~b', '~c']],
  ['case x.c in *.c) b;; *) c;; esac', ['b', '~c']],
  ['case a in a) b;& c) d;; esac', ['~b', '~d']],
  ['select x in a b; do c $x; done', ['~c ?…']],
]);

table('E-S01 quoting and splitting', [
  ['r\'\'m -r"f" /x', ['rm -rf /x']],
  ['\\rm /x', ['rm /x']],
  ["$'\\x72\\155' /x", ['rm /x']],
  ['{rm,-rf,/x}', ['rm -rf /x']],
  ['rm${IFS}-rf${IFS}/x', ['rm -rf /x']],
  ['x=rm; y=-rf; $x $y /x', ['rm -rf /x']],
  ['a=r; b=m; $a$b /x', ['rm /x']],
  ['r$@m /x', ['rm /x']],
  ['x="rm -rf /x"; $x', ['rm -rf /x']],
  ['/b?n/rm /x', ['?… /x']],
  ['r[m] /x', ['?… /x']],
  ['$NOT_SET /x', ['?… /x']],
  ['x=mr; ${x:1:1}${x:0:1} /x', ['rm /x']],
  ['x=XrmX; ${x//X/} /x', ['rm /x']],
  ['x=RM; ${x,,} /x', ['rm /x']],
  ['e=; r${e}m /x', ['rm /x']],
  ['{x},rm} a', ['x} rm a']],
]);

table('E-S02 substitution and evaluation', [
  ['$(echo rm) /x', ['echo rm', 'rm /x']],
  ['`echo rm` /x', ['echo rm', 'rm /x']],
  ['eval "rm -rf /x"', ['rm -rf /x']],
  ["eval 'x=1; a $x'; b $x", ['a 1', 'b 1']],
  ["eval eval 'a b'", ['a b']],
  ['$SHELL -c a', ['/bin/bash -c a', 'a']],
  ['. /dev/stdin <<< a', ['a']],
  ['exec < <(echo a); sh', ['echo a', 'sh', 'a']],
  ['exec 3<<< a; . /dev/fd/3', ['a']],
  ["f() { a $1; }; export -f f; bash -c 'f x'", ['bash -c f x', 'a x']],
  ['${NOT_SET:-a} x', ['?… x']],
  ['eval "${NOT_SET:-a x}"', ['a x']],
  ['x=(a -b c); "${x[@]}"', ['a -b c']],
  ["e=eval; $e 'a b'", ['a b']],
  ['eval "a $NOT_SET"', ['a ?…']],
  ['echo "$(a $(b `c`))"', ['c', 'b ?…', 'a ?…', 'echo ?…']],
  ['x=\'$(a)\'; b "${x@P}"', ['a', 'b ?…']],
  ['source <(echo "a; b")', ['echo a; b', 'a', 'b']],
  ['cat <<E\n$(a) `b` ${x:-$(c)}\nE', ['a', 'b', 'c', 'cat']],
  ["cat <<'E'\n$(a)\nE", ['cat']],
  ['a <(b) >(c)', ['b', 'a /dev/fd/63 /dev/fd/62', 'c']],
  ['x=$(a) y[$(b)]=$(c) z=($(d) [$(e)]=1)', ['a', 'b', 'c', 'd', 'e']],
  ['a > $(b) < `c`', ['b', 'c', 'a']],
  ['case $(a) in $(b)) c;; esac', ['a', 'b', '~c']],
  ['for i in $(a); do :; done', ['a']],
  ['[[ $(a) == $(b) && -n $(c) ]]', ['a', 'b', 'c']],
  ['echo ${x:=$(a)} ${y/$(b)/$(c)} ${#z[$(d)]}', ['a', 'b', 'c', 'd', 'echo ?… ?… ?…']],
]);

table('E-S03 hidden evaluation', [
  ["[ -v 'a[$(x)]' ]", ['x']],
  ["test -v 'a[$(x)]'", ['x']],
  ["[[ -v 'a[$(x)]' ]]", ['x']],
  ["[[ 'a[$(x)]' -eq 1 ]]", ['x']],
  ["y='a[$(x)]'; ((y))", ['x']],
  ["y='a[$(x)]'; : $((y + 1))", ['x']],
  ["y='a[$(x)]'; : ${z[y]}", ['x']],
  ["let 'a[$(x)]=1'", ['x']],
  ["read 'a[$(x)]' <<< 1", ['x']],
  ["printf -v 'a[$(x)]' %s 1", ['printf %s 1', 'x']],
  ["unset 'a[$(x)]'", ['x']],
  ["declare 'a[$(x)]=1'", ['x']],
  ["declare -i n='a[$(x)]'", ['x']],
  ["export 'a[$(x)]'", ['x']],
  ["mapfile -C 'x; :' -c 1 l < f", ['x']],
  ["n='a[$(x)]'; : ${!n}", ['x']],
  ["n='a[$(x)]'; : ${m:n}", ['x']],
  ["PS4='$(x)'; set -x; a", ['~x', 'x', 'a']],
  ["trap 'x' EXIT; a", ['a', 'x']],
  ["trap 'x' INT; a", ['a', '~x']],
  ["compgen -W '$(x)'", ['x']],
  ['complete -C x y', ['~x']],
]);

describe('a pattern in command position', () => {
  const list = (dir: string, got: readonly string[]) => ({
    want: { ask: 'list', dir, max: limits.LIST_ENTRIES } as const,
    got,
  });
  const facts = [
    list('/', ['bin', 'etc', 'lib']),
    list('/bin', ['ls', 'rm', 'rg']),
    list('/home/dev/project', ['x.sh', '.y.sh']),
  ];
  const rows: readonly Row[] = [
    ['/b?n/rm /x', ['/bin/rm /x']],
    ['/bi[n]/r* /x', ['/bin/rm /bin/rg /x']],
    ['*.sh a', ['x.sh a']],
    ['/bin/z* a', ['/bin/z* a']],
    ['/etc/* a', ['?… a']],
  ];
  for (const [text, want] of rows) it(text, () => assert.deepEqual(new Recorder(text, facts).argvs, want));
  it('wants the listing it needs', () => {
    assert.deepEqual(
      new Recorder('/b?n/rm /x').result().wants.filter((want) => want.ask === 'list'),
      [{ ask: 'list', dir: '/', max: limits.LIST_ENTRIES }],
    );
  });
});
