// `npm run format`: rewrites sources in the one style; `npm run check` only complains.
import { enter } from './bootstrap.mjs';

await enter();
const { step, summary, tool } = await import('./steps.mjs');
await step('format', [tool('oxfmt'), '.']);
process.exitCode = summary();
