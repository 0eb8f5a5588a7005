// JSON lines in and out: one value per line, in order, streaming, each line bounded, whatever comes in.
import { createReadStream } from 'node:fs';
import { codeOf, limits, type Json } from '../../core/model/index.ts';
import { readPayload } from '../../gate/payload.ts';
import { usage } from './errors.ts';

export type Line = { readonly number: number } & (
  | { readonly json: Json }
  | { readonly error: { readonly code: string; readonly message: string } }
);

type RawLine = { readonly number: number; readonly bytes: Buffer | undefined };

const NEWLINE = 0x0a;

/**
 * Lines of a file, or of standard input when no file is named. An unreadable line is an error in its place, never an end;
 * of a line that is too long no more than the limit is ever held. Throws `usage` for a file that cannot be read.
 */
export async function* jsonLines(file: string | undefined): AsyncGenerator<Line> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  for await (const { number, bytes } of rawLines(file)) {
    const wrong = (code: string, why: string): Line => ({ number, error: { code, message: `line ${number} ${why}` } });
    if (bytes === undefined) {
      yield wrong('line-too-long', `is longer than ${limits.PAYLOAD_BYTES} bytes`);
      continue;
    }
    let text: string;
    try {
      text = decoder.decode(bytes);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      yield wrong('line-unreadable', 'is no valid UTF-8');
      continue;
    }
    if (text.trim() === '') continue;
    const read = readPayload(text);
    yield 'json' in read ? { number, json: read.json } : wrong('line-unreadable', `cannot be read: ${read.why}`);
  }
}

/** Splits into lines. `undefined` stands for one that is too long, as soon as that is known. */
async function* rawLines(file: string | undefined): AsyncGenerator<RawLine> {
  let number = 1;
  let held: Buffer[] = [];
  let length = 0;
  let skipping = false;
  for await (const chunk of chunks(file)) {
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      if (!skipping) {
        const tooLong = length + end - from > limits.PAYLOAD_BYTES;
        yield { number, bytes: tooLong ? undefined : Buffer.concat([...held, chunk.subarray(from, end)]) };
      }
      [number, held, length, skipping, from] = [number + 1, [], 0, false, end + 1];
    }
    if (skipping) continue;
    length += chunk.length - from;
    held.push(chunk.subarray(from));
    if (length > limits.PAYLOAD_BYTES) {
      yield { number, bytes: undefined };
      [held, skipping] = [[], true];
    }
  }
  if (length > 0 && !skipping) yield { number, bytes: Buffer.concat(held) };
}

async function* chunks(file: string | undefined): AsyncGenerator<Buffer> {
  try {
    const input = file === undefined ? process.stdin : createReadStream(file);
    for await (const chunk of input) yield chunk as Buffer;
  } catch (error) {
    const code = codeOf(error);
    if (code === undefined || file === undefined || !/^E[A-Z]+$/.test(code)) throw error;
    throw usage(`${file} cannot be read (${code})`, 'name a file of JSON lines, or give them on standard input');
  }
}

/** Refuses to wait for a person to type JSON: without a file, standard input must come from somewhere. */
export function needInput(file: string | undefined, jsonl: boolean, verb: string): void {
  if (file === undefined && !jsonl && process.stdin.isTTY)
    throw usage(
      `${verb} needs a file, or sessions on standard input`,
      `for example \`holdfast ${verb} sessions.jsonl\``,
    );
}

/** Writes one line and waits when the reader is slower than we are. */
export async function writeLine(value: Json): Promise<void> {
  if (!process.stdout.write(`${JSON.stringify(value)}\n`))
    await new Promise((resolve) => process.stdout.once('drain', resolve));
}
