// One session with very many decisions, in a process of its own with the memory settings of the service; the last line of output is a result.
import { tmpdir } from 'node:os';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { SessionRun } from '../packages/holdfast/src/core/engine/index.ts';
import { loadRules } from '../packages/holdfast/src/app/load-rules.ts';
import { SHORT } from './samples.ts';

const count = Number(process.argv[2] ?? 1_000_000);
const cache = process.argv[3];
const dir = mkdtempSync(join(tmpdir(), 'holdfast-long-'));
try {
  // As a watcher loads them: validated once, then from its cache.
  const rules = await loadRules({ cache: { file: cache ?? join(dir, 'cache.json'), key: 'k'.repeat(64) } });
  const session = new SessionRun(rules, { id: 's', agent: 'check', home: '/home/dev', cwd: '/home/dev/project' });
  const times: number[] = [];
  const loaded = process.memoryUsage.rss();
  let peak = 0;
  for (let part = 0; part < 10; part++) {
    const started = performance.now();
    for (let i = 0; i < count / 10; i++) {
      const command = SHORT[i % SHORT.length] ?? 'ls';
      session.ran(session.step({ tool: 'shell', hostTool: 'shell', input: { command } }), 'done');
      if (i % 1000 === 0) peak = Math.max(peak, process.memoryUsage.rss());
    }
    times.push(performance.now() - started);
    process.stderr.write(`  … ${((part + 1) * (count / 10)).toLocaleString('en')} decisions\n`);
  }
  const { heapUsed } = process.memoryUsage();
  process.stdout.write(`${JSON.stringify({ times, peak, loaded, heapUsed })}\n`);
} finally {
  rmSync(dir, { recursive: true, force: true });
}
