// `holdfast audit`: verifies the ledger offline, and exports an anchor to keep elsewhere.
import { writeFileSync } from 'node:fs';
import { codeOf } from '../../core/model/index.ts';
import { exportAnchor, verifyLedger, verifyState } from '../compose.ts';
import { findHome, type Home } from '../home.ts';
import { note, tell } from '../terminal.ts';
import { paint } from '../text.ts';
import type { Parsed } from './args.ts';
import { EXIT, UserError, usage } from './errors.ts';

const HELP = 'see `holdfast help audit`';

export async function run(args: Parsed): Promise<number> {
  const home = findHome(args.get('dir'));
  const [what = 'verify', file] = args.operands;
  if (what === 'anchor') return anchor(home, file, args.has('json'));
  if (what !== 'verify') throw usage(`audit knows verify and anchor, not \`${what.slice(0, 40)}\``, HELP);
  if (file !== undefined) throw usage(`audit verify does not know what to do with \`${file.slice(0, 40)}\``, HELP);
  return verify(args, home);
}

async function anchor(home: Home, file: string | undefined, json: boolean): Promise<number> {
  const text = await exportAnchor(home.ledger);
  if (file !== undefined) writeAnchor(file, text);
  if (json) process.stdout.write(`${JSON.stringify({ anchor: text, file: file ?? null })}\n`);
  else if (file === undefined) process.stdout.write(text);
  const kept = file ?? 'this';
  note(`keep ${kept} where the machine cannot change it; \`holdfast audit verify --anchor FILE\` compares with it`);
  return EXIT.ok;
}

function writeAnchor(file: string, text: string): void {
  try {
    writeFileSync(file, text, { mode: 0o644 });
  } catch (error) {
    const why = codeOf(error) ?? 'error';
    throw new UserError('anchor-not-written', `${file} cannot be written (${why})`, 'name another file');
  }
}

async function verify(args: Parsed, home: Home): Promise<number> {
  const [from, to, key, held] = [number(args, 'from'), number(args, 'to'), args.get('key'), args.get('anchor')];
  if (from !== undefined && to !== undefined && from > to) throw usage('--from is after --to', HELP);
  const result = await verifyLedger(home.ledger, {
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(key === undefined ? {} : { key }),
    ...(held === undefined ? {} : { anchor: held }),
  });
  const state = args.has('state') ? await verifyState(home) : undefined;
  const status = result.status === 'intact' ? fromState(state?.status) : result.status;
  if (args.has('json'))
    process.stdout.write(`${JSON.stringify({ ...result, status, ...(state === undefined ? {} : { state }) })}\n`);
  else {
    tell(`${paint(status === 'intact' ? 'good' : 'bad', status)}: ${result.records} records`);
    for (const problem of result.problems) {
      // What concerns the ledger as a whole stands in no segment.
      const where = problem.segment === '' ? '' : `record #${problem.seq} (${problem.segment}): `;
      tell(`  ${where}${problem.text} [${problem.code}]`);
    }
    if (result.more > 0) tell(`  and ${result.more} more problems`);
    if (result.anchor?.holds === true)
      tell(`  anchor: the first ${result.anchor.size} records are those it was made of`);
    if (state !== undefined) tell(`  state: ${state.text}`);
    for (const open of result.cannotExclude) tell(`  cannot be excluded: ${open}`);
  }
  return status === 'intact' ? EXIT.ok : status === 'damaged' ? EXIT.damaged : EXIT.unverifiable;
}

/** What the comparison with the live state leaves of an intact ledger. */
function fromState(state: 'equal' | 'differs' | 'unknown' | undefined): 'intact' | 'damaged' | 'unverifiable' {
  return state === 'differs' ? 'damaged' : state === 'unknown' ? 'unverifiable' : 'intact';
}

function number(args: Parsed, flag: 'from' | 'to'): number | undefined {
  const given = args.get(flag);
  if (given === undefined) return undefined;
  const value = Number(given);
  if (given === '' || !Number.isSafeInteger(value) || value < 0)
    throw usage(`--${flag} needs a record number, not \`${given.slice(0, 40)}\``, HELP);
  return value;
}
