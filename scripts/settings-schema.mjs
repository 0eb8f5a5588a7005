// Writes docs/settings.schema.json from the zod schema; a test fails when the file in the tree is another one.
import { writeFileSync } from 'node:fs';
import { settingsJsonSchema } from '../packages/holdfast/src/core/settings/schema.ts';

const file = new URL('../docs/settings.schema.json', import.meta.url);
writeFileSync(file, `${JSON.stringify(settingsJsonSchema(), null, 2)}\n`);
