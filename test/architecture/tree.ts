// Reads the project's own code as the architecture checks want it: paths relative to the root with `/`, and text.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Source } from './scan.ts';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

const FOLDERS = ['packages', 'bench', 'scripts', 'test', 'native'];
const SKIP = new Set(['node_modules', 'dist', 'build', 'fixtures']);

/** All TypeScript and JavaScript of the project, fixtures and build output left out. */
export function tree(): Source[] {
  return FOLDERS.filter((folder) => existsSync(join(ROOT, folder)))
    .flatMap(walk)
    .map((path) => ({
      path,
      text: readFileSync(join(ROOT, path), 'utf8'),
    }));
}

function walk(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return SKIP.has(entry.name) ? [] : walk(path);
    return /\.(?:ts|mjs|cjs)$/.test(entry.name) ? [path] : [];
  });
}
