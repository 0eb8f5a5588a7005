// A watcher of this command line in a home of its own, for tests of the verbs that ask it or read its ledger.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { command, type Command, type Ran } from './command.ts';

export type Running = Command & {
  readonly project: string;
  /** One tool call of the agent before it runs, through `holdfast hook`. */
  readonly asks: (text: string, more?: object) => Ran;
  /** What came of it. */
  readonly tells: (text: string, response: object, more?: object) => Ran;
  readonly stop: () => Promise<void>;
};

/** Starts one; `prepare` is given the home before. */
export async function running(prepare: (cli: Command) => Promise<void> = async () => undefined): Promise<Running> {
  const cli = command();
  await prepare(cli);
  const project = join(cli.home, 'project');
  mkdirSync(project);
  const child = cli.open(['start', '--foreground', '--json']);
  let errors = '';
  child.stderr.on('data', (bytes: Buffer) => (errors += bytes.toString('utf8')));
  const lines = createInterface({ input: child.stdout });
  const first = await Promise.race([once(lines, 'line'), once(child, 'close')]);
  assert.match(String(first[0]), /"ready":true/, errors);
  const hook = (event: string, text: string, more: object): Ran =>
    cli.run(
      ['hook', 'claude-code'],
      JSON.stringify({
        session_id: 'a-session-of-the-test',
        transcript_path: join(cli.home, 'none.jsonl'),
        cwd: project,
        permission_mode: 'default',
        hook_event_name: event,
        tool_name: 'Bash',
        tool_input: { command: text },
        tool_use_id: `call-${Buffer.from(text).toString('hex').slice(0, 40)}`,
        ...more,
      }),
    );
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    await once(child, 'close');
  };
  return {
    ...cli,
    project,
    asks: (text, more = {}) => hook('PreToolUse', text, more),
    tells: (text, response, more = {}) => hook('PostToolUse', text, { tool_response: response, ...more }),
    stop,
  };
}
