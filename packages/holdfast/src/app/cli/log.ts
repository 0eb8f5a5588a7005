// `holdfast log`: lists records, the newest at the end; through the watcher's index where there is one, else from the ledger's own files.
import { LEVELS, RECORD_TYPES, type Body } from '../../core/model/index.ts';
// Not by way of compose.ts: a list needs neither rules nor gate, and should be there at once.
import { findRecords, followRecords, indexRow, matches, type IndexQuery } from '../../edge/ledger/index.ts';
import { findHome } from '../home.ts';
import { note, tell } from '../terminal.ts';
import type { Parsed } from './args.ts';
import { EXIT, usage } from './errors.ts';
import { recordRow, rowLine } from './record-words.ts';
import { readWhen } from './when.ts';

const POLL_MS = 250;

export async function run(args: Parsed): Promise<number> {
  const json = args.has('json');
  const { ledger } = findHome(args.get('dir'));
  const query = readQuery(args, Date.now());
  const limit = positive(args.get('last') ?? '20');
  // What comes while the first list is made is shown once, by following.
  const head = await findRecords(ledger, { limit: 1 });
  const end = head.records[0]?.seq ?? -1;
  const { records, notes, damage } = await findRecords(ledger, { ...query, before: end + 1, limit });
  for (const said of new Set([...notes, ...head.damage, ...damage])) note(`holdfast: ${said}`);
  const width = Math.max(String(end).length + 2, 6);
  const show = (body: Body): void =>
    json ? void process.stdout.write(`${JSON.stringify(body)}\n`) : tell(rowLine(recordRow(body), true, width));
  records.forEach(show);
  if (args.has('follow')) {
    for await (const body of followRecords(ledger, end + 1, POLL_MS)) if (matches(indexRow(body), query)) show(body);
  } else if (records.length === 0) note('holdfast: no record matches');
  return head.damage.length + damage.length > 0 ? EXIT.some : EXIT.ok;
}

function readQuery(args: Parsed, now: number): IndexQuery {
  const [level, type, since, until] = [args.get('level'), args.get('type'), args.get('since'), args.get('until')];
  oneOf('level', level, LEVELS);
  oneOf('type', type, RECORD_TYPES);
  return {
    ...given('session', args.get('session')),
    ...given('agent', args.get('agent')),
    ...given('rule', args.get('rule')),
    ...given('text', args.get('text')),
    ...given('level', level),
    // Signatures are many and tell a reader nothing; who asks for them, or reads JSON, gets them.
    ...(type === undefined ? (args.has('json') ? {} : { not: 'checkpoint' }) : { type }),
    ...given('since', since === undefined ? undefined : readWhen('since', since, now)),
    ...given('until', until === undefined ? undefined : readWhen('until', until, now, true)),
  };
}

function given<Key extends keyof IndexQuery>(key: Key, value: IndexQuery[Key] | undefined): IndexQuery {
  return value === undefined ? {} : { [key]: value };
}

function oneOf(flag: string, value: string | undefined, known: readonly string[]): void {
  if (value !== undefined && !known.includes(value))
    throw usage(`--${flag} is one of ${known.join(', ')}, not \`${value.slice(0, 40)}\``);
}

function positive(value: string): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number) || number < 1)
    throw usage(`--last needs a positive number, not \`${value.slice(0, 40)}\``);
  return number;
}
