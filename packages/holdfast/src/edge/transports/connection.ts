// One connection of the gate socket: frames in, one signed reply per request out, held to its limits.
import type { Socket } from 'node:net';
import type { Answer, ControlCall, HookCall } from './protocol.ts';
import { readCall, writeReply } from './protocol.ts';
import { FrameReader, REPLY_FRAME, REQUEST_FRAME, frame } from './framing.ts';
import type { Peer } from './peer.ts';

export type ConnectionLimits = {
  /** Milliseconds in which a frame that has begun must be complete. */
  readonly frameMs: number;
  /** Milliseconds in which a written reply must be taken. */
  readonly drainMs: number;
  /** Milliseconds after which a request is answered for a handler that does not. */
  readonly answerMs: number;
  /** Requests of one connection that may be in work; beyond, reading pauses. */
  readonly inFlight: number;
};

/** What a connection asks of its server. `refusal` and `answer` never throw. */
export type ConnectionOwner = {
  readonly key: Buffer;
  readonly limits: ConnectionLimits;
  readonly now: () => number;
  /** True while bytes of incomplete frames over all connections are within bounds. */
  readonly room: () => boolean;
  readonly answer: (call: HookCall | ControlCall, peer: Peer | undefined) => Promise<Answer>;
  readonly refusal: (code: string, why: string) => Answer;
  readonly count: (what: 'requests' | 'malformed' | 'refused' | 'late' | 'lost') => void;
};

type Pending = { readonly since: number; readonly settle: (answer: Answer) => void };

export class Connection {
  readonly socket: Socket;
  readonly #owner: ConnectionOwner;
  readonly #peer: Peer | undefined;
  readonly #reader = new FrameReader(REQUEST_FRAME);
  readonly #pending = new Set<Pending>();
  #queue: Buffer[] = [];
  #frameSince: number | undefined;
  #drainSince: number | undefined;
  #ending = false;
  /** When the last frame was complete or the connection began; what is idle longest makes way first. */
  quietSince: number;

  constructor(socket: Socket, owner: ConnectionOwner, peer: Peer | undefined) {
    this.socket = socket;
    this.#owner = owner;
    this.#peer = peer;
    this.quietSince = owner.now();
    socket.on('data', (chunk) => this.#data(chunk));
    socket.on('drain', () => {
      this.#drainSince = undefined;
    });
    // A connection that breaks leaves nobody to answer; `close` follows and the server forgets it.
    socket.on('error', () => socket.destroy());
  }

  get idle(): boolean {
    return this.#pending.size === 0 && this.#queue.length === 0 && this.#reader.held === 0;
  }

  get held(): number {
    return this.#reader.held;
  }

  /** Enforces the time limits; called about once a second. */
  sweep(now: number): void {
    const { frameMs, drainMs, answerMs } = this.#owner.limits;
    if (this.#frameSince !== undefined && now - this.#frameSince > frameMs && !this.socket.isPaused()) {
      this.#malformed();
    }
    if (this.#drainSince !== undefined && now - this.#drainSince > drainMs) this.socket.destroy();
    for (const pending of this.#pending) {
      if (now - pending.since <= answerMs) continue;
      this.#owner.count('late');
      pending.settle(this.#owner.refusal('gate-late', 'no decision was reached in time'));
    }
  }

  /** Answers everything in work with a refusal and ends. */
  shutdown(): void {
    this.#ending = true;
    this.#queue = [];
    for (const pending of this.#pending)
      pending.settle(this.#owner.refusal('watcher-stopping', 'the watcher is stopping'));
    this.socket.end();
  }

  #data(chunk: Buffer): void {
    if (this.#ending) return;
    let frames: Buffer[];
    try {
      frames = this.#reader.push(chunk);
    } catch {
      // The reader throws for one reason alone: a length that no request has.
      this.#malformed();
      return;
    }
    const now = this.#owner.now();
    if (frames.length > 0) this.quietSince = now;
    // A frame begun is timed from its first byte; one kept open between requests may stay as long as there is room.
    if (this.#reader.held === 0) this.#frameSince = undefined;
    else if (frames.length > 0 || this.#frameSince === undefined) this.#frameSince = now;
    if (this.#reader.held > 0 && !this.#owner.room()) {
      this.#malformed();
      return;
    }
    this.#queue.push(...frames);
    this.#work();
  }

  #work(): void {
    while (this.#queue.length > 0 && this.#pending.size < this.#owner.limits.inFlight)
      this.#begin(this.#queue.shift() as Buffer);
    if (this.#queue.length > 0) this.socket.pause();
    else if (this.socket.isPaused() && !this.socket.destroyed) this.socket.resume();
  }

  /** Every path of a request that has a nonce ends in exactly one reply. */
  #begin(request: Buffer): void {
    const call = readCall(request, this.#owner.key);
    if (call.kind === 'bad') {
      this.#owner.count('malformed');
      if (call.nonce === undefined) this.socket.destroy();
      else this.#reply(call.nonce, request, this.#owner.refusal('gate-malformed', call.why));
      return;
    }
    this.#owner.count('requests');
    const pending: Pending = {
      since: this.#owner.now(),
      settle: (answer) => {
        if (!this.#pending.delete(pending)) return;
        this.#reply(call.nonce, request, answer);
        this.#work();
      },
    };
    this.#pending.add(pending);
    void this.#owner.answer(call, this.#peer).then(pending.settle);
  }

  #reply(nonce: string, request: Buffer, answer: Answer): void {
    if (this.socket.destroyed || this.socket.writableEnded) {
      this.#owner.count('lost');
      return;
    }
    let body = writeReply(this.#owner.key, nonce, request, answer);
    if (body.length > REPLY_FRAME) {
      body = writeReply(
        this.#owner.key,
        nonce,
        request,
        this.#owner.refusal('gate-reply-large', 'the answer is larger than the hook client takes'),
      );
    }
    if (!this.socket.write(frame(body))) this.#drainSince ??= this.#owner.now();
  }

  /** What is no frame cannot be answered: nothing says where the next one begins. */
  #malformed(): void {
    this.#owner.count('malformed');
    this.socket.destroy();
  }
}
