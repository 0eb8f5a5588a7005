// Shipped group `trusted-programs`: programs that do nothing by themselves but what their effects say.

/**
 * Programs that list, show, search and compare, each with a table that says what it reads and writes. Where a profile asks
 * about everything, running one of these is not what is asked about (rule plain/program); its effects still are.
 */
export const TRUSTED_PROGRAMS: readonly string[] = (
  'ls cat bat head tail wc grep egrep fgrep rg fd find sort uniq cut tr diff cmp comm stat file du df pwd echo printf true false ' +
  'test [ date whoami id uname hostname basename dirname realpath readlink tree less more sed awk gawk mawk jq yq nl tac rev fold ' +
  'fmt column paste join expand strings xxd od hexdump md5sum sha1sum sha256sum sha512sum cksum which whereis man seq sleep expr ' +
  'uptime nproc arch locale tty groups zcat eza look cal git'
)
  .split(' ')
  .map((name) => `program:${name}`);
