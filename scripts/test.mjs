// `npm test`: installs what it needs, builds the native parts, then every check and every suite.
import { enter } from './bootstrap.mjs';

await enter();
const { find, summary, tests } = await import('./steps.mjs');
const { checks, unit } = await import('./suites.mjs');
const { native } = await import('./native.mjs');
await native();
await checks();
await unit();
await tests('fault tests', find('test/fault', '.test.ts'), { isolated: true, timeoutSeconds: 300 });
await tests('end-to-end tests', find('test/e2e', '.test.ts'), { isolated: true, timeoutSeconds: 300 });
process.exitCode = summary();
