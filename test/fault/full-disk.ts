// Child of the full-disk test, in a mount namespace of its own: a real watcher on a small disk, real hook calls, and what they were told. Not a test itself.
import { closeSync, mkdirSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Body, Json } from '../../packages/holdfast/src/core/model/index.ts';
import type { Run } from '../support/hook-clients.ts';
import { cli, payload, placeAt, recordsOf, startLive, until, type Live } from '../support/live.ts';

const [disk = ''] = process.argv.slice(2);
const at = placeAt(disk);
const told: { [what: string]: Json } = {};

/** Takes every block that is left. */
function hog(): void {
  const fd = openSync(join(disk, 'hog'), 'a');
  try {
    for (const size of [64 * 1024, 4096, 1]) for (;;) if (writeSync(fd, Buffer.alloc(size, 1)) < size) break;
  } catch (error) {
    if ((error as { code?: string }).code !== 'ENOSPC') throw error;
  } finally {
    closeSync(fd);
  }
}

const free = (): void => rmSync(join(disk, 'hog'), { force: true });

/** `pass` · `rule`: of the denial · `?`: anything else, whole. */
function said(reply: Run): string {
  if (reply.exit === 0 && reply.stdout.length === 0) return 'pass';
  const rule = /^holdfast: denied: .*no space left.*\[([a-z/-]+)\]/s.exec(reply.stderr)?.[1];
  return reply.exit === 2 && rule !== undefined ? rule : `? ${reply.exit} ${reply.stderr} ${String(reply.stdout)}`;
}

const callOf = (body: Body): Json =>
  (body.data as { readonly action?: { readonly callId?: Json } }).action?.callId ?? null;
const ruleOf = (body: Body): Json =>
  (body.data as { readonly verdict?: { readonly reasons?: readonly { rule: string }[] } }).verdict?.reasons?.[0]
    ?.rule ?? null;

async function sound(live: Live): Promise<string> {
  const { json } = cli(live.at, ['audit', 'verify', '--state']);
  return `${String(json['status'])} ${String((json['state'] as { status: string }).status)}`;
}

let count = 0;
/** A call of the agent whose record needs a blob or none, under an id of its own. */
async function call(live: Live, filler = 0): Promise<{ readonly id: string; readonly said: string }> {
  const id = `c${count++}`;
  const command = `echo ${'x'.repeat(filler)}`;
  return {
    id,
    said: said(await live.hook(payload(at, 'pre-tool-use.bash', { tool_input: { command }, tool_use_id: id }))),
  };
}

/** Overwrites the settings where they lie: that needs no room. */
function settings(text: string): void {
  const fd = openSync(at.home.settings, 'r+');
  writeSync(fd, text);
  closeSync(fd);
}

mkdirSync(at.home.root, { mode: 0o700 });
writeFileSync(at.home.settings, '{"profile":"balanced"}');
let live = await startLive(at);
told['before'] = (await call(live)).said;

// A storm of calls, and the disk runs full in the middle of it.
const storm: { readonly id: string; readonly said: string }[] = [];
let filled = false;
const lanes = Array.from({ length: 4 }, async (_, lane) => {
  for (let n = 0; n < 60; n++) {
    storm.push(await call(live, lane % 2 === 0 ? 20_000 : 200));
    if (storm.length > 40 && !filled) {
      filled = true;
      hog();
    }
  }
});
await Promise.all(lanes);
hog();
const passed = new Set(storm.filter((one) => one.said === 'pass').map((one) => one.id));
const recorded = new Set((await recordsOf(at)).filter((body) => body.type === 'verdict').map(callOf));
told['storm'] = {
  'passed some': passed.size > 10,
  'denied some': storm.some((one) => one.said === 'gate/ledger-full'),
  'anything else': storm.filter((one) => one.said !== 'pass' && one.said !== 'gate/ledger-full').map((one) => one.said),
  'passed without a record': [...passed].filter((id) => !recorded.has(id)),
};
told['while full'] = await sound(live);

// Full to the last block: every denial is recorded from the reserve as long as it lasts.
const known = (await recordsOf(at)).length;
const denied = await Promise.all(Array.from({ length: 10 }, () => call(live)));
told['denied'] = [...new Set(denied.map((one) => one.said))];
const fresh = (await recordsOf(at)).slice(known);
told['denials recorded'] = fresh.filter((body) => ruleOf(body) === 'gate/ledger-full').length;

// New settings cannot be recorded now, so they do not come into force, and the watcher lives on.
settings('{"profile":"observe" }');
await pause(1_500);
told['settings'] = (await call(live)).said;
settings('{"profile":"balanced"}');

// The reserve is spent in the end; then the sentence alone denies.
let last = known;
for (let same = 0; same < 3;) {
  await Promise.all(Array.from({ length: 32 }, () => call(live)));
  const now = (await recordsOf(at)).length;
  same = now === last ? same + 1 : 0;
  last = now;
}
told['spent'] = [...new Set((await Promise.all([call(live), call(live, 20_000), call(live)])).map((one) => one.said))];
settings('{"profile":"observe" }');
await pause(1_500);
told['settings when spent'] = (await call(live)).said;
settings('{"profile":"balanced"}');
told['spent and sound'] = await sound(live);
told['alive'] = live.child.exitCode === null && live.errors() === '';

// Killed and started again while there is still no room: it says why it does not run.
await live.kill();
hog();
told['start'] = await startLive(at).then(
  async (again) => {
    const { said: answer } = await call(again);
    await again.kill();
    return answer;
  },
  (error: Error) => (/no space left/.test(error.message) ? 'refused with a sentence' : error.message),
);
free();
live = await startLive(at);
told['started'] = (await call(live)).said;

// Full and free again under one watcher: work goes on by itself, and the gap is told.
hog();
await until('a denial', async () => (await call(live)).said !== 'pass');
settings('{"profile":"observe" }');
await pause(1_500);
told['settings while full'] = (await call(live)).said;
free();
await until('work to go on', async () => (await call(live)).said === 'pass');
told['gap told'] = (await recordsOf(at)).some(
  (body) => body.type === 'finding' && (body.data as { code: string }).code === 'ledger/room-again',
);
await until('the new settings', async () => (await live.bash('rm -rf ~', 'observed')).exit === 0);
told['in the end'] = await sound(live);
await live.stop();
process.stdout.write(`${JSON.stringify(told)}\n`);
