// Fuzzes a hook client as a whole: odd payloads in odd pieces, and a watcher that answers right, damaged, cut, late or twice.
import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import type { Socket } from 'node:net';
import { framed, hostile, place, reply, run, type Client, type Ends } from '../support/hook-clients.ts';

export type Random = (below: number) => number;

/** Numbers that look random and are the same for the same seed (mulberry32). */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

export type Tally = { runs: number; taken: number; refused: number; payloads: number };

/**
 * Runs the client until `more` says no, each time with another payload and answer. Throws at the first run that is not
 * either the answer byte for byte, or exit 2 with one line; the error's text names the seed and the number of the run.
 */
export async function fuzzHook(t: Ends, client: Client, seed: number, more: (tally: Tally) => boolean): Promise<Tally> {
  const at = await place(t);
  const tally: Tally = { runs: 0, taken: 0, refused: 0, payloads: 0 };
  let random = seeded(seed);
  let payload: Buffer = Buffer.alloc(0);
  let want: Expected | undefined;
  let wrong: unknown;
  await hostile(t, at.socket, (socket, request, nonce) => {
    try {
      assert.ok(payloadOf(request).equals(payload), 'the payload arrives as it was given');
      tally.payloads++;
      const answer = anAnswer(random, at.key, nonce, request);
      want = expected(Buffer.concat(answer), at.key, nonce, request);
      send(random, socket, answer);
    } catch (error) {
      wrong = error;
      socket.destroy();
    }
  });
  for (; more(tally); tally.runs++) {
    random = seeded(seed + tally.runs);
    payload = aPayload(random);
    want = undefined;
    wrong = undefined;
    const result = await run(client, [...at.args, '--deadline', '20000'], {
      stdin: 'open',
      started: pieces(random, payload),
    });
    const where = `seed ${seed}, run ${tally.runs}`;
    const seen = { exit: result.exit, stdout: result.stdout.toString('latin1'), stderr: result.stderr };
    assert.equal(wrong, undefined, `${where}: ${String(wrong)}`);
    if (want === undefined) {
      assert.match(seen.stderr, /^holdfast: [^\n]*; the action was stopped; [^\n]+\n$/, where);
      assert.deepEqual([seen.exit, seen.stdout], [2, ''], where);
      tally.refused++;
    } else {
      assert.deepEqual(seen, want, where);
      tally.taken++;
    }
  }
  return tally;
}

type Expected = { readonly exit: number; readonly stdout: string; readonly stderr: string };

/** What a right client does with these bytes: read by the rules of the protocol document, and undefined for every refusal. */
function expected(sent: Buffer, key: Buffer, nonce: string, request: Buffer): Expected | undefined {
  if (sent.length < 4) return undefined;
  const length = sent.readUInt32BE(0);
  const body = sent.subarray(4, 4 + length);
  if (body.length < length || length > 1024 * 1024) return undefined;
  const found =
    /^holdfast-reply 1\n([0-9a-f]{32})\n([0-9a-f]{64})\n(0|[1-9][0-9]{0,2}) (0|[1-9][0-9]*) (0|[1-9][0-9]*)\n/.exec(
      body.toString('latin1'),
    );
  if (found === null || found[1] !== nonce) return undefined;
  const [exit, out, err] = found.slice(3).map(Number) as [number, number, number];
  const rest = body.subarray(found[0].length);
  if (exit > 255 || out + err !== rest.length) return undefined;
  const bound = createHash('sha256').update(request).digest('hex');
  const signed = Buffer.concat([Buffer.from(`holdfast-reply 1\n${nonce}\n${bound}\n`), body.subarray(17 + 33 + 65)]);
  if (createHmac('sha256', key).update(signed).digest('hex') !== found[2]) return undefined;
  return { exit, stdout: rest.toString('latin1', 0, out), stderr: rest.toString('utf8', out) };
}

function payloadOf(request: Buffer): Buffer {
  const read = JSON.parse(request.toString()) as { payload?: string; payload64?: string };
  assert.ok((read.payload === undefined) !== (read.payload64 === undefined), 'text or base64');
  return read.payload === undefined ? Buffer.from(read.payload64 ?? '', 'base64') : Buffer.from(read.payload);
}

const ODD = [
  '"',
  '\\',
  '\u0000',
  '\n',
  '\u007f',
  'é',
  '\u2028',
  '\ufeff',
  '\ud7ff',
  '🦊',
  '\u{10ffff}',
  'x',
  '{"a":[1]}',
];
const SIZES = [1, 2, 3, 63, 64, 65, 1_000, 65_300, 65_536, 70_000, 300_000];

function aPayload(random: Random): Buffer {
  const size = 1 + random(SIZES[random(SIZES.length)] ?? 1);
  const kind = random(3);
  if (kind === 0) return Buffer.from(Array.from({ length: Math.min(size, 5_000) }, () => random(256)));
  const part = Array.from({ length: 1 + random(12) }, () => ODD[random(ODD.length)]).join('');
  const text = Buffer.from(part.repeat(Math.ceil(size / Buffer.byteLength(part))));
  // Cut anywhere, so also inside a character.
  return kind === 1 ? text : text.subarray(0, size);
}

/** Frames a watcher might send, in the order of sending; often wrong in one place. */
function anAnswer(random: Random, key: Buffer, nonce: string, request: Buffer): Buffer[] {
  const text = (most: number): string => 'aé\n{"'.repeat(random(most)).slice(0, random(4 * most));
  const parts = {
    nonce,
    request,
    exit: String(random(260)),
    stdout: text(random(20) === 0 ? 100_000 : 40),
    stderr: text(20),
  };
  const odd = ['0 0', '00 0', '1', '-1 0', '4294967296 0', '18446744073709551615 1', '0 0 0', ' 0 0', '999999999 0'];
  const sizes = random(6) === 0 ? { sizes: odd[random(odd.length)] ?? '0' } : {};
  const body = reply(key, { ...parts, ...sizes });
  if (random(4) === 0) damage(random, body);
  const lengths = [
    0,
    1,
    body.length - 1,
    body.length + 1,
    120,
    121,
    2 ** 20,
    2 ** 20 + 1,
    2 ** 32 - 1,
    random(2 ** 32),
  ];
  const frame = framed(body, random(8) === 0 ? lengths[random(lengths.length)] : body.length);
  if (random(8) === 0) return [frame.subarray(0, random(frame.length))];
  if (random(8) === 0) return [frame, Buffer.from(Array.from({ length: random(60) }, () => random(256)))];
  return random(10) === 0 ? [frame, frame] : [frame];
}

function damage(random: Random, body: Buffer): void {
  for (let times = 1 + random(3); times > 0; times--) {
    const where = random(2) === 0 ? random(Math.min(body.length, 130)) : random(body.length);
    body[where] = random(2) === 0 ? random(256) : (body[where] as number) ^ (1 << random(8));
  }
}

/** In pieces of any size, then the end: a client that waits for more has been told that there is none. */
function send(random: Random, socket: Socket, frames: readonly Buffer[]): void {
  let rest = Buffer.concat(frames);
  const next = (): void => {
    const size = random(3) === 0 ? rest.length : 1 + random(Math.max(1, rest.length / 4));
    socket.write(rest.subarray(0, size));
    rest = rest.subarray(size);
    if (rest.length > 0) setImmediate(next);
    else socket.end();
  };
  next();
}

function pieces(random: Random, payload: Buffer): (child: { stdin: NodeJS.WritableStream | null }) => void {
  return ({ stdin }) => {
    let rest = payload;
    const next = (): void => {
      const size = random(3) === 0 ? rest.length : 1 + random(Math.max(1, rest.length / 3));
      stdin?.write(rest.subarray(0, size));
      rest = rest.subarray(size);
      if (rest.length > 0) setImmediate(next);
      else stdin?.end();
    };
    next();
  };
}
