// `holdfast why`: the story of one decision from its record and what came after it, in about ten lines.
import { existsSync } from 'node:fs';
import { isObject, text, type Body, type Json } from '../../core/model/index.ts';
import type { EngineRules } from '../../core/engine/index.ts';
import { loadRules } from '../compose.ts';
import { findRecords, readBlob } from '../../edge/ledger/index.ts';
import { findHome, type Home } from '../home.ts';
import { note, tell } from '../terminal.ts';
import type { Parsed } from './args.ts';
import { EXIT, UserError, usage } from './errors.ts';
import { story, type After } from './story.ts';

/** How far after a decision its session is followed, records. */
const AFTER = 200;

export async function run(args: Parsed): Promise<number> {
  const home = findHome(args.get('dir'));
  const given = args.operands[0]?.replace(/^#/, '');
  const seq = given === undefined ? undefined : Number(given);
  if (seq !== undefined && (given === '' || !Number.isSafeInteger(seq) || seq < 0))
    throw usage(`\`${given}\` is no record number`, 'for example `holdfast why 12`; `holdfast log` shows the numbers');
  const body = whole(home, await findDecision(home, seq));
  const after = await whatCameAfter(home, body);
  const rules = await currentRules(home);
  if (args.has('json')) process.stdout.write(`${JSON.stringify({ ...body, after: told(after) })}\n`);
  else tell(story(body, after, rules));
  return EXIT.ok;
}

/** The record with all of its data, where that was too large for it and its blob is kept. */
function whole(home: Home, body: Body): Body {
  const [hash] = body.blobs;
  if (hash === undefined || !isObject(body.data) || body.data['whole'] !== 'blob') return body;
  const bytes = readBlob(home.ledger, hash);
  if (bytes !== undefined) return { ...body, data: JSON.parse(Buffer.from(bytes).toString('utf8')) as Json };
  note('holdfast: the whole of it is not kept any more, this is what the record itself holds');
  return body;
}

/** The record of that number, or the last one that stopped something. */
async function findDecision(home: Home, seq: number | undefined): Promise<Body> {
  const found =
    seq === undefined
      ? await Promise.all(['deny', 'ask'].map((level) => findRecords(home.ledger, { level, limit: 1 })))
      : [await findRecords(home.ledger, { after: seq - 1, before: seq + 1, limit: 1 })];
  for (const said of new Set(found.flatMap(({ notes, damage }) => [...notes, ...damage]))) note(`holdfast: ${said}`);
  const last = found.flatMap(({ records }) => records).toSorted((a, b) => b.seq - a.seq)[0];
  if (last !== undefined) return last;
  throw new UserError(
    'no-record',
    seq === undefined ? 'no decision has stopped anything yet' : `there is no record #${seq}`,
    '`holdfast log` lists what there is',
  );
}

async function whatCameAfter(home: Home, body: Body): Promise<After> {
  if (body.session === undefined) return { outcome: undefined, alarms: [], next: undefined };
  const query = { session: body.session, after: body.seq, oldest: true, limit: AFTER };
  const own = (await findRecords(home.ledger, query)).records.filter((each) => each.session === body.session);
  const action = isObject(body.data) ? body.data['action'] : undefined;
  const [id, callId] = [text(action, 'id'), text(action, 'callId')];
  return {
    outcome: own.find((each) => each.type === 'outcome' && id !== undefined && text(each.data, 'action') === id),
    alarms: own.filter(
      (each) => each.type === 'finding' && callId !== undefined && text(each.data, 'callId') === callId,
    ),
    next: own.find((each) => each.type === 'verdict'),
  };
}

function told(after: After): Json {
  return {
    outcome: after.outcome?.seq ?? null,
    alarms: after.alarms.map((each) => each.seq),
    next: after.next?.seq ?? null,
  };
}

/** Rules as they are now, the user's own too; where those do not load, the shipped ones tell what they can. */
async function currentRules(home: Home): Promise<EngineRules> {
  if (!existsSync(home.policies)) return loadRules();
  return loadRules({ policies: [home.policies] }).catch((error: unknown) => {
    note(
      `holdfast: the rules in ${home.policies} are left out: ${error instanceof Error ? error.message : String(error)}`,
    );
    return loadRules();
  });
}
