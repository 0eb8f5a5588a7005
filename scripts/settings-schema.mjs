// Writes docs/settings.schema.json from the zod schema; a test fails when the file in the tree is another one.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { enter, root } from './bootstrap.mjs';

await enter();
const { settingsJsonSchema } = await import('../packages/holdfast/src/core/settings/schema.ts');
writeFileSync(join(root, 'docs', 'settings.schema.json'), `${JSON.stringify(settingsJsonSchema(), null, 2)}\n`);
