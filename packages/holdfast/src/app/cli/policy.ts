// `holdfast policy`: list and show the rules in force, lint and test a directory of rules.
import { ruleInfo, type EngineRules } from '../../core/engine/index.ts';
import { runExamples } from '../examples.ts';
import { lintDirectory, loadRules, offlineRules, ruleSource } from '../compose.ts';
import { columns, note, tell } from '../terminal.ts';
import { fit, levelWord, paint } from '../text.ts';
import { findHome } from '../home.ts';
import type { Parsed } from './args.ts';
import { EXIT, UserError, usage } from './errors.ts';

const NAMES = '`holdfast policy list` names them';
const HELP = 'see `holdfast help policy`';

export async function run(args: Parsed): Promise<number> {
  const [what = 'list', operand] = args.operands;
  const json = args.has('json');
  switch (what) {
    case 'list':
      if (operand !== undefined) throw usage('policy list takes no operand', HELP);
      return listRules(await offlineRules(args), json);
    case 'show':
      if (operand === undefined) throw usage('policy show needs a rule id', NAMES);
      return showRule(await offlineRules(args), operand, args.all('policy'), json);
    case 'lint':
      return lint(operand, json);
    case 'test':
      return testExamples(operand, json);
    default:
      throw usage(`policy knows list, show, lint and test, not \`${what.slice(0, 40)}\``, HELP);
  }
}

function listRules(rules: EngineRules, json: boolean): number {
  const rows = [...rules.policy.rules.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  if (json) process.stdout.write(`${JSON.stringify(rows)}\n`);
  else {
    const width = Math.max(...rows.map((rule) => rule.id.length));
    const room = Math.max(columns() - width - 20, 30);
    for (const rule of rows)
      tell(`${levelWord(rule.layer)} ${rule.severity.padEnd(9)} ${rule.id.padEnd(width)}  ${fit(rule.reason, room)}`);
  }
  return EXIT.ok;
}

async function showRule(rules: EngineRules, id: string, dirs: readonly string[], json: boolean): Promise<number> {
  const rule = ruleInfo(rules, id);
  if (rule === undefined) throw new UserError('no-rule', `there is no rule \`${id.slice(0, 80)}\``, NAMES);
  const source = await ruleSource(id, dirs);
  if (json) process.stdout.write(`${JSON.stringify({ ...rule, file: source?.file ?? null })}\n`);
  else {
    const waivable = rule.waivable ? 'a human may waive it' : 'cannot be waived';
    tell(`${paint('bold', rule.id)}  (${rule.layer}, ${rule.severity}, ${rule.scope}, ${waivable})`);
    tell(`  what   ${rule.reason}`);
    tell(`  safer  ${rule.fix ?? 'nothing to change'}`);
    tell(`  refs   ${rule.refs.join(', ') || 'none'}`);
    tell(source === undefined ? '  from   built in, not a policy' : `  from   ${source.file}\n\n${source.text.trim()}`);
  }
  return EXIT.ok;
}

async function lint(dir: string | undefined, json: boolean): Promise<number> {
  const problems = await lintDirectory(dir, findHome(undefined).policies);
  if (json) process.stdout.write(`${JSON.stringify(problems)}\n`);
  else if (problems.length === 0) tell('no problems');
  else for (const problem of problems) note(problem);
  return problems.length === 0 ? EXIT.ok : EXIT.some;
}

async function testExamples(dir: string | undefined, json: boolean): Promise<number> {
  const results = await runExamples(
    (profile) => loadRules({ profile, policies: dir === undefined ? [] : [dir], required: true }),
    dir,
  );
  const failed = results.filter((result) => result.error !== undefined);
  if (json) {
    const rows = failed.map(({ rule, kind, told, error }) => ({ rule, kind, told, error }));
    process.stdout.write(`${JSON.stringify({ examples: results.length, failed: rows })}\n`);
  } else {
    for (const result of failed) note(`${result.rule} ${result.kind}: ${result.error}\n    ${result.told}`);
    tell(`${results.length - failed.length} of ${results.length} examples hold`);
    if (results.length === 0) note('holdfast: there is no example; each rule carries its own in ID.examples.json');
  }
  return failed.length === 0 && results.length > 0 ? EXIT.ok : EXIT.some;
}
