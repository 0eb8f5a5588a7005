// Which test files belong to which suite, and the checks that both `npm test` and `npm run check` make.
import { find, step, tests, tool } from './steps.mjs';

const slow = ['test/cli/', 'test/e2e/', 'test/fault/', 'test/package/'];

/** Everything that runs in one process: beside the code, and test/ without the slow suites. */
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

/** The suites that start real programs: each file in a process of its own, every test shown as it ends. */
export async function slowSuites() {
  await tests('package tests', find('test/package', '.test.ts'), { isolated: true, timeoutSeconds: 300 });
  await tests('command-line tests', find('test/cli', '.test.ts'), { isolated: true, timeoutSeconds: 300 });
  await tests('fault tests', find('test/fault', '.test.ts'), { isolated: true, timeoutSeconds: 300 });
  await tests('end-to-end tests', find('test/e2e', '.test.ts'), { isolated: true, timeoutSeconds: 300 });
}
