// The hook that a recording run installs: appends what the agent sent to a file and has no objection.
import { appendFileSync, readFileSync } from 'node:fs';

const raw = readFileSync(0, 'utf8');
appendFileSync(process.argv[2], `${raw.trim()}\n`);
