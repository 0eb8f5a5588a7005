// The asking side of the gate bench, a process of its own as hooks are: argv says where and how much, the last line of output is a result.
import { openSocket } from '../packages/holdfast/src/edge/transports/index.ts';
import { SHORT } from './samples.ts';

const [socket = '', project = '', single = '0', many = '0'] = process.argv.slice(2);
/** Requests under way at once when the rate is measured: as many as a few busy agents have. */
const WIDTH = 32;

/** Half of the commands name files that exist; no two requests are equal. */
function payload(i: number): string {
  const command =
    i % 2 === 0
      ? `sed -i s/a/b/ file-${i % 50}.ts && rm file-${(i + 1) % 50}.ts`
      : `${SHORT[((i - 1) / 2) % SHORT.length] ?? 'ls'} #${i}`;
  return JSON.stringify({
    session_id: 'bench',
    transcript_path: `${project}/t.jsonl`,
    cwd: project,
    hook_event_name: 'PreToolUse',
    permission_mode: 'default',
    tool_name: 'Bash',
    tool_input: { command },
    tool_use_id: `c${i}`,
  });
}

const client = await openSocket(socket);
const samples: number[] = [];
let next = 0;
for (let i = 0; i < Number(single); i++) {
  const text = payload(next++);
  const started = performance.now();
  await client.hook('claude-code', text);
  if (i > Number(single) / 10) samples.push(performance.now() - started);
}
const began = performance.now();
const last = next + Number(many);
// Each asker asks again as soon as it is answered, as agents do: the watcher never waits for the slowest of a batch.
await Promise.all(
  Array.from({ length: WIDTH }, async () => {
    while (next < last) await client.hook('claude-code', payload(next++));
  }),
);
const rate = Number(many) / ((performance.now() - began) / 1000);
client.close();
process.stdout.write(`${JSON.stringify({ samples, rate })}\n`);
