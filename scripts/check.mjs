// `npm run check`: format, lint, types, architecture and unit tests, in under a minute.
import { enter } from './bootstrap.mjs';

await enter();
const { summary } = await import('./steps.mjs');
const { checks, unit } = await import('./suites.mjs');
await checks();
await unit();
process.exitCode = summary();
