// Help for tests of the walker: the real lowering run, with every program run written down as it was asked for.
import { factSet, type Fact } from '../../model/index.ts';
import type { Stream, Value } from '../../shell/value.ts';
import type { Invocation } from '../context.ts';
import { compileMachinery } from '../machinery.ts';
import { LoweringRun } from '../run-context.ts';
import { GROUPS, shellAction } from '../testing.ts';
import { lowerTool } from '../tools/index.ts';

const machinery = compileMachinery({ groups: GROUPS });

/** A word as the tables write it: `?before…after` unknown, `*text` a pattern, otherwise itself. */
export function told(value: Value): string {
  if (value.kind === 'unknown') return `?${value.before}…${value.after}`;
  return value.kind === 'pattern' ? `*${value.text}` : value.text;
}

/** Records runs that the walker asks for itself, not those that wrappers and inner shells lead to. */
export class Recorder extends LoweringRun {
  readonly runs: Invocation[] = [];

  constructor(command: string, facts: readonly Fact[] = []) {
    super(shellAction(command), factSet(facts), machinery);
    lowerTool(this, this.action);
  }

  override run(invocation: Invocation): Stream {
    this.runs.push(invocation);
    return super.run(invocation);
  }

  /** `rm -rf /x`, with `~` before what may not happen. */
  get argvs(): string[] {
    return this.runs.map((run) => `${run.certain ? '' : '~'}${run.argv.map(told).join(' ')}`);
  }

  /** `file.write /home/dev/project/x +truncate`, with `~` before what may not happen and `?` for an unknown target. */
  get effects(): string[] {
    return this.result().effects.map((effect) => {
      const target = effect.target.type === 'unknown' ? '?' : effect.target.name;
      return `${effect.certain ? '' : '~'}${effect.kind} ${target}${effect.attributes.map((one) => ` +${one}`).join('')}`;
    });
  }
}
