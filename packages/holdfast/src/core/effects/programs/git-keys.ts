// Keys of git's configuration: which of them name something that git runs, reads as code, or trusts, and which are harmless.

/**
 * runs: a command · helper: a command, or the name of a helper that git has · alias: words of git, or `!` and a command ·
 * file: a file or folder of things git runs or of further configuration · url: an address · loosens: a check is switched off
 * or an address replaced · plain: none of these.
 */
export type KeyMeaning = 'runs' | 'helper' | 'alias' | 'file' | 'url' | 'loosens' | 'plain';

/** `section.name`, `section.*.name` below any subsection, `section.*` any name, `section.**` both. */
const ROWS: { readonly [meaning in KeyMeaning]: string } = {
  runs: `core.pager core.editor core.sshcommand core.fsmonitor core.askpass core.gitproxy core.alternaterefscommand
    sequence.editor diff.external diff.*.command diff.*.textconv merge.*.driver difftool.*.cmd difftool.*.path mergetool.*.cmd
    mergetool.*.path man.*.cmd man.*.path browser.*.cmd browser.*.path guitool.*.cmd web.browser instaweb.httpd instaweb.browser
    filter.*.clean filter.*.smudge filter.*.process gpg.program gpg.*.program gpg.*.defaultkeycommand pager.*
    uploadpack.packobjectshook remote.*.uploadpack remote.*.receivepack remote.*.vcs interactive.difffilter submodule.*.update
    trailer.*.command trailer.*.cmd tar.*.command imap.tunnel sendemail.tocmd sendemail.cccmd sendemail.headercmd
    sendemail.sendmailcmd sendemail.smtpserver sendemail.*.tocmd sendemail.*.cccmd sendemail.*.headercmd sendemail.*.sendmailcmd
    sendemail.*.smtpserver lfs.customtransfer.*.path lfs.*.path lfs.*.extension lfs.extension.*.clean lfs.extension.*.smudge
    hook.*.command receive.procreceiverefs`,
  helper: 'credential.helper credential.*.helper',
  alias: 'alias.* alias.**',
  file: 'core.hookspath init.templatedir include.path includeif.*.path',
  url: 'remote.*.url remote.*.pushurl submodule.*.url',
  loosens: `protocol.allow protocol.*.allow http.sslverify http.*.sslverify safe.directory safe.barerepository
    transfer.fsckobjects fetch.fsckobjects receive.fsckobjects receive.denycurrentbranch url.*.insteadof url.*.pushinsteadof
    http.proxy http.*.proxy remote.*.proxy transfer.credentialsinurl`,
  plain: `user.** author.** committer.** color.** column.** branch.** push.** pull.** fetch.** commit.** tag.** log.** rebase.**
    rerere.** status.** stash.** advice.** format.** gui.** help.** pack.** gc.** index.** versionsort.** worktree.** checkout.**
    clone.** grep.** blame.** notes.** feature.** sparse.** showbranch.** am.** apply.** add.** completion.** maintenance.**
    init.defaultbranch core.autocrlf core.eol core.filemode core.ignorecase core.quotepath core.longpaths core.abbrev
    core.compression core.bare core.symlinks core.safecrlf core.whitespace core.preloadindex core.precomposeunicode
    core.excludesfile core.attributesfile core.worktree core.logallrefupdates core.repositoryformatversion core.untrackedcache
    core.commentchar core.checkstat core.trustctime core.protectntfs core.protecthfs diff.algorithm diff.renames diff.colormoved
    diff.noprefix diff.mnemonicprefix diff.tool diff.guitool diff.context diff.submodule diff.wserrorhighlight diff.*.xfuncname
    diff.*.binary merge.conflictstyle merge.ff merge.tool merge.guitool merge.renames merge.stat merge.*.name difftool.prompt
    mergetool.prompt mergetool.keepbackup remote.pushdefault remote.*.fetch remote.*.push remote.*.tagopt remote.*.prune
    remote.*.promisor remote.*.partialclonefilter submodule.recurse submodule.*.path submodule.*.active submodule.*.branch
    submodule.*.ignore credential.username credential.usehttppath credential.*.username credential.*.usehttppath http.postbuffer
    http.version http.lowspeedlimit http.lowspeedtime gpg.format ssh.variant filter.*.required lfs.*.access lfs.*.locksverify`,
};

const MEANINGS: ReadonlyMap<string, KeyMeaning> = new Map(
  (Object.entries(ROWS) as [KeyMeaning, string][]).flatMap(([meaning, rows]) =>
    rows.split('\n').flatMap((line) =>
      line
        .trim()
        .split(' ')
        .map((row) => [row, meaning] as const),
    ),
  ),
);

/** What a key means; undefined for one that is not known. Section and name have no case, a subsection is any text. */
export function meaningOfKey(key: string): KeyMeaning | undefined {
  const first = key.indexOf('.');
  const last = key.lastIndexOf('.');
  if (first <= 0 || last === key.length - 1) return undefined;
  const section = key.slice(0, first).toLowerCase();
  const name = key.slice(last + 1).toLowerCase();
  // Some sections are two words by themselves: the first word of their subsection belongs to them.
  const inner =
    key
      .slice(first + 1, last)
      .toLowerCase()
      .split('.')[0] ?? '';
  return (
    (first === last ? undefined : MEANINGS.get(`${section}.${inner}.*.${name}`)) ??
    MEANINGS.get(first === last ? `${section}.${name}` : `${section}.*.${name}`) ??
    MEANINGS.get(first === last ? `${section}.*` : `${section}.**`) ??
    MEANINGS.get(`${section}.**`)
  );
}
