// Builds the native parts (native/build.mjs) where a compiler is there. Without them slower fallbacks work, as strictly.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './bootstrap.mjs';
import { skip, step } from './steps.mjs';

export async function native() {
  if (!existsSync(join(root, 'native', 'build.mjs'))) return skip('native parts', 'native/build.mjs is not there yet');
  await step('native parts', ['native/build.mjs']);
}
