// What an agent is about to do, in normal form, and what came of it.
import type { Hash } from './digest.ts';
import type { Json } from './json.ts';

/** Where an action was seen. `check` is the command line and benchmarks. */
export const SEAMS = ['hook', 'mcp', 'egress', 'model', 'kernel', 'check'] as const;
export type Seam = (typeof SEAMS)[number];

/**
 * Normal tool names and the input each carries (all other keys are kept and ignored):
 * shell {command, background?} · exec {argv, env?, cwd?} · request {url, method?, headers?, body?} · read {path} ·
 * write {path, content} · edit {path, edits: [{old, new}]} · delete {path, recursive?} · move {from, to} ·
 * fetch {url, prompt?} · search {query?, pattern?, path?, web?} · mcp {server, tool, args} · message {to, text} ·
 * spawn {prompt, agent?} · config {key, value} · unknown (the host's input as it came) ·
 * none (a tool that acts on nothing outside the agent itself: to-do lists, plan mode, its own background tasks; no effects).
 */
export const TOOLS = [
  'shell',
  'exec',
  'request',
  'read',
  'write',
  'edit',
  'delete',
  'move',
  'fetch',
  'search',
  'mcp',
  'message',
  'spawn',
  'config',
  'unknown',
  'none',
] as const;
export type Tool = (typeof TOOLS)[number];

export type Action = {
  /** The watcher's own id; the host's call id is only part of a join key. */
  readonly id: string;
  readonly callId?: string;
  readonly seam: Seam;
  readonly agent: string;
  readonly session: string;
  /** Parent session of a sub-agent or of a session started by another one's tool call. */
  readonly parent?: string;
  readonly tool: Tool;
  readonly hostTool: string;
  readonly input: Json;
  /** Absolute. */
  readonly cwd: string;
  /** Absolute; the folder whose files the session may change freely. Usually the cwd at session start. */
  readonly workspace: string;
  /** Absolute home directory of the user the agent runs as. */
  readonly home: string;
  /** Milliseconds since the epoch, given by the gate; core has no clock. */
  readonly time: number;
};

/** What happened after a verdict, as the host, a transcript or the kernel tells it. */
export type Outcome = {
  readonly session: string;
  readonly action?: string;
  readonly callId?: string;
  readonly ran: 'yes' | 'no' | 'unknown';
  readonly exit?: number;
  /** Join key of what ran (core/engine/bind.ts), where the host tells its input. */
  readonly join?: Hash;
  /** The result as the model would see it; bounded by the gate. */
  readonly result?: string;
  readonly time: number;
};

/** A prompt that entered a session. `proven`: the host process descends from no recorded tool call. */
export type Prompt = {
  readonly session: string;
  readonly text: string;
  readonly proven: boolean;
  readonly time: number;
};
