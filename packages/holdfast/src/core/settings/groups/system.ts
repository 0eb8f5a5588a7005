// Shipped groups about the machine and about Holdfast itself: `system-critical`, `vcs-internal`, `holdfast`, and the trusting lists.

/** What keeps a machine starting, reachable and honest. */
export const SYSTEM_CRITICAL: readonly string[] = [
  '/etc/{passwd,passwd-,group,group-,shadow,shadow-,gshadow,gshadow-,master.passwd,sudoers,doas.conf,fstab,crypttab,mtab,hosts,hosts.allow,hosts.deny,resolv.conf,nsswitch.conf,login.defs,securetty,shells,machine-id,ld.so.preload,ld.so.conf,ld.so.cache}',
  '/etc/{sudoers.d,pam.d,security,ssh,ssl,pki,selinux,apparmor,apparmor.d,grub.d,default,sysctl.d,audit,polkit-1,ca-certificates,iptables,nftables,ufw,firewalld,netplan,NetworkManager,systemd,docker,containerd,kubernetes,alternatives,authselect}/**',
  '/etc/{sysctl.conf,nftables.conf,pf.conf,ca-certificates.conf,rsyslog.conf,audit/auditd.conf,default/grub}',
  '/etc/apt/{sources.list,sources.list.d/**,trusted.gpg,trusted.gpg.d/**,keyrings/**,preferences,preferences.d/**}',
  '/etc/yum.repos.d/**',
  '/{boot,efi,sys,proc/sys,lib/modules,usr/lib/modules}/**',
  '/proc/{sysrq-trigger,kcore,kallsyms}',
  '/{bin,sbin,lib,lib32,lib64,libx32}/**',
  '/usr/{bin,sbin,lib,lib32,lib64,libexec}/**',
  '/usr/local/{bin,sbin}/**',
  '/usr/{local/,}share/ca-certificates/**',
  '/var/lib/{dpkg,rpm,apt,pacman,systemd,AccountsService,polkit-1,selinux}/**',
  '/var/log/{audit/**,journal/**,wtmp,btmp,lastlog,auth.log,secure,faillog}',
  '/run/log/journal/**',
  '/nix/store/**',
  '/{var/,}run/{docker,containerd/containerd,podman/podman,crio/crio}.sock',
  '/run/user/*/{docker,podman/podman}.sock',
  '/var/lib/{docker,containerd,kubelet,etcd}/**',
  '/System/**',
  '/private/etc/**',
  '/Library/{Preferences,Security,Extensions,SystemExtensions,PrivilegedHelperTools}/**',
  '/private/var/db/**',
];

/** Inside of repositories: history and settings that only the version control program should write. */
export const VCS_INTERNAL: readonly string[] = ['**/.{git,hg,svn,jj,bzr,fslckout,_darcs}/**', '**/{CVS,_darcs}/**'];

/** Holdfast's own files at the places where an installation has them by default; `holdfastGroup` adds where it really is. */
export const HOLDFAST: readonly string[] = [
  '~/.{local/state,local/share,config,cache}/holdfast/**',
  '~/.holdfast/**',
  '~/Library/{Application Support,Caches,Logs}/holdfast/**',
  '/etc/holdfast/**',
  '/{var/lib,var/log,run,var/run,opt,usr/lib,usr/local/lib,usr/share}/holdfast/**',
  '/run/user/*/holdfast/**',
  '/{usr,usr/local,opt/homebrew}/bin/holdfast*',
  '~/.local/bin/holdfast*',
  '**/node_modules/holdfast/**',
  '**/node_modules/.bin/holdfast*',
  '**/.holdfast/**',
  '**/holdfast.json',
  '/{etc,usr/lib,lib,run}/systemd/**/*holdfast*',
  '~/.config/systemd/user/**/*holdfast*',
  '~/Library/LaunchAgents/*holdfast*',
  '/Library/Launch{Agents,Daemons}/*holdfast*',
  'program:holdfast',
  'program:holdfast-*',
];

/** Where one watcher really keeps its things, all absolute. */
export type OwnPaths = {
  readonly home: string;
  readonly socket?: string;
  readonly hook?: string;
  readonly policies?: readonly string[];
  /** Settings, unit and managed files that an installation wrote. */
  readonly files?: readonly string[];
};

/** Entries for the group `holdfast` that cover this watcher's own files, to be put beside the shipped ones. */
export function holdfastGroup(own: OwnPaths): readonly string[] {
  const trees = [own.home, ...(own.policies ?? [])].map((path) => `path:${path === '/' ? '' : path}/**`);
  const files = [own.socket, own.hook, ...(own.files ?? [])]
    .filter((path) => path !== undefined)
    .map((path) => `path:${path}`);
  return [...trees, ...files];
}

/** Public package registries, from which a lock file may be filled, and this machine. Nobody may receive a secret there: that is `trusted-sinks`. */
export const TRUSTED_HOSTS: readonly string[] = [
  'localhost',
  '*.localhost',
  '127.0.0.1',
  '[::1]',
  'registry.npmjs.org',
  'registry.yarnpkg.com',
  'npm.jsr.io',
  'jsr.io',
  'nodejs.org',
  'pypi.org',
  'files.pythonhosted.org',
  'conda.anaconda.org',
  'repo.anaconda.com',
  'crates.io',
  'static.crates.io',
  'index.crates.io',
  'static.rust-lang.org',
  'rubygems.org',
  'index.rubygems.org',
  'proxy.golang.org',
  'sum.golang.org',
  'go.dev',
  'repo.maven.apache.org',
  'repo1.maven.org',
  'plugins.gradle.org',
  'services.gradle.org',
  'api.nuget.org',
  'packagist.org',
  'repo.packagist.org',
  'hex.pm',
  'repo.hex.pm',
  'hackage.haskell.org',
  'formulae.brew.sh',
  'deb.debian.org',
  'security.debian.org',
  'archive.ubuntu.com',
  'security.ubuntu.com',
  'ports.ubuntu.com',
  'dl-cdn.alpinelinux.org',
];
