// `npm test`: installs what it needs, builds the native parts, then every check and every suite.
import { enter } from './bootstrap.mjs';

await enter();
const { summary } = await import('./steps.mjs');
const { checks, slowSuites, unit } = await import('./suites.mjs');
const { native } = await import('./native.mjs');
await native();
await checks();
await unit();
await slowSuites();
process.exitCode = summary();
