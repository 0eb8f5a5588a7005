// Where the native parts lie: beside a clone's sources, or inside the published package – never a folder that is not ours.
import { existsSync } from 'node:fs';
import { arch, platform } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE = dirname(fileURLToPath(import.meta.url));

/**
 * The folder of native parts for this platform, whether it is there or not. Sources and published code are told apart by
 * their own ending: five folders up from a published one is somebody's project, and nothing from there may be run.
 */
export function nativeFolder(): string {
  const built = import.meta.url.endsWith('.ts') ? '../../../../../native/build' : '../../../native';
  return resolve(HERE, built, `${platform()}-${arch()}`);
}

/** Absolute path of a native part by its file's name, or undefined where it was not built. */
export function nativePart(name: string): string | undefined {
  const path = join(nativeFolder(), name);
  return existsSync(path) ? path : undefined;
}
