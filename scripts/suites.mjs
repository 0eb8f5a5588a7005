// Which test files belong to which suite, and the checks that both `npm test` and `npm run check` make.
import { find, step, tests, tool } from './steps.mjs';

const slow = ['test/e2e/', 'test/fault/'];

/** Everything that runs in one process: beside the code, and test/ without the end-to-end and fault suites. */
export function unitFiles() {
  return [...find('packages', '.test.ts'), ...find('test', '.test.ts'), ...find('native', '.test.ts')].filter(
    (path) => !slow.some((folder) => path.startsWith(folder)),
  );
}

export async function checks() {
  await step('format', [tool('oxfmt'), '--check', '.']);
  await step('lint', [tool('oxlint'), '.']);
  await step('types', [tool('typescript', 'tsc'), '-p', 'tsconfig.json']);
}

export async function unit() {
  await tests('unit tests', unitFiles(), { reporter: 'dot' });
}
