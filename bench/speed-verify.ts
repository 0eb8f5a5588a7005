// Verification as the command does it, in a process of its own: argv is the ledger's folder; the last line of output is a result.
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { verifyLedger } from '../packages/holdfast/src/app/compose.ts';

const [ledger = ''] = process.argv.slice(2);
const folder = join(ledger, 'segments');
const bytes = readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
const started = performance.now();
const { records, status } = await verifyLedger(ledger);
const rate = records / ((performance.now() - started) / 1000);
process.stdout.write(`${JSON.stringify({ records, status, rate, bytes })}\n`);
