// Parses policy files in a worker of their own: text that a stranger wrote may trap or stall Cedar's engine, never the watcher's.
import { Worker } from 'node:worker_threads';
import type { ParsedFile } from './parse-file.ts';
import type { ParseSet, PolicyText } from './parse-set.ts';

/** Far more than the largest set that is read needs on a busy machine. */
const DEADLINE_MS = 10_000;
const HEAP_MB = 128;

/** As ParseSet; what cannot be parsed in time, or ends the engine, is a problem of the first file, and the others have no rules. */
export const parseApart: ParseSet = (files) => parseWithin(files, DEADLINE_MS);

/** The same with a deadline of one's own; for tests. */
export async function parseWithin(files: readonly PolicyText[], deadlineMs: number): Promise<readonly ParsedFile[]> {
  const [first] = files;
  if (first === undefined) return [];
  const answer = await ask(files, deadlineMs);
  if ('parsed' in answer) return answer.parsed;
  const at = { file: first.file, line: 1 };
  const message = `this file, or one beside it, cannot be read: ${answer.why}`;
  return files.map((file) => ({
    rules: [],
    problems: file === first ? [{ code: 'policy-syntax', level: 'error', message, at }] : [],
  }));
}

function ask(
  files: readonly PolicyText[],
  deadlineMs: number,
): Promise<{ readonly parsed: readonly ParsedFile[] } | { readonly why: string }> {
  const { promise, resolve } = Promise.withResolvers<
    { readonly parsed: readonly ParsedFile[] } | { readonly why: string }
  >();
  const script = new URL(import.meta.url.endsWith('.ts') ? './parse-worker.ts' : './parse-worker.js', import.meta.url);
  const worker = new Worker(script, {
    workerData: { files: files.map(({ file, text }) => ({ file, text })) },
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
    env: {},
    execArgv: [],
  });
  const timer = setTimeout(() => resolve({ why: 'the policy engine took too long over it' }), deadlineMs);
  worker.once('message', (text: string) => resolve({ parsed: JSON.parse(text) as readonly ParsedFile[] }));
  worker.once('error', (error) => resolve({ why: `the policy engine failed on it (${error.message})` }));
  worker.once('exit', () => resolve({ why: 'the policy engine ended without an answer' }));
  return promise.finally(() => {
    clearTimeout(timer);
    return worker.terminate();
  });
}
