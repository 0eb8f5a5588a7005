// Frames on a stream: a big-endian u32 length, then that many bytes. Bounded; a frame that comes in one piece is not copied.

/** Largest frame of a request, bytes: a payload of 16 MB in base64 and the head around it. */
export const REQUEST_FRAME = Math.ceil((16 * 1024 * 1024) / 3) * 4 + 4096;
/** Largest frame of a reply, bytes. */
export const REPLY_FRAME = 1024 * 1024;

export class FrameTooLarge extends Error {
  override readonly name = 'FrameTooLarge';
}

export function frame(body: Uint8Array): Buffer {
  const out = Buffer.allocUnsafe(4 + body.length);
  out.writeUInt32BE(body.length, 0);
  out.set(body, 4);
  return out;
}

/** Cuts a stream into frames. One per connection; after a throw it is not to be used again. */
export class FrameReader {
  readonly #max: number;
  readonly #length = Buffer.alloc(4);
  #lengthHave = 0;
  /** The frame being filled; a large allocation costs no memory until bytes arrive. */
  #body: Buffer | undefined;
  #bodyHave = 0;

  constructor(max: number) {
    this.#max = max;
  }

  /** Bytes received of a frame that is not complete; 0 between frames. */
  get held(): number {
    return this.#lengthHave + this.#bodyHave;
  }

  /** Takes what arrived; answers the bodies of the frames that are now complete. Throws FrameTooLarge, also for an empty frame. */
  push(chunk: Buffer): Buffer[] {
    const frames: Buffer[] = [];
    let at = 0;
    while (at < chunk.length) {
      if (this.#lengthHave < 4) {
        const take = Math.min(4 - this.#lengthHave, chunk.length - at);
        chunk.copy(this.#length, this.#lengthHave, at, at + take);
        this.#lengthHave += take;
        at += take;
        if (this.#lengthHave < 4) break;
        const length = this.#length.readUInt32BE(0);
        if (length === 0 || length > this.#max)
          throw new FrameTooLarge(`a frame of ${length} bytes, at most ${this.#max}`);
        if (chunk.length - at >= length) {
          frames.push(chunk.subarray(at, at + length));
          at += length;
          this.#lengthHave = 0;
        } else {
          this.#body = Buffer.allocUnsafe(length);
        }
      } else {
        const body = this.#body as Buffer;
        const take = Math.min(body.length - this.#bodyHave, chunk.length - at);
        chunk.copy(body, this.#bodyHave, at, at + take);
        this.#bodyHave += take;
        at += take;
        if (this.#bodyHave < body.length) break;
        frames.push(body);
        this.#body = undefined;
        this.#bodyHave = 0;
        this.#lengthHave = 0;
      }
    }
    return frames;
  }
}
