// Runs the installed hook client once, as an agent would: payload on standard input, answer and exit code back.
import { spawn } from 'node:child_process';
import { hookFingerprint } from './hook-key.ts';
import type { Home } from './home.ts';
import { installHook } from './hook-command.ts';

export type HookAnswer = { readonly exit: number; readonly stdout: string; readonly stderr: string };

/** Never rejects: a client that cannot be started answers like one that denies. */
export function runHook(home: Home, host: string, payload: string): Promise<HookAnswer> {
  const { argv } = installHook(home, host, hookFingerprint(home));
  const [program = '', ...rest] = argv;
  return new Promise((resolve) => {
    const child = spawn(program, rest, { stdio: ['pipe', 'pipe', 'pipe'], env: {} });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on('data', (bytes: Buffer) => out.push(bytes));
    child.stderr.on('data', (bytes: Buffer) => err.push(bytes));
    // A client that answered before it read everything closes its end; that is not an error of ours.
    child.stdin.on('error', () => child.stdin.destroy());
    child.on('error', (error) =>
      resolve({ exit: 2, stdout: '', stderr: `holdfast: the hook client could not be started: ${error.message}` }),
    );
    child.on('close', (code) =>
      resolve({ exit: code ?? 2, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() }),
    );
    child.stdin.end(payload);
  });
}
