// `holdfast policy`: list and show the rules in force, lint and test a directory of rules.
import { ruleInfo } from '../../core/engine/index.ts';
import { runExamples } from '../examples.ts';
import { offlineRules, lintDirectory, loadRules } from '../compose.ts';
import type { Parsed } from './args.ts';
import { EXIT, UserError, usage } from './errors.ts';

export async function run(args: Parsed): Promise<number> {
  const [what = 'list', operand] = args.operands;
  switch (what) {
    case 'list': {
      const rules = [...(await offlineRules(args)).policy.rules.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
      if (args.has('json')) process.stdout.write(`${JSON.stringify(rules)}\n`);
      else
        for (const rule of rules)
          process.stdout.write(
            `${rule.layer.padEnd(7)} ${rule.severity.padEnd(9)} ${rule.id.padEnd(28)} ${rule.reason}\n`,
          );
      return EXIT.ok;
    }
    case 'show': {
      if (operand === undefined) throw usage('policy show needs a rule id', '`holdfast policy list` names them');
      const rule = ruleInfo(await offlineRules(args), operand);
      if (rule === undefined)
        throw new UserError('no-rule', `there is no rule \`${operand}\``, '`holdfast policy list` names them');
      if (args.has('json')) process.stdout.write(`${JSON.stringify(rule)}\n`);
      else {
        process.stdout.write(
          `${rule.id}  (${rule.layer}, ${rule.severity}, ${rule.scope}${rule.waivable ? ', a human may waive it' : ', cannot be waived'})\n` +
            `  what   ${rule.reason}\n  safer  ${rule.fix ?? 'nothing to change'}\n  refs   ${rule.refs.join(', ') || 'none'}\n`,
        );
      }
      return EXIT.ok;
    }
    case 'lint': {
      const problems = await lintDirectory(operand);
      for (const problem of problems) process.stderr.write(`${problem}\n`);
      if (problems.length === 0) process.stdout.write('no problems\n');
      return problems.length === 0 ? EXIT.ok : EXIT.some;
    }
    case 'test': {
      const results = await runExamples(
        (profile) => loadRules({ profile, policies: operand === undefined ? [] : [operand], required: true }),
        operand,
      );
      const failed = results.filter((result) => result.error !== undefined);
      for (const result of failed)
        process.stderr.write(`${result.rule} ${result.kind}: ${result.error}\n    ${result.told}\n`);
      process.stdout.write(`${results.length - failed.length} of ${results.length} examples hold\n`);
      return failed.length === 0 && results.length > 0 ? EXIT.ok : EXIT.some;
    }
    default:
      throw usage(`policy knows list, show, lint and test, not \`${what.slice(0, 40)}\``);
  }
}
