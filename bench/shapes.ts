// Inputs made to be slow: one shape for each thing that lowering repeats, as long as a shell text may be, and three of 1 MB.

const SHELL_TEXT = 64 * 1024;
const MB = 1024 * 1024;

/** `unit` as often as fits between `head` and `tail`; eight characters are left for a mark that makes each text new. */
function fill(unit: string, head = '', tail = ''): string {
  return head + unit.repeat(Math.floor((SHELL_TEXT - head.length - tail.length - 8) / unit.length)) + tail;
}

/** What is repeated: in front of it, the unit, behind it. */
const REPEATED: readonly (readonly [name: string, head: string, unit: string, tail?: string])[] = [
  ['commands', '', 'ls;'],
  ['commands in lines', '', 'ls\n'],
  ['braces', 'echo ', '{a,b}'],
  ['words', 'rm ', 'a '],
  ['words that are printed', 'echo ', 'a '],
  ['names of a home', 'rm ', '~/a '],
  ['steps up', 'rm ', 'a/../', 'a'],
  ['pipes', '', 'cat|', 'cat'],
  ['pipes of unknown programs', '', 'a|', 'a'],
  ['and', '', 'a&&', 'a'],
  ['or', '', 'a||', 'a'],
  ['background', '', 'a&', 'a'],
  ['globs in one word', 'rm ', '*?[a-z]'],
  ['globs', 'rm ', '*a '],
  ['quotes', 'echo ', '"a"'],
  ['expansions', 'echo ', '$a '],
  ['quoted expansions', 'echo ', '"$a"'],
  ['defaults', 'echo ', '${a:-b}'],
  ['assignments', '', 'a=b;'],
  ['assignments that double', '', 'a=$a$a;'],
  ['exports', '', 'export A=b;'],
  ['a growing PATH', '', 'export PATH=/tmp:$PATH;'],
  ['redirections', 'x ', '>a '],
  ['descriptors', 'x ', '2>&1 '],
  ['here-documents', '', 'cat <<E\nx\nE\n'],
  ['substitutions', 'echo ', '$(a)'],
  ['backticks', 'echo ', '`a`'],
  ['process substitutions', 'cat ', '<(a) '],
  ['outputs into processes', 'tee ', '>(a) '],
  ['arithmetic', 'echo ', '$((1+1))'],
  ['one sum', 'echo $((', '1+', '1))'],
  ['if', '', 'if a;then b;fi;'],
  ['for', '', 'for a in b c;do d;done;'],
  ['while', '', 'while a;do b;done;'],
  ['case', '', 'case a in b)c;;esac;'],
  ['functions', '', 'f(){ a;};f;'],
  ['subshells', '', '(a);'],
  ['tests', '', '[[ a = b ]];'],
  ['one test', '[[ ', 'a = b && ', 'a ]]'],
  ['directories', '', 'cd a;'],
  ['aliases', '', 'alias a=b;a;'],
  ['traps', '', 'trap a EXIT;'],
  ['eval', '', 'eval a;'],
  ['arrays', 'a=(b c d e); echo ', '${a[@]} '],
  ['sed', 'sed ', '-e s/a/b/ '],
  ['cp', 'cp ', 'a '],
  ['mv', 'mv ', 'a '],
  ['find', 'find . ', '-exec rm {} ; '],
  ['curl', 'curl ', 'http://a.example '],
  ['curl that sends', 'curl ', '-d @a '],
  ['dig', 'dig ', 'a.example '],
  ['git', 'git ', '-c a=b '],
  ['sudo', '', 'sudo '],
  ['env', 'env ', 'A=b '],
  ['make', '', 'make a;'],
  ['npm', '', 'npm run a;'],
  ['docker', 'docker run ', '-v /a:/b ', 'image'],
  ['python', "python3 -c '", 'x=1;', "'"],
  ['sql', "psql -c '", 'select 1;', "'"],
  ['decoded', 'echo ', 'QUFB', '|base64 -d|sh'],
];

export const SHAPES: readonly (readonly [name: string, command: string])[] = [
  ['1 MB of blanks', ' '.repeat(MB)],
  ['1 MB of newlines', '\n'.repeat(MB)],
  ['1 MB of nesting', '$('.repeat(MB / 2)],
  ['1 MB of commands', 'ls;'.repeat(MB / 3)],
  ['brackets', '('.repeat(190) + 'a' + ')'.repeat(190)],
  ...REPEATED.map(([name, head, unit, tail]) => [`64 KB of ${name}`, fill(unit, head, tail)] as const),
];
