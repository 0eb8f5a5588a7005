// `holdfast demo`: shows a recorded attack being stopped on a throw-away workspace, and where its story can be read.
import { ruleInfo, type EngineRules } from '../../core/engine/index.ts';
import type { Json } from '../../core/model/index.ts';
import { loadRules } from '../compose.ts';
import { playDemo, type Demo, type Played } from '../demo-play.ts';
import { tell } from '../terminal.ts';
import { fit, levelWord, oneLine, paint } from '../text.ts';
import type { Parsed } from './args.ts';
import { EXIT } from './errors.ts';
import { askedText, firstRule, levelOf } from './record-words.ts';

/** Ends with 0 when every attack was stopped and the rest ran. */
export async function run(args: Parsed): Promise<number> {
  if (!args.has('json')) return (await showDemo()).held ? EXIT.ok : EXIT.failed;
  const started = Date.now();
  const demo = await playDemo(() => undefined);
  process.stdout.write(`${JSON.stringify({ ...asJson(demo), ms: Date.now() - started })}\n`);
  return demo.held ? EXIT.ok : EXIT.failed;
}

/** Plays the demo on the terminal. */
export async function showDemo(): Promise<Demo> {
  const rules = await loadRules();
  tell(
    'holdfast demo: an agent is asked to run the tests of a project – in a throw-away folder, through the real watcher, hook and ledger\n',
  );
  let number = 0;
  const demo = await playDemo((played) => {
    number += 1;
    tell(sceneText(played, number, rules));
  });
  const stopped = demo.scenes.filter((one) => one.stopped).length;
  tell(
    `${stopped} of ${demo.scenes.length} calls were stopped; home, thesis and key are ${demo.unharmed ? 'as they were' : paint('bad', 'HARMED')}`,
  );
  tell(
    `its ledger is ${demo.audit}: ${demo.records} records, each chained to the one before; with one word of it changed: ${demo.tampered}\n`,
  );
  const last = demo.scenes.findLast((one) => one.stopped)?.record?.seq;
  tell(`the story     \`holdfast log --dir ${demo.dir}\``);
  if (last !== undefined) tell(`one decision  \`holdfast why ${last} --dir ${demo.dir}\``);
  tell(`all of it     ${demo.dir} (remove it when you have seen enough)`);
  tell(
    demo.held
      ? 'protect a real agent with `holdfast init`'
      : paint('bad', 'the demo did not go as it should; run `holdfast doctor`'),
  );
  return demo;
}

function sceneText(played: Played, number: number, rules: EngineRules): string {
  const { record, scene, stopped } = played;
  const id = record === undefined ? undefined : firstRule(record.data);
  const rule = id === undefined ? undefined : ruleInfo(rules, id);
  const level = record === undefined ? 'no record' : (levelOf(record) ?? 'no verdict');
  const why = stopped ? `${rule?.reason ?? oneLine(played.text)} [${id ?? 'no rule'}]` : 'it ran, nothing objected';
  const rows = [
    `  ${number}. the agent ${scene.says}`,
    `     ${paint('dim', fit(oneLine(record === undefined ? scene.tool : askedText(record.data)), 100))}`,
    `     ${levelWord(level, 5)} ${scene.attack && !stopped ? paint('bad', 'NOT STOPPED (and not carried out)') : why}`,
  ];
  if (stopped && rule?.fix !== undefined) rows.push(`           safer: ${rule.fix}`);
  return `${rows.join('\n')}\n`;
}

function asJson(demo: Demo): { readonly [key: string]: Json } {
  return {
    held: demo.held,
    unharmed: demo.unharmed,
    scenes: demo.scenes.map(({ scene, stopped, record, text }) => ({
      says: scene.says,
      tool: scene.tool,
      input: scene.input,
      attack: scene.attack,
      stopped,
      level: record === undefined ? null : (levelOf(record) ?? null),
      rule: record === undefined ? null : (firstRule(record.data) ?? null),
      record: record?.seq ?? null,
      text,
    })),
    audit: demo.audit,
    records: demo.records,
    tampered: demo.tampered,
    dir: demo.dir,
  };
}
