// Builds the native parts where a compiler is there. Without one, slower fallbacks work as strictly.
import { spawnSync } from 'node:child_process';
import { skip, step } from './steps.mjs';

/** Compilers that native/build.mjs tries; with none of them a missing build is no failure. */
const COMPILERS = ['musl-gcc', 'cc'];

/** A step of `npm test` and `npm start`: skipped with a reason, never silently. */
export async function native() {
  const present = COMPILERS.some((name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0);
  if (!present)
    return skip(
      'native parts',
      'no C compiler (apt-get install musl-tools brings one); the Node hook takes their place',
    );
  await step('native parts', ['native/build.mjs']);
}
