// `holdfast audit`: verifies the ledger offline, and exports an anchor to keep elsewhere.
import { writeFileSync } from 'node:fs';
import { exportAnchor, verifyLedger, verifyState } from '../compose.ts';
import { findHome } from '../home.ts';
import type { Parsed } from './args.ts';
import { EXIT, usage } from './errors.ts';

export async function run(args: Parsed): Promise<number> {
  const home = findHome(args.get('dir'));
  const [what = 'verify', file] = args.operands;
  if (what === 'anchor') {
    const anchor = await exportAnchor(home.ledger);
    if (file === undefined) process.stdout.write(anchor);
    else writeFileSync(file, anchor, { mode: 0o644 });
    process.stderr.write(
      'keep this where the machine cannot change it; `holdfast audit verify --anchor FILE` compares with it\n',
    );
    return EXIT.ok;
  }
  if (what !== 'verify') throw usage(`audit knows verify and anchor, not \`${what.slice(0, 40)}\``);
  const result = await verifyLedger(home.ledger, {
    ...number(args, 'from'),
    ...number(args, 'to'),
    ...(args.get('key') === undefined ? {} : { key: args.get('key') ?? '' }),
    ...(args.get('anchor') === undefined ? {} : { anchor: args.get('anchor') ?? '' }),
  });
  const state = args.has('state') ? await verifyState(home) : undefined;
  const status =
    result.status === 'intact' && state !== undefined && state.status !== 'equal'
      ? state.status === 'differs'
        ? 'damaged'
        : 'unverifiable'
      : result.status;
  if (args.has('json'))
    process.stdout.write(`${JSON.stringify({ ...result, status, ...(state === undefined ? {} : { state }) })}\n`);
  else {
    process.stdout.write(`${status}: ${result.records} records\n`);
    for (const problem of result.problems)
      process.stdout.write(`  record #${problem.seq} (${problem.segment}): ${problem.text} [${problem.code}]\n`);
    if (state !== undefined) process.stdout.write(`  state: ${state.text}\n`);
    for (const open of result.cannotExclude) process.stdout.write(`  cannot be excluded: ${open}\n`);
  }
  return status === 'intact' ? EXIT.ok : status === 'damaged' ? EXIT.damaged : EXIT.unverifiable;
}

function number(args: Parsed, flag: 'from' | 'to'): { readonly [name: string]: number } {
  const given = args.get(flag);
  if (given === undefined) return {};
  const value = Number(given);
  if (!Number.isSafeInteger(value) || value < 0) throw usage(`--${flag} needs a record number`);
  return { [flag]: value };
}
