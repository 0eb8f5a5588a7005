// Devices that are no effect: null, the standard streams, the terminal, sources of zeros and random bytes.

const STANDARD: ReadonlySet<string> = new Set([
  '/dev/null',
  '/dev/zero',
  '/dev/full',
  '/dev/random',
  '/dev/urandom',
  '/dev/stdin',
  '/dev/stdout',
  '/dev/stderr',
  '/dev/tty',
]);

/** `path` is absolute and in normal form. */
export function isStandardDevice(path: string): boolean {
  return path.startsWith('/dev/') && (STANDARD.has(path) || path.startsWith('/dev/fd/'));
}
