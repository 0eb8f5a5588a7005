// Answers about mounts that may hang come from a process of its own: a thread stuck in the kernel cannot be ended, a process can.
import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Fact, Want } from '../../core/model/index.ts';

/** Milliseconds for which a mount that did not answer is not asked again. */
const STUCK = 10_000;
/** Helpers that were ended and are still there, stuck in the kernel; with more, nothing slow is asked at all. */
const ZOMBIES = 8;

type Asked = { readonly mount: string; readonly done: (fact: Fact | undefined) => void };

/** At most one helper at work, started when first needed. Nothing of it keeps this process alive. */
export class Helper {
  readonly #now: () => number;
  readonly #stuck = new Map<string, number>();
  readonly #ended = new Set<ChildProcess>();
  #child: ChildProcess | undefined;
  /** The helper that has said its first word. */
  #ready: ChildProcess | undefined;
  #asked = new Map<number, Asked>();
  #ids = 0;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** The fact, or `late` when the deadline passes first; then the mount is left alone for a while. Never rejects. */
  ask(want: Want, mount: string, deadlineMs: number): Promise<Fact> {
    const late: Fact = { want, none: 'late' };
    if ((this.#stuck.get(mount) ?? -Infinity) > this.#now() || this.#ended.size >= ZOMBIES || deadlineMs <= 0)
      return Promise.resolve(late);
    const child = this.#start();
    const id = this.#ids++;
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#asked.delete(id);
        resolve(late);
        // A helper that has not begun to work yet says nothing about the mount.
        if (this.#ready !== child) return;
        this.#stuck.set(mount, this.#now() + STUCK);
        this.#end(child);
      }, deadlineMs);
      this.#asked.set(id, {
        mount,
        done: (fact) => {
          clearTimeout(timer);
          this.#asked.delete(id);
          resolve(fact === undefined ? late : { ...fact, want });
        },
      });
      child.stdin?.write(`${JSON.stringify({ id, want })}\n`);
    });
  }

  close(): void {
    if (this.#child !== undefined) this.#end(this.#child);
  }

  #start(): ChildProcess {
    if (this.#child !== undefined) return this.#child;
    const script = fileURLToPath(
      new URL(import.meta.url.endsWith('.ts') ? './helper-main.ts' : './helper-main.js', import.meta.url),
    );
    const child = spawn(process.execPath, [script], { stdio: ['pipe', 'pipe', 'ignore'], env: {} });
    this.#child = child;
    child.on('error', () => this.#end(child));
    child.on('exit', () => {
      this.#end(child);
      this.#ended.delete(child);
    });
    // Its end is told by `exit`; a write into it after that has nobody to reach.
    child.stdin.on('error', () => child.stdin.destroy());
    createInterface({ input: child.stdout }).on('line', (line) => {
      this.#ready = child;
      const { id, fact } = JSON.parse(line) as { readonly id: number; readonly fact?: Fact };
      this.#asked.get(id)?.done(fact);
    });
    child.unref();
    for (const pipe of [child.stdin, child.stdout]) (pipe as unknown as { unref(): void }).unref();
    return child;
  }

  /** Ends a helper, also one that hangs; whatever else it was asked is answered `late` as well. */
  #end(child: ChildProcess): void {
    if (this.#child !== child) return;
    this.#child = undefined;
    const open = [...this.#asked.values()];
    this.#asked = new Map();
    for (const each of open) each.done(undefined);
    if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) this.#ended.add(child);
    child.stdin?.destroy();
    child.stdout?.destroy();
    child.kill('SIGKILL');
  }
}
