// The watch over transcripts: every call and result once, whatever happens to the files; the past is not told again.
import assert from 'node:assert/strict';
import {
  appendFile,
  mkdir,
  mkdtemp,
  readFile,
  rename,
  rm,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readLine } from './transcript-line.ts';
import type { SeenCall } from '../../ports/index.ts';
import { TranscriptWatch } from './transcript.ts';

const RECORDED = fileURLToPath(new URL('../../../../../test/payloads/claude-code/2.1.330/', import.meta.url));

type Watched = {
  readonly root: string;
  readonly calls: SeenCall[];
  readonly folders: string[];
  readonly troubles: string[];
  readonly watch: TranscriptWatch;
  readonly heard: () => Promise<void>;
};

/** A watch over a fresh folder, started; `before` runs first. Without `live` only `look()` looks. */
async function watching(
  run: (one: Watched) => Promise<void>,
  how: { before?: (root: string) => Promise<void>; live?: true; since?: number; now?: () => number } = {},
): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'holdfast-transcript-'));
  const root = join(dir, 'projects');
  const calls: SeenCall[] = [];
  const folders: string[] = [];
  const troubles: string[] = [];
  let wake = (): void => undefined;
  const watch = new TranscriptWatch(
    {
      roots: [root],
      since: how.since ?? 0,
      ...(how.live === true ? { everyMs: 20 } : { everyMs: 0 }),
      ...(how.now === undefined ? {} : { now: how.now }),
    },
    {
      call: (call) => {
        calls.push(call);
        wake();
      },
      folder: (folder) => void folders.push(folder),
      trouble: (text) => void troubles.push(text),
    },
  );
  const heard = (): Promise<void> => new Promise((resolve) => (wake = resolve));
  try {
    await how.before?.(root);
    await watch.start();
    await run({ root, calls, folders, troubles, watch, heard });
  } finally {
    await watch.close();
    await rm(dir, { recursive: true, force: true });
  }
}

const asked = (id: string, tool = 'Bash', more: object = {}): string =>
  `${JSON.stringify({ type: 'assistant', sessionId: 's1', cwd: '/home/dev/project', message: { content: [{ type: 'tool_use', id, name: tool }] }, ...more })}\n`;
const answered = (id: string, more: object = {}, block: object = {}): string =>
  `${JSON.stringify({ type: 'user', sessionId: 's1', cwd: '/home/dev/project', message: { content: [{ type: 'tool_result', tool_use_id: id, content: 'out', ...block }] }, ...more })}\n`;
const results = (calls: readonly SeenCall[]): string[] =>
  calls.filter((call) => call.hasResult).map((call) => `${call.callId}:${call.tool}:${call.ran}`);

test('the recorded transcript tells every call once, with its result and whether it ran', async () => {
  await watching(async ({ root, calls, folders, troubles, watch }) => {
    await mkdir(join(root, 'p/s1/subagents'), { recursive: true });
    await writeFile(join(root, 'p/s1.jsonl'), await readFile(join(RECORDED, 'transcript.jsonl')));
    await writeFile(
      join(root, 'p/s1/subagents/agent-a.jsonl'),
      await readFile(join(RECORDED, 'transcript.child.jsonl')),
    );
    await watch.look();
    const session = '00000000-0000-4000-8000-000000000001';
    const main = calls.filter((call) => call.session === session);
    assert.equal(main.filter((call) => !call.hasResult).length, 14);
    assert.equal(main.filter((call) => call.hasResult).length, 14);
    assert.deepEqual([...new Set(main.filter((call) => call.hasResult).map((call) => call.ran))], ['yes']);
    const child = calls.filter((call) => call.session === `${session}/a0000000000000009`);
    assert.deepEqual(
      child.map((call) => [call.tool, call.hasResult, call.resultText]),
      [
        ['Bash', false, undefined],
        ['Bash', true, 'from the child'],
      ],
    );
    assert.deepEqual(folders, ['/home/dev/project']);
    assert.deepEqual(troubles, []);
    await watch.look();
    assert.equal(calls.length, main.length + child.length, 'nothing is told twice');
  });
});

test('what stood there before the start is not told; what is added is, also the rest of a half-written line', async () => {
  const half = answered('toolu_3');
  await watching(
    async ({ root, calls, watch }) => {
      await watch.look();
      assert.deepEqual(calls, []);
      await appendFile(join(root, 'p/old.jsonl'), `${half.slice(20)}${asked('toolu_4')}${answered('toolu_4')}`);
      await watch.look();
      assert.deepEqual(results(calls), ['toolu_3::yes', 'toolu_4:Bash:yes']);
    },
    {
      before: async (root) => {
        await mkdir(join(root, 'p'), { recursive: true });
        await writeFile(join(root, 'p/old.jsonl'), `${asked('toolu_1')}${answered('toolu_1')}${half.slice(0, 20)}`);
      },
    },
  );
});

test('a line that comes in pieces, and bytes of one letter apart, are one line', async () => {
  await watching(async ({ root, calls, watch }) => {
    await mkdir(join(root, 'p'), { recursive: true });
    const bytes = Buffer.from(answered('toolu_1', {}, { content: 'grüße 🙂' }));
    for (let i = 0; i < bytes.length; i += 7) {
      await appendFile(join(root, 'p/s.jsonl'), bytes.subarray(i, i + 7));
      await watch.look();
    }
    assert.deepEqual(
      calls.map((call) => call.resultText),
      ['grüße 🙂'],
    );
  });
});

test('a file that is cut, or replaced, is read again from its start and said so', async () => {
  await watching(async ({ root, calls, troubles, watch }) => {
    await mkdir(join(root, 'p'), { recursive: true });
    const file = join(root, 'p/s.jsonl');
    await writeFile(file, `${asked('toolu_1')}${answered('toolu_1')}`);
    await watch.look();
    await truncate(file, 0);
    await writeFile(file, answered('toolu_2'));
    await watch.look();
    await writeFile(`${file}.new`, `${asked('toolu_3')}${answered('toolu_3')}${answered('toolu_5')}`);
    await rename(`${file}.new`, file);
    await watch.look();
    assert.deepEqual(results(calls), ['toolu_1:Bash:yes', 'toolu_2::yes', 'toolu_3:Bash:yes', 'toolu_5::yes']);
    assert.match(troubles.join('\n'), /s\.jsonl was cut or replaced/);
  });
});

test('what comes after the clock went back is no history', async () => {
  const start = Date.parse('2026-06-01T12:00:00.000Z');
  let now = start;
  await watching(
    async ({ root, calls, watch }) => {
      const write = async (id: string, timestamp: string): Promise<void> => {
        await writeFile(join(root, 'p', `${id}.jsonl`), asked(id, 'Bash', { timestamp }) + answered(id, { timestamp }));
        await watch.look();
      };
      await write('past', '2026-06-01T11:00:00.000Z');
      assert.deepEqual(results(calls), []);
      now = start - 3_600_000;
      await watch.look();
      now = start;
      await write('then', '2026-06-01T11:00:01.000Z');
      await write('older', '2026-06-01T10:00:00.000Z');
      assert.deepEqual(results(calls), ['then:Bash:yes']);
    },
    { since: start, now: () => now, before: async (root) => void (await mkdir(join(root, 'p'), { recursive: true })) },
  );
});

test('history copied into a new file is not told again', async () => {
  await watching(
    async ({ root, calls, watch }) => {
      await mkdir(join(root, 'p'), { recursive: true });
      const old = { timestamp: '2026-01-01T00:00:00.000Z' };
      const now = { timestamp: '2026-06-01T00:00:00.000Z' };
      await writeFile(
        join(root, 'p/resumed.jsonl'),
        asked('toolu_1', 'Bash', old) + answered('toolu_1', old) + answered('toolu_2', now),
      );
      await watch.look();
      assert.deepEqual(results(calls), ['toolu_2::yes']);
    },
    { since: Date.parse('2026-05-31T23:59:59.000Z') },
  );
});

test('junk is passed over and said once; the next line is read', async () => {
  await watching(async ({ root, calls, troubles, watch }) => {
    await mkdir(join(root, 'p'), { recursive: true });
    await writeFile(join(root, 'p/s.jsonl'), `\n{not json\n[1]\n"x"\n{}\n\0\n${answered('toolu_1')}`);
    await watch.look();
    assert.deepEqual(results(calls), ['toolu_1::yes']);
    assert.equal(troubles.length, 1);
  });
});

test('circles of links end, and what is not a file is not read', async () => {
  await watching(async ({ root, calls, watch }) => {
    await mkdir(join(root, 'p'), { recursive: true });
    await symlink(root, join(root, 'p/loop'));
    await mkdir(join(root, 'p/folder.jsonl'));
    await writeFile(join(root, 'p/s.jsonl'), answered('toolu_1'));
    await watch.look();
    assert.ok(results(calls).length >= 1);
  });
});

test('without being asked it notices a new project, a new session and a growing file', async () => {
  await watching(
    async ({ root, calls, heard }) => {
      let next = heard();
      await mkdir(join(root, 'p'), { recursive: true });
      await writeFile(join(root, 'p/s.jsonl'), answered('toolu_1'));
      await next;
      next = heard();
      await appendFile(join(root, 'p/s.jsonl'), answered('toolu_2'));
      await next;
      next = heard();
      await mkdir(join(root, 'p/s/subagents'), { recursive: true });
      await writeFile(join(root, 'p/s/subagents/agent-a1.jsonl'), answered('toolu_3', { agentId: 'a1' }));
      await next;
      assert.deepEqual(results(calls), ['toolu_1::yes', 'toolu_2::yes', 'toolu_3::yes']);
      assert.equal(calls[2]?.session, 's1/a1');
    },
    { live: true },
  );
});

test('whether a call ran is told by what the host wrote, not by what a tool may write', () => {
  const refused = '<tool_use_error>Error: No such tool available: Nope</tool_use_error>';
  const wanted: readonly (readonly [object, object, string])[] = [
    [{ permissionDecision: { decision: 'accept' } }, {}, 'yes'],
    [{ permissionDecision: { decision: 'accept' } }, { is_error: true, content: refused }, 'yes'],
    [{ permissionDecision: { decision: 'reject' } }, { is_error: true, content: 'denied' }, 'no'],
    [{}, { is_error: true, content: refused }, 'no'],
    [{}, { is_error: true, content: 'Exit code 1' }, 'unknown'],
    [{}, { content: refused }, 'yes'],
  ];
  for (const [more, block, ran] of wanted) {
    const line = readLine(answered('toolu_1', more, block));
    assert.ok(line !== undefined && line !== 'malformed');
    assert.equal(line.results[0]?.ran, ran, JSON.stringify([more, block]));
  }
});

test('a session of long ago that goes on is noticed, with the sub-agent it then starts', async () => {
  await watching(
    async ({ root, calls, heard }) => {
      let next = heard();
      await appendFile(join(root, 'p/old.jsonl'), answered('toolu_2'));
      await next;
      next = heard();
      await mkdir(join(root, 'p/old/subagents/workflows/w1'), { recursive: true });
      await writeFile(
        join(root, 'p/old/subagents/workflows/w1/agent-a1.jsonl'),
        answered('toolu_3', { agentId: 'a1' }),
      );
      await appendFile(join(root, 'p/old.jsonl'), '{"type":"system"}\n');
      await next;
      assert.deepEqual(results(calls), ['toolu_2::yes', 'toolu_3::yes']);
    },
    {
      live: true,
      before: async (root) => {
        await mkdir(join(root, 'p/old'), { recursive: true });
        await writeFile(join(root, 'p/old.jsonl'), answered('toolu_1'));
        const rested = new Date('2026-01-01T00:00:00.000Z');
        for (const path of ['p/old.jsonl', 'p/old', 'p']) await utimes(join(root, path), rested, rested);
      },
    },
  );
});
