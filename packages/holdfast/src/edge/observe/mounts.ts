// Which mount points may let a system call hang: network, FUSE, host shares. Told from the mount table, without touching them.
import { readFileSync } from 'node:fs';

export type Mounts = {
  /** True when `path` is the root of a mount whose answers may never come. */
  readonly slow: (path: string) => boolean;
  /** True when `path` is the root of a mount that shows the kernel's own state instead of files. */
  readonly pseudo: (path: string) => boolean;
};

/** Types whose calls end: a local disk, memory, the kernel itself. Everything else is slow, also what nobody has heard of yet. */
const LOCAL: ReadonlySet<string> = new Set(
  (
    'bcachefs btrfs cramfs devtmpfs erofs exfat ext2 ext3 ext4 f2fs hfs hfsplus iso9660 jfs minix nilfs2 ntfs3 overlay ramfs ' +
    'reiserfs rootfs squashfs tmpfs ubifs udf vfat xfs zfs aufs'
  ).split(' '),
);
const PSEUDO: ReadonlySet<string> = new Set(
  (
    'proc sysfs cgroup cgroup2 devpts mqueue securityfs debugfs tracefs bpf pstore configfs hugetlbfs binfmt_misc fusectl ' +
    'efivarfs nsfs selinuxfs resctrl'
  ).split(' '),
);
/** Milliseconds that a reading of the table counts; a mount that appears meanwhile is not known yet. */
const FRESH = 1_000;

/** On macOS, where there is no such table to read: what usually is not on this machine. */
const DARWIN = /^\/(?:Volumes|Network|net|home)\/?[^/]*$/;

/** Without a table nothing is known to be local: every path then leads through the helper. */
const UNKNOWN: Mounts = { slow: (path) => path.lastIndexOf('/') === 0 && path !== '/', pseudo: () => false };

/** The mount table, read again when it is older than a second. */
export function mountTable(now: () => number = () => performance.now()): () => Mounts {
  if (process.platform !== 'linux') return () => ({ slow: (path) => DARWIN.test(path), pseudo: () => false });
  let read = -Infinity;
  let text = '';
  let mounts: Mounts = parseMounts('');
  return () => {
    if (now() - read > FRESH || text === '') {
      read = now();
      const fresh = tableText();
      if (fresh === undefined) return UNKNOWN;
      if (fresh !== text) mounts = parseMounts(fresh);
      text = fresh;
    }
    return mounts;
  };
}

function tableText(): string | undefined {
  try {
    return readFileSync('/proc/self/mountinfo', 'utf8');
  } catch {
    // No /proc, as in some containers.
    return undefined;
  }
}

/** Reads the form of proc(5) mountinfo. Where several mounts lie on one point the last one counts; `/` is never slow. */
export function parseMounts(text: string): Mounts {
  const types = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [before = '', after = ''] = line.split(' - ');
    const point = before.split(' ')[4];
    const type = after.split(' ')[0];
    if (point === undefined || type === undefined || type === '') continue;
    types.set(
      point.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8))),
      type,
    );
  }
  const slow = new Set<string>();
  const pseudo = new Set<string>();
  for (const [point, type] of types) {
    if (PSEUDO.has(type)) pseudo.add(point);
    else if (!LOCAL.has(type) && point !== '/') slow.add(point);
  }
  return { slow: (path) => slow.has(path), pseudo: (path) => pseudo.has(path) };
}
