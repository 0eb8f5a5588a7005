// Runs the pinned real Claude Code headless inside a world: throw-away home, scripted model, no network.
import type { ChildProcess } from 'node:child_process';
import { end, type World } from './world.ts';

export type ClaudeRun = {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly ms: number;
};
export type ClaudeOptions = {
  readonly binary: string;
  readonly prompt: string;
  readonly cwd?: string;
  /** Extra arguments; the default skips the agent's own prompts, so that only the gate stands in the way. */
  readonly args?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly timeoutMs?: number;
};

/** Environment of the agent: nothing of ours leaks in but PATH. */
export function claudeEnv(world: World): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'],
    HOME: world.home,
    LANG: 'C.UTF-8',
    TMPDIR: `${world.at}/tmp`,
    CLAUDE_CODE_TMPDIR: `${world.at}/tmp`,
    ANTHROPIC_BASE_URL: `http://127.0.0.1:${world.port}`,
    ANTHROPIC_API_KEY: 'sk-ant-scripted',
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    DISABLE_AUTOUPDATER: '1',
    // Lets the agent skip its own prompts as root, which throw-away machines often are.
    IS_SANDBOX: '1',
  };
}

export const UNPROMPTED = ['--dangerously-skip-permissions'] as const;

/** Starts the agent; the caller waits with `finished`. */
export function startClaude(world: World, options: ClaudeOptions): ChildProcess {
  return world.spawn(
    options.binary,
    ['-p', options.prompt, '--model', 'claude-sonnet-4-5', ...(options.args ?? UNPROMPTED)],
    {
      cwd: options.cwd ?? world.work,
      env: { ...claudeEnv(world), ...options.env },
    },
  );
}

/** Runs the agent to its end; one that does not end in time is killed and answers with code null. */
export function runClaude(world: World, options: ClaudeOptions): Promise<ClaudeRun> {
  return finished(startClaude(world, options), options.timeoutMs ?? 60_000);
}

export function finished(child: ChildProcess, timeoutMs: number): Promise<ClaudeRun> {
  const begun = performance.now();
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (part: Buffer) => (stdout += part.toString('utf8')));
  child.stderr?.on('data', (part: Buffer) => (stderr += part.toString('utf8')));
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => void end(child), timeoutMs);
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(timer);
      resolve({ code, stdout, stderr, ms: performance.now() - begun });
    });
  });
}
