// JSON lines in and out: one value per line, in order, streaming, each line bounded.
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { limits, type Json } from '../../core/model/index.ts';
import { readPayload } from '../../gate/payload.ts';

export type Line = { readonly number: number } & (
  | { readonly json: Json }
  | { readonly error: { readonly code: string; readonly message: string } }
);

/** Lines of a file, or of standard input when no file is named; an unreadable line is an error in its place, never an end. */
export async function* jsonLines(file: string | undefined): AsyncGenerator<Line> {
  const input = file === undefined ? process.stdin : createReadStream(file);
  let number = 0;
  for await (const text of createInterface({ input, crlfDelay: Infinity })) {
    number += 1;
    if (text.trim() === '') continue;
    if (text.length > limits.PAYLOAD_BYTES) {
      yield {
        number,
        error: { code: 'line-too-long', message: `line ${number} is longer than ${limits.PAYLOAD_BYTES} bytes` },
      };
      continue;
    }
    const read = readPayload(text);
    yield 'json' in read
      ? { number, json: read.json }
      : { number, error: { code: 'line-unreadable', message: `line ${number}: ${read.why}` } };
  }
}

/** Writes one line and waits when the reader is slower than we are. */
export async function writeLine(value: Json): Promise<void> {
  if (!process.stdout.write(`${JSON.stringify(value)}\n`))
    await new Promise((resolve) => process.stdout.once('drain', resolve));
}
